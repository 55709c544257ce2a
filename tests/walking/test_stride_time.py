"""Free stride time on the small walker: slope of the optimal cost, its zero, the healthy gait at other durations."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.errors import SolveError
from gluteweak.walking import setup
from gluteweak.walking.function_file import read_functions
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.problem import assemble
from gluteweak.walking.scenario import Scenario, pose, solve_scenario, stride_time_cost
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import solve
from gluteweak.walking.stride_time import StrideTimeCost, cost_slope, solve_free_duration

pytestmark = pytest.mark.casadi

LIMITS = {"tolerance": 1e-9, "max_iterations": 300}


@pytest.fixture(scope="module")
def recorded(study):
    """The small walker's programme with recorded functions, as the command line has it."""
    return assemble(study.programme.transcription, read_functions(study.files["problem"], {}))


@pytest.fixture(scope="module")
def reference(study):
    return Reference(study.healthy, float(study.attributes["distance_m"]))


def weak(study, **more):
    strength = np.where([m == "sol_r" for m in study.plant.muscle], 0.4, 1.0)
    return Scenario(strength, 1.0, 1.0, 0.0, **more)


def solved_at(programme, reference, wanted, duration_s):
    posed = pose(programme.with_duration(duration_s), reference, wanted)
    start = read_start(reference.values).as_start()
    return solve(posed.programme, posed.parameters, posed.bounds, start, **LIMITS, print_level=0)


@pytest.mark.parametrize("stretch", [0.97, 1.0, 1.04])
def test_slope_is_that_of_solved_costs(study, recorded, reference, stretch):
    wanted = weak(study)
    duration, step = stretch * reference.duration_s, 2e-3 * reference.duration_s
    solution = solved_at(recorded, reference, wanted, duration)
    around = [solved_at(recorded, reference, wanted, duration + sign * step).objective for sign in (1, -1)]
    slope = cost_slope(lambda d: pose(recorded.with_duration(d), reference, wanted), duration, solution)
    assert abs(slope) > 1e-4
    assert slope == pytest.approx((around[0] - around[1]) / (2 * step), rel=1e-3, abs=1e-6)


def test_free_stride_time_is_the_cheapest(study, recorded, reference):
    found = solve_scenario(recorded, reference, weak(study, free_stride_time=True), **LIMITS)
    own = found.stride_time
    for stretch in (0.99, 1.01):
        duration = stretch * found.duration_s
        other = solved_at(recorded, reference, weak(study), duration)
        by_hand = own.quadratic * (duration / own.usual_s - 1) ** 2 + own.linear * (duration - own.usual_s)
        assert other.objective + by_hand > found.solution.objective
    fixed = solve_scenario(recorded, reference, weak(study), **LIMITS)
    assert fixed.duration_s == reference.duration_s
    assert found.solution.objective < fixed.solution.objective
    # The speed stays, and all that is asked of the motion belongs to its own duration.
    assert found.distance_m / found.duration_s == pytest.approx(reference.speed_m_s, rel=1e-12)
    way = study.plant.free_coordinates.index("pelvis_tx")
    tr = found.programme.transcription
    speed = tr.unpack(found.solution.w)["speed"][:, way]
    assert tr.grid.quadrature @ speed * tr.grid.duration_s == pytest.approx(found.distance_m, rel=1e-6)


@pytest.mark.parametrize("weights", [(1.0, 1.0, 0.0), (0.1, 0.02, 1.0), (1.0, 0.0, 0.0)])
def test_full_strength_keeps_the_healthy_stride_time(study, recorded, reference, weights):
    strong = Scenario(np.ones(len(study.plant.muscle)), *weights, free_stride_time=True)
    found = solve_scenario(recorded, reference, strong, **LIMITS)
    assert found.duration_s == pytest.approx(reference.duration_s, abs=5e-4)
    # The healthy walker's cost alone would choose another one: a line takes its slope away.
    assert abs(found.stride_time.linear) > 1e-3 * weights[0]


