"""Hip-abduction capacity: the moment that the abductors could make at each instant of a motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gluteweak import parameters
from gluteweak.errors import InputError
from gluteweak.loads import abductors_kernels as kernels
from gluteweak.loads.anatomy import Leg
from gluteweak.loads.polynomials import Packed, evaluate, pack, slope
from gluteweak.plant import FloatArray, IntArray, Plant


@dataclass(frozen=True)
class Abductors:
    """Muscles of one leg that span the hip's adduction, with their paths; ``property_`` as the kernel takes it."""

    coordinate: int
    muscle: IntArray
    path: Packed
    property_: FloatArray


def find_abductors(plant: Plant, leg: Leg) -> Abductors:
    """The muscles of a leg whose length depends on hip adduction.

    Raises
    ------
    InputError
        If there is none.
    """
    coordinate = plant.coordinate.index(leg.hip_adduction)
    found = [
        m
        for m, name in enumerate(plant.muscle)
        if name in plant.path_length and coordinate in plant.path_length[name].polynomial_coordinate_index
    ]
    if not found:
        raise InputError(f"No muscle of the model spans '{leg.hip_adduction}': correct its muscle paths.")
    columns = (
        plant.muscle_max_isometric_force_n,
        plant.muscle_optimal_fiber_length_m,
        plant.muscle_tendon_slack_length_m,
        plant.muscle_pennation_angle_rad,
        plant.muscle_active_force_width_scale,
    )
    return Abductors(
        coordinate,
        np.array(found, dtype=np.int64),
        pack([plant.path_length[plant.muscle[m]] for m in found], 1),
        np.ascontiguousarray(np.stack([column[found] for column in columns], axis=1), dtype=np.float64),
    )


def abduction_capacity_nm(abductors: Abductors, value: FloatArray, strength_fraction: FloatArray) -> FloatArray:
    """Largest abduction moment of the muscles at these postures, (n_times,) in N m.

    Every muscle that abducts is fully active and isometric; what passive tissue adds is left out, and so is what other
    joints would need to stay in balance. It is an upper bound.

    Parameters
    ----------
    abductors : Abductors
    value : (n_times, n_coordinates)
    strength_fraction : (n_muscles,)
        Of every muscle of the plant.

    Raises
    ------
    ValueError
        If there are fewer strengths than muscles.
    """
    if strength_fraction.ndim != 1 or len(strength_fraction) <= abductors.muscle.max():
        raise ValueError(f"strength_fraction: shape {strength_fraction.shape}; expected one a muscle")
    muscle = abductors.property_.copy()
    muscle[:, 0] *= strength_fraction[abductors.muscle]
    # A muscle that gets longer in adduction pulls towards abduction: its arm is dL/dq.
    arm = np.ascontiguousarray(slope(abductors.path, value, abductors.coordinate)[:, :, 0])
    length = np.ascontiguousarray(evaluate(abductors.path, value)[:, :, 0])
    out = np.empty(len(value))
    gaussian = np.asarray(parameters.ACTIVE_FORCE_LENGTH.value).reshape(-1, 4)
    kernels.capacity(length, arm, muscle, gaussian, out)
    return out
