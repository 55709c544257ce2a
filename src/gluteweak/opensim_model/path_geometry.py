"""Muscle geometry of OpenSim's wrapped paths at many poses: lengths, moment arms and pulls on joints.

Lengths are OpenSim's; moment arms are central differences of them, with the patella following the knee, so that they
belong to the length whatever the wrapping does. (OpenSim's ``computeMomentArm`` is the moment of the path's points
instead. Where two cylinders share a path, as in gaslat, that path is not the shortest one and the two differ by up to
13 mm.) The pull on a joint comes from the path's points: a path is straight between points on different bodies, so the
force on a set of bodies is the sum of the unit vectors that leave it, and its moment the sum of their moments. OpenSim
knows each point twice, in ground and in its body; where two cylinders share a path the two are some millimetres apart
(gaslat). Its forces point from ground position to ground position and act at the positions in the bodies; so do pulls.

Two things keep failures of OpenSim's wrapping out. Hip postures fill the ellipsoid inscribed in the fit range, not the
corners, where psoas and iliacus jump off their cylinders. And poses at which a muscle cuts through its own cylinder
are not used for that muscle (``unusable``; glmax1 in a tenth of the poses, flexed and turned inwards): the polynomial
continues the wrapped path where OpenSim's jumps by up to a centimetre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import opensim as osim
from numpy.typing import NDArray
from scipy.stats import qmc

from gluteweak.opensim_model.kinematics import FloatArray, Frames, body_frames, rotation_xyz
from gluteweak.walker_tables import (
    DEPENDENT,
    FREE,
    SIDES,
    Coordinate,
    WalkerTables,
    WrapCylinder,
    is_of_side,
)

BoolArray = NDArray[np.bool_]

RIGHT = SIDES[0]

#: Bodies at whose joints the plant carries the pull of muscles; a walker may lack the kneecap.
_PULLED_BODIES = ("femur", "tibia", "patella", "talus")
#: At the knee the moment is wanted too: its compartments part the load by it.
_MOMENT_BODY = "tibia"

#: Step of the central differences.
_STEP_RAD = 1e-4
#: A second difference beyond this is a jump of the path, not its curvature (some 1e-9 m).
_JUMP_M = 1e-5
#: How deep a straight piece may run inside a cylinder before the path counts as slipped through it.
_SLIP_M = 1e-3


@dataclass(frozen=True)
class Segments:
    """Pieces of one muscle's path between successive points, in ground, over all poses (n_segments rows).

    ``start_m`` and ``end_m`` are the points as OpenSim places them in their bodies, ``line_m`` is the vector between
    them as it places them in ground.
    ``number`` counts the pieces of a pose from 0; ``arc`` marks the piece on a wrap cylinder: both its ends belong to
    the cylinder's body.
    """

    pose: NDArray[np.int64]
    number: NDArray[np.int64]
    start_body: NDArray[np.str_]
    end_body: NDArray[np.str_]
    start_m: FloatArray
    end_m: FloatArray
    line_m: FloatArray
    arc: BoolArray

    @property
    def direction(self) -> FloatArray:
        """Unit vectors from start to end (zero where the points coincide)."""
        norm = np.linalg.norm(self.line_m, axis=1, keepdims=True)
        result: FloatArray = np.divide(self.line_m, norm, out=np.zeros_like(self.line_m), where=norm > 0.0)
        return result


@dataclass(frozen=True)
class Geometry:
    """Geometry of the muscles of one side at the poses.

    Attributes
    ----------
    poses
        Coordinate -> (n_poses,).
    length_m
        Muscle -> (n_poses,).
    length_gradient
        Muscle -> coordinate -> dL/dq (n_poses,), for the coordinates that the muscle spans.
    unusable
        Muscle -> (n_poses,) whether the path cuts through one of its cylinders, or jumps.
    """

    poses: Mapping[str, FloatArray]
    length_m: Mapping[str, FloatArray]
    length_gradient: Mapping[str, Mapping[str, FloatArray]]
    unusable: Mapping[str, BoolArray]


@dataclass(frozen=True)
class Pulls:
    """Forces of the muscles of one side on joints at the poses, per unit tension.

    Attributes
    ----------
    poses
        Coordinate -> (n_poses,).
    coordinates
        Muscle -> the coordinates that it spans.
    unusable
        Muscle -> (n_poses,) whether the path cuts through one of its cylinders.
    force
        (joint, muscle) -> force on the joint's child side (1), in parent body axes (n_poses, 3).
    moment_m
        (joint, muscle) -> its moment about the joint centre (m), in parent body axes (n_poses, 3).
    """

    poses: Mapping[str, FloatArray]
    coordinates: Mapping[str, tuple[str, ...]]
    unusable: Mapping[str, BoolArray]
    force: Mapping[tuple[str, str], FloatArray]
    moment_m: Mapping[tuple[str, str], FloatArray]


def pull_joints(tables: WalkerTables, side: str = RIGHT) -> tuple[str, ...]:
    """Joints of one side whose muscle pulls the plant carries."""
    joint_of = {j.child_body: j.joint for j in tables.joints}
    bodies = (f"{body}_{side}" for body in _PULLED_BODIES)
    return tuple(joint_of[body] for body in bodies if body in joint_of)


def moment_joints(tables: WalkerTables) -> tuple[str, ...]:
    """Joints at which the moment of the pulls is carried too."""
    return tuple(j.joint for j in tables.joints if j.child_body in [f"{_MOMENT_BODY}_{side}" for side in SIDES])


def sample_poses(tables: WalkerTables, count: int, seed: int, side: str = RIGHT) -> dict[str, FloatArray]:
    """Scrambled Sobol poses of a leg over the fit range: coordinate -> (``count``,).

    Coordinates of one joint fill the ellipsoid inscribed in their ranges. Coordinates of the trunk are among them
    where the side's muscles span them.
    """
    trunk = _spanned_trunk(tables, side)
    free = [c for c in tables.coordinates if c.role == FREE]
    rows = [c for c in free if is_of_side(c.coordinate, side) or c.coordinate in trunk]
    joints = np.array([row.joint for row in rows])
    unit, doublings = np.empty((0, len(rows))), int(np.ceil(np.log2(2 * count)))
    while len(unit) < count:
        doublings += 1
        cube = 2.0 * qmc.Sobol(len(rows), seed=seed).random_base2(doublings) - 1.0
        inside = np.all([np.sum(cube[:, joints == joint] ** 2, axis=1) <= 1.0 for joint in set(joints)], axis=0)
        unit = cube[inside]
    unit = unit[:count]
    return {
        r.coordinate: 0.5 * (r.fit_min + r.fit_max + unit[:, i] * (r.fit_max - r.fit_min)) for i, r in enumerate(rows)
    }


def measure(model: osim.Model, tables: WalkerTables, poses: Mapping[str, FloatArray], side: str = RIGHT) -> Geometry:
    """Geometry of the muscles of one side of ``model`` at ``poses`` (other coordinates at their defaults)."""
    muscles = _muscles_of(tables, side)
    frames = body_frames(tables, poses)
    length, gradient, points = _trace(model, tables, _spans(tables, muscles, list(poses)), poses)
    unusable = {}
    for name in muscles:
        jumps = [~np.isfinite(values) for values in gradient[name].values()]
        unusable[name] = np.any([_slipped(tables, name, _segments(points[name], frames), frames), *jumps], axis=0)
    return Geometry(poses, length, gradient, unusable)


def measure_pulls(model: osim.Model, tables: WalkerTables, poses: Mapping[str, FloatArray], side: str = RIGHT) -> Pulls:
    """Pulls of the muscles of one side of ``model`` at ``poses`` (other coordinates at their defaults)."""
    muscles = _muscles_of(tables, side)
    frames = body_frames(tables, poses)
    # Without coordinates to differentiate by: a pose is looked at once.
    _, _, points = _trace(model, tables, {name: [] for name in muscles}, poses)
    segments = {name: _segments(points[name], frames) for name in muscles}
    force, moment = {}, {}
    for joint in pull_joints(tables, side):
        for name in muscles:
            pull = _pull(tables, joint, segments[name], frames)
            if np.any(pull[0]):
                force[joint, name], moment[joint, name] = pull
    spans = {name: tuple(spanned) for name, spanned in _spans(tables, muscles, list(poses)).items()}
    unusable = {name: _slipped(tables, name, segments[name], frames) for name in muscles}
    return Pulls(poses, spans, unusable, force, moment)


def _muscles_of(tables: WalkerTables, side: str) -> list[str]:
    return [m.muscle for m in tables.muscles if is_of_side(m.muscle, side)]


def _spanned_trunk(tables: WalkerTables, side: str) -> set[str]:
    """Free coordinates of no side that a muscle of this side spans; the pelvis in ground is none of them."""
    free = [c.coordinate for c in tables.coordinates if c.role == FREE]
    midline = [c for c in free if not any(is_of_side(c, any_side) for any_side in SIDES)]
    spans = _spans(tables, _muscles_of(tables, side), midline)
    return {coordinate for spanned in spans.values() for coordinate in spanned}


def set_pose(model: osim.Model, state: osim.State, tables: WalkerTables, values: Mapping[str, float]) -> None:
    """Set coordinates, dependent ones with their driver, and leave the rest as it is."""
    followers: dict[str, list[Coordinate]] = {}
    for row in (c for c in tables.coordinates if c.role == DEPENDENT):
        followers.setdefault(row.follows, []).append(row)
    coordinates = model.getCoordinateSet()
    for name, value in values.items():
        coordinates.get(name).setValue(state, float(value), False)
        for row in followers.get(name, ()):
            follower_value = np.polynomial.polynomial.polyval(value, row.coupling)
            coordinates.get(row.coordinate).setValue(state, float(follower_value), False)


def distal_bodies(tables: WalkerTables, joint: str) -> set[str]:
    """The joint's child body and every body that hangs on it."""
    result = {j.child_body for j in tables.joints if j.joint == joint}
    while more := {j.child_body for j in tables.joints if j.parent_body in result} - result:
        result |= more
    return result


