"""Joints, coordinates and couplers of any OpenSim model as rows of a walker's tables.

Every joint becomes a custom joint (three turns, then three shifts in the parent's axes), a pin or a weld. Ball and free
joints, whose speeds OpenSim counts as angular velocity, become sequences of turns about x, y and z.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gluteweak.errors import InputError
from gluteweak.opensim_model.import_file import SourceModel
from gluteweak.opensim_model.kinematics import rotation_about, rotation_xyz
from gluteweak.walker_tables import AXES, Joint, SplineKnot, TransformAxis, Vector

FloatArray = NDArray[np.float64]

#: Axes of the joints that OpenSim names by kind, in the order of their coordinates: (axis of the transform, direction).
_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_BALL = (("rotation1", _X), ("rotation2", _Y), ("rotation3", _Z))
_KINDS: dict[str, tuple[tuple[str, Vector], ...]] = {
    "BallJoint": _BALL,
    "GimbalJoint": _BALL,
    "FreeJoint": (*_BALL, ("translation1", _X), ("translation2", _Y), ("translation3", _Z)),
    "UniversalJoint": (("rotation1", _X), ("rotation2", _Y)),
    # OpenSim wants three turns about axes that differ: the one about z is the third.
    "PlanarJoint": (("rotation3", _Z), ("translation1", _X), ("translation2", _Y)),
    "SliderJoint": (("translation1", _X),),
}
_DEFAULT_DIRECTIONS = dict(zip(AXES, (_X, _Y, _Z, _X, _Y, _Z), strict=True))

#: Functions that are no polynomial or spline are replaced by a polynomial of at most this degree.
_HIGHEST_DEGREE = 12
_SAMPLES = 400
_GOOD = {True: 1e-4, False: 2e-5}


@dataclass(frozen=True)
class SourceCoordinate:
    """A coordinate as the model has it; ``coupling`` (ascending) and ``follows`` if a coupler ties it to another."""

    name: str
    joint: str
    is_rotation: bool
    default: float
    range_min: float
    range_max: float
    locked: bool
    follows: str = ""
    coupling: tuple[float, ...] = (0.0, 1.0)


@dataclass(frozen=True)
class SourceJoints:
    """All joints of a model as table rows, its coordinates in the order of the axes, and what was treated how."""

    joints: tuple[Joint, ...]
    axes: tuple[TransformAxis, ...]
    splines: tuple[SplineKnot, ...]
    coordinates: tuple[SourceCoordinate, ...]
    notes: tuple[str, ...]


def read_joints(source: SourceModel) -> SourceJoints:
    """Read joints, coordinates and couplers.

    Raises
    ------
    InputError
        If a joint is of a kind that cannot be expressed, a body is held by two joints, an axis depends on two
        coordinates, or a constraint closes a loop.
    """
    joint_set = source.model.getJointSet()
    joints: list[Joint] = []
    axes: list[TransformAxis] = []
    splines: list[SplineKnot] = []
    coordinates: list[SourceCoordinate] = []
    notes: list[str] = []
    for i in range(joint_set.getSize()):
        joint = joint_set.get(i)
        row, own_axes, own_splines, own_notes = _read_joint(source, joint)
        joints.append(row)
        axes += own_axes
        splines += own_splines
        notes += own_notes
        coordinates += _coordinates(joint, own_axes, row)
    held = [j.child_body for j in joints]
    twice = next((body for body in held if held.count(body) > 1), None)
    if twice:
        raise InputError(
            f"{source.path}: body '{twice}' hangs on two joints, a kinematic loop that a tree of joints cannot "
            f"express: "
            "remove one of them."
        )
    coordinates, coupler_notes = _coupled(source, coordinates)
    joints, axes = _followers_as_custom(joints, axes, coordinates)
    return SourceJoints(tuple(joints), tuple(axes), tuple(splines), tuple(coordinates), (*notes, *coupler_notes))


def _vector(value: Any) -> Vector:
    return (float(value.get(0)), float(value.get(1)), float(value.get(2)))


def frame_in_body(frame: Any) -> tuple[str, FloatArray, FloatArray]:
    """Body (or ``ground``) that carries a frame, the frame's origin and its rotation matrix in it."""
    transform = frame.findTransformInBaseFrame()
    matrix = np.array([[transform.R().get(i, k) for k in range(3)] for i in range(3)])
    return str(frame.findBaseFrame().getName()), np.array(_vector(transform.p())), matrix


