"""What a step costs: impulses, loading rates and a day's worth of steps, from curves over the gait cycle."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.gait_cycle import GAIT_CYCLE_PCT
from gluteweak.plant import FloatArray

_PER_CENT = 100.0
_N_IN_KN = 1000.0


def stance_peak(curves: FloatArray, foot_off_pct: FloatArray) -> FloatArray:
    """Largest value from foot strike to foot off.

    Parameters
    ----------
    curves : (n_sides, n_samples)
    foot_off_pct : (n_sides,)
    """
    return np.asarray(np.max(np.where(in_stance(foot_off_pct), curves, -np.inf), axis=1))


def stance_impulse(curves: FloatArray, foot_off_pct: FloatArray, duration_s: float) -> FloatArray:
    """Time integral of the positive part from foot strike to foot off (trapezoids), (n_sides,); see `stance_peak`."""
    positive = np.where(in_stance(foot_off_pct), np.maximum(curves, 0.0), 0.0)
    return np.asarray(np.trapezoid(positive, dx=duration_s / _PER_CENT, axis=1))


def stance_loading_rate(curves: FloatArray, foot_off_pct: FloatArray, duration_s: float) -> FloatArray:
    """Steepest rise between neighbouring samples of stance, per s, (n_sides,); see `stance_peak`."""
    rise = np.diff(curves, axis=1) / (duration_s / _PER_CENT)
    return np.asarray(np.max(np.where(in_stance(foot_off_pct)[:, 1:], rise, -np.inf), axis=1))


def daily(impulse: FloatArray, steps_per_day: float) -> FloatArray:
    """Impulse of a step times a limb's steps a day."""
    return impulse * steps_per_day


def daily_knee_adduction_knm_s(
    impulse_nm_s_kg: FloatArray, body_mass_kg: float, steps_per_day: float | FloatArray
) -> FloatArray:
    """Cumulative knee adductor load of a limb in a day, in kN m s (Robbins et al. 2009)."""
    return impulse_nm_s_kg * body_mass_kg * steps_per_day / _N_IN_KN


def in_stance(foot_off_pct: FloatArray) -> FloatArray:
    """Which samples lie between foot strike and foot off, (n_sides, 101)."""
    return np.asarray(GAIT_CYCLE_PCT[None, :] <= foot_off_pct[:, None])