def _spans(tables: WalkerTables, muscles: list[str], coordinates: list[str]) -> dict[str, list[str]]:
    """Muscle -> the coordinates whose joint (or its follower's) lies between bodies of its path."""
    moved: dict[str, set[frozenset[str]]] = {name: set() for name in coordinates}
    for row in tables.coordinates:
        driver = row.follows or row.coordinate
        if driver in moved:
            moved[driver].add(frozenset(distal_bodies(tables, row.joint)))
    result = {}
    for muscle in muscles:
        bodies = {p.body for p in tables.path_points if p.muscle == muscle}
        result[muscle] = [c for c in coordinates if any(bodies & distal and bodies - distal for distal in moved[c])]
    return result


@dataclass
class _Points:
    """Current path points of one muscle over all poses (flat lists), fixed in their bodies."""

    pose: list[int]
    body: list[str]
    location: list[tuple[float, float, float]]
    in_ground: list[tuple[float, float, float]]
    on_cylinder: list[bool]

    def note(self, pose: int, path: osim.GeometryPath, state: osim.State) -> None:
        current = path.getCurrentPath(state)
        for index in range(current.getSize()):
            point = current.get(index)
            at, in_ground = point.getLocation(state), point.getLocationInGround(state)
            self.pose.append(pose)
            self.body.append(point.getParentFrame().getName())
            self.location.append((at.get(0), at.get(1), at.get(2)))
            self.in_ground.append((in_ground.get(0), in_ground.get(1), in_ground.get(2)))
            self.on_cylinder.append(point.getConcreteClassName() == "PathWrapPoint")


