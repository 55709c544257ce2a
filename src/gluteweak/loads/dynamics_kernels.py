"""Numba kernels: rigid-body kinematics of the tree and the recursive Newton-Euler equations, in ground axes.

The recursion is that of Featherstone, Rigid Body Dynamics Algorithms (2008), section 5.3, written with plain vectors in
ground axes instead of spatial vectors in body axes, because loads are wanted about joint centres.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gluteweak.loads.jit import njit
from gluteweak.loads.tree import Inertia, Tree
from gluteweak.plant import FloatArray, IntArray

Triple = tuple[float, float, float]
Vector = Triple | FloatArray


class BodyMotion(NamedTuple):
    """Motion of all bodies and joints, in ground axes; time first, then body row (0 is ground), joint or axis.

    ``rotation`` turns body axes into ground axes. ``acceleration`` is that of the body's origin, without gravity.
    ``axis_rate`` is the derivative of an axis displacement with respect to its coordinate.
    """

    rotation: FloatArray
    origin: FloatArray
    angular_velocity: FloatArray
    angular_acceleration: FloatArray
    acceleration: FloatArray
    joint_center: FloatArray
    axis_direction: FloatArray
    axis_point: FloatArray
    axis_rate: FloatArray


class Wrench(NamedTuple):
    """Force and moment in ground axes, (n_times, n, 3); the point of the moment is said where it is made."""

    force: FloatArray
    moment: FloatArray


@njit
def cross(a: Vector, b: Vector) -> Triple:
    """Vector product a x b."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@njit
def difference(a: Vector, b: Vector) -> Triple:
    """Vector difference a - b."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


@njit
def dot(a: Vector, b: Vector) -> float:
    """Scalar product of two vectors."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit
def turn(matrix: FloatArray, v: Vector) -> Triple:
    """Product R v of a (3, 3) matrix and a vector."""
    return (
        matrix[0, 0] * v[0] + matrix[0, 1] * v[1] + matrix[0, 2] * v[2],
        matrix[1, 0] * v[0] + matrix[1, 1] * v[1] + matrix[1, 2] * v[2],
        matrix[2, 0] * v[0] + matrix[2, 1] * v[1] + matrix[2, 2] * v[2],
    )


@njit
def turn_back(matrix: FloatArray, v: Vector) -> Triple:
    """Product R^T v of a transposed (3, 3) matrix and a vector."""
    return (
        matrix[0, 0] * v[0] + matrix[1, 0] * v[1] + matrix[2, 0] * v[2],
        matrix[0, 1] * v[0] + matrix[1, 1] * v[1] + matrix[2, 1] * v[2],
        matrix[0, 2] * v[0] + matrix[1, 2] * v[1] + matrix[2, 2] * v[2],
    )


