"""Motion of all bodies, net joint loads, generalised forces and joint contact forces of a whole motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gluteweak.errors import InputError
from gluteweak.loads import dynamics_kernels as kernels
from gluteweak.loads.band import with_bands
from gluteweak.loads.contact import contact_n, joint_pulls
from gluteweak.loads.dynamics_kernels import BodyMotion, Wrench
from gluteweak.loads.polynomials import evaluate
from gluteweak.loads.solution import Solution
from gluteweak.loads.tree import Inertia, Tree, body_row, joint_order, make_inertia, make_tree
from gluteweak.plant import FloatArray, IntArray, Plant

__all__ = ["BodyMotion", "Mechanics", "Wrench", "joint_contact_force_n", "muscle_pull_n", "solve_mechanics"]


@dataclass(frozen=True)
class Mechanics:
    """All that follows from a motion and the ground reactions, in SI units and ground axes.

    Attributes
    ----------
    motion : BodyMotion
        Of every body row (0 is ground), joint (in ``tree`` order) and axis.
    net_joint : Wrench
        (n_times, n_joints, 3): what the parent exerts on the child through all tissues, about the joint centre.
    generalised_force : (n_times, n_coordinates)
        What muscles, passive tissues and actuators must supply along each coordinate, in N m or N.
    """

    plant: Plant
    tree: Tree
    joint_rank: dict[str, int]
    motion: BodyMotion
    net_joint: Wrench
    generalised_force: FloatArray

    def body_rotation(self, body: str) -> FloatArray:
        """Body axes to ground axes, (n_times, 3, 3)."""
        return self.motion.rotation[:, body_row(self.plant, body)]

    def generalised_force_of(self, coordinate: str) -> FloatArray:
        """Generalised force of one coordinate, (n_times,), in N m or N, signed as the coordinate."""
        return self.generalised_force[:, self.plant.coordinate.index(coordinate)]

    def net_force_n(self, joint: str) -> FloatArray:
        """Net force, parent on child, in ground axes, (n_times, 3) in N."""
        return self.net_joint.force[:, self.joint_rank[joint]]

    def net_moment_nm(self, joint: str) -> FloatArray:
        """Net moment about the joint centre, parent on child, in ground axes, (n_times, 3) in N m."""
        return self.net_joint.moment[:, self.joint_rank[joint]]

    def point_m(self, body: str, point_m: FloatArray) -> FloatArray:
        """A point fixed in a body, in ground, (n_times, 3)."""
        row = body_row(self.plant, body)
        return self.motion.origin[:, row] + self.motion.rotation[:, row] @ point_m


def body_kinematics(tree: Tree, value: FloatArray, speed: FloatArray, acceleration: FloatArray) -> BodyMotion:
    """Motion of every body, joint and axis.

    Parameters
    ----------
    tree : Tree
    value, speed, acceleration : (n_times, n_coordinates)
        In rad or m, per s and per s^2.

    Raises
    ------
    ValueError
        If the three arrays differ in shape or lack a coordinate that the tree needs.
    """
    arrays = [np.ascontiguousarray(a, dtype=np.float64) for a in (value, speed, acceleration)]
    shape = arrays[0].shape
    needed = int(tree.axis_coordinate.max(initial=-1)) + 1
    if len(shape) != 2 or any(a.shape != shape for a in arrays) or shape[1] < needed:
        found = ", ".join(str(a.shape) for a in arrays)
        raise ValueError(f"coordinates: shapes {found}; expected three equal (n_times, at least {needed})")
    n_times, n_joints, n_axes = shape[0], len(tree.parent_row), len(tree.axis_coordinate)
    n_rows = n_joints + 1
    out = BodyMotion(
        rotation=np.empty((n_times, n_rows, 3, 3)),
        origin=np.empty((n_times, n_rows, 3)),
        angular_velocity=np.empty((n_times, n_rows, 3)),
        angular_acceleration=np.empty((n_times, n_rows, 3)),
        acceleration=np.empty((n_times, n_rows, 3)),
        joint_center=np.empty((n_times, n_joints, 3)),
        axis_direction=np.empty((n_times, n_axes, 3)),
        axis_point=np.empty((n_times, n_axes, 3)),
        axis_rate=np.empty((n_times, n_axes)),
    )
    kernels.body_motion(tree, arrays[0], arrays[1], arrays[2], out)
    return out


def net_joint_wrench(
    tree: Tree,
    inertia: Inertia,
    motion: BodyMotion,
    *,
    force_row: IntArray,
    force_n: FloatArray,
    point_m: FloatArray,
    gravity_m_s2: float,
) -> Wrench:
    """Net force and moment through each joint, parent on child, about the joint centre, in ground axes.

    Parameters
    ----------
    tree, inertia, motion : Tree, Inertia, BodyMotion
    force_row : (n_forces,)
        Body row that each external force acts on.
    force_n, point_m : (n_times, n_forces, 3)
        External forces and their points, in ground axes.
    gravity_m_s2 : float
        Along -y.

    Raises
    ------
    ValueError
        If shapes do not fit the motion or a row does not exist.
    """
    n_times, n_rows = motion.rotation.shape[:2]
    shape = (n_times, len(force_row), 3)
    if force_n.shape != shape or point_m.shape != shape:
        raise ValueError(f"external forces: shapes {force_n.shape} and {point_m.shape}; expected {shape}")
    if len(inertia.mass) != n_rows or (len(force_row) and not 0 <= min(force_row) <= max(force_row) < n_rows):
        raise ValueError(f"bodies: {len(inertia.mass)} inertias, rows {force_row} for {n_rows} body rows")
    external = Wrench(np.zeros((n_times, n_rows, 3)), np.zeros((n_times, n_rows, 3)))
    kernels.external_wrench(
        np.ascontiguousarray(force_row, dtype=np.int64),
        np.ascontiguousarray(force_n, dtype=np.float64),
        np.ascontiguousarray(point_m, dtype=np.float64),
        motion.origin,
        external,
    )
    out = Wrench(np.empty((n_times, n_rows - 1, 3)), np.empty((n_times, n_rows - 1, 3)))
    kernels.joint_wrench(tree, inertia, motion, external, float(gravity_m_s2), out)
    return out


def generalised_force_n(tree: Tree, motion: BodyMotion, wrench: Wrench, n_coordinates: int) -> FloatArray:
    """Force along each coordinate that the net joint wrench amounts to, (n_times, n_coordinates), in N m or N.

    Raises
    ------
    ValueError
        If the wrench is not that of the tree's joints or there are fewer coordinates than the tree drives.
    """
    n_times, n_joints = len(motion.rotation), len(tree.parent_row)
    shape = (n_times, n_joints, 3)
    if wrench.force.shape != shape or wrench.moment.shape != shape or n_coordinates <= tree.axis_coordinate.max():
        raise ValueError(f"wrench: shape {wrench.force.shape}, {n_coordinates} coordinates; expected {shape}")
    out = np.zeros((n_times, n_coordinates))
    kernels.generalised_force(tree, motion, wrench, out)
    return out


@dataclass(frozen=True)
class RigidModel:
    """What `solve_mechanics` needs of a plant, arranged once for many motions."""

    tree: Tree
    inertia: Inertia
    contact_row: IntArray
    joint_rank: dict[str, int]


def rigid_model(plant: Plant) -> RigidModel:
    """The plant's tree, masses and contact bodies as kernels take them."""
    return RigidModel(
        make_tree(plant),
        make_inertia(plant),
        np.array([body_row(plant, name) for name in plant.contact_body], dtype=np.int64),
        {plant.joint[j]: rank for rank, j in enumerate(joint_order(plant))},
    )


