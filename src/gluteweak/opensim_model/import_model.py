"""A laboratory's model as a walker: its own bodies, joints and muscles, and from a donor what a model file lacks.

An ``.osim`` for scaling and inverse kinematics says nothing about the foot's contact with the ground, passive joint
torques, torques that stand for trunk muscles, how much a coordinate varies between people, or the range in which muscle
paths are to be fitted. These come from a donor walker (the built-in adult), scaled to the subject's mass and size.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.muscle_names import TENSOR_FASCIAE_LATAE, plays
from gluteweak.opensim_model import import_muscles
from gluteweak.opensim_model.build import ForeignGeometry
from gluteweak.opensim_model.import_contact import place_spheres
from gluteweak.opensim_model.import_file import SourceModel
from gluteweak.opensim_model.import_joints import SourceCoordinate, SourceJoints, fix_coordinates
from gluteweak.opensim_model.import_muscles import SourceMuscles, read_muscles
from gluteweak.opensim_model.kinematics import body_frames
from gluteweak.plant import PROGRESSION
from gluteweak.walker_tables import (
    DEPENDENT,
    FREE,
    PRESCRIBED,
    SIDES,
    Actuator,
    Body,
    Coordinate,
    Joint,
    PassiveTorque,
    SplineKnot,
    TransformAxis,
    WalkerTables,
    base_name,
    is_of_side,
)

FloatArray = NDArray[np.float64]

PELVIS, TORSO, GROUND = "pelvis", "torso", "ground"
LEG_BODIES = ("femur", "tibia", "talus", "calcn")
LEG_COORDINATES = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle")
TOES_COORDINATE = "mtp_angle"
PELVIS_SHIFTS = (PROGRESSION, "pelvis_ty", "pelvis_tz")
_FIXED = "fixed"

#: Where the donor names no spread or range: an assumed spread, and the measured range with a margin.
_ASSUMED_SPREAD_RAD, _ASSUMED_SPREAD_M = 0.09, 0.02
_MARGIN_RAD, _MARGIN_M = 0.26, 0.05
#: Paths must be right beyond the measured motion: weakness changes it.
_LEAST_MARGIN_RAD = 0.09


@dataclass(frozen=True)
class ImportedModel:
    """Tables of both sides, the geometry that they cannot hold, and what was done with everything else.

    ``scale`` is the subject's size against the donor's: mass, length of thigh and shank.
    """

    tables: WalkerTables
    geometry: ForeignGeometry
    notes: tuple[str, ...]
    scale: Mapping[str, float]


def convert(
    source: SourceModel,
    donor: WalkerTables,
    name: str,
    measured: Mapping[str, FloatArray],
    found: SourceJoints,
) -> ImportedModel:
    """Make a walker of a model.

    Parameters
    ----------
    source
        The loaded model.
    donor
        Walker whose spheres, passive torques, actuators, spreads and ranges are taken over.
    name
        The walker's name.
    measured
        Coordinate -> measured series, in rad or m, of every coordinate that was measured.
    found
        The model's joints.

    Raises
    ------
    InputError
        If the model lacks a part that walking needs, or cannot be expressed.
    """
    _require_anatomy(source, found)
    roles, notes = _roles(source, found, measured)
    muscles = read_muscles(source, _donor_groups(donor))
    muscles = _movable_muscles(found, muscles, roles)
    joints, axes, splines = _with_fixed(source, found, roles)
    bodies = _bodies(source)
    skeleton = WalkerTables(
        name=name,
        bodies=bodies,
        joints=joints,
        transform_axes=axes,
        splines=splines,
        coordinates=tuple(
            _coordinate(c, roles[c.name], donor, measured) for c in found.coordinates if roles[c.name] != _FIXED
        ),
        muscles=muscles.muscles,
        path_points=muscles.path_points,
        path_wraps=muscles.path_wraps,
        wrap_cylinders=muscles.wrap_cylinders,
        contact_spheres=(),
        passive_torques=(),
        actuators=(),
    )
    scale = size_against(skeleton, donor)
    spheres, sphere_notes = place_spheres(skeleton, donor, scale["mass"])
    turned = _knee_signs(skeleton, donor)
    torques, torque_notes = _passive_torques(skeleton, donor, scale, turned)
    actuators, actuator_notes = _actuators(skeleton, donor, scale)
    tables = replace(
        skeleton,
        coordinates=tuple(_fit_range(c, donor, measured, turned) for c in skeleton.coordinates),
        contact_spheres=spheres,
        passive_torques=torques,
        actuators=actuators,
    )
    geometry = ForeignGeometry(muscles.paths, muscles.wrap_objects)
    told = (
        *found.notes,
        *muscles.notes,
        *notes,
        *sphere_notes,
        *torque_notes,
        *actuator_notes,
        *_bands(tables),
        *_left_out(source),
    )
    return ImportedModel(tables, geometry, told, scale)


def _require_anatomy(source: SourceModel, found: SourceJoints) -> None:
    bodies = {j.child_body for j in found.joints}
    known = {c.name for c in found.coordinates}
    root = [j for j in found.joints if j.parent_body == GROUND]
    floating = next((j for j in root if j.child_body == PELVIS), None)
    own = {a.coordinate for a in found.axes if floating and a.joint == floating.joint and a.coordinate}
    six = 6
    if floating is None or len(own) != six or not set(PELVIS_SHIFTS) <= own:
        what = f"joint '{floating.joint}' leaves it {len(own)} coordinates" if floating else "no joint to the ground"
        raise InputError(
            f"{source.path} has no floating pelvis ({what}): the body 'pelvis' must move against the ground by three "
            f"turns and by {', '.join(PELVIS_SHIFTS)}."
        )
    for body in (TORSO, *(f"{b}_{side}" for b in LEG_BODIES for side in SIDES)):
        if body not in bodies:
            raise InputError(
                f"{source.path} has no body '{body}', which the analysis of walking needs: rename or add it."
            )
    for coordinate in (f"{c}_{side}" for c in LEG_COORDINATES for side in SIDES):
        if coordinate not in known:
            raise InputError(
                f"{source.path} has no coordinate '{coordinate}', which the analysis of walking needs: rename or "
                f"add it."
            )


def _chain(found: SourceJoints, body: str, root: str) -> set[str]:
    """Joints between a body and ``root``."""
    by_child = {j.child_body: j for j in found.joints}
    result = set()
    while body != root and body in by_child:
        result.add(by_child[body].joint)
        body = by_child[body].parent_body
    return result


def _roles(
    source: SourceModel, found: SourceJoints, measured: Mapping[str, FloatArray]
) -> tuple[dict[str, str], list[str]]:
    """Role of each coordinate: free, prescribed, dependent, or fixed at its default."""
    bodies = {j.child_body for j in found.joints}
    feet = [b for side in SIDES for b in (f"toes_{side}", f"calcn_{side}") if b in bodies]
    legs = set().union(*(_chain(found, body, PELVIS) for body in feet))
    trunk = _chain(found, TORSO, PELVIS)
    pelvis = _chain(found, PELVIS, GROUND)
    leaders = {c.follows for c in found.coordinates if c.follows}
    places = _Places(legs, trunk, pelvis, leaders)
    roles = {c.name: _role(source, found, c, places, measured) for c in found.coordinates}
    roles |= {c.name: _FIXED for c in found.coordinates if c.follows and roles.get(c.follows) == _FIXED}
    fixed = [c for c in found.coordinates if roles[c.name] == _FIXED and not c.follows]
    notes = []
    locked = [c.name for c in fixed if c.locked]
    if locked:
        notes.append(f"locked coordinates stay at their default: {', '.join(locked)}")
    unmeasured = [c.name for c in fixed if not c.locked]
    if unmeasured:
        notes.append(f"coordinates that the motion does not tell stay at their default: {', '.join(unmeasured)}")
    return roles, notes


@dataclass(frozen=True)
class _Places:
    """Joints of legs, trunk and pelvis, and the coordinates that others follow."""

    legs: Collection[str]
    trunk: Collection[str]
    pelvis: Collection[str]
    leaders: Collection[str]


def _role(
    source: SourceModel,
    found: SourceJoints,
    c: SourceCoordinate,
    places: _Places,
    measured: Mapping[str, FloatArray],
) -> str:
    known = c.name in measured
    if c.follows or c.locked:
        return DEPENDENT if c.follows else _FIXED
    if not known and (c.joint in places.pelvis or base_name(c.name) in LEG_COORDINATES):
        raise InputError(_not_measured(source, c.name))
    # Nobody measures the toes, but they roll.
    in_leg = c.joint in places.legs and (known or c.name.startswith(TOES_COORDINATE))
    leads_trunk = c.name in places.leaders and _leads(found, c.name, places.trunk)
    in_trunk = known and (c.joint in places.trunk or leads_trunk)
    if c.joint in places.pelvis or in_leg or in_trunk:
        return FREE
    return PRESCRIBED if known else _FIXED


def _leads(found: SourceJoints, leader: str, joints: Collection[str]) -> bool:
    return any(c.follows == leader and c.joint in joints for c in found.coordinates)


def _not_measured(source: SourceModel, coordinate: str) -> str:
    return (
        f"The motion has no column '{coordinate}', which {source.path} needs: give the inverse kinematics of this "
        f"model, "
        "with that coordinate."
    )


def _donor_groups(donor: WalkerTables) -> dict[str, tuple[str, ...]]:
    return {base_name(m.muscle): m.groups for m in donor.muscles}


def _movable_muscles(found: SourceJoints, muscles: SourceMuscles, roles: Mapping[str, str]) -> SourceMuscles:
    """Without muscles that cross prescribed joints, or that no coordinate moves."""
    arms, idle = [], []
    for muscle in muscles.muscles:
        bodies = {p.body for p in muscles.path_points if p.muscle == muscle.muscle}
        crossed = _crossed(found, bodies) | muscles.path_coordinates[muscle.muscle]
        drivers = {_driver(found, c) for c in crossed}
        if any(roles.get(c) == PRESCRIBED for c in drivers):
            arms.append(muscle.muscle)
        elif not any(roles.get(c) == FREE for c in drivers):
            idle.append(muscle.muscle)
    notes = []
    if arms:
        notes.append(f"muscles that cross prescribed joints (arms) were left out: {', '.join(arms)}")
    if idle:
        notes.append(f"muscles that cross only fixed joints were left out: {', '.join(idle)}")
    return import_muscles.without(muscles, {*arms, *idle}, notes)


def _driver(found: SourceJoints, coordinate: str) -> str:
    return next((c.follows or c.name for c in found.coordinates if c.name == coordinate), coordinate)


def _crossed(found: SourceJoints, bodies: Collection[str]) -> set[str]:
    """Coordinates of the joints between the bodies of a path."""
    chains = [_chain(found, body, GROUND) for body in bodies]
    every: set[str] = set().union(*chains)
    shared = every.intersection(*chains) if chains else every
    between = every - shared
    return {c.name for c in found.coordinates if c.joint in between}


def _with_fixed(
    source: SourceModel, found: SourceJoints, roles: Mapping[str, str]
) -> tuple[tuple[Joint, ...], tuple[TransformAxis, ...], tuple[SplineKnot, ...]]:
    """Joint, axis and spline rows with fixed coordinates at their defaults."""
    fixed = {c.name: c.default for c in found.coordinates if roles[c.name] == _FIXED}
    value_of = {}
    joints = source.model.getJointSet()
    for axis in (a for a in found.axes if a.coordinate in fixed):
        joint = osim.CustomJoint.safeDownCast(joints.get(axis.joint))
        value = fixed[axis.coordinate]
        if joint is not None:
            index = ("rotation1", "rotation2", "rotation3", "translation1", "translation2", "translation3").index(
                axis.axis
            )
            function = joint.getSpatialTransform().getTransformAxis(index).getFunction()
            value = float(function.calcValue(osim.Vector(1, value)))
        value_of[axis.joint, axis.axis] = value
    pins = {c.joint: c.name for c in found.coordinates}
    return fix_coordinates(found.joints, found.axes, found.splines, fixed, value_of, pins)


def _bodies(source: SourceModel) -> tuple[Body, ...]:
    rows = []
    found = source.model.getBodySet()
    for i in range(found.getSize()):
        body = found.get(i)
        inertia = body.get_inertia()
        moments = [float(inertia.get(k)) for k in range(6)]
        mass = float(body.get_mass())
        center = body.get_mass_center()
        if not (np.isfinite([mass, *moments]).all() and mass >= 0.0):
            raise InputError(f"{source.path}: body '{body.getName()}' has the mass {mass:g} kg: give a number of kg.")
        xx, yy, zz, xy, xz, yz = moments
        at = (float(center.get(0)), float(center.get(1)), float(center.get(2)))
        rows.append(Body(body.getName(), mass, at, (xx, yy, zz), (xy, xz, yz)))
    if sum(row.mass_kg for row in rows) <= 0.0:
        raise InputError(f"{source.path}: all bodies together weigh nothing: scale the model to the subject's mass.")
    return tuple(rows)


def _coordinate(c: SourceCoordinate, role: str, donor: WalkerTables, measured: Mapping[str, FloatArray]) -> Coordinate:
    """Row without its final fit range; spreads from the donor."""
    like = next((d for d in donor.coordinates if d.coordinate == c.name), None)
    assumed = _ASSUMED_SPREAD_RAD if c.is_rotation else _ASSUMED_SPREAD_M
    if c.name in measured:
        low, high = float(np.min(measured[c.name])), float(np.max(measured[c.name]))
    else:
        low = high = c.default
    return Coordinate(
        c.name,
        c.joint,
        role,
        c.follows if role == DEPENDENT else "",
        c.default,
        c.range_min,
        c.range_max,
        low,
        high,
        like.normal_spread if like else assumed,
        like.spread_source if like else "assumed",
        c.coupling,
        like.closeness if like else 1.0,
    )


def _knee_signs(tables: WalkerTables, donor: WalkerTables) -> dict[str, float]:
    """Coordinate -> -1 where it turns against the donor's coordinate of that name (knees of gait2392 extend)."""
    signs = {}
    for side in SIDES:
        knee = f"knee_angle_{side}"
        here, there = (_bending(t, knee, side) for t in (tables, donor))
        signs[knee] = 1.0 if here * there > 0 else -1.0
    return signs


