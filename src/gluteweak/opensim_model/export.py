"""An OpenSim model and its tables to a ``Plant``: rigid bodies exactly, splines and muscle paths as polynomials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.muscle_names import RECTUS_FEMORIS, SARTORIUS, plays
from gluteweak.opensim_model.band import band_fields
from gluteweak.opensim_model.kinematics import (
    Axis,
    axis_polynomial,
    displacement,
    joint_axes,
    ordered_joints,
    rotation_xyz,
)
from gluteweak.opensim_model.path_fit import PathFit
from gluteweak.parameters import STANDARD_GRAVITY
from gluteweak.plant import Plant, Polynomial
from gluteweak.walker_tables import (
    DEPENDENT,
    SIDES,
    Coordinate,
    PassiveTorque,
    WalkerTables,
    is_of_side,
    other_side,
)

FloatArray = NDArray[np.float64]

_Arrangement = Callable[[PathFit, Mapping[str, int]], Polynomial]

#: How well a polynomial must follow a spline, and the highest degree to try: beyond it only the wiggles of the spline's
#: derivative would be fitted, at the price of huge coefficients.
_SPLINE_ERROR_M = 4e-5
_SPLINE_ERROR_RAD = 5e-4
_SPLINE_DEGREE = 10
_SPLINE_SAMPLES = 400

#: Seen in a mirror, a force changes the sign of its z component and a moment those of the others.
_MIRROR = np.array([1.0, 1.0, -1.0, -1.0, -1.0, 1.0])

#: Landmarks, right side: where sartorius begins, and where the patellar tendon (end of rectus femoris) ends.
ANTERIOR_SUPERIOR_ILIAC_SPINE = "anterior_superior_iliac_spine_r"
TIBIAL_TUBEROSITY = "tibial_tuberosity_r"


def plant_from_model(
    model: osim.Model,
    tables: WalkerTables,
    lengths: Mapping[str, PathFit],
    pulls: Mapping[tuple[str, str], PathFit],
    factors: Mapping[str, float],
    attributes: Mapping[str, Any],
) -> Plant:
    """The plant of a built model.

    Parameters
    ----------
    model, tables
        The model and what it was built from; muscle forces are the model's.
    lengths, pulls
        Fits of the right side (``path_fit.fit_paths``), whose mirror image the left side is, or of both sides.
    factors
        Muscle -> calibration factor.
    attributes
        File attributes; gravity and the error of the splines are added.
    """
    coordinates = [c for c in tables.coordinates if c.role != DEPENDENT]
    index = {c.coordinate: i for i, c in enumerate(coordinates)}
    axis_fields, spline_errors = _axis_fields(tables, coordinates)
    return Plant(
        **_coordinate_fields(tables, coordinates),
        **_body_fields(tables),
        **axis_fields,
        **_contact_fields(tables),
        **_muscle_fields(model, tables, factors),
        **_error_fields(tables, lengths),
        actuator=tuple(a.coordinate for a in tables.actuators),
        actuator_optimal_force_nm=np.array([a.optimal_force_nm for a in tables.actuators]),
        path_length=_path_lengths(lengths, index),
        joint_pull=_both_sides(pulls, index, slice(0, 3)),
        joint_pull_moment=_both_sides(
            {key: fit for key, fit in pulls.items() if fit.fit.coefficient.shape[1] > 3}, index, slice(3, 6)
        ),
        **_landmark_fields(tables),
        **band_fields(model, tables),
        attributes={
            **attributes,
            "gravity_m_s2": float(np.asarray(STANDARD_GRAVITY.value)),
            **spline_errors,
        },
    )


def _has_both_sides(names: Iterable[str]) -> bool:
    return any(is_of_side(name, SIDES[1]) for name in names)


def _path_lengths(lengths: Mapping[str, PathFit], index: Mapping[str, int]) -> dict[str, Polynomial]:
    made = {muscle: _right(fit, index) for muscle, fit in lengths.items()}
    if not _has_both_sides(lengths):
        made |= {other_side(muscle): _left(fit, index) for muscle, fit in lengths.items()}
    return made


def _right(fit: PathFit, index: Mapping[str, int]) -> Polynomial:
    return Polynomial(
        np.array([index[c] for c in fit.coordinates], dtype=np.int64), fit.fit.exponent, fit.fit.coefficient
    )


def _left(fit: PathFit, index: Mapping[str, int]) -> Polynomial:
    """Mirror image of a length: the same polynomial of the other side's coordinates."""
    positions = np.array([index[other_side(c)] for c in fit.coordinates], dtype=np.int64)
    return Polynomial(positions, fit.fit.exponent, fit.fit.coefficient)


def _same_side(name: str) -> str:
    return name


