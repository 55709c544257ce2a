"""Numba kernels of the frontal-plane angles."""

from __future__ import annotations

import math

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def inclination(upward: FloatArray, side_sign: float, out: FloatArray) -> None:
    """Angle from vertical in the y-z plane: atan2(side z, y), in rad.

    Parameters
    ----------
    upward : (n_times, 3), ground axes
    side_sign : float, +1 right, -1 left
    out : (n_times,), rad
    """
    for t in range(upward.shape[0]):
        out[t] = math.atan2(side_sign * upward[t, 2], upward[t, 1])


@njit
def elevation(rightward: FloatArray, side_sign: float, out: FloatArray) -> None:
    """Angle from horizontal in the y-z plane: side atan2(y, z), in rad.

    Parameters
    ----------
    rightward : (n_times, 3), ground axes
    side_sign : float, +1 right, -1 left
    out : (n_times,), rad
    """
    for t in range(rightward.shape[0]):
        out[t] = side_sign * math.atan2(rightward[t, 1], rightward[t, 2])
