"""Healthy gait and scenarios of a small walker, from files to files: what must hold for every solution."""

from __future__ import annotations

import re

import casadi as ca
import numpy as np
import pytest
import reference_dynamics
import scipy.sparse as sp
import swaying_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st
from small_study import ADAPTED, SETTINGS, UNADAPTED, programme_of, wish

from gluteweak.errors import InputError, SolveError
from gluteweak.motion_files import read_motion
from gluteweak.plant import read_plant, write_plant
from gluteweak.storage import read_file
from gluteweak.walking import commands, friction, ladder, scenario
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import WEIGHTS
from gluteweak.walking.scenario import Scenario, scenario_parameters
from gluteweak.walking.setup import SHARP_FRICTION, SMOOTH_FRICTION
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import Solution

pytestmark = pytest.mark.casadi


def stationarity(programme, start, parameters):
    """Largest entry of the Lagrangian's gradient: zero where the multipliers prove a stationary point."""
    p = np.ascontiguousarray(parameters).ravel()
    gradient = np.array(programme.functions["grad_f"](start.w, p)[1]).ravel()
    jacobian = sp.csc_matrix(programme.functions["jac_g"](start.w, p)[1].sparse())
    return np.abs(gradient + jacobian.T @ start.constraint_multiplier + start.bound_multiplier).max()


WEIGHT = st.floats(0.01, 3.0)


@settings(deadline=None, max_examples=40)
@given(WEIGHT, st.floats(0, 3), st.floats(0, 3))
def test_healthy_gait_is_stationary_for_any_weights_at_full_strength(study, effort, posture, motor):
    reference = Reference(study.healthy, float(study.attributes["distance_m"]))
    wanted = Scenario(np.ones(len(study.plant.muscle)), effort, posture, motor)
    parameters = scenario_parameters(study.programme, reference, wanted)
    start = read_start(study.healthy).as_start(effort)
    assert stationarity(study.programme, start, parameters) < 1e-6 * effort


def test_healthy_gait_is_not_stationary_with_a_weak_muscle(study):
    reference = Reference(study.healthy, float(study.attributes["distance_m"]))
    weak = np.where([m == "sol_r" for m in study.plant.muscle], 0.5, 1.0)
    parameters = scenario_parameters(study.programme, reference, Scenario(weak, 1.0, 1.0, 0.0))
    assert stationarity(study.programme, read_start(study.healthy).as_start(), parameters) > 1e-3


@pytest.mark.parametrize("weights", [ADAPTED, UNADAPTED])
def test_full_strength_returns_the_healthy_gait(study, weights):
    values, _, _ = study.solve({"sol_r": 1.0}, weights)
    for name, tolerance in (("coordinate_value", 1e-5), ("muscle_activation", 1e-4)):
        np.testing.assert_allclose(values[name], study.healthy[name], atol=tolerance, err_msg=name)


def test_a_reference_on_its_own_mesh_settles_warm(study):
    out = study.folder / "again.h5"
    inputs = study.files["plant.h5"], study.files["healthy.h5"], study.files["problem"]
    commands.healthy(*inputs, SETTINGS, out)
    values, attributes = read_file(out)
    assert attributes["iterations"] < study.attributes["iterations"] / 2
    np.testing.assert_allclose(values["coordinate_value"], study.healthy["coordinate_value"], atol=1e-5)


CASES = [
    ({}, ADAPTED),
    ({"sol_r": 0.5}, ADAPTED),
    ({"sol_r": 0.2, "glut_r": 0.0}, ADAPTED),
    ({"sol_r": 0.4}, UNADAPTED),
]


@pytest.mark.parametrize(("strengths", "weights"), CASES)
def test_solutions_obey_newton(study, strengths, weights):
    """Every force that is written, put into the virtual-work oracle: nothing is missing anywhere, pelvis included."""
    plant = study.plant
    values, _, _ = study.solve(strengths, weights)
    q, v, a = (values[f"coordinate_{name}"] for name in ("value", "speed", "acceleration"))
    free = [plant.coordinate.index(name) for name in plant.free_coordinates]
    for k in range(len(q)):
        needed = reference_dynamics.generalised_force(
            plant,
            np.stack([q[k], v[k], 0.5 * a[k]], axis=1),
            values["contact_force_n"][k],
            values["contact_point_m"][k],
        )
        given_ = -plant.passive_stiffness_nm_rad * q[k] - plant.passive_damping_nms_rad * v[k]
        given_ += np.sum(
            plant.passive_exponential_torque_nm
            * np.exp(plant.passive_exponential_slope * (q[k][:, None] - plant.passive_exponential_offset_rad)),
            axis=1,
        )
        for name, tension in zip(plant.muscle, values["muscle_tendon_force_n"][k], strict=True):
            coordinate, slope, curvature = walker.PULLS[name[:-2]]
            i = plant.coordinate.index(f"{coordinate}_{name[-1]}")
            given_[i] -= (slope + 2 * curvature * q[k, i]) * tension
        given_[plant.coordinate.index("lumbar_extension")] += values["actuator_torque_nm"][k, 0]
        np.testing.assert_allclose((needed - given_)[free], 0.0, atol=1e-4)  # N, N m; a body weight is 650 N


