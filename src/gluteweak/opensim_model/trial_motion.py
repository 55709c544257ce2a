"""Inverse kinematics of a laboratory: columns, units and gaps made certain, then filtered.

Whatever is decided here is said: each decision adds a sentence to ``notes``, which the report prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from gluteweak.errors import InputError
from gluteweak.motion_files import MotionTable, read_motion
from gluteweak.walker_tables import SIDES

FloatArray = NDArray[np.float64]

#: Usual cut-off for marker-based kinematics of walking.
USUAL_FILTER_HZ = 6.0
#: What angles hold above this frequency is noise; less noise than this, and somebody has filtered before.
_ROUGH_HZ, _SMOOTH_RAD = 15.0, np.radians(0.05)
_ORDER = 2
#: A gap in the motion longer than this cannot be bridged by a spline.
_LONGEST_GAP_S = 0.05
_REGULAR = 1e-3
_FEWEST_ROWS = 10


@dataclass(frozen=True)
class MeasuredMotion:
    """Coordinates by name over time, filtered; angles in rad, lengths in m."""

    path: Path
    time_s: FloatArray
    values: Mapping[str, FloatArray]
    notes: tuple[str, ...]


def read_coordinates(path: Path, is_rotation: Mapping[str, bool], filter_hz: float | None) -> MeasuredMotion:
    """Read inverse kinematics.

    Parameters
    ----------
    path
        ``.mot`` or ``.sto``; columns by plain coordinate name or by OpenSim's path.
    is_rotation
        Every coordinate of the model -> whether it is an angle.
    filter_hz
        Cut-off of the zero-lag low-pass filter; 0 leaves the motion as it is. None filters at 6 Hz unless the motion
        has been smoothed already.

    Raises
    ------
    InputError
        If no column is a coordinate of the model, a column holds NaN, or the record has gaps.
    """
    table = read_motion(path)
    refuse_gaps(table)
    columns = {name: label for label in table.labels if (name := _coordinate_of(label)) in is_rotation}
    if not columns:
        raise InputError(
            f"{path} has no column that is a coordinate of the model: its columns are {listing(table.labels)}, the "
            f"model's coordinates {listing(list(is_rotation))}; give the inverse kinematics of this model."
        )
    unit = "degrees" if table.in_degrees else "radians"
    notes = [
        f"{len(columns)} coordinates, {table.time_s[0]:g} to {table.time_s[-1]:g} s, angles in {unit} by the header"
    ]
    values = {}
    for name, label in columns.items():
        series = table.column(label)
        values[name] = np.radians(series) if table.in_degrees and is_rotation[name] else series
    _refuse_wrong_unit(path, values, in_degrees=table.in_degrees)
    time, values = _regular(table.time_s, values)
    others = [label for label in table.labels if _coordinate_of(label) not in is_rotation]
    if others:
        notes.append(f"columns that are no coordinates of the model were left aside: {listing(others)}")
    if filter_hz is None:
        roughness = max(
            (_rms(series - low_pass(series, time, _ROUGH_HZ)) for n, series in values.items() if is_rotation[n]),
            default=0.0,
        )
        filter_hz = 0.0 if roughness < _SMOOTH_RAD else USUAL_FILTER_HZ
        if not filter_hz:
            notes.append(
                f"the motion is smooth already (above {_ROUGH_HZ:g} Hz its angles hold {np.degrees(roughness):.2f} deg)"
            )
    if filter_hz:
        filtered = {name: low_pass(series, time, filter_hz) for name, series in values.items()}
        changes = [np.max(np.abs(filtered[n] - values[n])) for n in values if is_rotation[n]]
        notes.append(
            f"motion low-pass filtered (Butterworth, 4th order with zero lag, {filter_hz:g} Hz), which moves angles "
            f"by at "
            f"most {np.degrees(max(changes, default=0.0)):.2f} deg"
        )
        values = filtered
    else:
        notes.append("motion taken as it is, without a filter")
    return MeasuredMotion(Path(path), time, values, tuple(notes))


def _rms(series: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(series))))


def _coordinate_of(label: str) -> str:
    """``/jointset/hip_r/hip_flexion_r/value`` -> ``hip_flexion_r``; speeds and activations are no coordinates."""
    parts = label.strip("/").split("/")
    if len(parts) == 1:
        return parts[0]
    return parts[-2] if parts[-1] == "value" else ""


def listing(names: Sequence[str], most: int = 6) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def refuse_gaps(table: MotionTable) -> None:
    """Refuse a record that is too short, or too full of holes, for a filter.

    Raises
    ------
    InputError
        If it has few rows, or a gap that no spline can bridge.
    """
    if len(table.time_s) < _FEWEST_ROWS:
        raise InputError(
            f"{table.path} has {len(table.time_s)} row{'s' if len(table.time_s) > 1 else ''} of numbers, where a "
            "stride takes dozens: export the whole trial."
        )
    steps = np.diff(table.time_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    gaps = np.flatnonzero(steps > max(_LONGEST_GAP_S, 3.0 * usual))
    if gaps.size:
        at = table.time_s[gaps[0]]
        raise InputError(
            f"{table.path} has a gap from {at:g} to {table.time_s[gaps[0] + 1]:g} s (rows are {usual:g} s apart "
            "elsewhere): fill it, or export a part without it."
        )


def _refuse_wrong_unit(path: Path, values: Mapping[str, FloatArray], *, in_degrees: bool) -> None:
    knees = [values[f"knee_angle_{side}"] for side in SIDES if f"knee_angle_{side}" in values]
    bend = max((float(np.ptp(k)) for k in knees), default=1.0)
    least, most = np.radians(10.0), np.radians(150.0)
    if not least < bend < most:
        stated = "inDegrees=yes" if in_degrees else "inDegrees=no"
        raise InputError(
            f"{path}: the knee bends by {np.degrees(bend):.3g} deg if its header is right ({stated}), where walking "
            "takes 40 to 80: correct inDegrees in the header, or give a trial of walking."
        )


def _regular(time_s: FloatArray, values: Mapping[str, FloatArray]) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Equal steps, which filters need; regular records are left as they are."""
    steps = np.diff(time_s)
    if np.max(np.abs(steps - np.median(steps))) < _REGULAR * np.median(steps):
        return time_s, dict(values)
    count = round((time_s[-1] - time_s[0]) / float(np.median(steps))) + 1
    even = np.linspace(time_s[0], time_s[-1], count)
    return even, {name: np.interp(even, time_s, series) for name, series in values.items()}


def low_pass(series: FloatArray, time_s: FloatArray, cutoff_hz: float) -> FloatArray:
    """Zero-lag Butterworth filter of second order, run forth and back, along the first axis."""
    rate = 1.0 / float(np.median(np.diff(time_s)))
    if cutoff_hz >= 0.5 * rate:
        return series
    sections = butter(_ORDER, cutoff_hz, fs=rate, output="sos")
    # Odd padding of half a cycle of the cut-off keeps value and slope at the ends.
    padding = min(len(series) - 1, int(rate / cutoff_hz))
    return np.asarray(sosfiltfilt(sections, series, axis=0, padlen=padding))
