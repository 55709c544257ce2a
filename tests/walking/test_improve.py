"""A scenario that truly ended in a bad local minimum is solved again from its neighbour, and the better one is kept.

The small walker has such a minimum: he sways on one leg, with his pelvis tilted sideways by three degrees, at seven
times the cost of standing on two. A random start found it; from the motion below, rounded, the solver ends in it.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from small_study import SETTINGS, wish

from gluteweak.nested import rises
from gluteweak.storage import read_file
from gluteweak.walking import commands
from gluteweak.walking.commands.scenarios import _write_solved
from gluteweak.walking.friction import solve_then_sharpen
from gluteweak.walking.ladder import COLD
from gluteweak.walking.scenario import SolvedScenario, pose, read_scenario, with_its_forces
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import Start

pytestmark = pytest.mark.casadi

#: Little posture habit leaves room for another way to stand.
WEIGHTS = {"effort": 1.0, "posture_habit": 1e-4, "motor_habit": 0.0}
#: Coordinates (rad, m) and speeds at the ten points of the mesh.
VALUE = np.array(
    [
        (-0.18, 0.06, -0.02, 0.04, 0.98, 0.01, 0.04, -0.05, -0.24, 0.23, 0.21),
        (0.04, 0.05, 0.02, -0.01, 0.99, 0, -0.14, -0.11, 0.02, 0.02, -0.24),
        (-0.06, 0.06, 0.02, -0.01, 0.99, 0, -0.04, -0.07, 0.19, -0.1, -0.11),
        (-0.03, 0.05, -0.02, 0, 0.99, 0, -0.07, -0.09, -0.07, 0.1, -0.15),
        (-0.1, 0.04, 0.01, -0.01, 1, 0, 0, -0.05, 0.02, -0.02, -0.1),
        (-0.1, 0.04, 0.02, -0.02, 1, -0.01, 0.01, -0.05, 0.04, -0.01, -0.12),
        (-0.13, 0.04, 0.03, -0.02, 1, -0.01, 0.04, 0, 0.07, -0.06, -0.1),
        (-0.12, 0.05, 0.01, -0.01, 1, 0, 0.02, -0.04, 0.05, -0.13, -0.07),
        (-0.2, 0.06, -0.03, 0, 1, 0, 0.11, -0.08, -0.09, -0.01, 0.05),
        (-0.27, 0.07, -0.05, 0.02, 0.99, 0, 0.17, -0.09, -0.19, -0.08, 0.22),
    ]
)
SPEED = np.array(
    [
        (1.4, -0.1, 0.5, 0.1, 0, 0, -1.8, 0.2, 0.1, 2.6, -1.2),
        (1.8, 0, 0.1, -0.8, 0.1, 0, -1, -1.1, 3.9, -5.7, -5.6),
        (-0.9, 0, -0.1, 0, 0, 0, 0.9, 0.4, 1, -0.7, 1.2),
        (1.3, -0.1, -0.5, 0.1, 0, -0.1, -1.4, -0.7, -5, 3.6, -1.7),
        (-0.7, -0.1, 0.4, -0.1, 0.1, 0, 0.8, 0.4, 1, -1.1, 0.4),
        (0.6, 0, -0.2, 0, 0, 0, -0.6, -0.3, -0.8, 1.2, -0.7),
        (-0.2, 0, 0, 0, 0, 0, 0.2, 0.3, 0.3, -0.7, 0.3),
        (0.4, 0.1, -0.4, 0.1, 0, 0, -0.4, -0.8, -0.6, -0.3, 0.1),
        (-1, 0.2, -0.5, 0.1, -0.1, 0, 1.1, -0.5, -1.7, 1, 1.7),
        (-0.2, 0, 0.2, 0.2, 0, 0, -0.1, 0.4, 0.1, -2, 1),
    ]
)


def scenario(name, strength, **more):
    return {**wish({"sol_r": strength}, WEIGHTS, **more), "scenario_id": name}


@pytest.fixture(scope="module")
def stuck(study):
    """Files of the stronger scenario, stuck in the bad minimum, and of a weaker one that is not."""
    opened = commands.open_study(study.files["plant.h5"], study.files["healthy.h5"], study.files["problem"])
    folder = study.folder / "stuck"
    stronger, weaker = scenario("stronger", 0.3), scenario("weaker", 0.2)
    commands.simulate_opened(opened, weaker, SETTINGS, folder / "weaker")
    posed = pose(opened.programme, opened.gait, read_scenario(opened.programme, stronger))
    tr = posed.programme.transcription
    start = tr.pack(VALUE, SPEED, np.full((tr.grid.n_points, tr.layout.n_muscles), 0.1), np.zeros((len(VALUE), 1)))
    bad = solve_then_sharpen(
        posed.programme,
        posed.parameters,
        posed.bounds,
        Start(np.clip(start, posed.bounds.lower, posed.bounds.upper)),
        tolerance=1e-8,
        max_iterations=300,
    )
    solved = SolvedScenario(posed.programme, bad, posed.parameters, opened.gait, COLD)
    written = (opened, stronger, SETTINGS, solved, {"arrivals": "one arrival"}, folder / "stronger")
    _write_solved(*written, "2026-01-01T00:00:00+00:00")
    commands.simulate_opened(opened, stronger, SETTINGS, folder / "found")
    paths = {name: folder / name / "solution.h5" for name in ("stronger", "weaker", "found")}
    costs = {name: float(read_file(path, ())[1]["objective"]) for name, path in paths.items()}
    return SimpleNamespace(opened=opened, scenarios=[stronger, weaker], paths=paths, costs=costs, folder=folder)


def improve(stuck, present, neighbours, out, wanted=None):
    files = [stuck.paths[name] for name in neighbours]
    return commands.improve_opened(
        stuck.opened, wanted or stuck.scenarios[0], SETTINGS, stuck.paths[present], files, stuck.folder / out
    )


def test_the_bad_minimum_is_one_and_shows_in_the_costs(stuck):
    assert stuck.costs["stronger"] > 5 * stuck.costs["weaker"]
    assert stuck.costs["found"] < stuck.costs["weaker"]
    (rise,) = rises(stuck.scenarios, stuck.costs)
    assert (rise.weaker, rise.stronger) == ("weaker", "stronger")
    assert list(rises(stuck.scenarios, {**stuck.costs, "stronger": stuck.costs["found"]})) == []


def test_the_better_minimum_is_kept_and_the_other_is_noted(stuck, capfd):
    assert improve(stuck, "stronger", ["weaker"], "again")
    values, attributes = read_file(stuck.folder / "again/solution.h5")
    best, _ = read_file(stuck.paths["found"])
    assert attributes["objective"] == pytest.approx(stuck.costs["found"], rel=1e-6)
    np.testing.assert_allclose(values["coordinate_value"], best["coordinate_value"], atol=1e-4)
    assert attributes["arrivals"] == "two minima, the one from weaker kept"
    assert attributes["arrivals_other_objective"] == pytest.approx(stuck.costs["stronger"], rel=1e-12)
    assert attributes["arrivals_largest_difference"] > np.radians(3)
    assert attributes["way"] == "from a neighbour"
    assert {p.name for p in (stuck.folder / "again").iterdir()} == {
        "solution.h5",
        "solution.sto",
        "ground_reaction.sto",
    }
    assert "again from weaker: cost" in capfd.readouterr().out


def test_the_best_minimum_is_left_alone(stuck):
    assert not improve(stuck, "found", ["weaker"], "untouched")
    assert not (stuck.folder / "untouched").exists()


def test_a_stride_time_that_is_free_is_found_anew(stuck, study):
    free = scenario("stronger", 0.3, stride_time="free")
    assert improve(stuck, "stronger", ["weaker"], "free", free)
    _, attributes = read_file(stuck.folder / "free/solution.h5", ())
    _, whole, _ = study.solve({"sol_r": 0.3}, WEIGHTS, stride_time="free")
    assert attributes["objective"] == pytest.approx(whole["objective"], rel=1e-6)
    assert attributes["duration_s"] == pytest.approx(whole["duration_s"], abs=1e-3)


def test_a_stronger_walker_makes_the_same_forces_with_less_activation(stuck, study):
    values, _ = read_file(stuck.paths["weaker"])
    start = read_start(values).as_start()
    strength, wanted = values["muscle_strength_fraction"], np.where(values["muscle"] == "sol_r", 0.8, 1.0)
    carried = study.programme.transcription.unpack(with_its_forces(study.programme, start, strength, wanted).w)
    before = study.programme.transcription.unpack(start.w)
    np.testing.assert_allclose(carried["activation"] * wanted, before["activation"] * strength, rtol=1e-12)
    np.testing.assert_array_equal(carried["value"], before["value"])
    weaker = with_its_forces(study.programme, start, strength, 0.5 * strength)
    np.testing.assert_array_equal(weaker.w, start.w)  # no activation beyond what a muscle can
