"""A laboratory's walking trial as one gait cycle: columns, units, filters, direction, feet and forces made certain.

Whatever is decided here is said: each decision adds a sentence to ``notes``, which the report prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from gluteweak import gait_events
from gluteweak.errors import InputError
from gluteweak.gait_events import Cycle
from gluteweak.motion_files import MotionTable, read_motion
from gluteweak.walker_tables import SIDES, is_of_side

FloatArray = NDArray[np.float64]

_SIDE_WORD = {"r": "right", "l": "left"}
#: Usual cut-off for marker-based kinematics of walking.
USUAL_FILTER_HZ = 6.0
#: What angles hold above this frequency is noise; less noise than this, and somebody has filtered before.
_ROUGH_HZ, _SMOOTH_RAD = 15.0, np.radians(0.05)
_ORDER = 2
#: Centres of pressure beyond this are in mm: no laboratory is 20 m long, and no plate is within 20 mm of all feet.
_LARGEST_METRES = 20.0
#: A gap in the motion longer than this cannot be bridged by a spline.
_LONGEST_GAP_S = 0.05
_REGULAR = 1e-3
_FEWEST_ROWS = 10
#: What a foot carries at least, in shares of body weight, if the forces are in N and the model has the subject's mass.
_LEAST_PEAK_BW, _LARGEST_PEAK_BW = 0.5, 2.5
#: Columns of ground reactions that are common, besides those that an external-loads file names.
_COMMON = (
    ("ground_force_{side}_v", "ground_force_{side}_p", "ground_torque_{side}_"),
    ("{SIDE}_ground_force_v", "{SIDE}_ground_force_p", "{SIDE}_ground_torque_"),
    ("ground_force_v_{side}_", "ground_force_p_{side}_", "ground_torque_{side}_"),
)
#: gait2392's own example: the first plate holds the right foot.
_GAIT2392 = {
    "r": ("ground_force_v", "ground_force_p", "ground_torque_"),
    "l": ("1_ground_force_v", "1_ground_force_p", "1_ground_torque_"),
}


@dataclass(frozen=True)
class MeasuredMotion:
    """Coordinates by name over time, filtered; angles in rad, lengths in m."""

    path: Path
    time_s: FloatArray
    values: Mapping[str, FloatArray]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FootForces:
    """Ground reactions over time: side -> force in N, centre of pressure in m and torque in N m, (n_times, 3) each."""

    path: Path
    time_s: FloatArray
    force_n: Mapping[str, FloatArray]
    center_m: Mapping[str, FloatArray]
    torque_nm: Mapping[str, FloatArray]
    notes: tuple[str, ...]

    @property
    def vertical_n(self) -> dict[str, FloatArray]:
        """Side -> vertical force."""
        return {side: force[:, 1] for side, force in self.force_n.items()}


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
    _refuse_gaps(table)
    columns = {name: label for label in table.labels if (name := _coordinate_of(label)) in is_rotation}
    if not columns:
        raise InputError(
            f"{path} has no column that is a coordinate of the model: its columns are {_listing(table.labels)}, the "
            f"model's coordinates {_listing(list(is_rotation))}; give the inverse kinematics of this model."
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
        notes.append(f"columns that are no coordinates of the model were left aside: {_listing(others)}")
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


def _listing(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _refuse_gaps(table: MotionTable) -> None:
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
            f"takes "
            "40 to 80: correct inDegrees in the header, or give a trial of walking."
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


# Forces ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plate:
    """Where a force stands in the file, and the foot it acts on by name ('' if the names do not say)."""

    name: str
    side: str
    force: str
    point: str
    torque: str


def read_forces(
    path: Path, external_loads: Path | None, bodies: Sequence[str], body_weight_n: float, filter_hz: float
) -> FootForces:
    """Read ground reactions and give each to a foot; feet are checked by `check_feet` once their motion is known.

    Raises
    ------
    InputError
        If no ground reaction is recognised, an external load acts on a body that the model lacks, or a force makes no
        sense.
    """
    table = read_motion(path)
    _refuse_gaps(table)
    notes: list[str] = []
    plates = _named_plates(external_loads, bodies) if external_loads else _common_plates(table)
    if not plates:
        raise InputError(
            f"{path}: no ground reactions recognised among its columns {_listing(table.labels)}; name them "
            "ground_force_r_vx ... as in OpenSim's examples, or give the external loads with --external-loads."
        )
    bare = [_SIDE_WORD[side] for side in SIDES if side not in {p.side for p in plates}]
    if bare:
        raise InputError(
            f"{external_loads} names no force on the {bare[0]} foot; walking needs both: add it, or leave both files "
            "out, and the reactions are predicted."
        )
    missing = [p for p in plates if f"{p.force}x" not in table.labels]
    if missing:
        raise InputError(
            f"{path} has no column '{missing[0].force}x', which {external_loads} names for '{missing[0].name}': the "
            f"two "
            "files do not belong together."
        )
    time = table.time_s
    empty = np.zeros((len(time), 3))
    force, moment_point, torque = ({side: empty.copy() for side in SIDES} for _ in range(3))
    for plate in plates:
        own = _three(table, plate.force)
        force[plate.side] += own
        weight = np.abs(own[:, 1:2])
        moment_point[plate.side] += weight * (_three(table, plate.point) if f"{plate.point}x" in table.labels else 0.0)
        if f"{plate.torque}x" in table.labels:
            torque[plate.side] += _three(table, plate.torque)
    names = ", ".join(f"{p.force}* on the {_SIDE_WORD[p.side]} foot" for p in plates)
    notes.append(f"ground reactions {time[0]:g} to {time[-1]:g} s: {names}")
    center = {}
    for side in SIDES:
        vertical = np.abs(force[side][:, 1:2])
        center[side] = np.divide(moment_point[side], vertical, out=np.zeros_like(empty), where=vertical > 0.0)
    unit = _length_unit(force, center)
    if unit != 1.0:
        notes.append("centres of pressure are in mm by their size, and were turned into m; so were torques in N mm")
        center = {side: unit * points for side, points in center.items()}
        largest = max(float(np.max(np.abs(values))) for values in torque.values())
        if largest > body_weight_n:
            torque = {side: unit * values for side, values in torque.items()}
    _refuse_odd_forces(path, force, body_weight_n)
    time, force, center, torque = _evened(time, force, center, torque)
    if filter_hz:
        force = {side: _filtered_force(values, time, filter_hz) for side, values in force.items()}
        notes.append(f"ground reactions low-pass filtered (Butterworth, 4th order with zero lag, {filter_hz:g} Hz)")
    else:
        notes.append("ground reactions taken as they are, without a filter")
    return FootForces(Path(path), time, force, center, torque, tuple(notes))


def _filtered_force(values: FloatArray, time_s: FloatArray, cutoff_hz: float) -> FloatArray:
    """Filtered where the foot is loaded; in the air a foot feels nothing, and no ringing."""
    smooth = low_pass(values, time_s, cutoff_hz)
    loaded = values[:, 1] > gait_events.LOADED_N
    return np.where(loaded[:, None], smooth, 0.0)


def _evened(
    time_s: FloatArray, *groups: Mapping[str, FloatArray]
) -> tuple[FloatArray, dict[str, FloatArray], dict[str, FloatArray], dict[str, FloatArray]]:
    """Equal steps of at most 500 Hz: plates are read far faster than anything here needs."""
    rate = min(500.0, 1.0 / float(np.median(np.diff(time_s))))
    even = np.linspace(time_s[0], time_s[-1], int((time_s[-1] - time_s[0]) * rate) + 1)
    force, center, torque = (
        {side: np.column_stack([np.interp(even, time_s, c) for c in values.T]) for side, values in group.items()}
        for group in groups
    )
    return even, force, center, torque


def _three(table: MotionTable, stem: str) -> FloatArray:
    return np.column_stack([table.column(f"{stem}{axis}") for axis in "xyz"])


def _common_plates(table: MotionTable) -> list[_Plate]:
    for pattern in _COMMON:
        stems = {s: tuple(p.format(side=s, SIDE=s.upper()) for p in pattern) for s in SIDES}
        if all(f"{stem[0]}x" in table.labels for stem in stems.values()):
            return [_Plate(f"{_SIDE_WORD[s]} foot", s, *stem) for s, stem in stems.items()]
    if all(f"{stem[0]}x" in table.labels for stem in _GAIT2392.values()):
        return [_Plate(f"{_SIDE_WORD[s]} foot", s, *stem) for s, stem in _GAIT2392.items()]
    return []


def _named_plates(path: Path, bodies: Sequence[str]) -> list[_Plate]:
    if not path.is_file():
        raise InputError(f"No file {path}: correct --external-loads.")
    try:
        text = path.read_text(encoding="utf-8-sig")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise InputError(
                f"{path} declares XML entities, which no external loads need: remove <!DOCTYPE ...> from it."
            )
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, UnicodeDecodeError):
        raise InputError(f"{path} is no well-formed XML: export the external loads again.") from None
    found = [_named_plate(path, element, bodies) for element in root.iter("ExternalForce")]
    plates = [plate for plate in found if plate is not None]
    if not plates:
        raise InputError(f"{path} holds no external force that is switched on: export it again.")
    return plates


def _named_plate(path: Path, element: ElementTree.Element, bodies: Sequence[str]) -> _Plate | None:
    """An external force on a foot; None if it is switched off."""
    name = element.get("name", "unnamed")

    def text_of(tag: str) -> str:
        return (element.findtext(tag) or "").strip()

    if text_of("isDisabled") == "true" or text_of("appliesForce") == "false":
        return None
    body = text_of("applied_to_body")
    if body not in bodies:
        raise InputError(
            f"{path}: external force '{name}' acts on body '{body}', which the model does not have (feet are "
            f"{', '.join(b for b in bodies if b.startswith('calcn')) or 'missing'}): correct applied_to_body."
        )
    side = next((s for s in SIDES if is_of_side(body, s)), "")
    if not side or not body.startswith(("calcn", "toes", "talus", "foot")):
        raise InputError(
            f"{path}: external force '{name}' acts on '{body}', which is no foot; walking is held up by the feet "
            "alone: leave that force out."
        )
    frame = text_of("force_expressed_in_body") or "ground"
    if frame != "ground":
        raise InputError(f"{path}: external force '{name}' is given in the axes of '{frame}'; give it in ground axes.")
    return _Plate(name, side, text_of("force_identifier"), text_of("point_identifier"), text_of("torque_identifier"))


def _length_unit(force: Mapping[str, FloatArray], center: Mapping[str, FloatArray]) -> float:
    loaded = [center[s][force[s][:, 1] > gait_events.LOADED_N] for s in SIDES]
    points = np.concatenate(loaded) if any(len(p) for p in loaded) else np.zeros((1, 3))
    return 1e-3 if float(np.max(np.abs(points))) > _LARGEST_METRES else 1.0


def _refuse_odd_forces(path: Path, force: Mapping[str, FloatArray], body_weight_n: float) -> None:
    every = np.concatenate(list(force.values()))
    largest = {axis: float(np.max(np.abs(every[:, i]))) for i, axis in enumerate("xyz")}
    if largest["y"] < max(largest.values()):
        upward = max(largest, key=lambda axis: largest[axis])
        raise InputError(
            f"{path}: the largest ground reaction is along {upward} ({largest[upward]:.0f} N), not along y, which "
            f"points up "
            "in OpenSim: rotate the forces as the markers were rotated."
        )
    for side in SIDES:
        lowest, highest = float(force[side][:, 1].min()), float(force[side][:, 1].max())
        if -lowest > highest:
            raise InputError(
                f"{path}: the vertical force of the {_SIDE_WORD[side]} foot has the wrong sign (it reaches "
                f"{lowest:.0f} N, downwards): these are forces on the ground; reverse their sign to give those on "
                "the feet."
            )
        peak = float(force[side][:, 1].max())
        if not _LEAST_PEAK_BW * body_weight_n < peak < _LARGEST_PEAK_BW * body_weight_n:
            raise InputError(
                f"{path}: the {_SIDE_WORD[side]} foot carries at most {peak:.0f} N, {peak / body_weight_n:.2f} "
                f"times the "
                f"model's weight of {body_weight_n:.0f} N; walking takes 1 to 1.5: check unit, plates and the "
                f"model's mass."
            )


def check_feet(forces: FootForces, time_s: FloatArray, height_m: Mapping[str, FloatArray]) -> None:
    """Compare each foot's force with its height: a loaded foot is low.

    Parameters
    ----------
    forces
        Ground reactions.
    time_s, height_m
        Times, and side -> height of the foot's lowest point, (n_times,).

    Raises
    ------
    InputError
        If right and left are swapped, or forces and motion were not recorded at the same time.
    """
    inside = (time_s >= forces.time_s[0]) & (time_s <= forces.time_s[-1])
    if not inside.any():
        raise InputError(
            f"{forces.path} covers {forces.time_s[0]:g} to {forces.time_s[-1]:g} s, the motion {time_s[0]:g} to "
            f"{time_s[-1]:g} s: they are not of one trial, or their clocks differ; give both with the same times."
        )
    time = time_s[inside]
    load = {side: np.interp(time, forces.time_s, values) for side, values in forces.vertical_n.items()}

    def together(force_side: str, foot_side: str) -> float:
        low = -height_m[foot_side][inside]
        if np.ptp(load[force_side]) == 0.0 or np.ptp(low) == 0.0:
            return 0.0
        return float(np.corrcoef(load[force_side], low)[0, 1])

    right, left = SIDES
    straight = together(right, right) + together(left, left)
    crossed = together(right, left) + together(left, right)
    if crossed > straight:
        raise InputError(
            f"{forces.path}: right and left ground reactions are swapped: each follows the height of the other foot "
            f"(correlation {crossed / 2:.2f}, with its own foot {straight / 2:.2f}); swap them in the file or in the "
            "external loads."
        )


# The cycle ------------------------------------------------------------------------------------------------------------


def find_cycle(
    motion: MeasuredMotion,
    forces: FootForces | None,
    heel_ahead_m: Mapping[str, FloatArray],
    angles: Sequence[str],
    start_s: float | None,
    end_s: float | None,
) -> Cycle:
    """The gait cycle of a trial.

    Parameters
    ----------
    motion, forces
        The trial; without forces the motion of the feet tells the strikes.
    heel_ahead_m
        Side -> heel bone ahead of the pelvis in the direction of walking, (n_times,).
    angles
        Coordinates whose repetition makes a cycle.
    start_s, end_s
        Where to look. If both are given and lie one stride apart, they are the cycle.

    Raises
    ------
    InputError
        If there is no full cycle in that range.
    """
    first, last = float(motion.time_s[0]), float(motion.time_s[-1])
    covered = f"{motion.path} covers {first:g} to {last:g} s"
    if start_s is not None and end_s is not None and not end_s > start_s:
        raise InputError(f"The range ends at {end_s:g} s, not after its start at {start_s:g} s: correct --end.")
    for name, time in (("--start", start_s), ("--end", end_s)):
        if time is not None and not first - 1e-9 <= time <= last + 1e-9:
            raise InputError(f"{covered}; {name} {time:g} lies outside: choose a time inside.")
    span = (first if start_s is None else start_s, last if end_s is None else end_s)
    by_motion = {s: gait_events.strikes_from_motion(motion.time_s, heel_ahead_m[s]) for s in SIDES}
    strikes, source = by_motion, "the motion of the feet"
    if forces is not None:
        by_force = {s: gait_events.strikes_from_force(forces.time_s, forces.vertical_n[s]) for s in SIDES}
        if gait_events.stride_time_s(by_force) or not gait_events.stride_time_s(by_motion):
            strikes, source = by_force, "the ground reactions"
    angle_rad = np.column_stack([motion.values[name] for name in angles])
    found = "; ".join(
        f"{_SIDE_WORD[s]} {', '.join(f'{t:.3f}' for t in times) or 'none'}" for s, times in strikes.items()
    )
    stride = gait_events.stride_time_s(strikes) or gait_events.stride_time_from_steps_s(strikes)
    given = start_s is not None and end_s is not None
    length = span[1] - span[0]
    if given and (stride is None or abs(length / stride - 1.0) < 0.12):
        if not gait_events.SHORTEST_STRIDE_S <= length <= gait_events.LONGEST_STRIDE_S:
            raise InputError(
                f"No full gait cycle between {span[0]:g} and {span[1]:g} s: a stride takes 0.6 to 2.5 s; widen --start "
                "and --end."
            )
        error = gait_events.mismatch_deg(motion.time_s, angle_rad, *span)
        return Cycle(span[0], span[1], length, "", error, f"as given; foot strikes by {source}: {found}")
    cycle = gait_events.choose_cycle(motion.time_s, angle_rad, strikes, span)
    if cycle is None:
        told = f"a stride takes {stride:.2f} s" if stride else "no foot strikes twice"
        raise InputError(
            f"No full gait cycle between {span[0]:g} and {span[1]:g} s ({told}; foot strikes by {source}: {found}): "
            f"give a "
            "longer trial, or widen --start and --end."
        )
    return Cycle(
        cycle.start_s,
        cycle.end_s,
        cycle.stride_s,
        cycle.first_strike,
        cycle.mismatch_deg,
        f"{cycle.how}; foot strikes by {source}: {found}",
    )
