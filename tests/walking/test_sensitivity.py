"""Exact derivatives of solved motions against finite differences of whole solves, from files to files."""

from __future__ import annotations

import numpy as np
import pytest
import swaying_walker as walker
from small_study import ADAPTED, SETTINGS, UNADAPTED, wish

from gluteweak.errors import InputError
from gluteweak.plant import write_plant
from gluteweak.storage import read_file
from gluteweak.walking import commands
from gluteweak.walking.sensitivity_file import motion_sensitivity

pytestmark = pytest.mark.casadi

WEAK = {"sol_r": 0.5, "glut_r": 0.8}
# Near the bound of an activation the difference bends: at 2e-3 it was off by 1e-3 there, at 5e-4 by 1.5e-4.
STEP = 1e-4
CASES = [(ADAPTED, "sol_r"), (ADAPTED, "glut_l"), (UNADAPTED, "sol_r"), (UNADAPTED, "ilps_r")]


@pytest.fixture(scope="module")
def solve(study, tmp_path_factory):
    """Solution folder of strengths and weights, solved tightly; each is solved once."""
    done = {}

    def run(strengths, weights):
        key = (*sorted(strengths.items()), *weights.values())
        if key not in done:
            done[key] = tmp_path_factory.mktemp("sensitivity")
            arguments = (study.files[name] for name in ("plant.h5", "healthy.h5", "problem"))
            commands.simulate(*arguments, wish(strengths, weights), {**SETTINGS, "tolerance": 1e-9}, done[key])
        return done[key]

    return run


def differentiate(study, solve, weights, strengths=WEAK, **changes):
    folder = solve(strengths, weights)
    arguments = study.files | changes
    files = (arguments[name] for name in ("plant.h5", "healthy.h5", "problem"))
    motion_sensitivity(*files, wish(strengths, weights), folder / "solution.h5", folder / "motion_sensitivity.h5")
    return read_file(folder / "motion_sensitivity.h5")


@pytest.mark.parametrize(("weights", "muscle"), CASES)
def test_derivatives_are_those_of_whole_solves(study, solve, weights, muscle):
    exact, attributes = differentiate(study, solve, weights)
    assert attributes["relative_error"] < 1e-7
    k = walker.MUSCLES.index(muscle)
    (ahead, upper), (behind, lower) = (
        read_file(solve({**WEAK, muscle: WEAK.get(muscle, 1.0) + sign * STEP}, weights) / "solution.h5")
        for sign in (1, -1)
    )
    for name in (
        "coordinate_value",
        "coordinate_speed",
        "coordinate_acceleration",
        "muscle_activation",
        "muscle_tendon_force_n",
        "contact_force_n",
        "contact_point_m",
    ):
        found = (ahead[name] - behind[name]) / (2 * STEP)
        np.testing.assert_allclose(
            exact[f"{name}_per_strength"][k], found, rtol=0, atol=2e-3 * np.abs(found).max(), err_msg=name
        )
        assert np.abs(found).max() > 0
    slope = (upper["objective"] - lower["objective"]) / (2 * STEP)
    assert exact["objective_per_strength"][k] == pytest.approx(slope, rel=1e-4)


def test_prescribed_coordinates_do_not_move(study, solve):
    exact, _ = differentiate(study, solve, ADAPTED)
    assert not exact["coordinate_value_per_strength"][:, :, walker.COORDINATES.index("neck")].any()


def test_a_muscle_of_no_strength_has_a_derivative(study, solve):
    exact, _ = differentiate(study, solve, ADAPTED, {"sol_r": 0.0})
    k = walker.MUSCLES.index("sol_r")
    # It has no force yet; its force would grow with what it would be asked for.
    assert np.abs(exact["muscle_tendon_force_n_per_strength"][k][:, k]).max() > 1.0


# What must end with an error, and nothing on disk. --------------------------------------------------------------------


def test_the_motion_of_another_scenario(study, solve, tmp_path):
    folder = solve(WEAK, ADAPTED)
    files = [study.files[name] for name in ("plant.h5", "healthy.h5", "problem")]
    out = tmp_path / "out.h5"
    other = wish({"sol_r": 0.45}, ADAPTED)
    with pytest.raises(InputError, match="misses the optimality conditions of its scenario") as caught:
        motion_sensitivity(*files, other, folder / "solution.h5", out)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="holds scenario 'test', not 'else'"):
        motion_sensitivity(*files, {**other, "scenario_id": "else"}, folder / "solution.h5", out)
    assert not list(tmp_path.iterdir())


def test_the_motion_of_another_walker(study, solve, tmp_path):
    plant = walker.make()
    plant.body_mass_kg[0] += 1.0
    write_plant(tmp_path / "plant.h5", plant)
    with pytest.raises(InputError, match="was made for another model"):
        differentiate(study, solve, ADAPTED, **{"plant.h5": tmp_path / "plant.h5"})
