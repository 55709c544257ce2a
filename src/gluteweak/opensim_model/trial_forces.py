"""Ground reactions of a laboratory: plates found, units and direction made certain, each given to its foot.

Whatever is decided here is said: each decision adds a sentence to ``notes``, which the report prints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from gluteweak import gait_events
from gluteweak.errors import InputError
from gluteweak.motion_files import MotionTable, read_motion
from gluteweak.opensim_model.trial_motion import listing, low_pass, refuse_gaps
from gluteweak.walker_tables import SIDES, is_of_side

FloatArray = NDArray[np.float64]

SIDE_WORD = {"r": "right", "l": "left"}
#: Centres of pressure beyond this are in mm: no laboratory is 20 m long, and no plate is within 20 mm of all feet.
_LARGEST_METRES = 20.0
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
    refuse_gaps(table)
    notes: list[str] = []
    plates = _named_plates(external_loads, bodies) if external_loads else _common_plates(table)
    if not plates:
        raise InputError(
            f"{path}: no ground reactions recognised among its columns {listing(table.labels)}; name them "
            "ground_force_r_vx ... as in OpenSim's examples, or give the external loads with --external-loads."
        )
    bare = [SIDE_WORD[side] for side in SIDES if side not in {p.side for p in plates}]
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
    names = ", ".join(f"{p.force}* on the {SIDE_WORD[p.side]} foot" for p in plates)
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
            return [_Plate(f"{SIDE_WORD[s]} foot", s, *stem) for s, stem in stems.items()]
    if all(f"{stem[0]}x" in table.labels for stem in _GAIT2392.values()):
        return [_Plate(f"{SIDE_WORD[s]} foot", s, *stem) for s, stem in _GAIT2392.items()]
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
                f"{path}: the vertical force of the {SIDE_WORD[side]} foot has the wrong sign (it reaches "
                f"{lowest:.0f} N, downwards): these are forces on the ground; reverse their sign to give those on "
                "the feet."
            )
        peak = float(force[side][:, 1].max())
        if not _LEAST_PEAK_BW * body_weight_n < peak < _LARGEST_PEAK_BW * body_weight_n:
            raise InputError(
                f"{path}: the {SIDE_WORD[side]} foot carries at most {peak:.0f} N, {peak / body_weight_n:.2f} "
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
