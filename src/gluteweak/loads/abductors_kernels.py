"""Numba kernel of what the hip abductors could do."""

from __future__ import annotations

import math

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def active_force_length(length: float, width: float, gaussian: FloatArray) -> float:
    """Sum over i of b1 exp(-((x - b2) / (b3 + b4 x))^2 / 2) with x = (length - 1) / width + 1 (De Groote 2016).

    Parameters
    ----------
    length : float, fibre length in optimal fibre lengths
    width : float, width scale of the curve
    gaussian : (n, 4), b1 to b4
    """
    x = (length - 1.0) / width + 1.0
    result = 0.0
    for i in range(gaussian.shape[0]):
        z = (x - gaussian[i, 1]) / (gaussian[i, 2] + gaussian[i, 3] * x)
        result += gaussian[i, 0] * math.exp(-0.5 * z * z)
    return result


@njit
def capacity(length: FloatArray, arm: FloatArray, muscle: FloatArray, gaussian: FloatArray, out: FloatArray) -> None:
    """Sum over muscles with a positive arm r of r F0 fl cos(pennation): isometric, fully active.

    With the tendon at slack length, the fibre reaches s = L - L_tendon along the tendon, h = l0 sin(a0) across it.

    Parameters
    ----------
    length : (n_times, n_muscles), m, path
    arm : (n_times, n_muscles), m, positive where the muscle abducts
    muscle : (n_muscles, 5): F0 (N), l0 (m), tendon slack (m), pennation at l0 (rad), width scale
    gaussian : (n, 4)
    out : (n_times,), N m
    """
    for t in range(length.shape[0]):
        out[t] = 0.0
        for m in range(length.shape[1]):
            if arm[t, m] <= 0.0:
                continue
            along = length[t, m] - muscle[m, 2]
            across = muscle[m, 1] * math.sin(muscle[m, 3])
            fibre = math.sqrt(along * along + across * across)
            force = muscle[m, 0] * active_force_length(fibre / muscle[m, 1], muscle[m, 4], gaussian)
            out[t] += arm[t, m] * force * along / fibre