def test_stride_time_that_runs_away_is_no_answer(study, recorded, reference):
    wanted = weak(study)
    first = solved_at(recorded, reference, wanted, reference.duration_s)

    def stays(_posed, _start):
        return first

    steep = StrideTimeCost(reference.duration_s, 0.0, -1e3)
    with pytest.raises(SolveError, match="ran away"):
        solve_free_duration(
            lambda d: pose(recorded.with_duration(d), reference, wanted), stays, reference.duration_s, first, steep
        )


def test_a_step_that_fails_is_halved(study, recorded, reference, capsys):
    wanted, asked = weak(study), []

    def solver(posed, start):
        asked.append(posed.duration_s)
        if len(asked) == 1:
            raise SolveError("no luck")
        return solve(posed.programme, posed.parameters, posed.bounds, start, **LIMITS, print_level=0)

    first = solved_at(recorded, reference, wanted, reference.duration_s)
    own = stride_time_cost(recorded, reference, wanted)
    posed, _ = solve_free_duration(
        lambda d: pose(recorded.with_duration(d), reference, wanted), solver, reference.duration_s, first, own
    )
    assert asked[1] - reference.duration_s == pytest.approx((asked[0] - reference.duration_s) / 2)
    straight = solve_scenario(recorded, reference, weak(study, free_stride_time=True), **LIMITS)
    assert posed.duration_s == pytest.approx(straight.duration_s, abs=2e-4)
    assert "no luck" in capsys.readouterr().out

    def fails(*_):
        raise SolveError("no luck")

    with pytest.raises(SolveError, match=r"no stride time near \d.\d+ s was reached: no luck"):
        solve_free_duration(
            lambda d: pose(recorded.with_duration(d), reference, wanted), fails, reference.duration_s, first, own
        )


def test_prescribed_segments_move_with_the_cycle(study, recorded, reference):
    """Same angles at the same phases; what they load their carrier with is worked out anew from scaled rates."""
    programme = recorded.with_duration(1.3 * reference.duration_s)
    value, speed, acceleration = reference.prescribed(programme)
    own = reference.prescribed(recorded)
    np.testing.assert_array_equal(value, own[0])
    np.testing.assert_allclose(speed, own[1] / 1.3)
    np.testing.assert_allclose(acceleration, own[2] / 1.69)
    plant, layout = study.plant, programme.transcription.layout
    motion = np.zeros((3, len(value), len(plant.coordinate)))
    motion[:, :, [plant.coordinate.index(n) for n in plant.prescribed_coordinates]] = value, speed, acceleration
    table = reference.parameters(programme)
    np.testing.assert_allclose(
        table[:, layout.parameters["carried"]], setup.carried_segments(plant, *motion), rtol=1e-9, atol=1e-12
    )
    at_home = reference.parameters(recorded)
    np.testing.assert_array_equal(at_home, study.healthy["healthy_parameter"])
    for name in ("strength", "value_weight", "ground_reaction_reference", "weights"):
        where = layout.parameters[name]
        np.testing.assert_array_equal(table[:, where], at_home[:, where])


def test_solution_file_has_its_own_stride_time(study):
    values, attributes, _ = study.solve({"sol_r": 0.4}, stride_time="free")
    assert attributes["duration_s"] != study.attributes["duration_s"]
    speed = float(study.attributes["distance_m"]) / float(study.attributes["duration_s"])
    assert attributes["distance_m"] / attributes["duration_s"] == pytest.approx(speed, rel=1e-9)
    assert values["time_s"][-1] == pytest.approx(attributes["duration_s"], rel=1e-12)
    neck = study.plant.coordinate.index("neck")
    stretch = attributes["duration_s"] / study.attributes["duration_s"]
    np.testing.assert_allclose(
        values["coordinate_speed"][:, neck] * stretch, study.healthy["coordinate_speed"][:, neck], rtol=1e-9
    )