def _bending(tables: WalkerTables, knee: str, side: str) -> float:
    """How far the ankle moves forward in the thigh for a small positive knee angle."""
    frames = body_frames(tables, {knee: np.array([0.0, 0.1])})
    femur, talus = frames[f"femur_{side}"], frames[f"talus_{side}"]
    ankle = np.einsum("nji,nj->ni", femur.rotation, talus.origin_m - femur.origin_m)
    return float(ankle[1, 0] - ankle[0, 0])


def _fit_range(
    c: Coordinate, donor: WalkerTables, measured: Mapping[str, FloatArray], signs: Mapping[str, float]
) -> Coordinate:
    """The donor's range, widened to the measured one with a margin; elsewhere the measured one with a wide margin."""
    like = next((d for d in donor.coordinates if d.coordinate == c.coordinate), None)
    if c.role == DEPENDENT:
        return replace(c, fit_min=c.range_min, fit_max=c.range_max)
    is_shift = c.coordinate in PELVIS_SHIFTS
    least, wide = (_MARGIN_M, _MARGIN_M) if is_shift else (_LEAST_MARGIN_RAD, _MARGIN_RAD)
    if like is None:
        return replace(c, fit_min=c.fit_min - wide, fit_max=c.fit_max + wide)
    ends = sorted(signs.get(c.coordinate, 1.0) * end for end in (like.fit_min, like.fit_max))
    if c.coordinate not in measured:
        return replace(c, fit_min=ends[0], fit_max=ends[1])
    inside = ends[0] <= c.fit_min and c.fit_max <= ends[1]
    if inside:
        return replace(c, fit_min=ends[0], fit_max=ends[1])
    return replace(c, fit_min=min(ends[0], c.fit_min - least), fit_max=max(ends[1], c.fit_max + least))


