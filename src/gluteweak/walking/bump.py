"""Smooth periodic bumps on a collocation grid: the shape of an imposed change over the gait cycle.

A bump is full (1) over a window and joins its start and end over the rest of the cycle, or over ramps, by quintic
smoothsteps ``10 s^3 - 15 s^4 + 6 s^5``: value, speed and acceleration are continuous everywhere (C2).

Sampled as it is, such a bump would ring: a collocation polynomial of low degree through exact *values* has
accelerations that are wrong by ``O(h)`` and of opposite sign at neighbouring points (at degree 2 by -2/9 and +2/3 of
``h`` times the third derivative, more than the bump's own acceleration on the usual mesh). So value *and* speed are
exact where intervals meet, and between them the accelerations are the exact ones with the least correction that leads
from one end to the next: they are then accurate to ``O(h^2)``, values between the ends to ``O(h^3)``.
"""

from __future__ import annotations

import numpy as np

from gluteweak.errors import InputError
from gluteweak.plant import FloatArray
from gluteweak.walking.transcription import Grid


def smooth_window(
    phase: FloatArray, start: float, end: float, ramp: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A bump, its slope and its curvature by phase, at phases in cycles.

    Parameters
    ----------
    phase
        Times in cycles; any shape.
    start, end
        The bump is 1 from ``start`` to ``end`` (cycles, ``end`` later than ``start`` by less than one).
    ramp
        Length of its rise before ``start`` and of its fall after ``end``, in cycles.

    Raises
    ------
    ValueError
        If window and ramps do not fit into a cycle.
    """
    width = end - start
    if not (width >= 0 and ramp > 0 and width + 2 * ramp <= 1 + 1e-12):
        raise ValueError(f"a window of {width:g} and two ramps of {ramp:g} do not fit into one cycle")
    # Distance in cycles from the middle of the window, folded to one side: the bump is symmetric.
    from_middle = np.mod(np.asarray(phase) - (start + end) / 2 + 0.5, 1.0) - 0.5
    s = np.clip((width / 2 + ramp - np.abs(from_middle)) / ramp, 0.0, 1.0)
    value = s**3 * (10 - 15 * s + 6 * s**2)
    slope = -np.sign(from_middle) * 30 * s**2 * (1 - s) ** 2 / ramp
    curvature = (60 * s - 180 * s**2 + 120 * s**3) / ramp**2
    return value, slope, curvature


def window_on_grid(grid: Grid, start: float, end: float, ramp: float) -> FloatArray:
    """A bump's values at the collocation points of a grid, as the grid can represent it without ringing.

    Parameters
    ----------
    start, end, ramp
        As in `smooth_window`, in cycles.
    """
    h = grid.interval_s
    ends = np.arange(grid.intervals + 1) / grid.intervals
    value, slope, _ = smooth_window(ends, start, end, ramp)
    speed = slope / grid.duration_s
    at_points = smooth_window(grid.time_s / grid.duration_s, start, end, ramp)
    if grid.degree == 1:
        # One acceleration cannot lead to a value and a speed; with one point an interval there is nothing to ring.
        return at_points[0]
    acceleration = (at_points[2] / grid.duration_s**2).reshape(grid.intervals, grid.degree)
    # Runge-Kutta matrix of the collocation; its last row leads to the end of the interval.
    rule = np.linalg.inv(grid.differentiation[1:].T)
    # Changes of speed and of value (less that at the first speed) over an interval, by its accelerations.
    reach = np.stack([h * rule[-1], h**2 * rule[-1] @ rule])
    wanted = np.stack([np.diff(speed), np.diff(value) - h * speed[:-1]])
    acceleration += (np.linalg.pinv(reach) @ (wanted - reach @ acceleration.T)).T
    inner_speed = speed[:-1, None] + h * acceleration @ rule.T
    return np.asarray((value[:-1, None] + h * inner_speed @ rule.T).ravel())


def stance_phase(grid: Grid, vertical_force_n: FloatArray, threshold_n: float) -> tuple[float, float]:
    """Foot strike and foot off in cycles, foot off the later by less than one cycle.

    Parameters
    ----------
    vertical_force_n : (n_points,)
        Vertical ground reaction of the foot.

    Raises
    ------
    InputError
        If the foot does not touch the ground exactly once a cycle.
    """
    phase = grid.time_s / grid.duration_s
    loaded = vertical_force_n > threshold_n
    next_one = np.arange(1, grid.n_points + 1) % grid.n_points
    strikes, offs = (np.flatnonzero((loaded != loaded[next_one]) & (loaded == before)) for before in (False, True))
    if len(strikes) != 1 or len(offs) != 1:
        raise InputError(
            f"A foot of the healthy gait lands {len(strikes)} times and leaves the ground {len(offs)} times in a "
            "cycle; what-if motions need one stance for each foot. Start from another healthy gait."
        )

    def crossing(k: int) -> float:
        n = int(next_one[k])
        step = (phase[n] - phase[k]) % 1.0
        return float(
            phase[k] + step * (threshold_n - vertical_force_n[k]) / (vertical_force_n[n] - vertical_force_n[k])
        )

    strike, off = crossing(int(strikes[0])) % 1.0, crossing(int(offs[0])) % 1.0
    return strike, strike + (off - strike) % 1.0