def _angles(rotation: FloatArray) -> Vector:
    # Adding zero turns -0 into 0.
    x, y, z = (float(a) + 0.0 for a in Rotation.from_matrix(rotation).as_euler("XYZ"))
    return (x, y, z)


def _read_joint(source: SourceModel, joint: Any) -> tuple[Joint, list[TransformAxis], list[SplineKnot], list[str]]:
    kind, name = joint.getConcreteClassName(), joint.getName()
    parent, parent_at, parent_rotation = frame_in_body(joint.getParentFrame())
    child, child_at, child_rotation = frame_in_body(joint.getChildFrame())

    def row(table_kind: str) -> Joint:
        return Joint(
            name,
            table_kind,
            parent,
            tuple(parent_at.tolist()),
            _angles(parent_rotation),
            child,
            tuple(child_at.tolist()),
            _angles(child_rotation),
        )

    if kind == "WeldJoint":
        return row("weld"), [], [], []
    if kind == "PinJoint":
        return row("pin"), [], [], []
    if kind in _KINDS:
        moved = {
            axis: (direction, joint.get_coordinates(i).getName()) for i, (axis, direction) in enumerate(_KINDS[kind])
        }
        axes = [
            TransformAxis(name, axis, *moved[axis], (0.0, 1.0), "", 1.0)
            if axis in moved
            else TransformAxis(name, axis, _DEFAULT_DIRECTIONS[axis], "", (0.0,), "", 1.0)
            for axis in AXES
        ]
        note = (
            f"joint {name} ({kind}) became a sequence of turns about x, y and z" if kind.startswith(("B", "F")) else ""
        )
        return row("custom"), axes, [], [note] if note else []
    if kind == "CustomJoint":
        axes, splines, notes = _custom_axes(source, joint, name)
        return row("custom"), axes, splines, notes
    raise InputError(
        f"{source.path}: joint '{name}' is a {kind}, which cannot be expressed; use a CustomJoint, or one of "
        f"PinJoint, WeldJoint, {', '.join(sorted(_KINDS))}."
    )


def _custom_axes(source: SourceModel, joint: Any, name: str) -> tuple[list[TransformAxis], list[SplineKnot], list[str]]:
    transform = osim.CustomJoint.safeDownCast(joint).getSpatialTransform()
    ranges = {
        joint.get_coordinates(i).getName(): (
            joint.get_coordinates(i).getRangeMin(),
            joint.get_coordinates(i).getRangeMax(),
        )
        for i in range(joint.numCoordinates())
    }
    axes, splines, notes = [], [], []
    for i, axis in enumerate(AXES):
        row = transform.getTransformAxis(i)
        names = row.getCoordinateNamesInArray()
        drivers = [names.get(k) for k in range(names.getSize())]
        if len(drivers) > 1:
            raise InputError(
                f"{source.path}: axis {axis} of joint '{name}' depends on {' and '.join(drivers)}; an axis may depend "
                "on one coordinate: split the joint in two."
            )
        driver = drivers[0] if drivers else ""
        law = _law(row.getFunction(), ranges.get(driver, (0.0, 1.0)), is_rotation=axis.startswith("rotation"))
        if driver and law.is_constant:
            driver = ""
        spline = f"{name}_{axis}" if law.knots else ""
        splines += [SplineKnot(spline, x, y) for x, y in law.knots]
        axes.append(TransformAxis(name, axis, _vector(row.getAxis()), driver, law.polynomial, spline, law.scale))
        if law.note:
            notes.append(f"axis {axis} of joint {name}: {law.note}")
    return axes, splines, notes


@dataclass(frozen=True)
class _Law:
    """``scale`` times a polynomial (ascending), or times the spline through ``knots``."""

    polynomial: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    scale: float = 1.0
    note: str = ""

    @property
    def is_constant(self) -> bool:
        return not self.knots and len(self.polynomial) == 1


