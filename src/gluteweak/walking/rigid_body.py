"""Recursive Newton-Euler dynamics of a plant as CasADi expressions.

Notation follows Featherstone, Rigid Body Dynamics Algorithms (2008), chapter 5, with three-vectors instead of spatial
ones: every quantity of a body is written in the body's own axes, apart from its pose in ground. Gravity is an upward
acceleration of the ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import casadi as ca
import numpy as np

from gluteweak.plant import FloatArray, Plant

SX = Any  # casadi ships no type information

#: Force and moment about the body's origin, in body axes.
Wrench = tuple[SX, SX]


@dataclass(frozen=True)
class BodyMotion:
    """Pose in ground, and velocities and accelerations in the body's own axes (acceleration includes gravity)."""

    rotation: SX
    origin_m: SX
    angular_velocity: SX
    velocity: SX
    angular_acceleration: SX
    acceleration: SX


@dataclass(frozen=True)
class _Step:
    """One elementary motion on the way from a parent body to its child; ``slope`` is d(displacement)/d(coordinate)."""

    is_rotation: bool
    rotation: SX
    offset: SX
    direction: FloatArray | None = None
    coordinate: int = -1
    slope: SX = 0.0


GROUND = "ground"


def _rotation(direction: FloatArray, angle: SX) -> SX:
    """Rotation matrix about a unit ``direction`` (Rodrigues), written out without products by zero."""
    k = np.asarray(direction)
    cosine, sine = ca.cos(angle), ca.sin(angle)
    skew = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return ca.SX(np.outer(k, k)) + cosine * ca.SX(np.eye(3) - np.outer(k, k)) + sine * ca.SX(skew)


def polynomial(coefficients: FloatArray, x: SX) -> tuple[SX, SX, SX]:
    """Value, first and second derivative of a polynomial with ascending ``coefficients``."""
    value, first, second = 0.0, 0.0, 0.0
    for c in reversed(np.trim_zeros(np.asarray(coefficients, float), "b")):
        second = second * x + 2 * first
        first = first * x + value
        value = value * x + c
    return value, first, second


def _displaced(motion: BodyMotion, offset: SX) -> BodyMotion:
    """The same body seen from a point fixed in it."""
    w = motion.angular_velocity
    return BodyMotion(
        motion.rotation,
        motion.origin_m + motion.rotation @ offset,
        w,
        motion.velocity + ca.cross(w, offset),
        motion.angular_acceleration,
        motion.acceleration + ca.cross(motion.angular_acceleration, offset) + ca.cross(w, ca.cross(w, offset)),
    )


def _turned(motion: BodyMotion, rotation: SX) -> BodyMotion:
    """The same motion in axes turned by ``rotation`` (columns: new axes in old ones)."""
    back = rotation.T
    return BodyMotion(
        motion.rotation @ rotation,
        motion.origin_m,
        back @ motion.angular_velocity,
        back @ motion.velocity,
        back @ motion.angular_acceleration,
        back @ motion.acceleration,
    )


def carried_bodies(plant: Plant) -> dict[str, str]:
    """Bodies that only prescribed coordinates (or none) move, and the freely moving body that carries each."""
    carrier: dict[str, str] = {}
    for j in ordered_joints(plant):
        driving = plant.axis_coordinate_index[plant.axis_joint_index == j]
        prescribed = any(i >= 0 and plant.coordinate[i] in plant.prescribed_coordinates for i in driving)
        parent, child = plant.joint_parent_body[j], plant.joint_child_body[j]
        if prescribed or parent in carrier:
            carrier[child] = carrier.get(parent, parent)
    return carrier


def ordered_joints(plant: Plant) -> list[int]:
    """Joint indices with every parent before its children."""
    reached, order, waiting = {GROUND}, [], list(range(len(plant.joint)))
    while waiting:
        ready = [j for j in waiting if plant.joint_parent_body[j] in reached]
        if not ready:
            raise ValueError(f"joints not connected to ground: {[plant.joint[j] for j in waiting]}")
        for j in ready:
            reached.add(plant.joint_child_body[j])
        order += ready
        waiting = [j for j in waiting if j not in ready]
    return order


