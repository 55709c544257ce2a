"""Turn and move a trial so that the walker advances along +x over a floor that stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from gluteweak import gait_events
from gluteweak.errors import InputError
from gluteweak.opensim_model.import_contact import bottoms_m
from gluteweak.opensim_model.kinematics import body_frames, rotation_about, rotation_xyz
from gluteweak.opensim_model.trial_forces import FootForces
from gluteweak.opensim_model.trial_motion import MeasuredMotion
from gluteweak.walker_tables import SIDES, WalkerTables

FloatArray = NDArray[np.float64]

#: A standing foot that moves faster than this stands on a belt; a walker slower than this does not walk.
_BELT_M_S, _WALKING_M_S = 0.2, 0.15
#: Directions closer to x than this are those of a walk along x.
_STRAIGHT_RAD = np.radians(5.0)
#: A heel that is so close to its lowest is that of a flat foot.
_FLAT_M = 0.01
_PELVIS = "pelvis"


@dataclass(frozen=True)
class Track:
    """Positions of pelvis and heels in ground, (n_times, 3), and height of the lowest point of each foot (n_times,)."""

    pelvis_m: FloatArray
    heel_m: Mapping[str, FloatArray]
    height_m: Mapping[str, FloatArray]


def along_x(
    tables: WalkerTables, motion: MeasuredMotion, forces: FootForces | None, track: Track
) -> tuple[MeasuredMotion, FootForces | None, list[str]]:
    """The trial as an overground walk along +x.

    Raises
    ------
    InputError
        If nothing walks.
    """
    notes = []
    belt = _belt_velocity(motion.time_s, track)
    elapsed = motion.time_s - motion.time_s[0]
    if np.linalg.norm(belt) > _BELT_M_S:
        notes.append(
            f"treadmill: standing feet move at {np.linalg.norm(belt):.2f} m/s, which was added to the walker's way"
        )
        shift = -np.outer(elapsed, belt)
    else:
        shift = np.zeros((len(elapsed), 2))
    floor_way = track.pelvis_m[:, [0, 2]] + shift
    velocity = np.polyfit(elapsed, floor_way, 1)[0]
    speed = float(np.linalg.norm(velocity))
    if speed < _WALKING_M_S:
        raise InputError(
            f"{motion.path}: the pelvis advances at {speed:.2f} m/s over the feet; give a trial in which the "
            f"subject walks."
        )
    heading = float(np.arctan2(-velocity[1], velocity[0]))
    values = dict(motion.values)
    values["pelvis_tx"] = values["pelvis_tx"] + shift[:, 0]
    values["pelvis_tz"] = values["pelvis_tz"] + shift[:, 1]
    turned = abs(heading) > _STRAIGHT_RAD
    if turned:
        notes.append(f"the walk was turned by {-np.degrees(heading):.0f} deg about the vertical, to go along x")
        values |= _turned_pelvis(tables, values, -heading)
    if forces is not None:
        forces = _moved_forces(
            forces, motion.time_s[0], belt if np.any(shift) else np.zeros(2), -heading if turned else 0.0
        )
    kind = "treadmill" if np.any(shift) else "overground"
    notes.insert(0, f"{kind} walk at {speed:.2f} m/s")
    return replace(motion, values=values), forces, notes


def _belt_velocity(time_s: FloatArray, track: Track) -> FloatArray:
    """Median horizontal velocity (x, z) of standing feet."""
    found = []
    for side in SIDES:
        # The heel is lowest while the foot is flat: before and after, it lands or rolls off.
        height = track.heel_m[side][:, 1]
        flat = height < np.quantile(height, 0.02) + _FLAT_M
        found.append(np.gradient(track.heel_m[side][:, [0, 2]], time_s, axis=0)[flat])
    every = np.concatenate(found)
    return np.asarray(np.median(every, axis=0))


def _turned_pelvis(tables: WalkerTables, values: Mapping[str, FloatArray], angle_rad: float) -> dict[str, FloatArray]:
    """Pelvis coordinates after a turn of everything about the vertical."""
    joint = next(j for j in tables.joints if j.child_body == _PELVIS)
    rows = tables.axes_of(joint.joint)
    turns = [rows[name] for name in ("rotation1", "rotation2", "rotation3")]
    shifts = [rows[name] for name in ("translation1", "translation2", "translation3")]
    names = [row.coordinate for row in turns]
    to_ground = rotation_xyz(joint.parent_orientation_rad)
    about = to_ground.T @ rotation_about(np.array([0.0, 1.0, 0.0]), np.array([angle_rad]))[0] @ to_ground
    directions = np.array([np.asarray(row.direction) / np.linalg.norm(row.direction) for row in turns])

    def turn(q: FloatArray) -> FloatArray:
        result = np.eye(3)
        for direction, angle in zip(directions, q, strict=True):
            result = result @ rotation_about(direction, np.array([angle]))[0]
        return result

    # The axis nearest to the vertical takes the turn as a first guess.
    upward = np.zeros(len(names))
    nearest = int(np.argmax(np.abs(directions[:, 1])))
    upward[nearest] = angle_rad * np.sign(directions[nearest, 1])
    series = np.column_stack([values[name] for name in names])
    found = np.empty_like(series)
    guess = series[0] + upward
    for i, q in enumerate(series):
        target = about @ turn(q)
        solved = least_squares(lambda x, t=target: Rotation.from_matrix(t.T @ turn(x)).as_rotvec(), guess)
        found[i] = guess = solved.x
    # Of all equal angles, those within half a turn of zero are meant.
    found -= 2.0 * np.pi * np.round(found.mean(axis=0) / (2.0 * np.pi))
    way = np.column_stack([values[row.coordinate] for row in shifts])
    axes = np.array([row.direction for row in shifts])
    moved = (way @ axes) @ about.T @ np.linalg.inv(axes)
    return {
        **{name: found[:, k] for k, name in enumerate(names)},
        **{row.coordinate: moved[:, k] for k, row in enumerate(shifts)},
    }


def _moved_forces(forces: FootForces, start_s: float, belt: FloatArray, angle_rad: float) -> FootForces:
    matrix = rotation_about(np.array([0.0, 1.0, 0.0]), np.array([angle_rad]))[0]
    way = np.zeros((len(forces.time_s), 3))
    way[:, [0, 2]] = -np.outer(forces.time_s - start_s, belt)
    return replace(
        forces,
        force_n={side: f @ matrix.T for side, f in forces.force_n.items()},
        center_m={side: (c + way) @ matrix.T for side, c in forces.center_m.items()},
        torque_nm={side: t @ matrix.T for side, t in forces.torque_nm.items()},
    )


def whole_cycle(forces: FootForces, start_s: float, end_s: float, distance_m: float) -> tuple[FootForces, list[str]]:
    """Forces over a cycle, stances that no plate saw taken from another stride of the same foot.

    Raises
    ------
    InputError
        If a foot has no whole stance in the record.
    """
    stride = end_s - start_s
    inside = np.linspace(start_s, end_s, round(stride / 0.002) + 1)
    notes = []
    kinds: list[dict[str, FloatArray]] = [{}, {}, {}]
    for side in SIDES:
        groups = (forces.force_n[side], forces.center_m[side], forces.torque_nm[side])
        covered = forces.time_s[0] <= start_s + 1e-9 and end_s <= forces.time_s[-1] + 1e-9
        direct = [_at(inside, forces.time_s, g) for g in groups]
        share = float(np.mean(direct[0][:, 1] > gait_events.LOADED_N))
        if not covered or share < _LEAST_STANCE_SHARE:
            direct = _from_other_strides(forces, side, inside, stride, distance_m)
            word = {"r": "right", "l": "left"}[side]
            notes.append(
                f"the {word} foot's force covers {100 * share:.0f} % of this cycle; it was completed from the same "
                f"foot's "
                "stance one stride away"
            )
        for kind, values in zip(kinds, direct, strict=True):
            kind[side] = values
    return FootForces(forces.path, inside, kinds[0], kinds[1], kinds[2], forces.notes), notes


#: Less of the cycle than this is no stance (walking: 55 to 70 %).
_LEAST_STANCE_SHARE = 0.45


def _at(time_s: FloatArray, own_time_s: FloatArray, values: FloatArray) -> FloatArray:
    return np.column_stack([np.interp(time_s, own_time_s, column) for column in values.T])


def _from_other_strides(
    forces: FootForces, side: str, time_s: FloatArray, stride_s: float, distance_m: float
) -> list[FloatArray]:
    vertical = forces.vertical_n[side]
    whole = [s for s in gait_events.stances(forces.time_s, vertical) if s.whole]
    whole = [s for s in whole if _LEAST_STANCE_SHARE * stride_s < s.end_s - s.start_s < stride_s]
    if not whole:
        raise InputError(
            f"{forces.path}: the {'right' if side == 'r' else 'left'} foot has no whole stance on a plate; leave "
            "--ground-reactions out, and they are predicted by the contact model, or give a trial with whole stances."
        )
    middle = 0.5 * (time_s[0] + time_s[-1])
    stance = min(whole, key=lambda s: abs(0.5 * (s.start_s + s.end_s) - middle))
    result = [np.zeros((len(time_s), 3)) for _ in range(3)]
    for shift in range(-10, 11):
        there = time_s + shift * stride_s
        on = (there >= stance.start_s) & (there <= stance.end_s)
        for out, values in zip(
            result, (forces.force_n[side], forces.center_m[side], forces.torque_nm[side]), strict=True
        ):
            out[on] = _at(there[on], forces.time_s, values)
        result[1][on, 0] -= shift * distance_m
    return result


def follow(tables: WalkerTables, motion: MeasuredMotion) -> Track:
    """Where pelvis and feet go in a motion."""
    known = {c.coordinate for c in tables.coordinates}
    frames = body_frames(tables, {name: series for name, series in motion.values.items() if name in known})
    return Track(
        frames[_PELVIS].origin_m,
        {side: frames[f"calcn_{side}"].origin_m for side in SIDES},
        bottoms_m(tables, frames),
    )
