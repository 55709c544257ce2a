"""Builder: a walker's tables to an OpenSim 4.6 model.

Each passive structure is modelled once: muscle fibres by the muscles' own passive force, ligaments and capsules by
joint torques that rise towards the ends of the range (``passive_torques.csv``), as Falisse et al. (2022) do, and the
iliotibial band by a strand beside its muscles (``band``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import opensim as osim

from gluteweak.opensim_model.band import add_bands
from gluteweak.parameters import (
    ACTIVATION_TIME_CONSTANT,
    ACTIVE_FORCE_WIDTH_SCALE,
    DEACTIVATION_TIME_CONSTANT,
    DEFAULT_ACTIVATION,
    FIBER_DAMPING,
    STANDARD_GRAVITY,
)
from gluteweak.walker_tables import (
    AXES,
    DEPENDENT,
    ContactSphere,
    Joint,
    Muscle,
    PassiveTorque,
    TransformAxis,
    Vector,
    WalkerTables,
)

FLOOR = "floor"


def quiet() -> None:
    """Keep OpenSim's log to errors; no ``opensim.log`` in the working directory."""
    osim.Logger.setLevelString("Error")
    osim.Logger.removeFileSink()


@dataclass(frozen=True)
class ForeignGeometry:
    """What tables cannot hold: muscle paths of any kind, by muscle, and the wrap objects of each body."""

    paths: Mapping[str, osim.GeometryPath]
    wrap_objects: Mapping[str, Sequence[osim.WrapObject]]


def build_opensim_model(
    tables: WalkerTables,
    force_factors: Mapping[str, float] | None = None,
    geometry: ForeignGeometry | None = None,
) -> osim.Model:
    """The walker as an OpenSim model with wrapped muscle paths, connections finalised.

    Parameters
    ----------
    tables
        Both sides.
    force_factors
        Muscle -> factor on the maximum isometric force; muscles not named keep theirs.
    geometry
        Muscle paths and wrap objects of an imported model; without it they are those of the tables.
    """
    quiet()
    model = osim.Model()
    model.setName(tables.name)
    model.set_gravity(osim.Vec3(0, -STANDARD_GRAVITY.value, 0))
    _add_bodies(model, tables, geometry)
    for joint in tables.joints:
        _add_joint(model, tables, joint)
    _add_couplers(model, tables)
    for muscle in tables.muscles:
        _add_muscle(model, tables, muscle, (force_factors or {}).get(muscle.muscle, 1.0), geometry)
    _add_contact(model, tables.contact_spheres)
    for torque in tables.passive_torques:
        _add_passive_torque(model, torque)
    for actuator in tables.actuators:
        _add_actuator(model, actuator.coordinate, actuator.optimal_force_nm)
    model.finalizeConnections()
    add_bands(model, tables)
    return model


def _vec3(values: Vector) -> osim.Vec3:
    return osim.Vec3(*values)


def _frame(model: osim.Model, body: str) -> osim.PhysicalFrame:
    return model.getGround() if body == "ground" else model.getBodySet().get(body)


def _add_bodies(model: osim.Model, tables: WalkerTables, geometry: ForeignGeometry | None) -> None:
    for row in tables.bodies:
        inertia = osim.Inertia(*row.inertia_moments_kg_m2, *row.inertia_products_kg_m2)
        body = osim.Body(row.body, row.mass_kg, _vec3(row.mass_center_m), inertia)
        foreign = geometry.wrap_objects.get(row.body, ()) if geometry else None
        for wrap in _cylinders(tables, row.body) if foreign is None else foreign:
            body.addWrapObject(wrap)
        model.addBody(body)


def _cylinders(tables: WalkerTables, body: str) -> list[osim.WrapObject]:
    found = []
    for cylinder in (c for c in tables.wrap_cylinders if c.body == body):
        wrap = osim.WrapCylinder()
        wrap.setName(cylinder.cylinder)
        wrap.set_translation(_vec3(cylinder.translation_m))
        wrap.set_xyz_body_rotation(_vec3(cylinder.orientation_rad))
        wrap.set_radius(cylinder.radius_m)
        wrap.set_length(cylinder.length_m)
        wrap.set_quadrant(cylinder.quadrant)
        found.append(wrap)
    return found


