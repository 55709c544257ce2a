"""The healthy gait at other walking speeds: what is tracked, and that the adult walks there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_study import programme_of

from gluteweak.errors import InputError, SolveError
from gluteweak.gait_speed import ANGLE_DEG
from gluteweak.storage import read_file
from gluteweak.walking.derivatives import record_all
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.scenario import Scenario, solve_scenario
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import solve
from gluteweak.walking.speed import at_speed, dimensionless_speed, foot_strikes, tracked_at_speed

pytestmark = pytest.mark.casadi


@pytest.fixture(scope="module")
def reference(adult):
    values, attributes = read_file(adult.reference_gait)
    return Reference(values, float(attributes["distance_m"]))


@pytest.fixture(scope="module")
def programme(adult, adult_point):
    _, attributes = read_file(adult.reference_gait)
    bare = programme_of(adult.plant, attributes, adult_point)
    return replace(bare, recorded=record_all(adult_point))


def test_foot_strike_is_where_the_longest_stance_begins():
    phase = np.linspace(0.02, 1.0, 50)
    force = np.zeros(50)
    force[40:] = 0.9  # stance from phase 0.82 over the cycle's end ...
    force[:20] = 0.9
    force[30] = 0.2  # ... and a toe that scuffs
    assert 0.80 < foot_strikes(phase, force) <= 0.82
    for never in (np.zeros(50), np.ones(50)):
        with pytest.raises(InputError, match="no walk"):
            foot_strikes(phase, never)


def test_foot_strikes_of_the_adult(reference):
    """Read off the force plates of the trial: right at 1.4115 s, left at 0.836 s, cycle from 0.48 s."""
    phase = reference.values["time_s"] / reference.duration_s
    vertical = np.asarray(reference.values["ground_reaction_bw"]).reshape(len(phase), 2, 3)[:, :, 1]
    for side, strike_s in enumerate((1.4115 - 0.48, 0.836 - 0.48)):
        assert foot_strikes(phase, vertical[:, side]) * reference.duration_s == pytest.approx(strike_s, abs=0.03)


def test_dimensionless_speed_of_an_adult_is_that_of_free_walking(programme, reference):
    assert 0.38 < dimensionless_speed(reference, programme, reference.speed_m_s) < 0.46


def test_tracked_gait_changes_by_the_published_slopes(programme, reference):
    layout = programme.transcription.layout
    change = 0.1
    table = tracked_at_speed(programme, reference, change)
    same = tracked_at_speed(programme, reference, 0.0)
    where = layout.parameters["value_reference"]
    difference = np.degrees(table[:, where] - same[:, where])
    names = layout.plant.free_coordinates
    phase = reference.values["time_s"] / reference.duration_s
    for side, strike in (("r", 0.83), ("l", 0.33)):
        due = change * ANGLE_DEG["knee_angle"](phase - strike)
        np.testing.assert_allclose(difference[:, names.index(f"knee_angle_{side}")], due, atol=0.5)
    for name in ("lumbar_extension", "mtp_angle_r", "pelvis_tz"):
        assert not difference[:, names.index(name)].any()
    np.testing.assert_array_equal(same, reference.parameters(programme))
    reaction = table[:, layout.parameters["ground_reaction_reference"]]
    assert reaction[:, [1, 4]].max() > same[:, layout.parameters["ground_reaction_reference"]][:, [1, 4]].max()
    assert reaction[:, [1, 4]].min() >= 0


def test_speed_out_of_range(programme, reference):
    with pytest.raises(InputError, match=r"2.5 m/s is out of range: give speed_m_s from 0.9 to 1.5"):
        at_speed(programme, reference, 2.5, lambda *_: None)


def test_smaller_steps_in_speed_follow_a_failure(programme, reference):
    asked = []

    def solver(posed, _start):
        asked.append(posed.duration_s)
        # From 1.256 m/s: the second step of 0.1 m/s, the third of 0.05, the first of 0.02.
        if len(asked) in (2, 5, 6):
            raise SolveError("no luck")
        return read_start(reference.values)

    words = [r"0.1 m/s: no luck at 1.400 m/s", r"0.05 m/s: no luck at 1.400 m/s", r"0.02 m/s: no luck at 1.274 m/s"]
    with pytest.raises(SolveError, match=".*".join(words)):
        at_speed(programme, reference, 1.4, solver)
    assert len(asked) == 6
    assert asked[1] == pytest.approx(asked[4])  # the same speed


def test_adult_walks_faster_and_a_strong_walker_of_that_speed_is_the_healthy_one(adult, programme, reference):
    limits = {"tolerance": 1e-6, "max_iterations": 300}

    def run(posed, start):
        return solve(posed.programme, posed.parameters, posed.bounds, start, **limits, print_level=0)

    moved = at_speed(programme, reference, 1.33, run)
    assert moved.speed_m_s == pytest.approx(1.33, rel=1e-9)
    # People walk faster by quicker and by longer strides.
    assert moved.duration_s < reference.duration_s
    assert moved.distance_m > reference.distance_m
    strong = Scenario(np.ones(len(adult.plant.muscle)), 0.01, 0.02, 1.0, speed_m_s=1.33, free_stride_time=True)
    found = solve_scenario(programme, reference, strong, **limits)
    assert found.reference is moved  # solved once a process
    assert found.duration_s == pytest.approx(moved.duration_s, abs=5e-4)
    value = found.programme.transcription.unpack(found.solution.w)["value"]
    np.testing.assert_allclose(value, moved.free_value(found.programme), atol=2e-3)