def _both_sides(
    pulls: Mapping[tuple[str, str], PathFit], index: Mapping[str, int], components: slice
) -> dict[str, Polynomial]:
    """Some components of the pulls, by "joint/muscle"; in the mirror they change sign as forces and moments do."""
    made = {}
    sides: list[tuple[_Arrangement, Callable[[str], str], FloatArray]] = [(_right, _same_side, np.ones_like(_MIRROR))]
    if not _has_both_sides(muscle for _, muscle in pulls):
        sides.append((_left, other_side, _MIRROR))
    for (joint, muscle), fit in pulls.items():
        for arrange, name, mirror in sides:
            polynomial = arrange(fit, index)
            coefficient = (polynomial.polynomial_coefficient * mirror[: fit.fit.coefficient.shape[1]])[:, components]
            made[f"{name(joint)}/{name(muscle)}"] = replace(polynomial, polynomial_coefficient=coefficient)
    return made


def _landmark_fields(tables: WalkerTables) -> dict[str, Any]:
    """Bony landmarks that are attachments of muscles; a walker without the muscle lacks the landmark."""
    points = {
        other(name): next((p for p in found if is_of_side(p.muscle, side) and plays(p.muscle, muscle)), None)
        for name, muscle, found in (
            (ANTERIOR_SUPERIOR_ILIAC_SPINE, SARTORIUS, tables.path_points),
            (TIBIAL_TUBEROSITY, RECTUS_FEMORIS, tables.path_points[::-1]),
        )
        for other, side in zip((_same_side, other_side), SIDES, strict=True)
    }
    found = {name: point for name, point in points.items() if point is not None}
    return {
        "landmark": tuple(found),
        "landmark_body": tuple(p.body for p in found.values()),
        "landmark_m": np.array([p.location_m for p in found.values()]).reshape(-1, 3),
    }


