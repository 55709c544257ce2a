"""A trunk on one leg as an OpenSim model and as a plant, so that certificates can be tested in a second.

Planar root, hip, knee, a kneecap tied to the knee by a curved coupler, a prescribed arm, three muscles, two contact
spheres. Numbers are invented. Forward dynamics with OpenSim, which the certificate does not use, is the oracle: in a
state that OpenSim itself accelerates nothing can be missing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields

import numpy as np
import opensim as osim
from scipy import optimize

from gluteweak.opensim_model.function_paths import replace_muscle_paths
from gluteweak.plant import Plant, Polynomial, write_plant
from gluteweak.storage import write_file
from gluteweak.variables import VARIABLES

COORDINATES = ("pelvis_tilt", "pelvis_tx", "pelvis_ty", "hip_flexion_r", "knee_angle_r", "arm_flex_r")
MUSCLES = ("glut_r", "rect_r", "vasti_r")
ACTUATORS = ("hip_flexion_r",)
SPHERES = ("heel_r", "toe_r")
GRAVITY = 9.80665
OPTIMAL_TORQUE = 50.0
MAX_FORCE = {"glut_r": 1500.0, "rect_r": 900.0, "vasti_r": 2500.0}
OPTIMAL_LENGTH, SLACK_LENGTH, PENNATION, MAX_VELOCITY = (
    0.1,
    {"glut_r": 0.03, "rect_r": 0.43, "vasti_r": 0.17},
    0.1,
    10.0,
)
#: Kneecap angle = 0.7 q + 0.5 q^2 with the knee angle q.
COUPLER = (0.5, 0.7, 0.0)
#: Length of rect_r in the plant: 0.5 + 0.03 hip - 0.04 knee + 0.01 hip knee^2 (not its geometry, and sparse).
RECT = ([3, 4], [[0, 0], [1, 0], [0, 1], [1, 2]], [0.5, 0.03, -0.04, 0.01])
ARM_ANGLE = 0.3


def build_model():
    """The leg as an OpenSim model."""
    osim.Logger.removeFileSink()
    osim.Logger.setLevelString("Error")
    model = osim.Model()
    model.setName("standing_leg")
    model.set_gravity(osim.Vec3(0, -GRAVITY, 0))
    body = {}
    for name, mass, center in (
        ("pelvis", 30.0, (0, 0.25, 0)),
        ("femur_r", 8.0, (0, -0.17, 0)),
        ("tibia_r", 4.0, (0, -0.18, 0)),
        ("patella_r", 0.3, (0.05, 0, 0)),
        ("arm_r", 3.0, (0, -0.3, 0)),
    ):
        body[name] = osim.Body(
            name, mass, osim.Vec3(*center), osim.Inertia(0.02 * mass, 0.01 * mass, 0.02 * mass, 0, 0, 0)
        )
        model.addBody(body[name])
    root = osim.PlanarJoint("ground_pelvis", model.getGround(), body["pelvis"])
    model.addJoint(root)
    for i, name in enumerate(COORDINATES[:3]):
        root.upd_coordinates(i).setName(name)
    for joint, parent, place, child, name in (
        ("hip_r", "pelvis", (0, 0, 0), "femur_r", "hip_flexion_r"),
        ("knee_r", "femur_r", (0, -0.4, 0), "tibia_r", "knee_angle_r"),
        ("patellofemoral_r", "femur_r", (0.03, -0.4, 0), "patella_r", "knee_angle_r_beta"),
        ("acromial_r", "pelvis", (0, 0.5, 0), "arm_r", "arm_flex_r"),
    ):
        zero = osim.Vec3(0)
        pin = osim.PinJoint(joint, body[parent], osim.Vec3(*place), zero, body[child], zero, zero)
        model.addJoint(pin)
        pin.upd_coordinates(0).setName(name)
    coupler = osim.CoordinateCouplerConstraint()
    coupler.setName("kneecap")
    names = osim.ArrayStr()
    names.append("knee_angle_r")
    coupler.setIndependentCoordinateNames(names)
    coupler.setDependentCoordinateName("knee_angle_r_beta")
    coupler.setFunction(osim.PolynomialFunction(osim.Vector(list(COUPLER))))
    model.addConstraint(coupler)
    for name, points in (
        ("glut_r", (("pelvis", (-0.06, 0.05, 0)), ("femur_r", (-0.05, -0.07, 0)))),
        ("rect_r", (("pelvis", (0.05, 0.02, 0)), ("tibia_r", (0.05, -0.05, 0)))),
        ("vasti_r", (("femur_r", (0.05, -0.2, 0)), ("tibia_r", (0.05, -0.05, 0)))),
    ):
        muscle = osim.DeGrooteFregly2016Muscle()
        muscle.setName(name)
        muscle.set_max_isometric_force(MAX_FORCE[name])
        muscle.set_optimal_fiber_length(OPTIMAL_LENGTH)
        muscle.set_tendon_slack_length(SLACK_LENGTH[name])
        muscle.set_pennation_angle_at_optimal(PENNATION)
        muscle.set_max_contraction_velocity(MAX_VELOCITY)
        muscle.set_ignore_tendon_compliance(True)
        muscle.set_ignore_passive_fiber_force(True)
        for i, (where, point) in enumerate(points):
            muscle.addNewPathPoint(f"{name}-P{i}", body[where], osim.Vec3(*point))
        model.addForce(muscle)
    floor = osim.ContactHalfSpace(osim.Vec3(0), osim.Vec3(0, 0, -np.pi / 2), model.getGround(), "floor")
    model.addContactGeometry(floor)
    for name, x in (("heel_r", -0.2), ("toe_r", 0.0)):
        sphere = osim.ContactSphere(0.03, osim.Vec3(x, -0.42, 0), body["tibia_r"], name)
        model.addContactGeometry(sphere)
        force = osim.SmoothSphereHalfSpaceForce(f"contact_{name}", sphere, floor)
        force.set_stiffness(1e6)
        model.addForce(force)
    hip = osim.CoordinateActuator("hip_flexion_r")
    hip.setName("hip_flexion_r")
    hip.setOptimalForce(OPTIMAL_TORQUE)
    model.addForce(hip)
    damping = osim.ExpressionBasedCoordinateForce("knee_angle_r", "(-0.5)*qdot+(-2.0)*q")
    damping.setName("passive_knee")
    model.addForce(damping)
    model.finalizeConnections()
    return model


def vasti_length(knee):
    """Length of vasti_r by hand: two points, one hinge."""
    x = 0.05 * np.cos(knee) + 0.05 * np.sin(knee) - 0.05
    y = 0.05 * np.sin(knee) - 0.05 * np.cos(knee) - 0.2
    return np.hypot(x, y)


def vasti_slope(knee):
    """Derivative of ``vasti_length`` by the knee angle, by hand."""
    x = 0.05 * np.cos(knee) + 0.05 * np.sin(knee) - 0.05
    y = 0.05 * np.sin(knee) - 0.05 * np.cos(knee) - 0.2
    return (
        x * (0.05 * np.cos(knee) - 0.05 * np.sin(knee)) + y * (0.05 * np.cos(knee) + 0.05 * np.sin(knee))
    ) / np.hypot(x, y)


def glut_length(hip):
    """Length of glut_r by hand."""
    x = -0.05 * np.cos(hip) + 0.07 * np.sin(hip) + 0.06
    y = -0.05 * np.sin(hip) - 0.07 * np.cos(hip) - 0.05
    return np.hypot(x, y)


def fitted(length, coordinate):
    """One-variable polynomial of degree 8 through a length on [-1.2, 1.2] rad."""
    q = np.linspace(-1.2, 1.2, 200)
    coefficient = np.polynomial.polynomial.polyfit(q, length(q), 8)
    return Polynomial(np.array([coordinate]), np.arange(9)[:, None], coefficient[:, None])


def build_plant(**attributes):
    """The plant; what the certificate does not read is zero."""
    size = {
        "coordinate": 6,
        "muscle": 3,
        "contact_sphere": 2,
        "joint": 5,
        "body": 5,
        "actuator": 1,
        "axis": 3,
        "bound": 2,
        "transform_axis": 7,
        "power": 1,
        "landmark": 0,
        "band": 0,
    }
    arrays = {
        f.name: np.zeros([size[d] for d in VARIABLES[f.name].dims])
        for f in fields(Plant)
        if f.name not in ("path_length", "joint_pull", "joint_pull_moment", "attributes")
    }
    variables, exponents, coefficients = RECT
    return Plant(
        **{
            **arrays,
            "coordinate": COORDINATES,
            "coordinate_role": ("free",) * 5 + ("prescribed",),
            "coordinate_is_rotation": np.array([1, 0, 0, 1, 1, 1]),
            "body": ("pelvis", "femur_r", "tibia_r", "patella_r", "arm_r"),
            "joint": ("ground_pelvis", "hip_r", "knee_r", "patellofemoral_r", "acromial_r"),
            "joint_parent_body": ("ground", "pelvis", "femur_r", "femur_r", "pelvis"),
            "joint_child_body": ("pelvis", "femur_r", "tibia_r", "patella_r", "arm_r"),
            "axis_joint_index": np.array([0, 0, 0, 1, 2, 3, 4]),
            "axis_coordinate_index": np.array([1, 2, 0, 3, 4, 4, 5]),
            "contact_sphere": SPHERES,
            "contact_body": ("tibia_r", "tibia_r"),
            "muscle": MUSCLES,
            "muscle_max_isometric_force_n": np.array([MAX_FORCE[name] for name in MUSCLES]),
            "actuator": ACTUATORS,
            "actuator_optimal_force_nm": np.array([OPTIMAL_TORQUE]),
            "path_length": {
                "glut_r": fitted(glut_length, 3),
                "rect_r": Polynomial(np.array(variables), np.array(exponents), np.array(coefficients)[:, None]),
                "vasti_r": fitted(vasti_length, 4),
            },
            "joint_pull": {},
            "joint_pull_moment": {},
            "attributes": {"gravity_m_s2": GRAVITY, **attributes},
        }
    )


def knee_leads(value, speed):
    """Value and speed of the kneecap coordinate, by hand."""
    knee, rate = value[4], speed[4]
    return 0.7 * knee + 0.5 * knee**2, (0.7 + knee) * rate


def forward(model, state, value, speed, activation, torque):
    """Accelerations of COORDINATES by OpenSim's forward dynamics, coupler enforced; the arm is free unless locked."""
    follower, follower_speed = knee_leads(value, speed)
    coordinates = model.getCoordinateSet()
    names = (*COORDINATES, "knee_angle_r_beta")
    for name, q, v in zip(names, (*value, follower), (*speed, follower_speed), strict=True):
        coordinates.get(name).setValue(state, float(q), False)
        coordinates.get(name).setSpeedValue(state, float(v))
    for name, a in zip(MUSCLES, activation, strict=True):
        model.getMuscles().get(name).setActivation(state, float(a))
    model.realizeVelocity(state)
    controls = osim.Vector(model.getNumControls(), 0.0)
    controls.set(model.getNumControls() - 1, float(torque) / OPTIMAL_TORQUE)
    model.setControls(state, controls)
    model.realizeAcceleration(state)
    return np.array([coordinates.get(name).getAccelerationValue(state) for name in COORDINATES])


