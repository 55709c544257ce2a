"""Foot strikes and cycles of made-up gaits whose strikes are known."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak import gait_events

STRIDE_S = 1.1
TIME = np.arange(0.0, 4.0, 0.005)


def vertical(first_strike_s):
    """A foot that is loaded for 60 % of each stride."""
    phase = ((TIME - first_strike_s) % STRIDE_S) / STRIDE_S
    force = np.where(phase < 0.6, 700.0, 0.0)
    return np.where(first_strike_s > TIME, 0.0, force)


def test_strikes_are_where_the_force_begins():
    found = gait_events.strikes_from_force(TIME, vertical(0.3))
    assert found == pytest.approx([0.3, 1.4, 2.5, 3.6], abs=0.006)


def test_a_stance_that_began_before_the_record_has_no_strike():
    force = np.where(TIME < 0.4, 600.0, 0.0)
    assert gait_events.strikes_from_force(TIME, force) == []
    (stance,) = gait_events.stances(TIME, force)
    assert not stance.whole


def test_a_tap_is_no_stance():
    force = np.where((TIME > 1.0) & (TIME < 1.1), 300.0, 0.0)
    assert gait_events.stances(TIME, force) == []


def test_strikes_from_motion_are_where_the_heel_is_farthest_ahead():
    ahead = 0.35 * np.cos(2 * np.pi * (TIME - 0.3) / STRIDE_S)
    assert gait_events.strikes_from_motion(TIME, ahead) == pytest.approx([0.3, 1.4, 2.5, 3.6], abs=0.006)


def test_the_most_periodic_stride_is_taken():
    # The angle drifts until 1.4 s and is periodic from then on.
    angle = 0.4 * np.sin(2 * np.pi * TIME / STRIDE_S) + 0.3 * np.maximum(1.4 - TIME, 0.0)
    strikes = {"r": [0.3, 1.4, 2.5, 3.6], "l": [0.85]}
    cycle = gait_events.choose_cycle(TIME, angle[:, None], strikes, (0.0, 3.9))
    assert cycle is not None
    assert (cycle.start_s, cycle.first_strike) in {(1.4, "r"), (2.5, "r")}
    assert cycle.mismatch_deg == pytest.approx(0.0, abs=0.05)


def test_a_left_stride_will_do():
    angle = 0.4 * np.sin(2 * np.pi * TIME / STRIDE_S)
    cycle = gait_events.choose_cycle(TIME, angle[:, None], {"r": [], "l": [0.5, 1.6]}, (0.0, 2.0))
    assert cycle is not None
    assert (cycle.start_s, cycle.end_s, cycle.first_strike) == (0.5, 1.6, "l")


def test_without_a_whole_stride_a_window_of_one_stride_is_taken():
    angle = 0.4 * np.sin(2 * np.pi * TIME / STRIDE_S)
    cycle = gait_events.choose_cycle(TIME, angle[:, None], {"r": [0.1, 1.2], "l": [0.65]}, (0.4, 1.8))
    assert cycle is not None
    assert cycle.end_s - cycle.start_s == pytest.approx(STRIDE_S)
    assert cycle.first_strike == ""
    # One step: its double is the stride.
    cycle = gait_events.choose_cycle(TIME, angle[:, None], {"r": [0.1], "l": [0.65]}, (0.4, 1.8))
    assert cycle is not None
    assert cycle.end_s - cycle.start_s == pytest.approx(STRIDE_S)


def test_a_record_shorter_than_a_stride_has_no_cycle():
    angle = np.zeros((len(TIME), 1))
    assert gait_events.choose_cycle(TIME, angle, {"r": [0.1, 1.2], "l": []}, (0.4, 1.2)) is None
