"""Everything that happens at one instant: equations of motion, cost, and their exact derivatives.

The variables of an instant are ``z = [value, speed, acceleration / 20, activation, actuator control]`` of the free
coordinates, so that all nonlinear terms of the problem stay inside one instant and the collocation equations between
instants stay linear (see ``transcription``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import casadi as ca
import numpy as np

from gluteweak.plant import FloatArray, IntArray, Plant
from gluteweak.walking import band, contact, muscle
from gluteweak.walking.rigid_body import (
    CARRIED_SIZES,
    Tree,
    Wrench,
    carried_bodies,
    carried_wrench,
)

SX = Any

#: Accelerations are divided by this inside ``z``, generalised forces inside the equations of motion.
ACCELERATION_SCALE = 20.0
FORCE_SCALE = 100.0

SIDES = ("r", "l")

#: Deviations that count as one unit in the cost.
ACTIVATION_UNIT = 0.05
#: Ground reaction, by axis (forward, up, right). In body weights the sideways force is a tenth of the vertical one and
#: acts on the hip with a leg's length: with one unit for all axes it went its own way, and the abductors with it.
GROUND_REACTION_UNIT_BW = (0.02, 0.025, 0.01)
#: Moment of a foot's ground reaction about a joint of its leg, by axis, in body weights times metres: by how much the
#: ground reaction may pass the joint elsewhere (x: sideways, z: forward), and its twist (y).
GROUND_MOMENT_UNIT_BW_M = (0.004, 0.02, 0.01)
FOOT_PLACEMENT_UNIT_M = 0.01
#: Tangent of the trunk's inclination: one degree.
TRUNK_LEAN_UNIT = float(np.tan(np.radians(1.0)))

#: Body whose inclination is the trunk lean; a model without it has none.
TRUNK = "torso"

#: Weights of the cost terms; all but the friction sharpness multiply a dimensionless mean. The activation rate spans
#: instants: ``problem`` adds its term.
WEIGHTS = (
    "effort",
    "actuator",
    "acceleration",
    "motor_habit",
    "foot_placement",
    "ground_reaction",
    "ground_moment",
    "activation_rate",
    "friction_sharpness",
    "trunk_lean",
)


@dataclass(frozen=True)
class PointLayout:
    """Where each quantity sits in the variables ``z`` and the parameters ``p`` of an instant."""

    plant: Plant

    @cached_property
    def free(self) -> IntArray:
        """Plant indices of the free coordinates."""
        return np.array([self.plant.coordinate.index(n) for n in self.plant.free_coordinates])

    @cached_property
    def n_free(self) -> int:
        """Number of free coordinates."""
        return len(self.free)

    @cached_property
    def n_muscles(self) -> int:
        """Number of muscles."""
        return len(self.plant.muscle)

    @cached_property
    def variables(self) -> dict[str, slice]:
        """Slices of ``z``."""
        nq, nm, na = self.n_free, self.n_muscles, len(self.plant.actuator)
        return _slices({"value": nq, "speed": nq, "acceleration": nq, "activation": nm, "control": na})

    @cached_property
    def n_variables(self) -> int:
        """Length of ``z``."""
        return int(self.variables["control"].stop)

    @cached_property
    def parameters(self) -> dict[str, slice]:
        """Slices of ``p``."""
        nq, nm = self.n_free, self.n_muscles
        return _slices(
            {
                "strength": nm,
                "value_reference": nq,
                "value_weight": nq,
                "acceleration_reference": nq,
                "activation_reference": nm,
                "foot_reference": len(SIDES),
                "ground_reaction_reference": 3 * len(SIDES),
                "ground_moment_reference": 3 * len(self.leg_joints),
                "trunk_reference": 1,
                "carried": sum(CARRIED_SIZES) * len(self.carriers),
                "weights": len(WEIGHTS),
            }
        )

    @cached_property
    def n_parameters(self) -> int:
        """Length of ``p``."""
        return int(self.parameters["weights"].stop)

    @cached_property
    def carriers(self) -> dict[str, tuple[str, ...]]:
        """Bodies that carry prescribed segments, and these segments."""
        found: dict[str, list[str]] = {}
        for body, carrier in carried_bodies(self.plant).items():
            found.setdefault(carrier, []).append(body)
        return {carrier: tuple(bodies) for carrier, bodies in found.items()}

    @cached_property
    def leg_joints(self) -> tuple[tuple[int, int], ...]:
        """Side and plant index of the joints between pelvis and foot, both feet: hip, knee and ankle of the adult.

        These are the joints that move freely on the way from the body that hangs from ground to the ones on which all
        contact spheres of a side sit.
        """
        plant = self.plant
        joint_of = {child: j for j, child in enumerate(plant.joint_child_body)}
        moving = {int(j) for j in plant.axis_joint_index[np.isin(plant.axis_coordinate_index, self.free)]}
        found = []
        for side in range(len(SIDES)):
            feet = {body for k, body in enumerate(plant.contact_body) if self.side_of_sphere(k) == side}
            ways = [_way_to_ground(plant, joint_of, body) for body in sorted(feet)]
            common = [j for j in ways[0] if all(j in way for way in ways[1:])] if ways else []
            # The last one hangs the whole walker from ground.
            found += [(side, j) for j in reversed(common[:-1]) if j in moving]
        return tuple(found)

    def side_of_sphere(self, k: int) -> int:
        """0 for a sphere under the right foot, 1 for the left, by OpenSim's name suffix of its body."""
        return SIDES.index(self.plant.contact_body[k].rsplit("_", 1)[-1])