@njit
def matrix_product(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """Matrix product A B of two (3, 3) matrices; ``out`` must not be one of them."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@njit
def matrix_product_transposed(a: FloatArray, b: FloatArray, out: FloatArray) -> None:
    """Matrix product A B^T of two (3, 3) matrices; ``out`` must not be one of them."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[j, 0] + a[i, 1] * b[j, 1] + a[i, 2] * b[j, 2]


@njit
def axis_rotation(u: Vector, angle: float, out: FloatArray) -> None:
    """Rotation by ``angle`` in rad about the unit vector ``u``: R = I + sin K + (1 - cos) K^2 (Rodrigues)."""
    c = math.cos(angle)
    s = math.sin(angle)
    k = 1.0 - c
    out[0, 0] = c + k * u[0] * u[0]
    out[0, 1] = k * u[0] * u[1] - s * u[2]
    out[0, 2] = k * u[0] * u[2] + s * u[1]
    out[1, 0] = k * u[1] * u[0] + s * u[2]
    out[1, 1] = c + k * u[1] * u[1]
    out[1, 2] = k * u[1] * u[2] - s * u[0]
    out[2, 0] = k * u[2] * u[0] - s * u[1]
    out[2, 1] = k * u[2] * u[1] + s * u[0]
    out[2, 2] = c + k * u[2] * u[2]


@njit
def polynomial(coefficient: FloatArray, x: float) -> Triple:
    """Value and first two derivatives of sum_k c_k x^k (Horner)."""
    value = 0.0
    slope = 0.0
    half_curvature = 0.0
    for k in range(coefficient.shape[0] - 1, -1, -1):
        half_curvature = half_curvature * x + slope
        slope = slope * x + value
        value = value * x + coefficient[k]
    return value, slope, 2.0 * half_curvature


@njit
def shifted_acceleration(
    acceleration: Vector, angular_acceleration: Vector, angular_velocity: Vector, r: Vector
) -> Triple:
    """Acceleration of a point at ``r`` on the same rigid body: a + al x r + w x (w x r)."""
    tangential = cross(angular_acceleration, r)
    centripetal = cross(angular_velocity, cross(angular_velocity, r))
    return (
        acceleration[0] + tangential[0] + centripetal[0],
        acceleration[1] + tangential[1] + centripetal[1],
        acceleration[2] + tangential[2] + centripetal[2],
    )


@njit
def hold_ground(t: int, out: BodyMotion) -> None:
    """Row 0 of the motion at one time: ground stays where it is."""
    # Loops, because numba takes seconds to compile the assignment of a slice.
    for i in range(3):
        for j in range(3):
            out.rotation[t, 0, i, j] = 1.0 if i == j else 0.0
        out.origin[t, 0, i] = 0.0
        out.angular_velocity[t, 0, i] = 0.0
        out.angular_acceleration[t, 0, i] = 0.0
        out.acceleration[t, 0, i] = 0.0


@njit
def body_motion(tree: Tree, value: FloatArray, speed: FloatArray, acceleration: FloatArray, out: BodyMotion) -> None:
    """Motion of every body from coordinates, for each time.

    A translation by s along u adds r = u s, and a += 2 w x u s' + u s''; a rotation adds w += u s',
    al += u s'' + w x u s' (w before the addition). With s = p(q): s' = p' q', s'' = p' q'' + p'' q'^2.

    Parameters
    ----------
    tree : Tree
    value, speed, acceleration : (n_times, n_coordinates), rad or m, per s, per s^2
    out : BodyMotion
    """
    rotation = np.empty((3, 3))
    turned = np.empty((3, 3))
    step = np.empty((3, 3))
    for t in range(value.shape[0]):
        hold_ground(t, out)
        for j in range(tree.parent_row.shape[0]):
            parent = tree.parent_row[j]
            child = tree.child_row[j]
            matrix_product(out.rotation[t, parent], tree.parent_rotation[j], rotation)
            p = out.origin[t, parent]
            w0 = out.angular_velocity[t, parent]
            al0 = out.angular_acceleration[t, parent]
            w = (w0[0], w0[1], w0[2])
            al = (al0[0], al0[1], al0[2])
            r = turn(out.rotation[t, parent], tree.parent_translation[j])
            a = shifted_acceleration(out.acceleration[t, parent], al, w, r)
            point = (p[0] + r[0], p[1] + r[1], p[2] + r[2])
            for k in range(tree.axis_start[j], tree.axis_start[j + 1]):
                i = tree.axis_coordinate[k]
                if i < 0:
                    s, ds, rate, second = tree.axis_polynomial[k, 0], 0.0, 0.0, 0.0
                else:
                    s, ds, dds = polynomial(tree.axis_polynomial[k], value[t, i])
                    rate = ds * speed[t, i]
                    second = ds * acceleration[t, i] + dds * speed[t, i] * speed[t, i]
                u = turn(rotation, tree.axis_direction[k])
                out.axis_rate[t, k] = ds
                for c in range(3):
                    out.axis_direction[t, k, c] = u[c]
                    out.axis_point[t, k, c] = point[c]
                wu = cross(w, u)
                if tree.axis_is_rotation[k]:
                    al = (
                        al[0] + u[0] * second + wu[0] * rate,
                        al[1] + u[1] * second + wu[1] * rate,
                        al[2] + u[2] * second + wu[2] * rate,
                    )
                    w = (w[0] + u[0] * rate, w[1] + u[1] * rate, w[2] + u[2] * rate)
                    axis_rotation(tree.axis_direction[k], s, step)
                    matrix_product(rotation, step, turned)
                    rotation, turned = turned, rotation
                else:
                    r = (u[0] * s, u[1] * s, u[2] * s)
                    a = shifted_acceleration(a, al, w, r)
                    a = (
                        a[0] + 2.0 * wu[0] * rate + u[0] * second,
                        a[1] + 2.0 * wu[1] * rate + u[1] * second,
                        a[2] + 2.0 * wu[2] * rate + u[2] * second,
                    )
                    point = (point[0] + r[0], point[1] + r[1], point[2] + r[2])
            matrix_product_transposed(rotation, tree.child_rotation[j], out.rotation[t, child])
            r = turn(out.rotation[t, child], tree.child_translation[j])
            r = (-r[0], -r[1], -r[2])
            a = shifted_acceleration(a, al, w, r)
            for c in range(3):
                out.joint_center[t, j, c] = point[c]
                out.origin[t, child, c] = point[c] + r[c]
                out.angular_velocity[t, child, c] = w[c]
                out.angular_acceleration[t, child, c] = al[c]
                out.acceleration[t, child, c] = a[c]


@njit
def external_wrench(body_row: IntArray, force: FloatArray, point: FloatArray, origin: FloatArray, out: Wrench) -> None:
    """Collect point forces on bodies: F_b += f, M_b += (x - o_b) x f, about each body's origin.

    Parameters
    ----------
    body_row : (n_forces,)
    force, point : (n_times, n_forces, 3), N and m, ground axes
    origin : (n_times, n_rows, 3), m
    out : Wrench over body rows, zeroed by the caller
    """
    for t in range(force.shape[0]):
        for k in range(force.shape[1]):
            b = body_row[k]
            moment = cross(difference(point[t, k], origin[t, b]), force[t, k])
            for c in range(3):
                out.force[t, b, c] += force[t, k, c]
                out.moment[t, b, c] += moment[c]


@njit
def joint_wrench(
    tree: Tree, inertia: Inertia, motion: BodyMotion, external: Wrench, gravity: float, out: Wrench
) -> None:
    """Net force and moment that the parent exerts on the child through each joint (muscles, ligaments and contact).

    Bodies: F = m (a_c + g y) - F_ext, M = I al + w x (I w) + c x m (a_c + g y) - M_ext, about the body's origin;
    joints, leaves first: the child's, plus all that hangs on it.

    Parameters
    ----------
    tree, inertia, motion : Tree, Inertia, BodyMotion
    external : Wrench over body rows, about body origins
    gravity : float, m/s^2, along -y
    out : Wrench over joints; the moment about the joint centre
    """
    n_rows = inertia.mass.shape[0]
    force = np.empty((n_rows, 3))
    moment = np.empty((n_rows, 3))
    for t in range(motion.rotation.shape[0]):
        for b in range(n_rows):
            rotation = motion.rotation[t, b]
            w = motion.angular_velocity[t, b]
            al = motion.angular_acceleration[t, b]
            c = turn(rotation, inertia.mass_center[b])
            a = shifted_acceleration(motion.acceleration[t, b], al, w, c)
            m = inertia.mass[b]
            f = (m * a[0], m * (a[1] + gravity), m * a[2])
            spin = turn(rotation, turn(inertia.inertia[b], turn_back(rotation, al)))
            gyro = cross(w, turn(rotation, turn(inertia.inertia[b], turn_back(rotation, w))))
            lever = cross(c, f)
            for i in range(3):
                force[b, i] = f[i] - external.force[t, b, i]
                moment[b, i] = spin[i] + gyro[i] + lever[i] - external.moment[t, b, i]
        for j in range(tree.parent_row.shape[0] - 1, -1, -1):
            parent = tree.parent_row[j]
            child = tree.child_row[j]
            to_center = cross(difference(motion.origin[t, child], motion.joint_center[t, j]), force[child])
            to_parent = cross(difference(motion.origin[t, child], motion.origin[t, parent]), force[child])
            for i in range(3):
                out.force[t, j, i] = force[child, i]
                out.moment[t, j, i] = moment[child, i] + to_center[i]
                force[parent, i] += force[child, i]
                moment[parent, i] += moment[child, i] + to_parent[i]


@njit
def generalised_force(tree: Tree, motion: BodyMotion, wrench: Wrench, out: FloatArray) -> None:
    """Force that each coordinate needs: sum over its axes of s'(q) u . f, or s'(q) u . (M + (x_joint - x_axis) x f).

    Parameters
    ----------
    tree, motion : Tree, BodyMotion
    wrench : Wrench over joints, about joint centres
    out : (n_times, n_coordinates), N m or N, zeroed by the caller
    """
    for t in range(out.shape[0]):
        for j in range(tree.parent_row.shape[0]):
            f = wrench.force[t, j]
            for k in range(tree.axis_start[j], tree.axis_start[j + 1]):
                i = tree.axis_coordinate[k]
                if i < 0:
                    continue
                u = motion.axis_direction[t, k]
                if tree.axis_is_rotation[k]:
                    lever = cross(difference(motion.joint_center[t, j], motion.axis_point[t, k]), f)
                    out[t, i] += motion.axis_rate[t, k] * (dot(u, wrench.moment[t, j]) + dot(u, lever))
                else:
                    out[t, i] += motion.axis_rate[t, k] * dot(u, f)