@pytest.mark.parametrize(("strengths", "weights"), CASES)
def test_solutions_keep_to_their_limits(study, strengths, weights):
    values, attributes, folder = study.solve(strengths, weights)
    plant = study.plant
    assert attributes["converged"] == 1
    expected = [strengths.get(name, 1.0) for name in plant.muscle]
    np.testing.assert_array_equal(values["muscle_strength_fraction"], expected)
    for name in ("muscle_activation", "muscle_excitation"):
        assert values[name].min() > -1e-6
        assert values[name].max() < 1 + 1e-6
    for muscle, strength in strengths.items():
        if strength == 0.0:
            # Only fibre damping is left (the small walker's fibres have no passive force).
            k = plant.muscle.index(muscle)
            left = np.abs(values["muscle_tendon_force_n"][:, k]).max()
            assert left < 0.05 * plant.muscle_max_isometric_force_n[k]
    # Prescribed coordinates are those of the healthy gait.
    neck = plant.coordinate.index("neck")
    np.testing.assert_array_equal(values["coordinate_value"][:, neck], study.healthy["coordinate_value"][:, neck])
    assert sorted(p.name for p in folder.iterdir()) == ["ground_reaction.sto", "solution.h5", "solution.sto"]
    table = read_motion(folder / "solution.sto")
    np.testing.assert_allclose(
        table.column("/forceset/sol_r/activation"),
        values["muscle_activation"][:, 3] * strengths.get("sol_r", 1.0),
        rtol=1e-12,
    )


@pytest.mark.parametrize(("strengths", "weights"), CASES)
def test_objective_is_the_sum_of_its_written_terms(study, strengths, weights):
    values, attributes, _ = study.solve(strengths, weights)
    mean = values["quadrature_weight"]
    feet = [[k for k, b in enumerate(study.plant.contact_body) if b.endswith(f"_{side}")] for side in "rl"]
    weight_n = study.plant.mass_kg * study.plant.gravity_m_s2
    reaction = np.stack([values["contact_force_n"][:, k].sum(axis=1) for k in feet], axis=1) / weight_n
    lateral = np.stack([values["contact_point_m"][:, k, 2].mean(axis=1) for k in feet], axis=1)
    free = [study.plant.coordinate.index(n) for n in study.plant.free_coordinates]
    control = values["actuator_torque_nm"] / study.plant.actuator_optimal_force_nm
    terms = [
        ((values["coordinate_value"] - values["cost_coordinate_value"]) ** 2, values["cost_coordinate_weight"]),
        ((values["muscle_activation"] - values["cost_activation"]) ** 2, values["cost_activation_weight"]),
        (values["muscle_activation"] ** 2, values["cost_effort_weight"]),
        (values["muscle_activation_rate"] ** 2, values["cost_activation_rate_weight"]),
        (control**2, values["cost_control_weight"]),
        (
            (values["coordinate_acceleration"] - values["cost_acceleration"])[:, free] ** 2,
            values["cost_acceleration_weight"],
        ),
        ((reaction - values["cost_ground_reaction_bw"]) ** 2, values["cost_ground_reaction_weight"]),
        ((lateral - values["cost_foot_lateral_m"]) ** 2, values["cost_foot_lateral_weight"]),
    ]
    total = sum(mean @ (squares * weight).reshape(len(mean), -1).sum(axis=1) for squares, weight in terms)
    assert total == pytest.approx(attributes["objective"], rel=1e-9)