def _slices(sizes: Mapping[str, int]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, size in sizes.items():
        slices[name] = slice(start, start + size)
        start += size
    return slices


def _way_to_ground(plant: Plant, joint_of: Mapping[str, int], body: str) -> list[int]:
    way = []
    while body in joint_of:
        way.append(joint_of[body])
        body = plant.joint_parent_body[way[-1]]
    return way


@dataclass(frozen=True)
class PointExpressions:
    """Symbols and expressions of one instant."""

    layout: PointLayout
    z: SX
    p: SX
    #: (n_free,) what is missing from the equations of motion, divided by FORCE_SCALE.
    residual: SX
    cost: SX
    #: (n_free,) generalised force that the motion takes, contact subtracted: what muscles, actuators, tissue supply.
    joint_force: SX
    tendon_force_n: SX
    contact_force_n: SX
    contact_point_m: SX
    ground_reaction_bw: SX
    foot_m: SX
    ground_moment_bw_m: SX
    leg_joint_m: SX


def build_point(plant: Plant) -> PointExpressions:
    """Expressions of one instant of ``plant``."""
    layout = PointLayout(plant)
    z, p = ca.SX.sym("z", layout.n_variables), ca.SX.sym("p", layout.n_parameters)
    var = {name: z[where] for name, where in layout.variables.items()}
    par = {name: p[where] for name, where in layout.parameters.items()}
    weight = {name: par["weights"][i] for i, name in enumerate(WEIGHTS)}
    value, speed = var["value"], var["speed"]
    acceleration = var["acceleration"] * ACCELERATION_SCALE

    motion = _tree(layout, value, speed, acceleration)
    force, at = _contact_forces(layout, motion, weight["friction_sharpness"])
    joint_force = _joint_forces(layout, motion, par["carried"], force, at)
    supplied, tendon_force = _supplied_forces(layout, var, par["strength"], value, speed)
    residual = (joint_force - supplied) / FORCE_SCALE

    body_weight = plant.mass_kg * plant.gravity_m_s2
    reaction = [ca.SX(3, 1) for _ in SIDES]
    foot = [ca.SX(0.0) for _ in SIDES]
    spheres = [sum(layout.side_of_sphere(k) == s for k in range(len(plant.contact_sphere))) for s in range(len(SIDES))]
    for k in range(len(plant.contact_sphere)):
        side = layout.side_of_sphere(k)
        reaction[side] += force[k] / body_weight
        body = motion.motion[plant.contact_body[k]]
        foot[side] += (body.origin_m + body.rotation @ ca.SX(plant.contact_center_m[k]))[2] / spheres[side]
    ground_reaction, foot_m = ca.vertcat(*reaction), ca.vertcat(*foot)
    ground_moment, leg_joint_m = _moments_about_leg_joints(layout, motion, force, at)

    unit = np.tile(GROUND_REACTION_UNIT_BW, len(SIDES))
    reaction_error = (ground_reaction - par["ground_reaction_reference"]) / unit
    unit = np.tile(GROUND_MOMENT_UNIT_BW_M, len(layout.leg_joints))
    moment_error = (ground_moment - par["ground_moment_reference"]) / unit
    acceleration_error = var["acceleration"] - par["acceleration_reference"]
    habit_error = (var["activation"] - par["activation_reference"]) / ACTIVATION_UNIT
    trunk_error = (trunk_lean(motion) - par["trunk_reference"]) / TRUNK_LEAN_UNIT
    cost = (
        ca.dot(par["value_weight"], (value - par["value_reference"]) ** 2)
        + weight["ground_reaction"] * ca.sumsqr(reaction_error) / reaction_error.numel()
        + weight["ground_moment"] * ca.sumsqr(moment_error) / max(moment_error.numel(), 1)
        + weight["foot_placement"] * ca.sumsqr((foot_m - par["foot_reference"]) / FOOT_PLACEMENT_UNIT_M) / len(SIDES)
        + weight["motor_habit"] * ca.sumsqr(habit_error) / layout.n_muscles
        + weight["effort"] * ca.sumsqr(var["activation"]) / layout.n_muscles
        + weight["actuator"] * ca.sumsqr(var["control"]) / max(len(plant.actuator), 1)
        + weight["acceleration"] * ca.sumsqr(acceleration_error) / layout.n_free
        + weight["trunk_lean"] * trunk_error**2
    )
    return PointExpressions(
        layout,
        z,
        p,
        residual,
        cost,
        joint_force,
        tendon_force,
        ca.horzcat(*force).T,
        ca.horzcat(*at).T,
        ground_reaction,
        foot_m,
        ground_moment,
        leg_joint_m,
    )


def trunk_lean(tree: Tree) -> SX:
    """Tangent of the trunk's inclination in the frontal plane of ground, to the right positive; 0 without a trunk."""
    if TRUNK not in tree.motion:
        return ca.SX(0.0)
    upward = tree.motion[TRUNK].rotation[:, 1]
    return upward[2] / upward[1]


def _tree(layout: PointLayout, value: SX, speed: SX, acceleration: SX) -> Tree:
    """Motion of all bodies but those that are carried along prescribed motions."""
    plant = layout.plant
    slot = {int(i): n for n, i in enumerate(layout.free)}
    zero = ca.SX(0.0)

    def spread(vector: SX) -> list[SX]:
        return [vector[slot[i]] if i in slot else zero for i in range(len(plant.coordinate))]

    carried = carried_bodies(plant)
    bodies = [b for b in plant.body if b not in carried]
    return Tree(plant, spread(value), spread(speed), spread(acceleration), bodies=bodies)


def _contact_forces(layout: PointLayout, tree: Tree, friction_sharpness: SX) -> tuple[list[SX], list[SX]]:
    """Force of the ground on each sphere and its point of application, both in ground axes."""
    plant = layout.plant
    forces, points = [], []
    for k in range(len(plant.contact_sphere)):
        body = tree.motion[plant.contact_body[k]]
        center = ca.SX(plant.contact_center_m[k])
        radius = plant.contact_radius_m[k]
        center_m = body.origin_m + body.rotation @ center
        indentation = radius - center_m[1]
        # OpenSim applies the force half-way between the sphere's lowest point and the plane.
        down = ca.vertcat(0, -(radius - indentation / 2), 0)
        spin = body.rotation @ body.angular_velocity
        velocity = body.rotation @ (body.velocity + ca.cross(body.angular_velocity, center)) + ca.cross(spin, down)
        forces.append(contact.sphere_force_n(plant, k, indentation, velocity, friction_sharpness))
        points.append(center_m + down)
    return forces, points


def _moments_about_leg_joints(layout: PointLayout, tree: Tree, force: list[SX], at: list[SX]) -> tuple[SX, SX]:
    """Moments of the ground reactions about the joints of their legs, in body weights times metres, and these joints.

    Both are joint after joint (``PointLayout.leg_joints``), three ground axes each.
    """
    plant = layout.plant
    body_weight = plant.mass_kg * plant.gravity_m_s2
    moments, joints = [], []
    for side, j in layout.leg_joints:
        body = tree.motion[plant.joint_child_body[j]]
        center = body.origin_m + body.rotation @ ca.sparsify(ca.SX(plant.joint_child_translation_m[j]))
        moment = ca.SX(3, 1)
        for k in range(len(plant.contact_sphere)):
            if layout.side_of_sphere(k) == side:
                moment += ca.cross(at[k] - center, force[k]) / body_weight
        moments.append(moment)
        joints.append(center)
    return ca.vertcat(*moments), ca.vertcat(*joints)


def _joint_forces(layout: PointLayout, tree: Tree, carried: SX, force: list[SX], at: list[SX]) -> SX:
    plant = layout.plant
    wrenches: dict[str, Wrench] = {b: tree.inertial_wrench(b) for b in plant.body if b in tree.motion}
    n = sum(CARRIED_SIZES)
    for i, (carrier, segments) in enumerate(layout.carriers.items()):
        mass = float(sum(plant.body_mass_kg[plant.body.index(b)] for b in segments))
        f, m = carried_wrench(tree.motion[carrier], mass, carried[n * i : n * (i + 1)])
        wrenches[carrier] = (wrenches[carrier][0] + f, wrenches[carrier][1] + m)
    for k, name in enumerate(plant.contact_body):
        body = tree.motion[name]
        local = body.rotation.T @ force[k]
        arm = body.rotation.T @ (at[k] - body.origin_m)
        wrenches[name] = (wrenches[name][0] - local, wrenches[name][1] - ca.cross(arm, local))
    tau = tree.generalised_forces(wrenches)
    return ca.vertcat(*[tau[int(i)] for i in layout.free])


def _supplied_forces(layout: PointLayout, var: Mapping[str, SX], strength: SX, value: SX, speed: SX) -> tuple[SX, SX]:
    """Generalised forces of muscles, passive tissue and actuators, and the muscles' tendon forces."""
    plant = layout.plant
    n_all = len(plant.coordinate)
    slot = {int(i): n for n, i in enumerate(layout.free)}
    all_values = [value[slot[i]] if i in slot else ca.SX(0.0) for i in range(n_all)]
    supplied = [ca.SX(0.0) for _ in range(layout.n_free)]
    tendon = []
    for k, name in enumerate(plant.muscle):
        path = plant.path_length[name]
        crossed = [slot[int(i)] for i in path.polynomial_coordinate_index]
        length = muscle.path_length_m(path, all_values)
        slope = ca.jacobian(length, ca.vertcat(*[value[i] for i in crossed]))
        rate = ca.dot(slope.T, ca.vertcat(*[speed[i] for i in crossed]))
        tension = muscle.tendon_force_n(plant, k, length, rate, var["activation"][k], strength[k])
        tendon.append(tension)
        beside = [b for b, along in enumerate(plant.band_muscle) if along == name]
        pull = tension + sum(
            band.tension_n(length, plant.band_slack_length_m[b], plant.band_stiffness_n[b], plant.band_toe_strain[b])
            for b in beside
        )
        for n, i in enumerate(crossed):
            supplied[i] -= slope[n] * pull
    for n, i in enumerate(layout.free):
        for bound in range(2):
            torque = plant.passive_exponential_torque_nm[i, bound]
            if torque:
                offset = plant.passive_exponential_offset_rad[i, bound]
                supplied[n] += torque * ca.exp(plant.passive_exponential_slope[i, bound] * (value[n] - offset))
        supplied[n] -= plant.passive_stiffness_nm_rad[i] * value[n] + plant.passive_damping_nms_rad[i] * speed[n]
    for a, name in enumerate(plant.actuator):
        n = plant.free_coordinates.index(name)
        supplied[n] += plant.actuator_optimal_force_nm[a] * var["control"][a]
    return ca.vertcat(*supplied), ca.vertcat(*tendon)


def point_functions(point: PointExpressions) -> dict[str, Any]:
    """CasADi functions of one instant, with exact first and second derivatives.

    ``residual`` (z, p) -> r; ``jacobian`` (z, p) -> r, dr/dz; ``cost`` (z, p) -> c; ``gradient`` (z, p) -> c, dc/dz;
    ``hessian`` (z, p, lambda, sigma) -> upper half of d2(sigma c + lambda r)/dz2; ``report`` (z, p) -> tendon forces,
    contact forces, contact points, ground reaction in body weights, foot positions (z), joint forces, moments
    of the ground reactions about the joints of the leg, these joints.
    """
    z, p = point.z, point.p
    multiplier, sigma = ca.SX.sym("lambda", point.residual.numel()), ca.SX.sym("sigma")
    lagrangian = sigma * point.cost + ca.dot(multiplier, point.residual)
    hessian = ca.triu(ca.hessian(lagrangian, z)[0])
    options = {"cse": True}
    report = [
        point.tendon_force_n,
        point.contact_force_n,
        point.contact_point_m,
        point.ground_reaction_bw,
        point.foot_m,
        point.joint_force,
        point.ground_moment_bw_m,
        point.leg_joint_m,
    ]
    return {
        "residual": ca.Function("residual", [z, p], [point.residual], options),
        "jacobian": ca.Function("jacobian", [z, p], [point.residual, ca.jacobian(point.residual, z)], options),
        "cost": ca.Function("cost", [z, p], [point.cost], options),
        "gradient": ca.Function("gradient", [z, p], [point.cost, ca.gradient(point.cost, z)], options),
        "hessian": ca.Function("hessian", [z, p, multiplier, sigma], [hessian], options),
        "report": ca.Function("report", [z, p], report, options),
    }


def weight_vector(weights: Mapping[str, float]) -> FloatArray:
    """Weights in the order of WEIGHTS; those not named are zero.

    Raises
    ------
    KeyError
        If a weight is unknown.
    """
    unknown = set(weights) - set(WEIGHTS)
    if unknown:
        raise KeyError(f"unknown weights {sorted(unknown)}; known are {WEIGHTS}")
    return np.array([weights.get(name, 0.0) for name in WEIGHTS])