def standing(model):
    """A posture in which OpenSim's forward dynamics stands still: value, activation, hip torque."""
    state = model.initSystem()
    model.getCoordinateSet().get("arm_flex_r").setValue(state, ARM_ANGLE, False)
    model.getCoordinateSet().get("arm_flex_r").setLocked(state, True)

    def posture(x):
        lift, tilt, torque, vasti = x
        value = np.array([-0.1 + tilt / 100, 0.0, 0.787 + lift / 100, 0.5, -0.4, ARM_ANGLE])
        return value, np.array([0.1, 0.2, vasti]), 10 * torque

    def falling(x):
        value, activation, torque = posture(x)
        return forward(model, state, value, np.zeros(6), activation, torque)[[0, 2, 3, 4]] / 10

    found = optimize.root(falling, [0.0, 0.0, 0.0, 0.4], tol=1e-12)
    if not np.abs(falling(found.x)).max() < 1e-7:
        raise RuntimeError(f"the test posture does not stand: {found.message}")
    return posture(found.x)


def sha256(path):
    """Checksum of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_case(folder, change=None, attributes=None):
    """Write model.osim, plant.h5 and the standing solution.h5; ``change`` edits the solution's values in place."""
    build_model().printToXML(str(folder / "model.osim"))
    plant = build_plant(model_sha256=sha256(folder / "model.osim"))
    write_plant(folder / "plant.h5", plant)
    model = build_model()
    replace_muscle_paths(model, plant)
    value, activation, torque = standing(model)
    count = 6
    ends = np.repeat([0.0, 0.3, 0.6], 2)
    state = model.initSystem()
    forward(model, state, value, np.zeros(6), activation, torque)
    contact = [osim.SmoothSphereHalfSpaceForce.safeDownCast(model.getForceSet().get(f"contact_{n}")) for n in SPHERES]
    contact_force = np.array([[f.getSphereForce(state).get(1).get(i) for i in range(3)] for f in contact])
    tendon = np.array([model.getMuscles().get(name).getTendonForce(state) for name in MUSCLES])
    values = {
        "coordinate": np.array(COORDINATES, dtype=object),
        "muscle": np.array(MUSCLES, dtype=object),
        "actuator": np.array(ACTUATORS, dtype=object),
        "contact_sphere": np.array(SPHERES, dtype=object),
        "time_s": ends + np.tile([0.1, 0.3], 3),
        "quadrature_weight": np.tile([0.25, 1 / 12], 3),
        "coordinate_value": np.tile(value, (count, 1)),
        "coordinate_speed": np.zeros((count, 6)),
        "coordinate_acceleration": np.zeros((count, 6)),
        "muscle_activation": np.tile(activation, (count, 1)),
        "muscle_activation_rate": np.zeros((count, 3)),
        "muscle_excitation": np.tile(activation, (count, 1)),
        "muscle_tendon_force_n": np.tile(tendon, (count, 1)),
        "actuator_torque_nm": np.full((count, 1), torque),
        "contact_force_n": np.tile(contact_force, (count, 1, 1)),
        "contact_point_m": np.zeros((count, 2, 3)),
        "muscle_strength_fraction": np.ones(3),
    }
    if change:
        change(values)
    facts = {
        "scenario_id": "standing",
        "distance_m": 0.0,
        "converged": 1,
        "iterations": 7,
        "versions": json.dumps({}),
        "plant_sha256": sha256(folder / "plant.h5"),
    }
    write_file(folder / "solution.h5", values, {**facts, **(attributes or {})})
    return plant, values
