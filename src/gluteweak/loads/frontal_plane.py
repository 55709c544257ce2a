"""Angles in the frontal plane of walking: the y-z plane of ground, whose normal x is the mean direction of progression.

A periodic motion advances along x alone, so its mean direction of progression is x whatever the pelvis does on the way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gluteweak.loads import frontal_plane_kernels as kernels
from gluteweak.plant import FloatArray


def inclination_rad(upward: FloatArray, side_sign: float) -> FloatArray:
    """Angle from vertical of an upward vector projected on the frontal plane, leaning towards the side positive.

    Parameters
    ----------
    upward : (n_times, 3)
        Vector in ground axes, such as ankle to knee; any length.
    side_sign : float
        +1 for the right side, -1 for the left.
    """
    return _apply(kernels.inclination, upward, side_sign)


def elevation_rad(rightward: FloatArray, side_sign: float) -> FloatArray:
    """Angle from horizontal of a rightward vector projected on the frontal plane, this side higher positive.

    Parameters
    ----------
    rightward : (n_times, 3)
        Vector in ground axes, such as the pelvis' z axis; any length.
    side_sign : float
        +1 for the right side, -1 for the left.
    """
    return _apply(kernels.elevation, rightward, side_sign)


def knee_projection_rad(hip: FloatArray, knee: FloatArray, ankle: FloatArray, side_sign: float) -> FloatArray:
    """180 deg minus the projected angle hip-knee-ankle, positive when the knee is medial of the line hip-ankle.

    Parameters
    ----------
    hip, knee, ankle : (n_times, 3)
        Joint centres in ground, m.
    side_sign : float
        +1 for the right side, -1 for the left.
    """
    angle = inclination_rad(hip - knee, side_sign) - inclination_rad(knee - ankle, side_sign)
    return np.asarray(np.mod(angle + np.pi, 2.0 * np.pi) - np.pi)


def _apply(kernel: Callable[[FloatArray, float, FloatArray], None], vector: FloatArray, side_sign: float) -> FloatArray:
    if vector.ndim != 2 or vector.shape[1] != 3:
        raise ValueError(f"vector: shape {vector.shape}; expected (n_times, 3)")
    out = np.empty(len(vector))
    kernel(np.ascontiguousarray(vector, dtype=np.float64), float(side_sign), out)
    return out
