"""Gait events from ground reactions, and periodic resampling to 0..100 % of a side's own cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

from gluteweak.errors import InputError
from gluteweak.loads import gait_cycle_kernels as kernels
from gluteweak.plant import FloatArray

#: Samples of the gait cycle in per cent: 0, 1, ..., 100.
GAIT_CYCLE_PCT = np.linspace(0.0, 100.0, 101)
#: Points repeated on either side of the period: a PCHIP slope looks one point further than its interval.
_PAD = 3


@dataclass(frozen=True)
class GaitEvents:
    """Foot strike on the solution's time axis and foot off in per cent of this side's own cycle."""

    foot_strike_s: float
    foot_off_pct: float


def pchip_periodic(time_s: FloatArray, values: FloatArray, duration_s: float) -> PchipInterpolator:
    """Shape-preserving interpolant of a periodic series, valid over [0, duration_s]: it makes no new peaks.

    Parameters
    ----------
    time_s : (n_times,)
        Rising, in (0, duration_s]; the last one is the end of the cycle.
    values : (n_times, ...)
    duration_s : float
    """
    time, series = _wrapped(time_s, values, duration_s)
    return PchipInterpolator(time, series, axis=0)


def sample_pchip(time_s: FloatArray, values: FloatArray, duration_s: float, at_s: FloatArray) -> FloatArray:
    """Values (n_samples, n_series) of the interpolant of `pchip_periodic` at times in [0, duration_s], quickly.

    Parameters
    ----------
    time_s, values, duration_s
        As in `pchip_periodic`; ``values`` is (n_times, n_series).
    at_s : (n_samples,)

    Raises
    ------
    ValueError
        If shapes do not fit or a time lies outside the period.
    """
    if values.ndim != 2 or len(values) != len(time_s) or at_s.ndim != 1:
        raise ValueError(f"times {time_s.shape}, values {values.shape}, samples {at_s.shape} do not fit")
    if len(at_s) and not 0.0 <= at_s.min() <= at_s.max() <= duration_s:
        raise ValueError(f"samples from {at_s.min()} to {at_s.max()} s; expected 0 to {duration_s} s")
    time, series = _wrapped(time_s, np.asarray(values, dtype=np.float64), duration_s)
    out = np.empty((len(at_s), values.shape[1]))
    kernels.pchip(time, np.ascontiguousarray(series), np.ascontiguousarray(at_s, dtype=np.float64), out)
    return out


def spline_periodic(time_s: FloatArray, values: FloatArray, duration_s: float) -> CubicSpline:
    """Smooth periodic cubic spline of a series; arguments as in `pchip_periodic`."""
    time = np.concatenate([[time_s[-1] - duration_s], time_s])
    series = np.concatenate([values[-1:], values])
    return CubicSpline(time, series, axis=0, bc_type="periodic", extrapolate="periodic")


def cycle_times_s(events: GaitEvents, duration_s: float) -> FloatArray:
    """The 101 instants of a side's own cycle, wrapped into [0, duration_s)."""
    return np.mod(events.foot_strike_s + duration_s * GAIT_CYCLE_PCT / 100.0, duration_s)


def find_events(
    time_s: FloatArray, vertical_force_n: FloatArray, duration_s: float, *, threshold_n: float, side: str
) -> GaitEvents:
    """Foot strike and foot off: the bounds of the longest spell of the vertical ground reaction above the threshold.

    Parameters
    ----------
    time_s : (n_times,)
    vertical_force_n : (n_times,)
        Vertical ground reaction of one foot, up positive.
    duration_s : float
    threshold_n : float
    side : str
        Named in the error only.

    Raises
    ------
    InputError
        If the foot never lands or never leaves the ground.
    """
    above = (vertical_force_n - threshold_n)[:, None]
    time, series = _wrapped(time_s, above, duration_s)
    found = np.empty(len(time))
    found = found[: kernels.pchip_crossings(time, np.ascontiguousarray(series), found)]
    crossings = found[(found >= 0.0) & (found < duration_s)]
    if len(crossings) == 0:
        state = "never leaves the ground" if vertical_force_n.min() > threshold_n else "never lands"
        raise InputError(
            f"The {side} foot {state}: its vertical ground reaction is {vertical_force_n.min():.0f} to "
            f"{vertical_force_n.max():.0f} N against a threshold of {threshold_n:g} N; loads need a walking motion."
        )
    spells = np.diff(np.append(crossings, crossings[0] + duration_s))
    middles = np.mod(crossings + 0.5 * spells, duration_s)
    on_ground = np.where(sample_pchip(time_s, above, duration_s, middles)[:, 0] > 0.0, spells, 0.0)
    longest = int(np.argmax(on_ground))
    return GaitEvents(
        foot_strike_s=float(crossings[longest]), foot_off_pct=float(100.0 * on_ground[longest] / duration_s)
    )


def _wrapped(time_s: FloatArray, values: FloatArray, duration_s: float) -> tuple[FloatArray, FloatArray]:
    """The series with a few points of the neighbouring cycles on both sides."""
    pad = min(_PAD, len(time_s))
    time = np.concatenate([time_s[-pad:] - duration_s, time_s, time_s[:pad] + duration_s])
    return time, np.concatenate([values[-pad:], values, values[:pad]])