def _add_joint(model: osim.Model, tables: WalkerTables, row: Joint) -> None:
    where = (
        row.joint,
        _frame(model, row.parent_body),
        _vec3(row.parent_translation_m),
        _vec3(row.parent_orientation_rad),
        _frame(model, row.child_body),
        _vec3(row.child_translation_m),
        _vec3(row.child_orientation_rad),
    )
    if row.kind == "custom":
        joint = osim.CustomJoint(*where, _spatial_transform(tables, tables.axes_of(row.joint)))
    else:
        joint = {"pin": osim.PinJoint, "weld": osim.WeldJoint}[row.kind](*where)
    model.addJoint(joint)
    # A custom joint has its coordinates only once it is part of a model; they come in the order of the axes.
    for index, coordinate in enumerate(tables.coordinates_of(row.joint)):
        item = joint.upd_coordinates(index)
        item.setName(coordinate.coordinate)
        item.setDefaultValue(coordinate.default_value)
        item.setRangeMin(coordinate.range_min)
        item.setRangeMax(coordinate.range_max)
        # Bounds are the solver's business: a clamped coordinate would silently move a pose that lies outside.
        item.setDefaultClamped(False)


def _spatial_transform(tables: WalkerTables, axes: Mapping[str, TransformAxis]) -> osim.SpatialTransform:
    transform = osim.SpatialTransform()
    for index, name in enumerate(AXES):
        row, axis = axes[name], transform.updTransformAxis(index)
        if row.coordinate:
            axis.append_coordinates(row.coordinate)
        axis.setAxis(_vec3(row.direction))
        # set_function copies; setFunction takes ownership of an object that Python owns, and crashes later.
        axis.set_function(axis_function(tables, row))
    return transform


def axis_function(tables: WalkerTables, row: TransformAxis) -> osim.Function:
    """The displacement of a transform axis as an OpenSim function of its coordinate."""
    if row.spline:
        spline = osim.SimmSpline()
        for knot in (s for s in tables.splines if s.spline == row.spline):
            spline.addPoint(knot.x, knot.y)
        if row.scale == 1.0:
            return spline
        # OpenSim prints knots with six digits: scaled ones would come back from the file as another spline.
        scaled = osim.MultiplierFunction()
        scaled.setScale(row.scale)
        spline._markAdopted()  # the multiplier owns it from now on
        scaled.setFunction(spline)
        return scaled
    coefficients = [row.scale * c for c in row.polynomial]
    if not row.coordinate:
        return osim.Constant(coefficients[0])
    return _polynomial(coefficients)


def _polynomial(coefficients: Sequence[float]) -> osim.Function:
    """Polynomial with ascending coefficients."""
    if len(coefficients) == 2:
        return osim.LinearFunction(coefficients[1], coefficients[0])
    return osim.PolynomialFunction(osim.Vector(coefficients[::-1]))


def _add_couplers(model: osim.Model, tables: WalkerTables) -> None:
    for row in tables.coordinates:
        if row.role != DEPENDENT:
            continue
        coupler = osim.CoordinateCouplerConstraint()
        coupler.setName(f"{row.joint}_{row.follows}_coupler")
        names = osim.ArrayStr()
        names.append(row.follows)
        coupler.setIndependentCoordinateNames(names)
        coupler.setDependentCoordinateName(row.coordinate)
        coupler.setFunction(_polynomial(row.coupling))
        model.addConstraint(coupler)


def _add_muscle(
    model: osim.Model, tables: WalkerTables, row: Muscle, force_factor: float, geometry: ForeignGeometry | None
) -> None:
    muscle = osim.DeGrooteFregly2016Muscle()
    muscle.setName(row.muscle)
    muscle.set_max_isometric_force(row.max_isometric_force_n * force_factor)
    muscle.set_optimal_fiber_length(row.optimal_fiber_length_m)
    muscle.set_tendon_slack_length(row.tendon_slack_length_m)
    muscle.set_pennation_angle_at_optimal(row.pennation_angle_rad)
    muscle.set_max_contraction_velocity(row.max_contraction_velocity_per_s)
    muscle.set_passive_fiber_strain_at_one_norm_force(row.passive_fiber_strain)
    muscle.set_tendon_strain_at_one_norm_force(row.tendon_strain)
    muscle.set_ignore_tendon_compliance(True)
    muscle.set_ignore_passive_fiber_force(False)
    muscle.set_active_force_width_scale(ACTIVE_FORCE_WIDTH_SCALE.value)
    muscle.set_fiber_damping(FIBER_DAMPING.value)
    muscle.set_activation_time_constant(ACTIVATION_TIME_CONSTANT.value)
    muscle.set_deactivation_time_constant(DEACTIVATION_TIME_CONSTANT.value)
    muscle.set_default_activation(DEFAULT_ACTIVATION.value)
    if geometry:
        muscle.set_path(geometry.paths[row.muscle])
    else:
        _add_path(model, tables, row, muscle)
    model.addForce(muscle)