def _coordinate_fields(tables: WalkerTables, coordinates: Sequence[Coordinate]) -> dict[str, Any]:
    none = PassiveTorque("", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    by_name = {p.coordinate: p for p in tables.passive_torques}
    passive = [by_name.get(c.coordinate, none) for c in coordinates]
    return {
        "coordinate": tuple(c.coordinate for c in coordinates),
        "coordinate_role": tuple(c.role for c in coordinates),
        "coordinate_is_rotation": np.array([_is_rotation(tables, c) for c in coordinates], dtype=np.int64),
        "coordinate_range": np.array([(c.fit_min, c.fit_max) for c in coordinates]),
        "coordinate_normal_spread": np.array([c.normal_spread for c in coordinates]),
        "coordinate_closeness": np.array([c.closeness for c in coordinates]),
        "passive_exponential_torque_nm": np.array([(p.torque_1_nm, p.torque_2_nm) for p in passive]),
        "passive_exponential_slope": np.array([(p.slope_1_per_rad, p.slope_2_per_rad) for p in passive]),
        "passive_exponential_offset_rad": np.array([(p.offset_1_rad, p.offset_2_rad) for p in passive]),
        "passive_stiffness_nm_rad": np.array([p.stiffness_nm_rad for p in passive]),
        "passive_damping_nms_rad": np.array([p.damping_nms_rad for p in passive]),
    }


def _is_rotation(tables: WalkerTables, coordinate: Coordinate) -> bool:
    joint = next(j for j in tables.joints if j.joint == coordinate.joint)
    return any(axis.is_rotation for axis in joint_axes(tables, joint) if axis.coordinate == coordinate.coordinate)


def _body_fields(tables: WalkerTables) -> dict[str, Any]:
    inertia = []
    for body in tables.bodies:
        xy, xz, yz = body.inertia_products_kg_m2
        products = np.array([[0.0, xy, xz], [xy, 0.0, yz], [xz, yz, 0.0]])
        inertia.append(np.diag(body.inertia_moments_kg_m2) + products)
    return {
        "body": tuple(b.body for b in tables.bodies),
        "body_mass_kg": np.array([b.mass_kg for b in tables.bodies]),
        "body_mass_center_m": np.array([b.mass_center_m for b in tables.bodies]),
        "body_inertia_kg_m2": np.array(inertia),
    }


def _axis_fields(tables: WalkerTables, coordinates: Sequence[Coordinate]) -> tuple[dict[str, Any], dict[str, float]]:
    """Joints and their elementary motions, and the largest errors of polynomials that stand for splines."""
    joints = ordered_joints(tables)
    index = {c.coordinate: i for i, c in enumerate(coordinates)}
    axes = [(number, axis) for number, joint in enumerate(joints) for axis in joint_axes(tables, joint)]
    polynomials, errors = zip(
        *(_axis_polynomial(tables, axis, {c.coordinate: c for c in coordinates}) for _, axis in axes), strict=True
    )
    width = max(len(p) for p in polynomials)
    fields = {
        "joint": tuple(j.joint for j in joints),
        "joint_parent_body": tuple(j.parent_body for j in joints),
        "joint_child_body": tuple(j.child_body for j in joints),
        "joint_parent_rotation": np.array([rotation_xyz(j.parent_orientation_rad) for j in joints]),
        "joint_parent_translation_m": np.array([j.parent_translation_m for j in joints]),
        "joint_child_rotation": np.array([rotation_xyz(j.child_orientation_rad) for j in joints]),
        "joint_child_translation_m": np.array([j.child_translation_m for j in joints]),
        "axis_joint_index": np.array([number for number, _ in axes], dtype=np.int64),
        "axis_is_rotation": np.array([axis.is_rotation for _, axis in axes], dtype=np.int64),
        "axis_direction": np.array([axis.direction for _, axis in axes]),
        "axis_coordinate_index": np.array([index.get(axis.coordinate, -1) for _, axis in axes], dtype=np.int64),
        "axis_polynomial": np.array([np.pad(p, (0, width - len(p))) for p in polynomials]),
    }
    worst = {
        f"spline_max_error_{unit}": max(
            (e for e, (_, a) in zip(errors, axes, strict=True) if a.is_rotation == turns), default=0.0
        )
        for unit, turns in (("rad", True), ("m", False))
    }
    return fields, worst


def _axis_polynomial(
    tables: WalkerTables, axis: Axis, coordinates: Mapping[str, Coordinate]
) -> tuple[FloatArray, float]:
    """Ascending coefficients of an axis' displacement, and their error where a spline is replaced."""
    if axis.row is None:
        return np.array([0.0, 1.0]), 0.0
    if not axis.row.spline:
        return axis_polynomial(tables, axis.row), 0.0
    row = coordinates[axis.coordinate]
    # Chebyshev points, so that the largest error is not at the ends of the range.
    angle = np.linspace(0.0, np.pi, _SPLINE_SAMPLES)
    q = 0.5 * (row.fit_min + row.fit_max) - 0.5 * (row.fit_max - row.fit_min) * np.cos(angle)
    values, _ = displacement(tables, axis)(q)
    for degree in range(_SPLINE_DEGREE + 1):
        fitted = np.polynomial.Polynomial.fit(q, values, degree)
        error = float(np.max(np.abs(fitted(q) - values)))
        if error <= (_SPLINE_ERROR_RAD if axis.is_rotation else _SPLINE_ERROR_M):
            break
    return np.asarray(fitted.convert().coef), error


def _contact_fields(tables: WalkerTables) -> dict[str, Any]:
    spheres = tables.contact_spheres
    numbers = (
        "radius_m",
        "stiffness_pa",
        "dissipation_s_m",
        "static_friction",
        "dynamic_friction",
        "viscous_friction_s_m",
        "transition_velocity_m_s",
        "hertz_smoothing",
        "hunt_crossley_smoothing",
    )
    return {
        "contact_sphere": tuple(s.sphere for s in spheres),
        "contact_body": tuple(s.body for s in spheres),
        "contact_center_m": np.array([s.center_m for s in spheres]),
        **{f"contact_{name}": np.array([getattr(s, name) for s in spheres]) for name in numbers},
    }


def _muscle_fields(model: osim.Model, tables: WalkerTables, factors: Mapping[str, float]) -> dict[str, Any]:
    names = tuple(m.muscle for m in tables.muscles)
    muscles = [osim.DeGrooteFregly2016Muscle.safeDownCast(model.getMuscles().get(name)) for name in names]
    return {
        "muscle": names,
        "muscle_max_isometric_force_n": np.array([m.get_max_isometric_force() for m in muscles]),
        "muscle_optimal_fiber_length_m": np.array([m.get_optimal_fiber_length() for m in muscles]),
        "muscle_tendon_slack_length_m": np.array([m.get_tendon_slack_length() for m in muscles]),
        "muscle_pennation_angle_rad": np.array([m.get_pennation_angle_at_optimal() for m in muscles]),
        "muscle_max_contraction_velocity_per_s": np.array([m.get_max_contraction_velocity() for m in muscles]),
        "muscle_active_force_width_scale": np.array([m.get_active_force_width_scale() for m in muscles]),
        "muscle_fiber_damping": np.array([m.get_fiber_damping() for m in muscles]),
        "muscle_passive_fiber_strain": np.array([_passive_strain(m) for m in muscles]),
        "muscle_activation_time_constant_s": np.array([m.get_activation_time_constant() for m in muscles]),
        "muscle_deactivation_time_constant_s": np.array([m.get_deactivation_time_constant() for m in muscles]),
        "muscle_calibration_factor": np.array([factors.get(name, 1.0) for name in names]),
    }


def _passive_strain(muscle: osim.DeGrooteFregly2016Muscle) -> float:
    """Fibre strain at one maximum isometric force, 0 where the passive fibre force is switched off."""
    return 0.0 if muscle.get_ignore_passive_fiber_force() else muscle.get_passive_fiber_strain_at_one_norm_force()


def _error_fields(tables: WalkerTables, lengths: Mapping[str, PathFit]) -> dict[str, Any]:
    by_muscle = {other_side(name): fit for name, fit in lengths.items()} | dict(lengths)
    fits = [by_muscle[m.muscle] for m in tables.muscles]
    return {
        "path_length_rms_error_m": np.array([fit.rms_error for fit in fits]),
        "path_length_max_error_m": np.array([fit.max_error for fit in fits]),
        "path_moment_arm_rms_error_m": np.array([fit.gradient_rms_error for fit in fits]),
    }
