"""Passive strands beside a muscle: the iliotibial band's own tension, from the motion alone."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.polynomials import evaluate, pack
from gluteweak.plant import FloatArray, Plant


def band_tension_n(plant: Plant, value: FloatArray) -> FloatArray:
    """Tension of each strand of the plant, (n_times, n_bands) in N, at ``value`` (n_times, n_coordinates).

    With the strain e (length over slack length, less one) and u = min(e / t, 1) in the toe of strain t, it is
    k (t (u^3 - u^4 / 2) + max(e - t, 0)); nothing below the slack length.
    """
    if not plant.band:
        return np.zeros((len(value), 0))
    length = evaluate(pack([plant.path_length[name] for name in plant.band_muscle], 1), value)[:, :, 0]
    strain = np.maximum(length / plant.band_slack_length_m - 1.0, 0.0)
    u = np.minimum(strain / plant.band_toe_strain, 1.0)
    straight = np.maximum(strain - plant.band_toe_strain, 0.0)
    return np.asarray(plant.band_stiffness_n * (plant.band_toe_strain * (u**3 - u**4 / 2) + straight))


def with_bands(plant: Plant, value: FloatArray, muscle_force_n: FloatArray) -> FloatArray:
    """Tension along the path of each muscle, (n_times, n_muscles) in N: its own, and that of a strand beside it."""
    if not plant.band:
        return muscle_force_n
    along = muscle_force_n.copy()
    for column, tension in zip(plant.band_muscle, band_tension_n(plant, value).T, strict=True):
        along[:, plant.muscle.index(column)] += tension
    return along