class Tree:
    """Forward pass over (part of) the plant's tree and the backward pass that belongs to it."""

    def __init__(
        self,
        plant: Plant,
        value: Sequence[SX],
        speed: Sequence[SX],
        acceleration: Sequence[SX],
        *,
        root: str = GROUND,
        bodies: Sequence[str] | None = None,
    ) -> None:
        """Move ``bodies`` (default: all) hanging from ``root`` (at rest, its gravity up if it is the ground)."""
        self.plant = plant
        gravity = plant.gravity_m_s2 if root == GROUND else 0.0
        zero = ca.SX(3, 1)
        self.motion = {root: BodyMotion(ca.SX.eye(3), zero, zero, zero, zero, ca.SX([0, gravity, 0]))}
        self._steps: dict[str, tuple[str, list[_Step]]] = {}
        self._order: list[str] = []
        wanted = set(plant.body if bodies is None else bodies)
        for j in ordered_joints(plant):
            child = plant.joint_child_body[j]
            if child in wanted:
                self._add_joint(j, value, speed, acceleration)
                self._order.append(child)

    def _add_joint(self, j: int, value: Sequence[SX], speed: Sequence[SX], acceleration: Sequence[SX]) -> None:
        plant = self.plant
        parent = plant.joint_parent_body[j]
        motion, steps = self.motion[parent], []

        def fixed(rotation: FloatArray, offset: FloatArray) -> None:
            nonlocal motion
            turn, shift = ca.sparsify(ca.SX(rotation)), ca.sparsify(ca.SX(offset))
            motion = _turned(_displaced(motion, shift), turn)
            steps.append(_Step(True, turn, shift))

        fixed(plant.joint_parent_rotation[j], plant.joint_parent_translation_m[j])
        for k in np.flatnonzero(plant.axis_joint_index == j):
            i = int(plant.axis_coordinate_index[k])
            direction = plant.axis_direction[k]
            axis = ca.sparsify(ca.SX(direction))
            if i < 0:
                x, rate, rate_change, slope = float(plant.axis_polynomial[k][0]), 0.0, 0.0, 0.0
            else:
                x, slope, curvature = polynomial(plant.axis_polynomial[k], value[i])
                rate = slope * speed[i]
                rate_change = slope * acceleration[i] + curvature * speed[i] ** 2
            if plant.axis_is_rotation[k]:
                turn = _rotation(direction, x)
                motion = _turned(motion, turn)
                w = motion.angular_velocity
                motion = BodyMotion(
                    motion.rotation,
                    motion.origin_m,
                    w + axis * rate,
                    motion.velocity,
                    motion.angular_acceleration + axis * rate_change + ca.cross(w, axis * rate),
                    motion.acceleration,
                )
                steps.append(_Step(True, turn, ca.SX(3, 1), direction, i, slope))
            else:
                shift = axis * x
                w = motion.angular_velocity
                motion = _displaced(motion, shift)
                motion = BodyMotion(
                    motion.rotation,
                    motion.origin_m,
                    w,
                    motion.velocity + axis * rate,
                    motion.angular_acceleration,
                    motion.acceleration + 2 * ca.cross(w, axis * rate) + axis * rate_change,
                )
                steps.append(_Step(False, ca.SX.eye(3), shift, direction, i, slope))
        back = plant.joint_child_rotation[j].T
        fixed(back, -back @ plant.joint_child_translation_m[j])
        child = plant.joint_child_body[j]
        self.motion[child] = motion
        self._steps[child] = (parent, steps)

    def inertial_wrench(self, body: str) -> Wrench:
        """Force and moment about the body's origin that its motion takes (gravity included)."""
        plant, motion = self.plant, self.motion[body]
        b = plant.body.index(body)
        center = ca.sparsify(ca.SX(plant.body_mass_center_m[b]))
        inertia = ca.sparsify(ca.SX(plant.body_inertia_kg_m2[b]))
        w = motion.angular_velocity
        force = plant.body_mass_kg[b] * _displaced(motion, center).acceleration
        moment = inertia @ motion.angular_acceleration + ca.cross(w, inertia @ w) + ca.cross(center, force)
        return force, moment

    def generalised_forces(self, wrenches: Mapping[str, Wrench]) -> dict[int, SX]:
        """Project the wrenches (about body origins, body axes) on the coordinates, from the leaves to the root."""
        total = dict(wrenches)
        tau: dict[int, SX] = {}
        for body in reversed(self._order):
            if body not in total:
                continue
            parent, steps = self._steps[body]
            force, moment = total[body]
            for step in reversed(steps):
                if step.direction is not None and step.coordinate >= 0:
                    axis = ca.sparsify(ca.SX(step.direction))
                    work = ca.dot(axis, moment if step.is_rotation else force)
                    tau[step.coordinate] = tau.get(step.coordinate, 0.0) + step.slope * work
                force = step.rotation @ force
                moment = step.rotation @ moment + ca.cross(step.offset, force)
            if parent in self.motion and parent != GROUND:
                old_force, old_moment = total.get(parent, (0.0, 0.0))
                total[parent] = (old_force + force, old_moment + moment)
        return tau


