"""Ground reactions from a motion alone: Newton's and Euler's laws for the whole body, shared out between the feet.

What the ground does to both feet together follows from the motion exactly: the rate of change of the body's momentum
and of its angular momentum, less gravity. In single support that is the reaction of one foot. In double support the
vertical force is shared by the rule of the lever: the centre of pressure of the whole lies between those of the feet,
the rear one where it was when the other foot came down, the front one under the heel. Each force points at the body's
mass centre, as ground reactions of walking nearly do; what the two then miss of the whole is shared as the vertical
force is. Compare Ren, Jones and Howard (2008) J Biomech 41:2750, who share by smooth curves over time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gluteweak.opensim_model.import_direction import Track
from gluteweak.opensim_model.kinematics import Frames, body_frames
from gluteweak.opensim_model.trial_forces import FootForces
from gluteweak.opensim_model.trial_motion import low_pass
from gluteweak.parameters import STANDARD_GRAVITY
from gluteweak.walker_tables import SIDES, WalkerTables

FloatArray = NDArray[np.float64]

ESTIMATED = (
    "no ground reactions were given: what both feet carry together follows from the motion by Newton's law, was shared "
    "between them and guided the tracking; the contact model predicts the reactions"
)
#: Accelerations are differences of differences: above this frequency (Hz) they are noise.
_SMOOTH_HZ = 8.0
#: Double support in shares of a stride around a foot strike that is read from the motion (early by some hundredths).
_BEFORE, _AFTER = 0.02, 0.22
#: Where the front foot is loaded first and the rear foot last, from the heel bone's origin (0) to the toe joint (1).
_HEEL_SHARE, _TOES_SHARE = 0.2, 1.15
#: Rigid feet have no toe joint: from heel to ball in m.
_USUAL_FOOT_M = 0.18


def whole_body_reaction(
    tables: WalkerTables, time_s: FloatArray, poses: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Force of the ground on the body, its moment about the origin of ground, and the mass centre, (n_times, 3) each.

    Parameters
    ----------
    tables
        The walker.
    time_s : (n_times,)
        Equally spaced.
    poses
        Coordinate -> (n_times,).
    """
    frames = body_frames(tables, {name: low_pass(series, time_s, _SMOOTH_HZ) for name, series in poses.items()})
    momentum = np.zeros((len(time_s), 3))
    angular, first = np.zeros_like(momentum), np.zeros_like(momentum)
    for body in tables.bodies:
        frame = frames[body.body]
        at = frame.origin_m + frame.rotation @ np.asarray(body.mass_center_m)
        velocity = np.gradient(at, time_s, axis=0)
        spin = _spin(frame, time_s)
        inertia = _inertia(body.inertia_moments_kg_m2, body.inertia_products_kg_m2)
        own = np.einsum("nij,jk,nlk,nl->ni", frame.rotation, inertia, frame.rotation, spin)
        momentum += body.mass_kg * velocity
        angular += own + body.mass_kg * np.cross(at, velocity)
        first += body.mass_kg * at
    weight = np.array([0.0, -float(np.asarray(STANDARD_GRAVITY.value)), 0.0])
    force = np.gradient(momentum, time_s, axis=0) - tables.mass_kg * weight
    moment = np.gradient(angular, time_s, axis=0) - np.cross(first, weight)
    return force, moment, first / tables.mass_kg


def _spin(frame: Frames, time_s: FloatArray) -> FloatArray:
    """Angular velocity in ground, (n_times, 3): rotation from one instant to the next over the time between them."""
    turn = Rotation.from_matrix(frame.rotation[1:] @ np.swapaxes(frame.rotation[:-1], 1, 2)).as_rotvec()
    between = turn / np.diff(time_s)[:, None]
    ends = np.vstack([between[:1], between, between[-1:]])
    return np.asarray(0.5 * (ends[1:] + ends[:-1]))


def _inertia(moments: Sequence[float], products: Sequence[float]) -> FloatArray:
    xx, yy, zz = moments
    xy, xz, yz = products
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def estimate_forces(
    tables: WalkerTables,
    path: Path,
    time_s: FloatArray,
    poses: Mapping[str, FloatArray],
    track: Track,
    strikes: Mapping[str, Sequence[float]],
    stride_s: float,
) -> FootForces:
    """Ground reactions of both feet as the motion has them, without centres of pressure: those are left to the contact.

    Parameters
    ----------
    path
        The motion's file, for messages.
    time_s : (n_times,)
    poses
        Coordinate -> (n_times,).
    track
        Where the heels are.
    strikes
        Side -> times of foot strikes.
    stride_s
        Duration of a stride.
    """
    force, moment, center = whole_body_reaction(tables, time_s, poses)
    vertical = np.maximum(force[:, 1], 1.0)
    pressure = np.column_stack([moment[:, 2] / vertical, np.zeros(len(time_s)), -moment[:, 0] / vertical])
    share = _share_right(time_s, pressure, track, strikes, stride_s, _foot_m(tables))
    place = _places(pressure, share)
    lean = [(center - p) / np.maximum(center[:, 1:2], 0.1) for p in place]
    own = [s[:, None] * vertical[:, None] * direction for s, direction in zip((share, 1.0 - share), lean, strict=True)]
    rest = force - own[0] - own[1]
    forces = {
        side: given + part[:, None] * rest for side, part, given in zip(SIDES, (share, 1.0 - share), own, strict=True)
    }
    nowhere = {side: np.zeros_like(force) for side in SIDES}
    return FootForces(path, time_s, forces, nowhere, nowhere, (ESTIMATED,))