def size_against(tables: WalkerTables, donor: WalkerTables) -> dict[str, float]:
    """Mass and leg length of a walker against another's."""
    lengths = [_leg_length_m(t) for t in (tables, donor)]
    return {"mass": tables.mass_kg / donor.mass_kg, "leg_length": lengths[0] / lengths[1]}


def _leg_length_m(tables: WalkerTables) -> float:
    """Hip to knee to ankle, mean of both legs, in the default pose."""
    frames = body_frames(tables, {PROGRESSION: np.zeros(1)})
    total = 0.0
    for side in SIDES:
        hip, knee, ankle = (frames[f"{body}_{side}"].origin_m[0] for body in ("femur", "tibia", "talus"))
        total += float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    return total / len(SIDES)


def _passive_torques(
    tables: WalkerTables,
    donor: WalkerTables,
    scale: Mapping[str, float],
    signs: Mapping[str, float],
) -> tuple[tuple[PassiveTorque, ...], list[str]]:
    """The donor's torques on coordinates of the same name, in proportion to mass and leg length."""
    factor = scale["mass"] * scale["leg_length"]
    known = {c.coordinate for c in tables.coordinates if c.role != DEPENDENT}
    rows = []
    for row in (t for t in donor.passive_torques if t.coordinate in known):
        sign = signs.get(row.coordinate, 1.0)
        rows.append(
            PassiveTorque(
                row.coordinate,
                sign * factor * row.torque_1_nm,
                sign * row.slope_1_per_rad,
                sign * row.offset_1_rad,
                sign * factor * row.torque_2_nm,
                sign * row.slope_2_per_rad,
                sign * row.offset_2_rad,
                factor * row.stiffness_nm_rad,
                factor * row.damping_nms_rad,
            )
        )
    note = f"passive joint torques are those of walker '{donor.name}' times {factor:.3f} (mass x leg length)"
    return tuple(rows), [note]