#: Sizes of the parameters that describe segments carried along a prescribed motion, in order.
CARRIED_SIZES = (3, 3, 3, 9, 9, 3)
#: Power of the speed of the prescribed motion that each of them grows with.
CARRIED_ORDERS = (0, 1, 2, 0, 1, 2)


def carried_parameters(plant: Plant, carrier: str, bodies: Sequence[str]) -> Callable[..., FloatArray]:
    """How prescribed segments load the body that carries them, as a function of their coordinates.

    For a mass particle at ``r`` (relative velocity ``r'``, relative acceleration ``r''``, all in the axes of the
    carrier) the acceleration is ``a + alpha x r + w x (w x r) + 2 w x r' + r''``. Summed over the segments, force and
    moment about the carrier's origin are linear in its acceleration and quadratic in its angular velocity, with six
    coefficients that depend on time only: sum m r, sum m r', sum m r'', inertia, gyroscopic matrix, constant moment.

    Returns
    -------
    function (value, speed, acceleration) of all plant coordinates -> (30,) coefficients in the order of CARRIED_SIZES.
    """
    n = len(plant.coordinate)
    q, qd, qdd = ca.SX.sym("q", n), ca.SX.sym("qd", n), ca.SX.sym("qdd", n)
    tree = Tree(plant, ca.vertsplit(q), ca.vertsplit(qd), ca.vertsplit(qdd), root=carrier, bodies=bodies)
    s, s1, s2, constant = ca.SX(3, 1), ca.SX(3, 1), ca.SX(3, 1), ca.SX(3, 1)
    inertia, gyroscopic = ca.SX(3, 3), ca.SX(3, 3)
    for body in bodies:
        b = plant.body.index(body)
        mass, motion = plant.body_mass_kg[b], tree.motion[body]
        at_center = _displaced(motion, ca.SX(plant.body_mass_center_m[b]))
        rotation = motion.rotation
        r, r1, r2 = at_center.origin_m, rotation @ at_center.velocity, rotation @ at_center.acceleration
        w, e = rotation @ motion.angular_velocity, rotation @ motion.angular_acceleration
        own = rotation @ ca.SX(plant.body_inertia_kg_m2[b]) @ rotation.T
        s, s1, s2 = s + mass * r, s1 + mass * r1, s2 + mass * r2
        inertia += own + mass * (ca.dot(r, r) * ca.SX.eye(3) - r @ r.T)
        gyroscopic += 2 * mass * (ca.dot(r, r1) * ca.SX.eye(3) - r1 @ r.T)
        gyroscopic += ca.skew(w) @ own - own @ ca.skew(w) - ca.skew(own @ w)
        constant += mass * ca.cross(r, r2) + own @ e + ca.cross(w, own @ w)
    out = ca.vertcat(s, s1, s2, ca.vec(inertia), ca.vec(gyroscopic), constant)
    function = ca.Function("carried", [q, qd, qdd], [out])
    return lambda value, speed, acceleration: np.array(function(value, speed, acceleration)).ravel()


def carried_wrench(motion: BodyMotion, mass: float, parameters: SX) -> Wrench:
    """Force and moment about the carrier's origin that the carried segments take (see ``carried_parameters``)."""
    edges = np.cumsum((0, *CARRIED_SIZES))
    s, s1, s2, inertia, gyroscopic, constant = (parameters[a:b] for a, b in pairwise(edges))
    inertia, gyroscopic = ca.reshape(inertia, 3, 3), ca.reshape(gyroscopic, 3, 3)
    w, alpha, a = motion.angular_velocity, motion.angular_acceleration, motion.acceleration
    force = mass * a + ca.cross(alpha, s) + ca.cross(w, ca.cross(w, s)) + 2 * ca.cross(w, s1) + s2
    moment = ca.cross(s, a) + inertia @ alpha + ca.cross(w, inertia @ w) + gyroscopic @ w + constant
    return force, moment
