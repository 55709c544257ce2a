"""Bumps are smooth, periodic and exact, and the grid represents them without ringing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.errors import InputError
from gluteweak.walking.bump import smooth_window, stance_phase, window_on_grid
from gluteweak.walking.transcription import Grid

pytestmark = pytest.mark.casadi

WINDOWS = st.tuples(st.floats(-1, 1), st.floats(0, 0.6), st.floats(0.05, 0.2))


@settings(deadline=None)
@given(WINDOWS)
def test_bump_is_one_inside_and_zero_outside(window):
    start, width, ramp = window
    inside = np.linspace(start, start + width, 20)
    outside = np.linspace(start + width + ramp, start - ramp + 1, 20)
    np.testing.assert_allclose(smooth_window(inside, start, start + width, ramp)[0], 1.0, atol=1e-9)
    np.testing.assert_allclose(smooth_window(outside, start, start + width, ramp)[0], 0.0, atol=1e-9)
    # Half-way up a ramp it is half: the quintic is odd about its middle.
    middle = smooth_window(np.array([start - ramp / 2]), start, start + width, ramp)[0]
    np.testing.assert_allclose(middle, 0.5, atol=1e-9)


@settings(deadline=None)
@given(WINDOWS, st.floats(-2, 2))
def test_bump_is_periodic_and_twice_continuously_differentiable(window, phase):
    start, width, ramp = window
    end, step = start + width, 1e-4
    around = phase + step * np.array([-1, 0, 1])
    value, slope, curvature = smooth_window(around, start, end, ramp)
    np.testing.assert_allclose(smooth_window(around + 1, start, end, ramp), [value, slope, curvature], atol=1e-6)
    # Differences of values are its derivatives everywhere, also where the pieces join; the curvature is continuous,
    # but bends by up to 60 / ramp^3 in a step.
    bend = 60 / ramp**3 * step
    np.testing.assert_allclose((value[2] - value[0]) / (2 * step), slope[1], atol=1e-6 + bend * step)
    second = (value[0] - 2 * value[1] + value[2]) / step**2
    np.testing.assert_allclose(second, curvature[1], atol=1e-4 / ramp**2 + bend)


@pytest.mark.parametrize(("start", "end", "ramp"), [(0.0, 0.5, 0.3), (0.5, 0.2, 0.1), (0.0, 0.5, 0.0)])
def test_window_and_ramps_must_fit_into_a_cycle(start, end, ramp):
    with pytest.raises(ValueError, match="do not fit into one cycle"):
        smooth_window(np.zeros(1), start, end, ramp)


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("start", [0.1, 0.517])
def test_grid_is_exact_where_intervals_meet_and_does_not_ring(degree, start):
    duration, window = 1.13, (start, start + 0.6, 0.2)
    acceleration_error = []
    for intervals in (25, 50):
        grid = Grid(intervals, degree, duration)
        series = window_on_grid(grid, *window)
        value, slope, curvature = smooth_window(grid.time_s / duration, *window)
        speed, ends = grid.derivative @ series, slice(degree - 1, None, degree)
        np.testing.assert_allclose(series[ends], value[ends], atol=1e-12)
        np.testing.assert_allclose(speed[ends], slope[ends] / duration, atol=1e-10)
        # Between the ends by the third power of the interval times the bump's largest third derivative.
        np.testing.assert_allclose(series, value, atol=60 / 0.2**3 / intervals**3 / 24)
        wanted = curvature / duration**2
        acceleration_error.append(np.sqrt(np.mean((grid.derivative @ speed - wanted) ** 2)))
        sampled = np.sqrt(np.mean((grid.derivative @ (grid.derivative @ value) - wanted) ** 2))
    # Why it is done: through exact values alone the accelerations are several times as wrong.
    assert acceleration_error[1] < sampled / 3
    # At least first order where the curvature has its corners, second elsewhere.
    assert acceleration_error[1] < acceleration_error[0] / 1.7


def test_one_point_an_interval_takes_the_values_as_they_are():
    grid = Grid(40, 1, 1.0)
    np.testing.assert_array_equal(window_on_grid(grid, 0.2, 0.5, 0.2), smooth_window(grid.time_s, 0.2, 0.5, 0.2)[0])


def vertical(grid, strike, off):
    """A trapezoid of 800 N that rises and falls within 0.02 cycles."""
    phase = np.mod(grid.time_s / grid.duration_s - strike, 1.0)
    length = (off - strike) % 1.0
    return 800 * np.clip(np.minimum(phase / 0.02, (length - phase) / 0.02), 0, 1)


@pytest.mark.parametrize("strike", [0.03, 0.49, 0.95])
def test_stance_is_where_the_foot_is_loaded(strike):
    grid = Grid(100, 2, 1.1)
    found = stance_phase(grid, vertical(grid, strike, (strike + 0.6) % 1.0), 20.0)
    np.testing.assert_allclose(found[0], strike, atol=0.01)
    np.testing.assert_allclose(found[1] - found[0], 0.6, atol=0.015)


@pytest.mark.parametrize(("force", "counts"), [(np.full(200, 400.0), "0 times"), (None, "2 times")])
def test_a_foot_without_one_stance_is_refused(force, counts):
    grid = Grid(100, 2, 1.1)
    if force is None:
        force = vertical(grid, 0.1, 0.3) + vertical(grid, 0.6, 0.8)
    with pytest.raises(InputError, match=f"lands {counts}"):
        stance_phase(grid, force, 20.0)