def _actuators(
    tables: WalkerTables, donor: WalkerTables, scale: Mapping[str, float]
) -> tuple[tuple[Actuator, ...], list[str]]:
    """Ideal torques of the trunk: the donor's, and as strong ones on further coordinates that no leg has."""
    factor = scale["mass"] * scale["leg_length"]
    strength = {a.coordinate: factor * a.optimal_force_nm for a in donor.actuators}
    typical = max(strength.values(), default=0.0)
    free = [c.coordinate for c in tables.coordinates if c.role == FREE and not c.coordinate.startswith("pelvis_")]
    trunk = [c for c in free if not any(is_of_side(c, side) for side in SIDES)]
    rows = tuple(Actuator(c, strength.get(c, typical)) for c in trunk)
    if not rows:
        return (), ["the trunk does not move against the pelvis in this model"]
    return rows, [f"ideal torques of up to {max(r.optimal_force_nm for r in rows):.0f} Nm act on {', '.join(trunk)}"]


def _bands(tables: WalkerTables) -> list[str]:
    tensors = [m.muscle for m in tables.muscles if plays(m.muscle, TENSOR_FASCIAE_LATAE)]
    if not tensors:
        return ["the model has no tensor fasciae latae: its iliotibial band has no strand of its own"]
    return [f"a strand of the iliotibial band, of published area and stiffness, was laid beside {', '.join(tensors)}"]


def _left_out(source: SourceModel) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for force in source.forces:
        kinds.setdefault(force.kind, []).append(force.name)
    return [
        f"{len(names)} {kind} of the model {'was' if len(names) == 1 else 'were'} left out ({_listing(names)})"
        for kind, names in sorted(kinds.items())
    ]


def _listing(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
