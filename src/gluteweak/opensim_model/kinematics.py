"""Body frames and their motion per unit coordinate speed, for many poses at once (numpy, straight from the tables)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.opensim_model.build import axis_function
from gluteweak.walker_tables import DEPENDENT, Joint, TransformAxis, Vector, WalkerTables

FloatArray = NDArray[np.float64]
#: Coordinate values -> displacement of an axis and its derivative.
Displacement = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

_PIN_AXIS = (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Axis:
    """One elementary motion: its direction, kind, coordinate (with couplers resolved; empty: constant) and law."""

    is_rotation: bool
    direction: FloatArray
    coordinate: str
    row: TransformAxis | None


@dataclass(frozen=True)
class Frames:
    """Pose of a body in ground, and its twist about the ground origin per unit speed of each coordinate.

    Attributes
    ----------
    rotation : (n_poses, 3, 3)
    origin_m : (n_poses, 3)
    twist
        Coordinate -> angular velocity (n_poses, 3) and velocity of the body's point at the ground origin (n_poses, 3).
    """

    rotation: FloatArray
    origin_m: FloatArray
    twist: Mapping[str, tuple[FloatArray, FloatArray]]


def rotation_xyz(angles_rad: Vector) -> FloatArray:
    """Rotation matrix of body-fixed x-y-z angles, as OpenSim's frames use them."""
    result = np.eye(3)
    for axis, angle in zip(np.eye(3), angles_rad, strict=True):
        result = result @ rotation_about(axis, np.array([angle]))[0]
    return result


def rotation_about(axis: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """Rotation matrices (n, 3, 3) about one unit axis by n angles (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    s, c = np.sin(angle_rad)[:, None, None], np.cos(angle_rad)[:, None, None]
    result: FloatArray = np.eye(3) + s * cross + (1.0 - c) * (cross @ cross)
    return result


def joint_axes(tables: WalkerTables, joint: Joint) -> list[Axis]:
    """Elementary motions of a joint that can move it: translations (in the joint's parent frame) first."""
    if joint.kind == "weld":
        return []
    if joint.kind == "pin":
        (coordinate,) = tables.coordinates_of(joint.joint)
        return [Axis(True, np.array(_PIN_AXIS), coordinate.coordinate, None)]
    driver = {c.coordinate: c.follows for c in tables.coordinates if c.role == DEPENDENT}
    rows = sorted(tables.axes_of(joint.joint).values(), key=lambda row: (row.is_rotation, row.axis))
    moving = [row for row in rows if row.coordinate or row.polynomial[0]]
    return [
        Axis(
            row.is_rotation,
            np.asarray(row.direction) / np.linalg.norm(row.direction),
            driver.get(row.coordinate, row.coordinate),
            row,
        )
        for row in moving
    ]


def displacement(tables: WalkerTables, axis: Axis) -> Displacement:
    """The law of an axis, exactly as in the OpenSim model (splines included)."""
    row = axis.row
    if row is None:
        return lambda q: (q, np.ones_like(q))
    if row.spline:
        return _chained(_spline(axis_function(tables, row)), _polynomial(coupling_of(tables, row.coordinate)))
    return _polynomial(axis_polynomial(tables, row))


def coupling_of(tables: WalkerTables, coordinate: str) -> FloatArray:
    """Coefficients (ascending) of a coordinate in the coordinate that drives it; the identity if it drives itself."""
    coupling = {c.coordinate: c.coupling for c in tables.coordinates if c.role == DEPENDENT}
    return np.asarray(coupling.get(coordinate, (0.0, 1.0)))


def axis_polynomial(tables: WalkerTables, row: TransformAxis) -> FloatArray:
    """Coefficients (ascending) of an axis without spline in the coordinate that drives it."""
    own = row.scale * np.asarray(row.polynomial)
    coupling = coupling_of(tables, row.coordinate)
    if np.array_equal(coupling, (0.0, 1.0)):
        return own
    return np.asarray(np.polynomial.Polynomial(own)(np.polynomial.Polynomial(coupling)).coef)


def _polynomial(coefficients: FloatArray) -> Displacement:
    polynomial = np.polynomial.Polynomial(coefficients)
    derivative = polynomial.deriv()
    return lambda q: (np.asarray(polynomial(q)), np.asarray(derivative(q)))


def _chained(outer: Displacement, inner: Displacement) -> Displacement:
    def evaluate(q: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = inner(q)
        displaced, rate = outer(value)
        return displaced, rate * slope

    return evaluate


def _spline(function: osim.Function) -> Displacement:
    first = osim.StdVectorInt()
    first.push_back(0)

    def evaluate(q: FloatArray) -> tuple[FloatArray, FloatArray]:
        points = [osim.Vector(1, float(value)) for value in q]
        values = [function.calcValue(point) for point in points]
        slopes = [function.calcDerivative(first, point) for point in points]
        return np.array(values), np.array(slopes)

    return evaluate


def ordered_joints(tables: WalkerTables) -> list[Joint]:
    """Joints such that every parent comes before its children."""
    placed, waiting, result = {"ground"}, list(tables.joints), []
    while waiting:
        ready = [j for j in waiting if j.parent_body in placed]
        if not ready:
            raise ValueError(f"joints that hang on no body of the tree: {[j.joint for j in waiting]}")
        result += ready
        placed |= {j.child_body for j in ready}
        waiting = [j for j in waiting if j not in ready]
    return result


def body_frames(tables: WalkerTables, poses: Mapping[str, FloatArray]) -> dict[str, Frames]:
    """Frames of all bodies and ground.

    Parameters
    ----------
    tables
        The walker.
    poses
        Coordinate -> values (n_poses,); coordinates left out are zero and get no twist.
    """
    count = len(next(iter(poses.values())))
    frames = {"ground": Frames(np.broadcast_to(np.eye(3), (count, 3, 3)), np.zeros((count, 3)), {})}
    for joint in ordered_joints(tables):
        frames[joint.child_body] = _child_frames(tables, joint, frames[joint.parent_body], poses, count)
    return frames


def _child_frames(
    tables: WalkerTables, joint: Joint, parent: Frames, poses: Mapping[str, FloatArray], count: int
) -> Frames:
    rotation = parent.rotation @ rotation_xyz(joint.parent_orientation_rad)
    origin = parent.origin_m + parent.rotation @ np.asarray(joint.parent_translation_m)
    twist = dict(parent.twist)
    for axis in joint_axes(tables, joint):
        value, slope = displacement(tables, axis)(poses.get(axis.coordinate, np.zeros(count)))
        direction = rotation @ axis.direction
        if axis.is_rotation:
            motion = (direction, np.cross(origin, direction))
            rotation = rotation @ rotation_about(axis.direction, np.broadcast_to(value, (count,)))
        else:
            motion = (np.zeros_like(direction), direction)
            origin = origin + direction * np.broadcast_to(value, (count,))[:, None]
        if axis.coordinate in poses:
            angular, linear = twist.get(axis.coordinate, (0.0, 0.0))
            rate = np.broadcast_to(slope, (count,))[:, None]
            twist[axis.coordinate] = (angular + motion[0] * rate, linear + motion[1] * rate)
    child_rotation = rotation_xyz(joint.child_orientation_rad)
    rotation = rotation @ child_rotation.T
    return Frames(rotation, origin - rotation @ np.asarray(joint.child_translation_m), twist)
