"""Read of ``solution.h5`` what the certificate needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.opensim_model.replay import Motion
from gluteweak.storage import read_file

FloatArray = NDArray[np.float64]

LABELS = ("coordinate", "muscle", "actuator", "contact_sphere")
_SERIES = (
    "time_s",
    "quadrature_weight",
    "coordinate_value",
    "coordinate_speed",
    "coordinate_acceleration",
    "muscle_activation",
    "muscle_activation_rate",
    "muscle_tendon_force_n",
    "actuator_torque_nm",
    "contact_force_n",
    "muscle_strength_fraction",
)


@dataclass(frozen=True)
class Solution:
    """What the certificate needs of ``solution.h5``: its quantities by name, its attributes, and the motion in it."""

    values: Mapping[str, Any]
    attributes: Mapping[str, Any]
    motion: Motion

    @property
    def time_s(self) -> FloatArray:
        """Collocation points."""
        return np.asarray(self.values["time_s"])

    @property
    def opensim_motion(self) -> Motion:
        """The motion with the activations of OpenSim's muscles: a weak one is driven less far (``weakness``)."""
        strength = np.asarray(self.values["muscle_strength_fraction"])
        return replace(self.motion, activation=self.motion.activation * strength)

    @property
    def muscle_strength(self) -> dict[str, float]:
        """Strength fraction of every muscle."""
        fractions = self.values["muscle_strength_fraction"]
        return {name: float(f) for name, f in zip(self.motion.muscle, fractions, strict=True)}


def read_solution(path: Path) -> Solution:
    """Read ``solution.h5``.

    Raises
    ------
    InputError
        If it is missing, broken, incomplete or its shapes disagree.
    """
    values, attributes = read_file(path, (*LABELS, *_SERIES))
    labels = {name: tuple(str(item) for item in values[name]) for name in LABELS}
    time = len(values["time_s"])
    expected = {
        "coordinate_value": (time, len(labels["coordinate"])),
        "coordinate_speed": (time, len(labels["coordinate"])),
        "coordinate_acceleration": (time, len(labels["coordinate"])),
        "muscle_activation": (time, len(labels["muscle"])),
        "muscle_activation_rate": (time, len(labels["muscle"])),
        "muscle_tendon_force_n": (time, len(labels["muscle"])),
        "actuator_torque_nm": (time, len(labels["actuator"])),
        "contact_force_n": (time, len(labels["contact_sphere"]), 3),
        "muscle_strength_fraction": (len(labels["muscle"]),),
        "quadrature_weight": (time,),
    }
    for name, shape in expected.items():
        if values[name].shape != shape:
            raise InputError(f"{path}: dataset '{name}' has shape {values[name].shape}, due is {shape}; solve again.")
    motion = Motion(
        **labels,
        value=values["coordinate_value"],
        speed=values["coordinate_speed"],
        acceleration=values["coordinate_acceleration"],
        activation=values["muscle_activation"],
        actuator_torque_nm=values["actuator_torque_nm"],
    )
    return Solution(values, attributes, motion)