def _law(function: Any, span: tuple[float, float], *, is_rotation: bool) -> _Law:
    multiplier = osim.MultiplierFunction.safeDownCast(function)
    if multiplier is not None:
        inner = _law(multiplier.getFunction(), span, is_rotation=is_rotation)
        scale = inner.scale * float(multiplier.getScale())
        return _Law((scale * inner.polynomial[0],)) if inner.is_constant else replace(inner, scale=scale)
    spline = osim.SimmSpline.safeDownCast(function)
    if spline is not None:
        return _Law(knots=tuple((float(spline.getX(i)), float(spline.getY(i))) for i in range(spline.getSize())))
    coefficients = _coefficients(function)
    return _Law(coefficients) if coefficients else _sampled(function, span, is_rotation=is_rotation)


def _coefficients(function: Any) -> tuple[float, ...]:
    """Ascending coefficients of a constant, linear or polynomial function; none of any other."""
    constant = osim.Constant.safeDownCast(function)
    if constant is not None:
        return (float(constant.getValue()),)
    linear = osim.LinearFunction.safeDownCast(function)
    if linear is not None:
        return (float(linear.getIntercept()), float(linear.getSlope()))
    polynomial = osim.PolynomialFunction.safeDownCast(function)
    if polynomial is None:
        return ()
    found = polynomial.getCoefficients()
    return tuple(float(found.get(i)) for i in reversed(range(found.size())))


def _sampled(function: Any, span: tuple[float, float], *, is_rotation: bool) -> _Law:
    """A polynomial in place of any other function of one variable."""
    q = 0.5 * (span[0] + span[1]) - 0.5 * (span[1] - span[0]) * np.cos(np.linspace(0.0, np.pi, _SAMPLES))
    values = np.array([function.calcValue(osim.Vector(1, float(x))) for x in q])
    for degree in range(_HIGHEST_DEGREE + 1):
        fitted = np.polynomial.Polynomial.fit(q, values, degree)
        error = float(np.max(np.abs(fitted(q) - values)))
        if error <= _GOOD[is_rotation]:
            break
    unit = f"{np.degrees(error):.3f} deg" if is_rotation else f"{1e3 * error:.3f} mm"
    note = f"{function.getConcreteClassName()} replaced by a polynomial of degree {degree}, off by at most {unit}"
    return _Law(tuple(float(c) for c in fitted.convert().coef), note=note)


def _coordinates(joint: Any, axes: Sequence[TransformAxis], row: Joint) -> list[SourceCoordinate]:
    """Coordinates in the order in which the axes first name them, as OpenSim's custom joints count them."""
    found = {joint.get_coordinates(i).getName(): joint.get_coordinates(i) for i in range(joint.numCoordinates())}
    order = list(dict.fromkeys(a.coordinate for a in axes if a.coordinate)) or (
        list(found) if row.kind == "pin" else []
    )
    turns = {a.coordinate for a in axes if a.coordinate and a.is_rotation} | (
        set(found) if row.kind == "pin" else set()
    )
    return [
        SourceCoordinate(
            name,
            row.joint,
            name in turns,
            float(found[name].getDefaultValue()),
            float(found[name].getRangeMin()),
            float(found[name].getRangeMax()),
            bool(found[name].get_locked()),
        )
        for name in order
    ]


def _coupled(source: SourceModel, coordinates: Sequence[SourceCoordinate]) -> tuple[list[SourceCoordinate], list[str]]:
    known = {c.name: c for c in coordinates}
    notes = []
    constraints = source.model.getConstraintSet()
    for i in range(constraints.getSize()):
        constraint = constraints.get(i)
        name, kind = constraint.getName(), constraint.getConcreteClassName()
        if not constraint.get_isEnforced():
            notes.append(f"constraint {name} ({kind}) is switched off in the model and was left out")
            continue
        coupler = osim.CoordinateCouplerConstraint.safeDownCast(constraint)
        leaders = coupler.getIndependentCoordinateNames() if coupler is not None else None
        if leaders is None or leaders.getSize() != 1:
            raise InputError(
                f"{source.path}: constraint '{name}' ({kind}) closes a kinematic loop that a tree of joints cannot "
                "express; remove it, or couple the coordinates one to one with a CoordinateCouplerConstraint."
            )
        follower, leader = coupler.getDependentCoordinateName(), leaders.get(0)
        if follower not in known or leader not in known:
            continue  # an end that moves no axis has nothing to couple
        span = (known[leader].range_min, known[leader].range_max)
        law = _law(coupler.getFunction(), span, is_rotation=known[follower].is_rotation)
        if law.knots:
            law = _sampled(coupler.getFunction(), span, is_rotation=known[follower].is_rotation)
        scale = law.scale * osim.PropertyHelper.getValueDouble(coupler.getPropertyByName("scale_factor"))
        if law.note:
            notes.append(f"coupler of {follower}: {law.note}")
        known[follower] = replace(known[follower], follows=leader, coupling=tuple(scale * c for c in law.polynomial))
    return _without_chains(known), notes