def _foot_m(tables: WalkerTables) -> float:
    found = [j.parent_translation_m[0] for j in tables.joints if j.child_body.startswith("toes")]
    return float(np.mean(found)) if found else _USUAL_FOOT_M


def _share_right(
    time_s: FloatArray,
    pressure_m: FloatArray,
    track: Track,
    strikes: Mapping[str, Sequence[float]],
    stride_s: float,
    foot_m: float,
) -> FloatArray:
    """Share of the vertical force that the right foot carries, (n_times,)."""
    share = np.full(len(time_s), np.nan)
    times = {side: _all_strikes(strikes, side, stride_s, time_s) for side in SIDES}
    for side, front in ((s, t) for s in SIDES for t in times[s]):
        inside = (time_s >= front - _BEFORE * stride_s) & (time_s <= front + _AFTER * stride_s)
        if not inside.any():
            continue
        where = np.flatnonzero(inside)
        x = pressure_m[where, 0]
        rear = x[0]
        if front - _BEFORE * stride_s < time_s[0]:  # the record begins in double support
            other = SIDES[1 - SIDES.index(side)]
            rear = min(rear, track.heel_m[other][where[0], 0] + _TOES_SHARE * foot_m)
        ahead = track.heel_m[side][where[-1], 0] + _HEEL_SHARE * foot_m
        part = np.clip((x - rear) / max(ahead - rear, 1e-3), 0.0, 1.0)
        part = np.maximum.accumulate(part)
        share[where] = part if side == SIDES[0] else 1.0 - part
    return _filled(share)


def _all_strikes(strikes: Mapping[str, Sequence[float]], side: str, stride_s: float, time_s: FloatArray) -> list[float]:
    """Strikes of a foot over the whole record: what was seen, else half a stride from the other foot's, repeated."""
    other = SIDES[1 - SIDES.index(side)]
    seen = list(strikes[side]) or [t + 0.5 * stride_s for t in strikes[other]]
    found = list(seen)
    for step in (-stride_s, stride_s):
        t = (min(seen) if step < 0 else max(seen)) + step
        while time_s[0] - stride_s < t < time_s[-1] + stride_s:
            found.append(t)
            t += step
    return sorted(found)


def _filled(share: FloatArray) -> FloatArray:
    """Single support in between: the share stays where the last double support left it."""
    known = np.flatnonzero(np.isfinite(share))
    if not len(known):
        return np.full(len(share), 0.5)
    result = share.copy()
    at = np.searchsorted(known, np.arange(len(share)), side="right") - 1
    last = np.where(at >= 0, share[known[np.maximum(at, 0)]], np.nan)
    following = share[known[np.minimum(np.searchsorted(known, np.arange(len(share))), len(known) - 1)]]
    missing = ~np.isfinite(result)
    result[missing] = np.where(np.isfinite(last[missing]), last[missing], following[missing])
    # After a double support a foot carries all or nothing.
    result[missing] = np.round(result[missing])
    return result


def _places(pressure_m: FloatArray, share_right: FloatArray) -> list[FloatArray]:
    """Centre of pressure of each foot: the whole one's while it stands alone, held or approached in double support."""
    places = []
    for part in (share_right, 1.0 - share_right):
        alone = part >= 1.0 - 1e-9
        at = np.full_like(pressure_m, np.nan)
        at[alone] = pressure_m[alone]
        starts = np.flatnonzero(alone & ~np.r_[False, alone[:-1]])
        ends = np.flatnonzero(alone & ~np.r_[alone[1:], False])
        for i in np.flatnonzero(~alone & (part > 0.0)):
            before, after = ends[ends < i], starts[starts > i]
            gap = [i - before[-1] if len(before) else np.inf, after[0] - i if len(after) else np.inf]
            source = before[-1] if gap[0] < gap[1] else (after[0] if len(after) else i)
            at[i] = pressure_m[source]
        idle = ~np.isfinite(at[:, 0])
        at[idle] = pressure_m[idle]
        places.append(at)
    return places
