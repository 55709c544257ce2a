"""Numba kernels of joint contact."""

from __future__ import annotations

import math

from gluteweak.loads.dynamics_kernels import turn_back
from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def contact(
    net: FloatArray, rotation: FloatArray, pull: FloatArray, tension: FloatArray, out: FloatArray, part: FloatArray
) -> None:
    """Contact F = R^T N - sum_m T_m p_m, and each muscle's part -T_m p_m . F / |F| (0 where F is).

    Parameters
    ----------
    net : (n_times, 3), N, ground axes
    rotation : (n_times, 3, 3), parent body to ground
    pull : (n_times, n_muscles, 3), per unit tension, parent body axes
    tension : (n_times, n_muscles), N
    out : (n_times, 3), N, parent body axes
    part : (n_times, n_muscles), N
    """
    for t in range(net.shape[0]):
        x, y, z = turn_back(rotation[t], net[t])
        for m in range(tension.shape[1]):
            x -= tension[t, m] * pull[t, m, 0]
            y -= tension[t, m] * pull[t, m, 1]
            z -= tension[t, m] * pull[t, m, 2]
        size = math.sqrt(x * x + y * y + z * z)
        out[t, 0], out[t, 1], out[t, 2] = x, y, z
        for m in range(tension.shape[1]):
            along = pull[t, m, 0] * x + pull[t, m, 1] * y + pull[t, m, 2] * z
            part[t, m] = -tension[t, m] * along / size if size > 0.0 else 0.0


@njit
def compartments(compression: FloatArray, moment: FloatArray, spacing: float, offset: float, out: FloatArray) -> None:
    """Medial C/2 + (M + C o)/d, lateral C - medial; a negative one becomes tension.

    Parameters
    ----------
    compression : (n,), force
    moment : (n,), force times m, positive loads the medial side
    spacing : float, m, d
    offset : float, m, o: middle of the contacts lateral of the joint centre
    out : (3, n), force: medial, lateral, tension
    """
    for i in range(compression.shape[0]):
        medial = 0.5 * compression[i] + (moment[i] + compression[i] * offset) / spacing
        lateral = compression[i] - medial
        out[0, i] = max(medial, 0.0)
        out[1, i] = max(lateral, 0.0)
        out[2, i] = max(-medial, 0.0) + max(-lateral, 0.0)


@njit
def peak_compartments(
    compression: FloatArray, moment: FloatArray, spacing: FloatArray, offset: FloatArray, out: FloatArray
) -> None:
    """Largest medial and lateral force over the samples, for each draw of the geometry.

    Parameters
    ----------
    compression, moment : (n,), as in ``compartments``
    spacing, offset : (n_draws,), m
    out : (2, n_draws), force
    """
    for d in range(spacing.shape[0]):
        medial_peak = 0.0
        lateral_peak = 0.0
        for i in range(compression.shape[0]):
            medial = 0.5 * compression[i] + (moment[i] + compression[i] * offset[d]) / spacing[d]
            medial_peak = max(medial_peak, medial)
            lateral_peak = max(lateral_peak, compression[i] - medial)
        out[0, d] = medial_peak
        out[1, d] = lateral_peak
