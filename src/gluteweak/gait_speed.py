"""How the healthy gait changes with walking speed: published curves as slopes by dimensionless speed.

Source: Schwartz, Rozumalski, Trost (2008) J Biomech 41:1639 (key ``schwartz2008``), supplement: mean curves of 82
typically developing children who walked at a slow, free and fast speed of 0.290, 0.429 and 0.560 (dimensionless). At
each per cent of the cycle a straight line was fitted through the three; its slope over the cycle is kept here as a
Fourier series of eight harmonics, in the sign conventions of the models. The lines miss the means by at most 2.1
degrees (ankle; all others 1.1) and 0.03 body weights. Children's *changes* with dimensionless speed stand in for
adults': the gait itself is the walker's own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gluteweak.plant import FloatArray

#: Dimensionless speeds (``speed / sqrt(gravity * leg length)``) between which the slopes were fitted.
FITTED_FROM, FITTED_TO = 0.2902, 0.5599
#: Stride time falls with speed to this power, between the same two speeds (mean cadence 0.455 and 0.662, ibid.).
STRIDE_TIME_EXPONENT = -0.571


class Harmonics(NamedTuple):
    """Fourier series over the gait cycle from the foot strike of the side: mean, cosines, sines."""

    mean: float
    cosine: tuple[float, ...]
    sine: tuple[float, ...]

    def __call__(self, phase: FloatArray) -> FloatArray:
        """Value at phases of the cycle (1 is a whole one)."""
        angle = 2 * np.pi * np.outer(phase, np.arange(1, len(self.cosine) + 1))
        return np.asarray(self.mean + np.cos(angle) @ self.cosine + np.sin(angle) @ self.sine)


#: Degrees for one unit of dimensionless speed; pelvis as seen from a cycle of the right leg.
ANGLE_DEG = {
    "pelvis_tilt": Harmonics(
        -8.13,
        (0.04, 0.99, -0.03, -0.70, 0.01, 0.16, -0.02, 0.10),
        (-0.54, 3.14, -0.06, -0.28, -0.06, -0.05, -0.02, -0.06),
    ),
    "pelvis_list": Harmonics(
        -0.31,
        (-3.37, 0.13, 1.25, -0.05, -0.25, -0.01, -0.19, -0.00),
        (-7.03, 0.09, 0.45, 0.02, 0.25, 0.01, -0.02, -0.01),
    ),
    "pelvis_rotation": Harmonics(
        0.35,
        (10.98, 0.09, 1.50, -0.07, -0.20, -0.06, -0.05, -0.03),
        (-1.80, -0.13, -1.96, -0.01, -0.33, 0.00, -0.17, -0.03),
    ),
    "hip_flexion": Harmonics(
        8.52, (24.48, -6.44, -0.03, -0.78, 0.06, -0.44, 0.00, -0.05), (0.03, 5.75, 0.84, 0.46, 0.15, -0.21, 0.15, 0.04)
    ),
    "hip_adduction": Harmonics(
        -2.84,
        (1.58, -4.71, -1.14, 0.08, 0.02, 0.01, 0.15, -0.01),
        (5.69, -0.35, 1.38, -0.37, -0.23, -0.01, -0.07, 0.02),
    ),
    "hip_rotation": Harmonics(
        0.46, (-0.78, -2.72, 0.83, -0.53, -0.15, 1.00, 0.55, 0.14), (3.41, -3.00, -0.55, -1.11, 0.47, 0.26, -0.18, 0.24)
    ),
    "knee_angle": Harmonics(
        14.85,
        (9.45, -6.82, -2.60, -3.54, -0.08, -0.42, -0.37, 0.03),
        (-2.72, 16.96, -1.47, 0.84, 0.32, -0.75, -0.07, -0.02),
    ),
    "ankle_angle": Harmonics(
        -9.73,
        (19.06, -10.86, 0.54, 1.85, -4.82, 3.02, -1.58, -0.03),
        (12.51, -5.93, 7.10, -7.46, 2.15, 0.35, -1.62, 1.47),
    ),
}
#: Of them, those of the pelvis that change sign between the cycles of the right and the left leg.
ODD = ("pelvis_list", "pelvis_rotation")
#: Body weights for one unit of dimensionless speed, by axis (x forward, y up).
GROUND_REACTION_BW = {
    "x": Harmonics(
        0.0024,
        (-0.1750, 0.0500, -0.0419, 0.0885, -0.0126, 0.0529, -0.0178, 0.0176),
        (-0.0234, -0.1307, -0.0183, -0.0661, 0.0123, 0.0020, -0.0036, 0.0190),
    ),
    "y": Harmonics(
        0.0087,
        (0.4840, 0.2683, -0.1712, -0.1166, -0.1138, 0.0244, -0.0722, 0.0318),
        (0.0393, 0.2923, 0.5320, -0.1151, 0.1596, -0.0574, 0.0523, 0.0325),
    ),
}