def _followers_as_custom(
    joints: list[Joint], axes: list[TransformAxis], coordinates: Sequence[SourceCoordinate]
) -> tuple[list[Joint], list[TransformAxis]]:
    """Pin joints that follow another coordinate become custom joints: a pin has no room for the law that it follows."""
    following = {c.joint: c.name for c in coordinates if c.follows}
    turned = [j.joint for j in joints if j.kind == "pin" and j.joint in following]
    kept = [replace(j, kind="custom") if j.joint in turned else j for j in joints]
    for joint in turned:
        for axis in AXES:
            about = axis == "rotation3"
            axes.append(
                TransformAxis(
                    joint,
                    axis,
                    _DEFAULT_DIRECTIONS[axis],
                    following[joint] if about else "",
                    (0.0, 1.0) if about else (0.0,),
                    "",
                    1.0,
                )
            )
    return kept, axes


def _without_chains(known: Mapping[str, SourceCoordinate]) -> list[SourceCoordinate]:
    """A follower of a follower follows the first leader."""
    result = []
    for row in known.values():
        found = row
        for _ in known:
            leader = known.get(found.follows)
            if leader is None or not leader.follows:
                break
            outer, inner = np.polynomial.Polynomial(found.coupling), np.polynomial.Polynomial(leader.coupling)
            found = replace(found, follows=leader.follows, coupling=tuple(float(c) for c in outer(inner).coef))
        result.append(found)
    return result


def fix_coordinates(
    joints: Sequence[Joint],
    axes: Sequence[TransformAxis],
    splines: Sequence[SplineKnot],
    fixed: Mapping[str, float],
    value_of: Mapping[tuple[str, str], float],
    pin_coordinate: Mapping[str, str],
) -> tuple[tuple[Joint, ...], tuple[TransformAxis, ...], tuple[SplineKnot, ...]]:
    """Put fixed coordinates into the axes as constants; a joint that has nothing left to move becomes a weld.

    Parameters
    ----------
    fixed
        Coordinate -> value.
    value_of
        (joint, axis) -> displacement of an axis whose coordinate is fixed.
    pin_coordinate
        Pin joint -> its coordinate.
    """
    constant = [
        replace(a, coordinate="", polynomial=(value_of[a.joint, a.axis],), spline="", scale=1.0)
        if a.coordinate in fixed
        else a
        for a in axes
    ]
    new_joints, kept_axes = [], []
    for joint in joints:
        own = [a for a in constant if a.joint == joint.joint]
        if joint.kind == "pin" and pin_coordinate[joint.joint] in fixed:
            turn = rotation_about(np.array(_Z), np.array([fixed[pin_coordinate[joint.joint]]]))[0]
            new_joints.append(_welded(joint, turn, np.zeros(3)))
        elif joint.kind == "custom" and not any(a.coordinate for a in own):
            turn, shift = np.eye(3), np.zeros(3)
            for a in own:
                direction = np.asarray(a.direction) / np.linalg.norm(a.direction)
                if a.is_rotation:
                    turn = turn @ rotation_about(direction, np.array([a.scale * a.polynomial[0]]))[0]
                else:
                    shift = shift + a.scale * a.polynomial[0] * direction
            new_joints.append(_welded(joint, turn, shift))
        else:
            new_joints.append(joint)
            kept_axes += own
    used = {a.spline for a in kept_axes}
    return tuple(new_joints), tuple(kept_axes), tuple(s for s in splines if s.spline in used)


def _welded(joint: Joint, turn: FloatArray, shift: FloatArray) -> Joint:
    parent = rotation_xyz(joint.parent_orientation_rad)
    at = np.asarray(joint.parent_translation_m) + parent @ shift
    return replace(
        joint,
        kind="weld",
        parent_translation_m=tuple(at.tolist()),
        parent_orientation_rad=_angles(parent @ turn),
    )
