"""Muscles of any OpenSim model: parameters as table rows, paths as OpenSim has them.

Thelen, Millard, Schutte and DeGrooteFregly muscles share their parameters; what differs is the strain at which passive
fibre and tendon carry the maximum isometric force. Paths keep their wrap objects, and their conditional and moving
points.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import opensim as osim

from gluteweak.errors import InputError
from gluteweak.muscle_names import groups_of
from gluteweak.opensim_model.import_file import SourceModel
from gluteweak.opensim_model.import_joints import frame_in_body
from gluteweak.parameters import DEFAULT_PASSIVE_FIBER_STRAIN, DEFAULT_TENDON_STRAIN
from gluteweak.walker_tables import Muscle, PathPoint, PathWrap, Vector, WrapCylinder, base_name, is_of_side

GROUND = "ground"


@dataclass(frozen=True)
class SourceMuscles:
    """Muscles of a model.

    Attributes
    ----------
    muscles, path_points, path_wraps, wrap_cylinders
        Table rows. Points are those of the default pose, wraps those over cylinders: what the tables can say.
    paths
        Muscle -> its path.
    path_coordinates
        Muscle -> coordinates on which conditional and moving points of its path depend.
    wrap_objects
        Body -> its wrap objects.
    notes
        What was treated how.
    """

    muscles: tuple[Muscle, ...]
    path_points: tuple[PathPoint, ...]
    path_wraps: tuple[PathWrap, ...]
    wrap_cylinders: tuple[WrapCylinder, ...]
    paths: Mapping[str, osim.GeometryPath]
    path_coordinates: Mapping[str, frozenset[str]]
    wrap_objects: Mapping[str, tuple[osim.WrapObject, ...]]
    notes: tuple[str, ...]


def read_muscles(source: SourceModel, known_groups: dict[str, tuple[str, ...]]) -> SourceMuscles:
    """Read all muscles that act.

    Parameters
    ----------
    known_groups
        First-family muscle name without side -> groups.

    Raises
    ------
    InputError
        If a parameter makes no sense, or a path has no points.
    """
    muscles, points, wraps, notes, paths, depends = [], [], [], [], {}, {}
    classes: dict[str, int] = {}
    cylinders, wrap_objects = _wrap_objects(source)
    body_of = {c.cylinder: c.body for c in cylinders}
    found = source.model.getMuscles()
    for i in range(found.getSize()):
        muscle = found.get(i)
        name = muscle.getName()
        if not muscle.get_appliesForce():
            notes.append(f"muscle {name} is switched off in the model and was left out")
            continue
        row, path = _row(source, muscle, known_groups), osim.GeometryPath.safeDownCast(muscle.getPath())
        if path is None:
            raise InputError(
                f"{source.path}: muscle '{name}' has no path of points (its path is a function): give the model with "
                "its path points, from which the pull on each joint follows."
            )
        own, coordinates = _points(source, path, name)
        if any(p.body == GROUND for p in own):
            notes.append(f"muscle {name} is attached to the ground and was left out")
            continue
        muscles.append(row)
        points += own
        paths[name] = path
        depends[name] = coordinates
        wraps += _path_wraps(path, name, body_of)
        classes[muscle.getConcreteClassName()] = classes.get(muscle.getConcreteClassName(), 0) + 1
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(classes.items()))
    notes.append(f"{counts} became DeGrooteFregly2016Muscle with rigid tendon and the model's own parameters")
    return SourceMuscles(
        tuple(muscles), tuple(points), tuple(wraps), cylinders, paths, depends, wrap_objects, tuple(notes)
    )


def _row(source: SourceModel, muscle: Any, known_groups: dict[str, tuple[str, ...]]) -> Muscle:
    name = muscle.getName()
    passive, tendon = _strains(muscle)
    row = Muscle(
        name,
        float(muscle.get_max_isometric_force()),
        float(muscle.get_optimal_fiber_length()),
        float(muscle.get_tendon_slack_length()),
        float(muscle.get_pennation_angle_at_optimal()),
        float(muscle.get_max_contraction_velocity()),
        passive,
        tendon,
        groups_of(base_name(name), known_groups),
    )
    positive = {
        "max_isometric_force": row.max_isometric_force_n,
        "optimal_fiber_length": row.optimal_fiber_length_m,
        "tendon_slack_length": row.tendon_slack_length_m,
        "max_contraction_velocity": row.max_contraction_velocity_per_s,
    }
    for what, value in positive.items():
        if not (np.isfinite(value) and value > 0.0):
            raise InputError(f"{source.path}: {what} of muscle '{name}' is {value:g}; give a positive number.")
    if not (is_of_side(name, "r") or is_of_side(name, "l")):
        raise InputError(f"{source.path}: muscle '{name}' belongs to no side: let its name end in _r or _l.")
    return row


def _strains(muscle: Any) -> tuple[float, float]:
    """Strain of passive fibre and of tendon at maximum isometric force."""
    thelen = osim.Thelen2003Muscle.safeDownCast(muscle)
    if thelen is not None:
        return float(thelen.get_FmaxMuscleStrain()), float(thelen.get_FmaxTendonStrain())
    millard = osim.Millard2012EquilibriumMuscle.safeDownCast(muscle)
    if millard is not None:
        return (
            float(millard.getFiberForceLengthCurve().getStrainAtOneNormForce()),
            float(millard.getTendonForceLengthCurve().getStrainAtOneNormForce()),
        )
    degroote = osim.DeGrooteFregly2016Muscle.safeDownCast(muscle)
    if degroote is not None:
        return (
            float(degroote.get_passive_fiber_strain_at_one_norm_force()),
            float(degroote.get_tendon_strain_at_one_norm_force()),
        )
    return float(np.asarray(DEFAULT_PASSIVE_FIBER_STRAIN.value)), float(np.asarray(DEFAULT_TENDON_STRAIN.value))


def _points(source: SourceModel, path: osim.GeometryPath, muscle: str) -> tuple[list[PathPoint], frozenset[str]]:
    rows, coordinates = [], set()
    points = path.getPathPointSet()
    for i in range(points.getSize()):
        point = points.get(i)
        body, at, rotation = frame_in_body(point.getParentFrame())
        if point.getParentFrame().getName() != body:
            raise InputError(
                f"{source.path}: point '{point.getName()}' of muscle '{muscle}' sits in the frame "
                f"'{point.getParentFrame().getName()}', not in a body: give its location in '{body}'."
            )
        local = point.getLocation(source.state)
        where = at + rotation @ np.array([local.get(k) for k in range(3)])
        rows.append(PathPoint(muscle, body, tuple(where.tolist())))
        kind = point.getConcreteClassName()
        if kind == "ConditionalPathPoint":
            coordinates.add(str(osim.ConditionalPathPoint.safeDownCast(point).getCoordinate().getName()))
        elif kind == "MovingPathPoint":
            moving = osim.MovingPathPoint.safeDownCast(point)
            coordinates |= {
                str(c().getName()) for c in (moving.getXCoordinate, moving.getYCoordinate, moving.getZCoordinate)
            }
    return rows, frozenset(coordinates)


def _path_wraps(path: osim.GeometryPath, muscle: str, body_of: Mapping[str, str]) -> list[PathWrap]:
    wraps = path.getWrapSet()
    rows = [wraps.get(i) for i in range(wraps.getSize())]
    return [
        PathWrap(muscle, w.getWrapObjectName(), str(w.get_method()), int(w.get_range(0)), int(w.get_range(1)))
        for w in rows
        if w.getWrapObjectName() in body_of
    ]


def _vector(value: Any) -> Vector:
    return (float(value.get(0)), float(value.get(1)), float(value.get(2)))


def _wrap_objects(
    source: SourceModel,
) -> tuple[tuple[WrapCylinder, ...], dict[str, tuple[osim.WrapObject, ...]]]:
    rows, objects = [], {}
    bodies = source.model.getBodySet()
    for i in range(bodies.getSize()):
        body = bodies.get(i)
        own = body.getWrapObjectSet()
        objects[body.getName()] = tuple(own.get(k).clone() for k in range(own.getSize()))
        for wrap in objects[body.getName()]:
            cylinder = osim.WrapCylinder.safeDownCast(wrap)
            if cylinder is None or not cylinder.get_active():
                continue
            rows.append(
                WrapCylinder(
                    cylinder.getName(),
                    body.getName(),
                    _vector(cylinder.get_translation()),
                    _vector(cylinder.get_xyz_body_rotation()),
                    float(cylinder.get_radius()),
                    float(cylinder.get_length()),
                    str(cylinder.get_quadrant()),
                )
            )
    return tuple(rows), objects


def without(found: SourceMuscles, left_out: Collection[str], notes: Collection[str]) -> SourceMuscles:
    """The muscles but those ``left_out``."""
    return SourceMuscles(
        tuple(m for m in found.muscles if m.muscle not in left_out),
        tuple(p for p in found.path_points if p.muscle not in left_out),
        tuple(w for w in found.path_wraps if w.muscle not in left_out),
        found.wrap_cylinders,
        {name: path for name, path in found.paths.items() if name not in left_out},
        found.path_coordinates,
        found.wrap_objects,
        (*found.notes, *notes),
    )
