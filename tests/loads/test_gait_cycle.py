"""Gait events and periodic resampling against curves that are known in closed form."""

import numpy as np
import pytest
import synthetic_walker as walker

from gluteweak.errors import InputError
from gluteweak.loads import gait_cycle

DURATION = 1.2
TIME = walker.radau_times(DURATION, 50)
THRESHOLD = 20.0


def stance_force(start, length, peak=800.0):
    """A half sine from ``start`` (s) lasting ``length`` (s), around the end of the cycle where needed."""
    phase = np.mod(TIME - start, DURATION) / length
    return np.where(phase < 1.0, peak * np.sin(np.pi * np.minimum(phase, 1.0)), 0.0)


@pytest.mark.parametrize("start", [0.0, 0.013, 0.4, 0.9, 1.19])
def test_events_of_a_half_sine(start):
    length = 0.7
    events = gait_cycle.find_events(TIME, stance_force(start, length), DURATION, threshold_n=THRESHOLD, side="right")
    rise = length * np.arcsin(THRESHOLD / 800.0) / np.pi
    error = np.mod(events.foot_strike_s - (start + rise) + DURATION / 2, DURATION) - DURATION / 2
    # Oracle: the half sine passes the threshold `rise` after its start; the corner costs less than one grid step.
    assert abs(error) < np.diff(TIME).max()
    assert events.foot_off_pct == pytest.approx(
        100 * (length - 2 * rise) / DURATION, abs=200 * np.diff(TIME).max() / DURATION
    )
    assert 0.0 <= events.foot_strike_s < DURATION


def test_a_scuffed_toe_is_not_a_foot_strike():
    clean = stance_force(0.1, 0.7)
    scuffed = clean + np.where(np.abs(TIME - 1.0) < 0.03, 60.0, 0.0)
    first, second = (
        gait_cycle.find_events(TIME, f, DURATION, threshold_n=THRESHOLD, side="left") for f in (clean, scuffed)
    )
    assert second.foot_strike_s == pytest.approx(first.foot_strike_s)
    assert second.foot_off_pct == pytest.approx(first.foot_off_pct)


@pytest.mark.parametrize(("force", "what"), [(np.full_like(TIME, 400.0), "never leaves"), (0 * TIME, "never lands")])
def test_a_foot_that_does_not_walk_is_refused(force, what):
    with pytest.raises(InputError, match=f"left foot {what}"):
        gait_cycle.find_events(TIME, force, DURATION, threshold_n=THRESHOLD, side="left")


@pytest.mark.parametrize("strike", [0.0, 0.37, 1.1999])
def test_spline_follows_a_sine_around_the_cycle(strike):
    events = gait_cycle.GaitEvents(foot_strike_s=strike, foot_off_pct=60.0)
    w = 2 * np.pi / DURATION
    sampled = gait_cycle.spline_periodic(TIME, np.sin(w * TIME), DURATION)(gait_cycle.cycle_times_s(events, DURATION))
    expected = np.sin(w * (strike + DURATION * np.linspace(0, 1, 101)))
    np.testing.assert_allclose(sampled, expected, atol=2e-6)


def test_pchip_makes_no_new_peaks_and_closes_the_cycle():
    force = stance_force(0.9, 0.5)
    curve = gait_cycle.pchip_periodic(TIME, force, DURATION)
    fine = curve(np.linspace(0, DURATION, 5000))
    assert fine.min() >= 0.0
    assert fine.max() <= force.max()
    assert curve(0.0) == pytest.approx(force[-1])
    np.testing.assert_allclose(curve(TIME), force)


def test_pchip_does_not_know_where_the_cycle_begins():
    force = stance_force(0.3, 0.7)
    shift = 17
    turned = np.concatenate([force[shift:], force[:shift]])
    start = TIME[shift - 1]
    moved_time = np.concatenate([TIME[shift:] - start, TIME[:shift] - start + DURATION])
    at = np.linspace(0.05, DURATION - 0.05, 77)
    original = gait_cycle.pchip_periodic(TIME, force, DURATION)(np.mod(at + start, DURATION))
    np.testing.assert_allclose(gait_cycle.pchip_periodic(moved_time, turned, DURATION)(at), original, atol=1e-9)


def test_fast_pchip_is_scipys():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(len(TIME), 5))
    values[:, 0] = stance_force(0.3, 0.7)  # flat parts: slopes of 0
    at = np.concatenate([rng.uniform(0, DURATION, 200), TIME, [0.0, DURATION]])
    expected = gait_cycle.pchip_periodic(TIME, values, DURATION)(at)
    np.testing.assert_allclose(gait_cycle.sample_pchip(TIME, values, DURATION, at), expected, rtol=1e-10, atol=1e-9)


def test_fast_pchip_refuses_what_does_not_fit():
    values = np.zeros((len(TIME), 2))
    with pytest.raises(ValueError, match="do not fit"):
        gait_cycle.sample_pchip(TIME, values[:-1], DURATION, TIME)
    with pytest.raises(ValueError, match="expected 0 to"):
        gait_cycle.sample_pchip(TIME, values, DURATION, np.array([DURATION + 0.1]))
