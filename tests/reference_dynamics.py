"""Independent oracle for ``gluteweak.loads.dynamics``, written from definitions in plain numpy.

No recursion of velocities or accelerations: positions are carried as Taylor polynomials in time up to t^2 ("jets"), so
that their derivatives are exact, and generalised forces come from virtual work (d'Alembert), not from Newton-Euler.
"""

from __future__ import annotations

import numpy as np


def product(a, b):
    """Product of two matrix or vector jets, shape (3, ...): Cauchy product up to t^2."""
    return np.stack([a[0] @ b[0], a[0] @ b[1] + a[1] @ b[0], a[0] @ b[2] + a[1] @ b[1] + a[2] @ b[0]])


def constant(array):
    """A jet that does not move."""
    array = np.asarray(array, float)
    return np.stack([array, np.zeros_like(array), np.zeros_like(array)])


def scalar_product(a, b):
    """Product of two scalar jets."""
    return np.array([a[0] * b[0], a[0] * b[1] + a[1] * b[0], a[0] * b[2] + a[1] * b[1] + a[2] * b[0]])


def polynomial_jet(coefficient, q):
    """Sum of c_k q^k of a scalar jet by repeated products."""
    total, power = np.zeros(3), np.array([1.0, 0.0, 0.0])
    for c in coefficient:
        total = total + c * power
        power = scalar_product(power, q)
    return total


def rotation_jet(u, s):
    """Rodrigues' formula of a scalar jet, by the chain rule on sin and cos."""
    k = np.array([[0, -u[2], u[1]], [u[2], 0, -u[0]], [-u[1], u[0], 0]])
    sine = np.array([np.sin(s[0]), np.cos(s[0]) * s[1], np.cos(s[0]) * s[2] - 0.5 * np.sin(s[0]) * s[1] ** 2])
    cosine = np.array([np.cos(s[0]), -np.sin(s[0]) * s[1], -np.sin(s[0]) * s[2] - 0.5 * np.cos(s[0]) * s[1] ** 2])
    versine = np.array([1.0, 0.0, 0.0]) - cosine
    return constant(np.eye(3)) + sine[:, None, None] * k + versine[:, None, None] * (k @ k)


def frames(plant, q):
    """Rotation and origin jets of every body; ``q`` is (n_coordinates, 3): value, speed, half the acceleration."""
    found = {"ground": (constant(np.eye(3)), constant(np.zeros(3)))}
    centers = {}
    while len(found) <= len(plant.body):
        for j, child in enumerate(plant.joint_child_body):
            if child in found or plant.joint_parent_body[j] not in found:
                continue
            rotation, origin = found[plant.joint_parent_body[j]]
            origin = origin + product(rotation, constant(plant.joint_parent_translation_m[j]))
            rotation = product(rotation, constant(plant.joint_parent_rotation[j]))
            for k in np.flatnonzero(plant.axis_joint_index == j):
                i = plant.axis_coordinate_index[k]
                u = plant.axis_direction[k]
                s = constant(plant.axis_polynomial[k][0]) if i < 0 else polynomial_jet(plant.axis_polynomial[k], q[i])
                if plant.axis_is_rotation[k]:
                    rotation = product(rotation, rotation_jet(u, s))
                else:
                    origin = origin + product(rotation, s[:, None] * u)
            centers[plant.joint[j]] = origin
            rotation = product(rotation, constant(plant.joint_child_rotation[j].T))
            origin = origin - product(rotation, constant(plant.joint_child_translation_m[j]))
            found[child] = (rotation, origin)
    return found, centers


def vee(m):
    """Vector of the skew part of a matrix."""
    return 0.5 * np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])


def body_state(jet):
    """Rotation, origin, angular velocity and acceleration, acceleration of the origin; all in ground axes."""
    rotation, origin = jet
    w = vee(rotation[1] @ rotation[0].T)
    al = vee(2.0 * rotation[2] @ rotation[0].T)
    return rotation[0], origin[0], w, al, 2.0 * origin[2]


def inertial_load(plant, index, jet):
    """Mass times acceleration (gravity included, as an upward acceleration), about the mass centre, in ground axes."""
    rotation, origin = jet
    center = origin + product(rotation, constant(plant.body_mass_center_m[index]))
    r, _, w, al, _ = body_state(jet)
    inertia = r @ plant.body_inertia_kg_m2[index] @ r.T
    force = plant.body_mass_kg[index] * (2.0 * center[2] + np.array([0.0, plant.gravity_m_s2, 0.0]))
    return center[0], force, inertia @ al + np.cross(w, inertia @ w)


def generalised_force(plant, q, contact_force, contact_point):
    """Virtual work at one time: sum of inertial minus external loads times the motion of a unit speed of each."""
    now, _ = frames(plant, q)
    out = np.zeros(len(plant.coordinate))
    for i in range(len(plant.coordinate)):
        unit = np.stack([q[:, 0], np.zeros(len(q)), np.zeros(len(q))], axis=1)
        unit[i, 1] = 1.0
        moved, _ = frames(plant, unit)

        def velocity(body, point, moved=moved):
            rotation, origin = moved[body]
            local = rotation[0].T @ (point - origin[0])
            return origin[1] + rotation[1] @ local

        for b, body in enumerate(plant.body):
            center, force, moment = inertial_load(plant, b, now[body])
            spin = vee(moved[body][0][1] @ moved[body][0][0].T)
            out[i] += force @ velocity(body, center) + moment @ spin
        for k, body in enumerate(plant.contact_body):
            out[i] -= contact_force[k] @ velocity(body, contact_point[k])
    return out


def hanging(plant, joint):
    """Bodies on the child side of a joint."""
    bodies = {plant.joint_child_body[plant.joint.index(joint)]}
    while True:
        more = {c for p, c in zip(plant.joint_parent_body, plant.joint_child_body, strict=True) if p in bodies} - bodies
        if not more:
            return bodies
        bodies |= more


def net_joint_wrench(plant, q, joint, contact_force, contact_point):
    """Newton and Euler for all that hangs on a joint as one free body, about the joint centre."""
    now, centers = frames(plant, q)
    center = centers[joint][0]
    force, moment = np.zeros(3), np.zeros(3)
    bodies = hanging(plant, joint)
    for b, body in enumerate(plant.body):
        if body in bodies:
            point, f, n = inertial_load(plant, b, now[body])
            force += f
            moment += n + np.cross(point - center, f)
    for k, body in enumerate(plant.contact_body):
        if body in bodies:
            force -= contact_force[k]
            moment -= np.cross(contact_point[k] - center, contact_force[k])
    return force, moment