def _add_path(model: osim.Model, tables: WalkerTables, row: Muscle, muscle: osim.Muscle) -> None:
    points = [p for p in tables.path_points if p.muscle == row.muscle]
    for index, point in enumerate(points, start=1):
        muscle.addNewPathPoint(f"{row.muscle}-P{index}", _frame(model, point.body), _vec3(point.location_m))
    path = osim.GeometryPath.safeDownCast(muscle.updPath())
    cylinders = {c.cylinder: c.body for c in tables.wrap_cylinders}
    for index, wrap in enumerate(w for w in tables.path_wraps if w.muscle == row.muscle):
        path.addPathWrap(_frame(model, cylinders[wrap.cylinder]).getWrapObject(wrap.cylinder))
        path_wrap = path.updWrapSet().get(index)
        path_wrap.set_method(wrap.method)
        path_wrap.set_range(0, wrap.first_point)
        path_wrap.set_range(1, wrap.last_point)


def _add_contact(model: osim.Model, spheres: tuple[ContactSphere, ...]) -> None:
    # The half-space fills the negative x side of its frame: turned about z, it lies below y = 0.
    right_angle = 1.5707963267948966
    floor = osim.ContactHalfSpace(osim.Vec3(0), osim.Vec3(0, 0, -right_angle), model.getGround(), FLOOR)
    model.addContactGeometry(floor)
    for row in spheres:
        sphere = osim.ContactSphere(row.radius_m, _vec3(row.center_m), _frame(model, row.body), row.sphere)
        model.addContactGeometry(sphere)
        force = osim.SmoothSphereHalfSpaceForce(f"contact_{row.sphere}", sphere, floor)
        force.set_stiffness(row.stiffness_pa)
        force.set_dissipation(row.dissipation_s_m)
        force.set_static_friction(row.static_friction)
        force.set_dynamic_friction(row.dynamic_friction)
        force.set_viscous_friction(row.viscous_friction_s_m)
        force.set_transition_velocity(row.transition_velocity_m_s)
        force.set_hertz_smoothing(row.hertz_smoothing)
        force.set_hunt_crossley_smoothing(row.hunt_crossley_smoothing)
        model.addForce(force)


def passive_torque_expression(row: PassiveTorque) -> str:
    """The passive torque in the syntax of OpenSim's ExpressionBasedCoordinateForce (no blanks, no unary signs)."""
    terms = [
        f"({torque!r})*exp(({slope!r})*(q-({offset!r})))"
        for torque, slope, offset in (
            (row.torque_1_nm, row.slope_1_per_rad, row.offset_1_rad),
            (row.torque_2_nm, row.slope_2_per_rad, row.offset_2_rad),
        )
        if torque
    ]
    terms += [
        f"({-factor!r})*{variable}"
        for factor, variable in ((row.stiffness_nm_rad, "q"), (row.damping_nms_rad, "qdot"))
        if factor
    ]
    return "+".join(terms)


def _add_passive_torque(model: osim.Model, row: PassiveTorque) -> None:
    force = osim.ExpressionBasedCoordinateForce(row.coordinate, passive_torque_expression(row))
    force.setName(f"passive_{row.coordinate}")
    model.addForce(force)


def _add_actuator(model: osim.Model, coordinate: str, optimal_force_nm: float) -> None:
    actuator = osim.CoordinateActuator(coordinate)
    actuator.setName(coordinate)
    actuator.setOptimalForce(optimal_force_nm)
    actuator.setMinControl(-1.0)
    actuator.setMaxControl(1.0)
    model.addForce(actuator)
