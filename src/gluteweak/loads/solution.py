"""A solved motion as ``solution.h5`` holds it, checked against its plant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.plant import FloatArray, Plant
from gluteweak.storage import read_file

_LABELS = ("coordinate", "muscle", "contact_sphere")
_SERIES = (
    "time_s",
    "coordinate_value",
    "coordinate_speed",
    "coordinate_acceleration",
    "muscle_activation",
    "muscle_tendon_force_n",
    "contact_force_n",
    "contact_point_m",
)
_ATTRIBUTES = (
    "scenario_id",
    "strength_fraction",
    "duration_s",
    "distance_m",
    "body_mass_kg",
    "gravity_m_s2",
    "converged",
)


@dataclass(frozen=True)
class Solution:
    """One periodic motion on its collocation grid; names, shapes and units are those of ``variables.SOLUTION``."""

    time_s: FloatArray
    coordinate_value: FloatArray
    coordinate_speed: FloatArray
    coordinate_acceleration: FloatArray
    muscle_activation: FloatArray
    muscle_tendon_force_n: FloatArray
    contact_force_n: FloatArray
    contact_point_m: FloatArray
    muscle_strength_fraction: FloatArray
    attributes: dict[str, Any]

    @property
    def duration_s(self) -> float:
        """Length of the gait cycle."""
        return float(self.attributes["duration_s"])

    @property
    def body_mass_kg(self) -> float:
        """Body mass."""
        return float(self.attributes["body_mass_kg"])

    @property
    def body_weight_n(self) -> float:
        """Body mass times gravity."""
        return self.body_mass_kg * float(self.attributes["gravity_m_s2"])


def read_solution(path: Path, plant: Plant) -> Solution:
    """Read a solution and check that it belongs to the plant.

    Raises
    ------
    InputError
        If the file is missing, broken, holds NaN, did not converge, or was made with another model.
    """
    names = (*_LABELS, *_SERIES, "muscle_strength_fraction")
    values, attributes = read_file(path, names)
    for name in _ATTRIBUTES:
        if name not in attributes:
            raise InputError(f"{path} has no attribute '{name}': run the simulation again.")
    if not attributes["converged"]:
        raise InputError(f"{path} holds a motion that did not converge: it is no result; run the simulation again.")
    for label in _LABELS:
        if tuple(values.pop(label)) != getattr(plant, label):
            raise InputError(f"{path}: its {label} names are not those of the plant; simulate again with this plant.")
    solution = Solution(**values, attributes=attributes)
    check_solution(solution, plant, str(path))
    return solution


def check_solution(solution: Solution, plant: Plant, where: str) -> None:
    """Check shapes, finite numbers and the time axis of a solution against its plant.

    Raises
    ------
    InputError
        With the first thing that is wrong.
    """
    n_times = len(solution.time_s)
    coordinates = (n_times, len(plant.coordinate))
    muscles = (n_times, len(plant.muscle))
    contacts = (n_times, len(plant.contact_sphere), 3)
    expected = {
        "time_s": (n_times,),
        "coordinate_value": coordinates,
        "coordinate_speed": coordinates,
        "coordinate_acceleration": coordinates,
        "muscle_activation": muscles,
        "muscle_tendon_force_n": muscles,
        "contact_force_n": contacts,
        "contact_point_m": contacts,
        "muscle_strength_fraction": (len(plant.muscle),),
    }
    for name, shape in expected.items():
        array = getattr(solution, name)
        if array.shape != shape:
            raise InputError(f"{where}: {name} has shape {array.shape}, the plant asks for {shape}; simulate again.")
        if not np.isfinite(array).all():
            raise InputError(f"{where}: {name} holds numbers that are not finite; simulate again.")
    time, duration = solution.time_s, solution.duration_s
    if n_times < 4 or time[0] <= 0.0 or np.any(np.diff(time) <= 0.0) or not np.isclose(time[-1], duration):
        raise InputError(f"{where}: time_s must rise from above 0 to the cycle's end at {duration} s; simulate again.")
    if not float(solution.attributes["distance_m"]) > 0.0:
        raise InputError(
            f"{where}: the walker advances {solution.attributes['distance_m']} m along x in a cycle; loads need "
            "forward walking, since x is taken as the walking direction."
        )