def solve_mechanics(plant: Plant, solution: Solution, model: RigidModel | None = None) -> Mechanics:
    """Kinematics and net joint loads of a solved motion with its ground reactions.

    Parameters
    ----------
    plant : Plant
    solution : Solution
    model : RigidModel, optional
        Of this plant; made here where it is not given.
    """
    model = model or rigid_model(plant)
    motion = body_kinematics(
        model.tree, solution.coordinate_value, solution.coordinate_speed, solution.coordinate_acceleration
    )
    wrench = net_joint_wrench(
        model.tree,
        model.inertia,
        motion,
        force_row=model.contact_row,
        force_n=solution.contact_force_n,
        point_m=solution.contact_point_m,
        gravity_m_s2=plant.gravity_m_s2,
    )
    force = generalised_force_n(model.tree, motion, wrench, len(plant.coordinate))
    return Mechanics(plant, model.tree, model.joint_rank, motion, wrench, force)


def muscle_pull_n(plant: Plant, joint: str, coordinate_value: FloatArray, muscle_force_n: FloatArray) -> FloatArray:
    """Force of all muscles on the child side of a joint, (n_times, 3) in N, in the parent body's axes.

    Parameters
    ----------
    plant : Plant
    joint : str
    coordinate_value : (n_times, n_coordinates)
    muscle_force_n : (n_times, n_muscles)
        Tension, in the plant's muscle order.

    Raises
    ------
    InputError
        If the plant has no muscle pull at this joint.
    ValueError
        If an array does not fit the plant.
    """
    n_times = len(coordinate_value)
    if coordinate_value.shape != (n_times, len(plant.coordinate)) or muscle_force_n.shape != (
        n_times,
        len(plant.muscle),
    ):
        raise ValueError(
            f"{coordinate_value.shape} coordinates and {muscle_force_n.shape} muscle forces do not fit a plant of "
            f"{len(plant.coordinate)} coordinates and {len(plant.muscle)} muscles"
        )
    pulls = joint_pulls(plant, joint)
    return np.asarray(np.einsum("tm,tmc->tc", muscle_force_n[:, pulls.muscle], evaluate(pulls.force, coordinate_value)))


def joint_contact_force_n(mechanics: Mechanics, solution: Solution, joint: str) -> FloatArray:
    """Force of the parent bone on the child bone, (n_times, 3) in N, in the parent body's axes.

    It is the net joint force minus the pull of the muscles and bands that cross the joint, as OpenSim's joint reaction.
    Other ligaments are not in the model: what they carry appears as bone on bone.
    """
    plant = mechanics.plant
    if joint not in mechanics.joint_rank:
        raise InputError(
            f"The model has no joint '{joint}' (it has {', '.join(plant.joint)}): correct the model tables."
        )
    force, _ = contact_n(
        joint_pulls(plant, joint),
        mechanics.net_force_n(joint),
        mechanics.body_rotation(plant.joint_parent_body[plant.joint.index(joint)]),
        solution.coordinate_value,
        with_bands(plant, solution.coordinate_value, solution.muscle_tendon_force_n),
    )
    return force
