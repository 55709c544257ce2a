"""The plant's joint tree as arrays that kernels can walk: parents before children, each joint's axes side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.plant import FloatArray, IntArray, Plant

#: Row of ground in every array over bodies; the plant's bodies follow in their own order.
GROUND_ROW = 0


class Tree(NamedTuple):
    """Joints in the order in which they are walked. Body rows count from ground (row 0).

    ``axis_start[j]:axis_start[j + 1]`` are the axes of joint ``j``, in the order in which they act.
    """

    parent_row: IntArray
    child_row: IntArray
    parent_rotation: FloatArray
    parent_translation: FloatArray
    child_rotation: FloatArray
    child_translation: FloatArray
    axis_start: IntArray
    axis_is_rotation: IntArray
    axis_direction: FloatArray
    axis_coordinate: IntArray
    axis_polynomial: FloatArray


class Inertia(NamedTuple):
    """Mass in kg, mass centre in m and inertia about it in kg m^2, in body axes; row 0 is ground, without mass."""

    mass: FloatArray
    mass_center: FloatArray
    inertia: FloatArray


def body_row(plant: Plant, name: str) -> int:
    """Row of a body in arrays over bodies.

    Raises
    ------
    InputError
        If the plant has no such body.
    """
    if name == "ground":
        return GROUND_ROW
    if name not in plant.body:
        raise InputError(f"The model has no body '{name}' (it has {', '.join(plant.body)}): correct the model tables.")
    return plant.body.index(name) + 1


def joint_order(plant: Plant) -> NDArray[np.int64]:
    """Plant indices of the joints, every parent body placed before its children.

    Raises
    ------
    InputError
        If a body hangs in no joint, in two, or in a loop.
    """
    placed = {"ground"}
    waiting = list(range(len(plant.joint)))
    order: list[int] = []
    while waiting:
        ready = [j for j in waiting if plant.joint_parent_body[j] in placed]
        if not ready:
            names = ", ".join(plant.joint[j] for j in waiting)
            raise InputError(f"The joints {names} do not hang from ground: correct their parent bodies in the model.")
        for j in ready:
            child = plant.joint_child_body[j]
            if child in placed:
                raise InputError(f"The body '{child}' hangs in two joints: one joint a body, so correct the model.")
            placed.add(child)
        order += ready
        waiting = [j for j in waiting if j not in ready]
    loose = [name for name in plant.body if name not in placed]
    if loose:
        raise InputError(f"The bodies {', '.join(loose)} hang in no joint: correct the model tables.")
    return np.array(order, dtype=np.int64)


def make_tree(plant: Plant) -> Tree:
    """The joint tree of a plant, sorted for kernels; every array is a contiguous copy."""
    order = joint_order(plant)
    axes = [np.flatnonzero(plant.axis_joint_index == j) for j in order]
    if sum(map(len, axes)) != len(plant.axis_joint_index):
        raise InputError("The plant has axes of joints it does not have: make it again with 'gluteweak build-model'.")
    picked = np.concatenate(axes) if axes else np.zeros(0, dtype=np.int64)
    return Tree(
        parent_row=np.array([body_row(plant, plant.joint_parent_body[j]) for j in order], dtype=np.int64),
        child_row=np.array([body_row(plant, plant.joint_child_body[j]) for j in order], dtype=np.int64),
        parent_rotation=_floats(plant.joint_parent_rotation[order]),
        parent_translation=_floats(plant.joint_parent_translation_m[order]),
        child_rotation=_floats(plant.joint_child_rotation[order]),
        child_translation=_floats(plant.joint_child_translation_m[order]),
        axis_start=np.concatenate([[0], np.cumsum([len(a) for a in axes])]).astype(np.int64),
        axis_is_rotation=np.ascontiguousarray(plant.axis_is_rotation[picked], dtype=np.int64),
        axis_direction=_floats(plant.axis_direction[picked]),
        axis_coordinate=np.ascontiguousarray(plant.axis_coordinate_index[picked], dtype=np.int64),
        axis_polynomial=_floats(plant.axis_polynomial[picked]),
    )


def make_inertia(plant: Plant) -> Inertia:
    """Masses, mass centres and inertias with ground in front."""
    return Inertia(
        mass=_floats(np.concatenate([[0.0], plant.body_mass_kg])),
        mass_center=_floats(np.concatenate([np.zeros((1, 3)), plant.body_mass_center_m])),
        inertia=_floats(np.concatenate([np.zeros((1, 3, 3)), plant.body_inertia_kg_m2])),
    )


def _floats(array: FloatArray) -> FloatArray:
    return np.ascontiguousarray(array, dtype=np.float64)
