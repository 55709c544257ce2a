"""Smooth periodic bumps on a collocation grid: the shape of an imposed change over the gait cycle.

A bump is full (1) over a window and joins its start and end over the rest of the cycle, or over ramps, by quintic
smoothsteps ``10 s^3 - 15 s^4 + 6 s^5``: value, speed and acceleration are continuous everywhere (C2).

Sampled as it is, such a bump would ring: a collocation polynomial of low degree through exact *values* has
accelerations that are wrong by ``O(h)`` and of opposite sign at neighbouring points (at degree 2 by -2/9 and +2/3 of
``h`` times the third derivative, more than the bump's own acceleration on the usual mesh). So the bump's exact
*accelerations* are integrated twice with the grid's own collocation equations. The result is what the grid can
represent: its accelerations are the bump's at every point, its values within a hundredth of its height (RMS).
"""

from __future__ import annotations

import numpy as np

from gluteweak.errors import InputError
from gluteweak.plant import FloatArray
from gluteweak.walking.transcription import Grid


def smooth_window(phase: FloatArray, start: float, end: float, ramp: float) -> tuple[FloatArray, FloatArray]:
    """A bump and its second derivative by phase, at phases in cycles.

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
    middle = (start + end) / 2
    distance = np.abs(np.mod(np.asarray(phase) - middle + 0.5, 1.0) - 0.5)
    s = np.clip((width / 2 + ramp - distance) / ramp, 0.0, 1.0)
    value = s**3 * (10 - 15 * s + 6 * s**2)
    curvature = (60 * s - 180 * s**2 + 120 * s**3) / ramp**2
    return value, curvature


def on_grid(grid: Grid, value: FloatArray, acceleration: FloatArray) -> FloatArray:
    """Values at the collocation points whose collocation accelerations are the given ones.

    Parameters
    ----------
    value : (n_points,)
        The function; only its mean enters.
    acceleration : (n_points,)
        Its second time derivative; its mean over the cycle, zero but for quadrature error, is taken off.
    """
    derivative = grid.derivative.toarray()
    mean = grid.quadrature

    def integral(rate: FloatArray, wanted_mean: float) -> FloatArray:
        # The derivative of a periodic quantity has no mean, and a constant has no derivative: one row says both.
        bordered = np.block([[derivative, np.ones((grid.n_points, 1))], [mean[None, :], np.zeros((1, 1))]])
        return np.asarray(np.linalg.solve(bordered, np.append(rate - mean @ rate, wanted_mean)))[:-1]

    return integral(integral(acceleration, 0.0), float(mean @ value))


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