def test_cost_never_rises_with_strength_without_motor_habit(study):
    # A stronger walker can do all that a weaker one does, with less activation.
    weaker_and_weaker = [{"sol_r": s} for s in (1.0, 0.7, 0.4, 0.2)] + [{"sol_r": 0.2, "glut_r": s} for s in (0.3, 0.0)]
    cost = [study.solve(strengths)[1]["objective"] for strengths in weaker_and_weaker]
    assert (np.diff(cost) > -1e-7).all()
    assert cost[-1] > 1.05 * cost[0]


@pytest.mark.parametrize("weights", [ADAPTED, UNADAPTED])
def test_weak_left_is_the_mirror_image_of_weak_right(study, weights):
    right, left = (study.solve({f"sol_{s}": 0.2, f"tib_{s}": 0.3}, weights)[0] for s in "rl")

    def other(name):
        return name[:-1] + {"r": "l", "l": "r"}[name[-1]] if name.endswith(("_r", "_l")) else name

    sign = np.array([-1.0 if name in walker.ODD else 1.0 for name in walker.COORDINATES])
    columns = [walker.COORDINATES.index(other(name)) for name in walker.COORDINATES]
    muscles = [walker.MUSCLES.index(other(name)) for name in walker.MUSCLES]
    value = right["coordinate_value"][:, columns] * sign
    assert np.abs(value - right["coordinate_value"]).max() > 1e-4  # a mirror image, not the same
    np.testing.assert_allclose(left["coordinate_value"], value, atol=1e-5)
    np.testing.assert_allclose(left["muscle_activation"], right["muscle_activation"][:, muscles], atol=1e-4)


# What must end with an error, and nothing on disk. --------------------------------------------------------------------