def _trace(
    model: osim.Model, tables: WalkerTables, spans: Mapping[str, list[str]], poses: Mapping[str, FloatArray]
) -> tuple[dict[str, FloatArray], dict[str, dict[str, FloatArray]], dict[str, _Points]]:
    """Walk through the poses in OpenSim and note lengths, their gradients and the path points."""
    state = model.initSystem()
    paths = {name: osim.GeometryPath.safeDownCast(model.getMuscles().get(name).getPath()) for name in spans}
    count = len(next(iter(poses.values())))
    length = {name: np.empty(count) for name in spans}
    points = {name: _Points([], [], [], [], []) for name in spans}
    stepped = {name: {c: np.empty((2, count)) for c in coordinates} for name, coordinates in spans.items()}
    for pose in range(count):
        values = {name: at[pose] for name, at in poses.items()}
        set_pose(model, state, tables, values)
        model.realizePosition(state)
        for name, path in paths.items():
            length[name][pose] = path.getLength(state)
            points[name].note(pose, path, state)
        for coordinate, value in values.items():
            for side, step in enumerate((-_STEP_RAD, _STEP_RAD)):
                set_pose(model, state, tables, {coordinate: value + step})
                model.realizePosition(state)
                for name, path in paths.items():
                    if coordinate in spans[name]:
                        stepped[name][coordinate][side, pose] = path.getLength(state)
            set_pose(model, state, tables, {coordinate: value})
    gradient = {
        name: {coordinate: _central(length[name], ends) for coordinate, ends in by_coordinate.items()}
        for name, by_coordinate in stepped.items()
    }
    return length, gradient, points


def _central(middle: FloatArray, ends: FloatArray) -> FloatArray:
    """Central difference; NaN where the length jumps within the step."""
    before, after = ends
    jumps = np.abs(after - 2.0 * middle + before) > _JUMP_M
    return np.where(jumps, np.nan, (after - before) / (2.0 * _STEP_RAD))


