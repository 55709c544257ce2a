"""The model as plain arrays: what ``opensim_model`` hands to ``walking`` and ``loads``, to and from HDF5.

Every moving body hangs in a tree. A joint moves its child by elementary translations and rotations ("axes"), each a
polynomial of one coordinate; translations come first and act in the joint's parent frame, as in OpenSim's
SpatialTransform. The patella is a body like any other: its axes are driven by the knee coordinate directly.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.storage import attributes_of, new_file, open_file, read_value, write_variable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Names = tuple[str, ...]

FREE = "free"
PRESCRIBED = "prescribed"
#: The coordinate along which a periodic walk advances.
PROGRESSION = "pelvis_tx"


@dataclass(frozen=True)
class Polynomial:
    """Multivariate polynomial ``sum_t coefficient[t] * prod_v q[coordinate_index[v]]**exponent[t, v]``.

    ``polynomial_coefficient`` is (term, component): one component for a length, three for a direction.
    """

    polynomial_coordinate_index: IntArray
    polynomial_exponent: IntArray
    polynomial_coefficient: FloatArray


def _none() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True)
class Plant:
    """A walker as arrays. Field names are registered in ``variables``; shapes and units stand there."""

    coordinate: Names
    coordinate_role: Names
    coordinate_is_rotation: IntArray
    coordinate_range: FloatArray
    coordinate_normal_spread: FloatArray
    coordinate_closeness: FloatArray
    passive_exponential_torque_nm: FloatArray
    passive_exponential_slope: FloatArray
    passive_exponential_offset_rad: FloatArray
    passive_stiffness_nm_rad: FloatArray
    passive_damping_nms_rad: FloatArray
    body: Names
    body_mass_kg: FloatArray
    body_mass_center_m: FloatArray
    body_inertia_kg_m2: FloatArray
    joint: Names
    joint_parent_body: Names
    joint_child_body: Names
    joint_parent_rotation: FloatArray
    joint_parent_translation_m: FloatArray
    joint_child_rotation: FloatArray
    joint_child_translation_m: FloatArray
    axis_joint_index: IntArray
    axis_is_rotation: IntArray
    axis_direction: FloatArray
    axis_coordinate_index: IntArray
    axis_polynomial: FloatArray
    contact_sphere: Names
    contact_body: Names
    contact_center_m: FloatArray
    contact_radius_m: FloatArray
    contact_stiffness_pa: FloatArray
    contact_dissipation_s_m: FloatArray
    contact_static_friction: FloatArray
    contact_dynamic_friction: FloatArray
    contact_viscous_friction_s_m: FloatArray
    contact_transition_velocity_m_s: FloatArray
    contact_hertz_smoothing: FloatArray
    contact_hunt_crossley_smoothing: FloatArray
    muscle: Names
    muscle_max_isometric_force_n: FloatArray
    muscle_optimal_fiber_length_m: FloatArray
    muscle_tendon_slack_length_m: FloatArray
    muscle_pennation_angle_rad: FloatArray
    muscle_max_contraction_velocity_per_s: FloatArray
    muscle_active_force_width_scale: FloatArray
    muscle_fiber_damping: FloatArray
    muscle_passive_fiber_strain: FloatArray
    muscle_activation_time_constant_s: FloatArray
    muscle_deactivation_time_constant_s: FloatArray
    muscle_calibration_factor: FloatArray
    path_length_rms_error_m: FloatArray
    path_length_max_error_m: FloatArray
    path_moment_arm_rms_error_m: FloatArray
    landmark: Names
    landmark_body: Names
    landmark_m: FloatArray
    actuator: Names
    actuator_optimal_force_nm: FloatArray
    #: Muscle name -> length in m as a polynomial of coordinates.
    path_length: dict[str, Polynomial]
    #: "joint/muscle" -> force on the joint's child side per unit tension, in the joint's parent *body* axes.
    joint_pull: dict[str, Polynomial]
    #: "joint/muscle" -> moment in m of that force about the joint centre (the joint frame's origin in the child), same
    #: axes; at the knee.
    joint_pull_moment: dict[str, Polynomial]
    #: name, model_sha256, calibration, gravity_m_s2, passive_resistance and versions.
    attributes: dict[str, Any]
    #: Passive strands that run along the path of a muscle, beside it (``opensim_model.band``); none by default.
    band: Names = ()
    band_muscle: Names = ()
    band_slack_length_m: FloatArray = field(default_factory=_none)
    band_stiffness_n: FloatArray = field(default_factory=_none)
    band_toe_strain: FloatArray = field(default_factory=_none)

    @property
    def mass_kg(self) -> float:
        """Body mass."""
        return float(np.sum(self.body_mass_kg))

    @property
    def gravity_m_s2(self) -> float:
        """Magnitude of gravity along -y."""
        return float(self.attributes["gravity_m_s2"])

    @property
    def free_coordinates(self) -> Names:
        """Coordinates that are solved for, in plant order."""
        return tuple(n for n, role in zip(self.coordinate, self.coordinate_role, strict=True) if role == FREE)

    @property
    def prescribed_coordinates(self) -> Names:
        """Coordinates that follow the reference gait, in plant order."""
        return tuple(n for n, role in zip(self.coordinate, self.coordinate_role, strict=True) if role == PRESCRIBED)


_GROUPS = ("path_length", "joint_pull", "joint_pull_moment")
_POLYNOMIAL = tuple(f.name for f in fields(Polynomial))


def write_plant(path: Path, plant: Plant) -> None:
    """Write ``plant`` to HDF5, whole or not at all."""
    with new_file(path) as file:
        for item in fields(Plant):
            value = getattr(plant, item.name)
            if item.name in _GROUPS:
                for key, polynomial in value.items():
                    group = file.require_group(f"{item.name}/{key}")
                    for name in _POLYNOMIAL:
                        write_variable(group, name, getattr(polynomial, name))
            elif item.name != "attributes":
                write_variable(file, item.name, np.asarray(value, dtype=object) if isinstance(value, tuple) else value)
        file.attrs.update(plant.attributes)


def read_plant(path: Path) -> Plant:
    """Read a plant.

    Raises
    ------
    InputError
        If the file is missing, truncated or made by another version.
    """
    with open_file(path) as file:
        values: dict[str, Any] = {"attributes": attributes_of(file)}
        for item in fields(Plant):
            if item.name in _GROUPS:
                values[item.name] = _read_polynomials(file, item.name)
            elif item.name != "attributes":
                if item.name not in file:
                    raise InputError(
                        f"{path} has no dataset '{item.name}': make it again with 'gluteweak build-model'."
                    )
                value = read_value(file[item.name])
                is_text = h5py.check_string_dtype(file[item.name].dtype) is not None
                values[item.name] = tuple(value.tolist()) if is_text else value
        return Plant(**values)


def _read_polynomials(file: h5py.File, name: str) -> dict[str, Polynomial]:
    found: dict[str, Polynomial] = {}
    if name in file:
        _collect_polynomials(file[name].id, "", found)
    return found


def _collect_polynomials(group: Any, key: str, found: dict[str, Polynomial]) -> None:
    """Polynomials below ``group`` (an identifier of h5py's low level), by the names of the groups on the way.

    A walker has hundreds of small arrays and every process of a study reads them: through h5py's objects that takes
    three times as long, a noticeable part of starting a solve.
    """
    members = set(group)
    if _POLYNOMIAL[0].encode() in members:
        found[key] = Polynomial(**{member: _read_array(group, member) for member in _POLYNOMIAL})
        return
    for member in sorted(members):
        below = member.decode()
        _collect_polynomials(h5py.h5g.open(group, member), f"{key}/{below}" if key else below, found)


def _read_array(group: Any, name: str) -> Any:
    dataset = h5py.h5d.open(group, name.encode())
    array = np.empty(dataset.shape, dataset.dtype)
    dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, array)
    return array