def test_unknown_muscle(study, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(InputError, match="'test' weakens 'glmed9_r', which the model does not have"):
        simulate(study, out, wish({"glmed9_r": 0.5}))
    assert not out.exists()


def simulate(study, out, wanted, **changes):
    files = study.files | changes.pop("files", {})
    arguments = (files[name] for name in ("plant.h5", "healthy.h5", "problem"))
    commands.simulate(*arguments, wanted, {**SETTINGS, **changes}, out)


def test_too_few_iterations(study, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(SolveError, match=r"'test' was not solved.*Maximum_Iterations_Exceeded") as caught:
        simulate(study, out, wish({"sol_r": 0.3}), max_iterations=1)
    assert "\n" not in str(caught.value)
    assert re.search(r"there \w+ misses .* % of the cycle; .*saturated.*; at a bound: ", str(caught.value))
    assert not out.exists()


def test_reference_that_does_not_converge(study, tmp_path):
    inputs = study.files["plant.h5"], study.files["measured_gait.h5"], study.files["problem"]
    with pytest.raises(SolveError, match="Maximum_Iterations_Exceeded"):
        commands.healthy(*inputs, {**SETTINGS, "max_iterations": 1}, tmp_path / "healthy.h5")
    assert not list(tmp_path.iterdir())


def test_speed_for_a_walker_who_stands(study, tmp_path):
    """The small walker never lifts a foot: there is no gait to carry to another speed, and nothing is written."""
    inputs = study.files["plant.h5"], study.files["healthy.h5"], study.files["problem"]
    with pytest.raises(InputError, match="no walk"):
        commands.healthy_at_speed(*inputs, 1.0, SETTINGS, tmp_path / "healthy.h5")
    with pytest.raises(InputError, match="no walk"):
        simulate(study, tmp_path / "out", wish({"sol_r": 0.5}, speed_m_s=1.0))
    assert not list(tmp_path.iterdir())


def test_files_of_another_walker(study, tmp_path):
    other = walker.make()
    other.body_mass_kg[0] += 1.0
    write_plant(tmp_path / "plant.h5", other)
    changed = {"plant.h5": tmp_path / "plant.h5"}
    with pytest.raises(InputError, match="was made for another model"):
        simulate(study, tmp_path / "out", wish({}), files=changed)
    commands.build_problem(tmp_path / "plant.h5", tmp_path / "problem")
    with pytest.raises(InputError, match="made from another plant"):
        simulate(study, tmp_path / "out", wish({}), files={"problem": tmp_path / "problem"})
    assert not (tmp_path / "out").exists()


def test_reference_of_another_walker(study, tmp_path):
    plant = study.plant
    renamed = type(plant)(**{**plant.__dict__, "coordinate": tuple(n.replace("neck", "nod") for n in plant.coordinate)})
    write_plant(tmp_path / "plant.h5", renamed)
    inputs = tmp_path / "plant.h5", study.files["measured_gait.h5"], study.files["problem"]
    with pytest.raises(InputError, match="belongs to another model"):
        commands.healthy(*inputs, SETTINGS, tmp_path / "healthy.h5")


@pytest.fixture
def ladder_run(study, monkeypatch):
    """``solve_scenario`` with a solver that succeeds where told to; what it was asked: strength, warm, sharpness."""
    weak = np.where([m == "sol_r" for m in study.plant.muscle], 0.2, 1.0)
    column = study.programme.transcription.layout.parameters["strength"].start + walker.MUSCLES.index("sol_r")
    law = study.programme.transcription.layout.parameters["weights"].start + WEIGHTS.index("friction_sharpness")
    reference = Reference(study.healthy, float(study.attributes["distance_m"]))

    def run(succeeds):
        asked = []

        def solver(_programme, parameters, _bounds, start, **_):
            strength, sharpness = (float(parameters[0, i]) for i in (column, law))
            asked.append((round(strength, 6), start.constraint_multiplier is not None, sharpness))
            if not succeeds(asked):
                raise SolveError("no luck")
            return Solution(start.w, np.ones(1), np.ones(1), 0.0, 1, "ok", 0.0, 0.0)

        for module in (ladder, friction):
            monkeypatch.setattr(module, "solve", solver)
        wanted = Scenario(weak, 1.0, 1.0, 0.0)
        solved = scenario.solve_scenario(study.programme, reference, wanted, tolerance=1e-6, max_iterations=9)
        assert solved.parameters[0, column] == pytest.approx(0.2)
        return solved.way, asked

    return run


def test_a_jump_that_fails_is_made_in_two_steps_that_end_sharp(ladder_run):
    sharp, smooth = SHARP_FRICTION, SMOOTH_FRICTION
    way, asked = ladder_run(lambda asked: len(asked) > 1)
    assert asked == [(0.2, True, sharp), (0.6, True, smooth), (0.2, True, smooth), (0.2, True, sharp)]
    assert way == "from the healthy gait in 2 step(s)"


def test_a_step_that_fails_is_halved_and_what_was_reached_is_kept(ladder_run):
    """Nothing arrives from further away than a quarter of the way: 0.2 is reached from 0.6 by way of 0.4."""

    def near(asked):
        before = [strength for strength, *_ in asked[:-1] if strength in reached] or [1.0]
        arrives = before[-1] - asked[-1][0] < 0.3 or asked[-1][0] == 0.6
        if arrives:
            reached.append(asked[-1][0])
        return arrives

    reached = []
    way, asked = ladder_run(near)
    assert [strength for strength, *_ in asked] == [0.2, 0.6, 0.2, 0.4, 0.2, 0.2]
    assert way == "from the healthy gait in 3 step(s)"


def test_a_cold_start_follows_the_shortest_step(ladder_run):
    sharp, smooth = SHARP_FRICTION, SMOOTH_FRICTION
    way, asked = ladder_run(lambda asked: not asked[-1][1] or (0.2, False, smooth) in asked)
    steps = [(1 - 0.8 / 2**n, True, smooth) for n in range(1, 6)]
    assert asked == [(0.2, True, sharp), *steps, (0.2, False, smooth), (0.2, True, sharp)]
    assert way == "cold"


def test_what_no_rung_solves_is_an_error_that_names_every_rung(ladder_run):
    words = r"no start converged \(in one step: no luck; in steps, up to 0% of the way: no luck; cold start: no luck\)"
    with pytest.raises(SolveError, match=words):
        ladder_run(lambda _asked: False)


def test_committed_gait_of_the_adult_is_stationary_on_the_adult_as_built(adult, adult_point):
    """The plant is fitted anew on each machine; the committed gait must still solve its tracking problem."""
    values, attributes = read_file(adult.reference_gait)
    plant = read_plant(adult.plant_path)
    assert tuple(values["coordinate"]) == plant.coordinate
    assert tuple(values["muscle"]) == plant.muscle
    programme = programme_of(plant, attributes, adult_point)
    start = read_start(values).as_start()
    assert stationarity(programme, start, values["healthy_parameter"]) < 1e-3
    p = np.ascontiguousarray(values["healthy_parameter"]).ravel()
    constraints = np.array(ca.Function("g", [programme.nlp["x"], programme.nlp["p"]], [programme.nlp["g"]])(start.w, p))
    missing = constraints.ravel()[: programme.transcription.grid.n_points * programme.transcription.layout.n_free]
    assert np.abs(missing).max() < 1e-3  # in 100 N or N m