def _segments(points: _Points, frames: Mapping[str, Frames]) -> Segments:
    pose, body, on_cylinder = np.array(points.pose), np.array(points.body), np.array(points.on_cylinder)
    location = np.array(points.location)
    at = np.empty_like(location)
    for name in np.unique(body):
        mask = body == name
        rotation, origin = frames[name].rotation[pose[mask]], frames[name].origin_m[pose[mask]]
        at[mask] = origin + np.einsum("nij,nj->ni", rotation, location[mask])
    # Wrap points come in pairs, one where the path meets the cylinder and one where it leaves it.
    entry = on_cylinder & (np.cumsum(on_cylinder) % 2 == 1)
    same_pose = pose[:-1] == pose[1:]
    number = np.arange(len(pose)) - np.searchsorted(pose, pose)
    # Both sets of points are in one ground: the pelvis stands at its default there, but turned as it is here.
    line = np.diff(np.array(points.in_ground), axis=0)
    pieces = (pose[:-1], number[:-1], body[:-1], body[1:], at[:-1], at[1:], line, entry[:-1])
    return Segments(*(values[same_pose] for values in pieces))


def _pull(
    tables: WalkerTables, joint: str, segments: Segments, frames: Mapping[str, Frames]
) -> tuple[FloatArray, FloatArray]:
    """Force of a unit tension on the joint's child side and its moment about the joint centre, in the parent's axes.

    The joint centre is the origin of the joint frame that is fixed in the child.
    """
    row = next(j for j in tables.joints if j.joint == joint)
    child, rotation = frames[row.child_body], frames[row.parent_body].rotation
    center = child.origin_m + child.rotation @ np.asarray(row.child_translation_m)
    distal = sorted(distal_bodies(tables, joint))
    starts, ends = (np.isin(body, distal).astype(float)[:, None] for body in (segments.start_body, segments.end_body))
    force = (starts - ends) * segments.direction
    # A piece pulls at both ends; it is one line but where OpenSim's two kinds of points differ, so both are counted.
    pulls = (segments.start_body != segments.end_body)[:, None] * segments.direction
    moment = np.cross(starts * (segments.start_m - center[segments.pose]), pulls)
    moment -= np.cross(ends * (segments.end_m - center[segments.pose]), pulls)
    in_parent = []
    for vectors in (force, moment):
        in_ground = np.zeros((len(rotation), 3))
        np.add.at(in_ground, segments.pose, vectors)
        in_parent.append(np.einsum("nji,nj->ni", rotation, in_ground))
    return in_parent[0], in_parent[1]


def _slipped(tables: WalkerTables, muscle: str, segments: Segments, frames: Mapping[str, Frames]) -> BoolArray:
    """Whether the path cuts through a cylinder that it wraps over at other poses (n_poses,).

    A cylinder that is never wrapped stands beside the path by design and is left alone.
    """
    result = np.zeros(len(frames["ground"].origin_m), dtype=bool)
    cylinders = {c.cylinder: c for c in tables.wrap_cylinders}
    for wrap in (w for w in tables.path_wraps if w.muscle == muscle):
        cylinder = cylinders[wrap.cylinder]
        wrapped = np.unique(segments.pose[segments.arc & (segments.start_body == cylinder.body)])
        if not len(wrapped):
            continue
        # Without an arc the pieces are numbered as the path points are; the wrap may be limited to some of them.
        piece = segments.number + 1
        last = wrap.last_point if wrap.last_point > 0 else np.inf
        free = ~np.isin(segments.pose, wrapped) & (piece >= wrap.first_point) & (piece < last)
        pose = segments.pose[free]
        depth = _depth(cylinder, segments.start_m[free], segments.end_m[free], frames[cylinder.body], pose)
        result[pose[depth > _SLIP_M]] = True
    return result


def _depth(
    cylinder: WrapCylinder, start: FloatArray, end: FloatArray, frames: Frames, pose: NDArray[np.int64]
) -> FloatArray:
    """How deep straight pieces dip into a cylinder (n_segments,); negative outside."""
    axes = rotation_xyz(cylinder.orientation_rad)
    rotation, origin = frames.rotation[pose], frames.origin_m[pose]

    def local(at: FloatArray) -> FloatArray:
        in_body: FloatArray = np.einsum("nji,nj->ni", rotation, at - origin)
        result: FloatArray = (in_body - np.asarray(cylinder.translation_m)) @ axes
        return result

    a, b = local(start), local(end)
    step = b - a
    square = np.sum(step[:, :2] ** 2, axis=1)
    along = np.divide(-np.sum(a[:, :2] * step[:, :2], axis=1), square, out=np.zeros_like(square), where=square > 0.0)
    nearest = a + np.clip(along, 0.0, 1.0)[:, None] * step
    within = np.abs(nearest[:, 2]) < 0.5 * cylinder.length_m
    depth: FloatArray = np.where(within, cylinder.radius_m - np.linalg.norm(nearest[:, :2], axis=1), -np.inf)
    return depth
