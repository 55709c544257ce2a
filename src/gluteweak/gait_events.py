"""Foot strikes and gait cycles in a walking trial, from ground reactions or from the motion of the feet alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

FloatArray = NDArray[np.float64]

#: A foot counts as loaded above this (N), and a stance must last so long (s).
LOADED_N = 20.0
_SHORTEST_STANCE_S = 0.15
#: Strides of walking people, slow and fast (s).
SHORTEST_STRIDE_S, LONGEST_STRIDE_S = 0.6, 2.5
#: A deviation of the speeds (rad/s) counts this much against one of the angles (rad).
_SPEED_SHARE = 0.1
#: Windows are tried in steps of this share of a second.
_WINDOW_STEP_S = 0.005


@dataclass(frozen=True)
class Stance:
    """One loading of a foot, from strike to toe-off; ``whole`` if the record shows both."""

    start_s: float
    end_s: float
    whole: bool


@dataclass(frozen=True)
class Cycle:
    """A gait cycle in a record.

    Attributes
    ----------
    start_s, end_s
        In the record's own time.
    stride_s
        Time between two strikes of one foot.
    first_strike
        ``r`` or ``l`` if the cycle begins at that foot's strike, empty if it begins in between.
    mismatch_deg
        RMS difference of the joint angles between its ends: a step is never quite like the last.
    how
        One clause on how it was found.
    """

    start_s: float
    end_s: float
    stride_s: float
    first_strike: str
    mismatch_deg: float
    how: str


def stances(time_s: FloatArray, vertical_n: FloatArray) -> list[Stance]:
    """Intervals in which a foot is loaded, those shorter than 0.15 s left out."""
    loaded = vertical_n > LOADED_N
    edges = np.flatnonzero(np.diff(loaded.astype(int)))
    starts = [int(i) + 1 for i in edges if not loaded[i]]
    ends = [int(i) + 1 for i in edges if loaded[i]]
    if loaded[0]:
        starts.insert(0, 0)
    if loaded[-1]:
        ends.append(len(loaded) - 1)
    found = [
        Stance(float(time_s[a]), float(time_s[b]), a > 0 and b < len(loaded) - 1)
        for a, b in zip(starts, ends, strict=True)
    ]
    return [s for s in found if s.end_s - s.start_s >= _SHORTEST_STANCE_S]


def strikes_from_force(time_s: FloatArray, vertical_n: FloatArray) -> list[float]:
    """Times at which a foot becomes loaded; a record that begins in stance does not show that stance's strike."""
    return [s.start_s for s in stances(time_s, vertical_n) if s.start_s > time_s[0]]


def strikes_from_motion(time_s: FloatArray, heel_ahead_m: FloatArray) -> list[float]:
    """Times at which the heel is farthest ahead of the pelvis (Zeni et al. 2008).

    Parameters
    ----------
    time_s : (n_times,)
    heel_ahead_m : (n_times,)
        Position of the heel bone minus that of the pelvis, along the direction of walking.
    """
    rate = 1.0 / float(np.median(np.diff(time_s)))
    swing = float(np.ptp(heel_ahead_m))
    peaks, _ = find_peaks(heel_ahead_m, distance=max(1, int(SHORTEST_STRIDE_S * rate)), prominence=0.4 * swing)
    return [float(time_s[i]) for i in peaks]


def stride_time_s(strikes: Mapping[str, Sequence[float]]) -> float | None:
    """Median time between successive strikes of one foot; None if no foot strikes twice."""
    gaps = [b - a for times in strikes.values() for a, b in pairwise(times)]
    gaps = [gap for gap in gaps if SHORTEST_STRIDE_S <= gap <= LONGEST_STRIDE_S]
    return float(np.median(gaps)) if gaps else None


def stride_time_from_steps_s(strikes: Mapping[str, Sequence[float]]) -> float | None:
    """Twice the median time from a strike to the other foot's next one; None without such a pair."""
    events = sorted((time, side) for side, times in strikes.items() for time in times)
    gaps = [b - a for (a, one), (b, other) in pairwise(events) if one != other]
    gaps = [2.0 * gap for gap in gaps if SHORTEST_STRIDE_S <= 2.0 * gap <= LONGEST_STRIDE_S]
    return float(np.median(gaps)) if gaps else None


def mismatch_deg(time_s: FloatArray, angles_rad: FloatArray, start_s: float, end_s: float) -> float:
    """RMS difference in deg of joint angles, (n_times, n_angles), between the two ends of a window."""
    return float(np.degrees(_mismatch(time_s, angles_rad, np.array([start_s]), end_s - start_s, 0.0)[0]))


def _mismatch(
    time_s: FloatArray, angles_rad: FloatArray, start_s: FloatArray, duration_s: float, speed_share: float
) -> FloatArray:
    speed = np.gradient(angles_rad, time_s, axis=0)
    total = np.zeros(len(start_s))
    for series, weight in ((angles_rad, 1.0), (speed, speed_share)):
        for column in series.T:
            first, last = (np.interp(start_s + shift, time_s, column) for shift in (0.0, duration_s))
            total += weight**2 * (last - first) ** 2
    return np.asarray(np.sqrt(total / angles_rad.shape[1]))


def choose_cycle(
    time_s: FloatArray, angles_rad: FloatArray, strikes: Mapping[str, Sequence[float]], span_s: tuple[float, float]
) -> Cycle | None:
    """The most periodic cycle inside ``span_s``: from strike to strike if one fits, else a window of one stride.

    Parameters
    ----------
    time_s : (n_times,)
    angles_rad : (n_times, n_angles)
        Measured joint angles.
    strikes
        Side -> times of foot strikes, which may lie outside the span.
    span_s
        Times that every file covers.

    Returns
    -------
    Cycle or None
        None if no stride fits.
    """
    first, last = span_s
    whole = [
        (mismatch_deg(time_s, angles_rad, a, b), a, b, side)
        for side, times in strikes.items()
        for a, b in pairwise(times)
        if first <= a and b <= last and SHORTEST_STRIDE_S <= b - a <= LONGEST_STRIDE_S
    ]
    if whole:
        error, a, b, side = min(whole)
        name = {"r": "right", "l": "left"}[side]
        return Cycle(
            a, b, b - a, side, error, f"from one {name} foot strike to the next, the most periodic of {len(whole)}"
        )
    stride, from_steps = stride_time_s(strikes), False
    if stride is None:
        stride, from_steps = stride_time_from_steps_s(strikes), True
    if stride is None or stride > last - first:
        return None
    starts = np.arange(first, last - stride + 1e-9, _WINDOW_STEP_S)
    errors = _mismatch(time_s, angles_rad, starts, stride, _SPEED_SHARE)
    start = float(starts[int(np.argmin(errors))])
    how = "twice the time between steps" if from_steps else "the time between two strikes of one foot"
    return Cycle(
        start,
        start + stride,
        stride,
        "",
        mismatch_deg(time_s, angles_rad, start, start + stride),
        f"the most periodic window of {stride:.3f} s, {how}; no whole cycle from strike to strike lies in the motion",
    )
