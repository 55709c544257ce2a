"""Read ``poses.h5``: the body of one scenario at instants of its cycle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gluteweak.errors import InputError
from gluteweak.storage import read_file

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NAMES = (
    *("instant_s", "body", "joint", "joint_parent_body", "joint_child_body", "joint_center_m", "muscle", "side"),
    *("body_quaternion", "body_origin_m", "path_point_muscle_index", "path_point_body_index", "path_point_m"),
    *("muscle_activation", "muscle_tendon_force_n", "muscle_strength_fraction"),
    *("ground_reaction_n", "center_of_pressure_m"),
)


@dataclass(frozen=True)
class Posed:
    """A walker over one cycle, in ground axes (x forward, y up, z right).

    Attributes
    ----------
    scenario_id
        Whose walk this is.
    duration_s, distance_m
        One cycle.
    instant_s : (instant,)
        Evenly spaced; the last is one cycle after the first.
    body, muscle, side
        Names.
    joint_parent, joint_child
        Body names, joint by joint; the parent may be ``ground``.
    joint_center_m : (joint, 3)
        In the axes of the child body.
    quaternion : (body, instant, 4)
        w, x, y, z.
    origin_m : (body, instant, 3)
    point_muscle, point_body : (path_point,)
        Indices; points of a muscle are in order.
    point_local_m : (path_point, instant, 3)
        In the axes of its body.
    activation, tension_n : (instant, muscle)
    strength_fraction : (muscle,)
    ground_reaction_n, center_of_pressure_m : (side, instant, 3)
    """

    scenario_id: str
    duration_s: float
    distance_m: float
    instant_s: FloatArray
    body: tuple[str, ...]
    muscle: tuple[str, ...]
    side: tuple[str, ...]
    joint_parent: tuple[str, ...]
    joint_child: tuple[str, ...]
    joint_center_m: FloatArray
    quaternion: FloatArray
    origin_m: FloatArray
    point_muscle: IntArray
    point_body: IntArray
    point_local_m: FloatArray
    activation: FloatArray
    tension_n: FloatArray
    strength_fraction: FloatArray
    ground_reaction_n: FloatArray
    center_of_pressure_m: FloatArray

    @property
    def root(self) -> str:
        """The body that all others hang on: the pelvis, whatever it is called."""
        if "ground" in self.joint_parent:
            return self.joint_child[self.joint_parent.index("ground")]
        return self.body[0]

    def rotation(self, instant: int) -> FloatArray:
        """Rotation matrices (body, 3, 3) at an instant: columns are the bodies' axes in ground."""
        return np.asarray(Rotation.from_quat(np.roll(self.quaternion[:, instant], -1, axis=-1)).as_matrix())

    def frame(self, body: str, instant: int) -> tuple[FloatArray, FloatArray]:
        """Rotation (3, 3) and origin (3,) of a body; those of ground for the name ``ground``."""
        if body not in self.body:
            return np.eye(3), np.zeros(3)
        index = self.body.index(body)
        turned = Rotation.from_quat(np.roll(self.quaternion[index, instant], -1)).as_matrix()
        return np.asarray(turned), self.origin_m[index, instant]

    def joint_in_ground(self, child: str, instant: int) -> FloatArray | None:
        """Centre (3,) of the joint that moves a body, or None where there is no such body."""
        if child not in self.joint_child:
            return None
        rotation, origin = self.frame(child, instant)
        return np.asarray(origin + rotation @ self.joint_center_m[self.joint_child.index(child)])

    def paths(self, instant: int) -> list[FloatArray]:
        """Points (n, 3) in ground of every muscle's path; empty for a muscle whose path is no line."""
        rotation = np.concatenate([self.rotation(instant), np.eye(3)[None]])
        origin = np.concatenate([self.origin_m[:, instant], np.zeros((1, 3))])
        local = self.point_local_m[:, instant]
        at = origin[self.point_body] + np.einsum("pij,pj->pi", rotation[self.point_body], local)
        return [at[self.point_muscle == index] for index in range(len(self.muscle))]


def read_poses(path: Path) -> Posed:
    """Read ``poses.h5``.

    Raises
    ------
    InputError
        If the file is missing, broken or of another version.
    """
    values, attributes = read_file(path, _NAMES)
    for name in ("duration_s", "distance_m"):
        if name not in attributes:
            raise InputError(f"{path} has no attribute '{name}': run 'gluteweak poses' again.")

    def names(key: str) -> tuple[str, ...]:
        return tuple(str(name) for name in values[key])

    def numbers(key: str) -> FloatArray:
        return np.asarray(values[key], dtype=np.float64)

    return Posed(
        scenario_id=str(attributes.get("scenario_id", Path(path).parent.name)),
        duration_s=float(attributes["duration_s"]),
        distance_m=float(attributes["distance_m"]),
        instant_s=numbers("instant_s"),
        body=names("body"),
        muscle=names("muscle"),
        side=names("side"),
        joint_parent=names("joint_parent_body"),
        joint_child=names("joint_child_body"),
        joint_center_m=numbers("joint_center_m"),
        quaternion=numbers("body_quaternion"),
        origin_m=numbers("body_origin_m"),
        point_muscle=np.asarray(values["path_point_muscle_index"], dtype=np.int64),
        point_body=np.asarray(values["path_point_body_index"], dtype=np.int64),
        point_local_m=numbers("path_point_m"),
        activation=numbers("muscle_activation"),
        tension_n=numbers("muscle_tendon_force_n"),
        strength_fraction=numbers("muscle_strength_fraction"),
        ground_reaction_n=numbers("ground_reaction_n"),
        center_of_pressure_m=numbers("center_of_pressure_m"),
    )
