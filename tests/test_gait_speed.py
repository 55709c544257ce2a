"""Published changes of gait with speed, against values read off the publication by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.gait_speed import ANGLE_DEG, FITTED_FROM, FITTED_TO, GROUND_REACTION_BW, STRIDE_TIME_EXPONENT

# Mean cadence of Schwartz 2008 at slow and fast speed (supplement, table of peaks).
SLOW_CADENCE, FAST_CADENCE = 0.455, 0.6622


def test_stride_time_follows_the_published_cadence():
    assert pytest.approx((FITTED_TO / FITTED_FROM) ** STRIDE_TIME_EXPONENT, rel=2e-3) == SLOW_CADENCE / FAST_CADENCE


@pytest.mark.parametrize(
    ("series", "sign", "phase", "slow", "fast", "tolerance"),
    [
        # Mean curves of the supplement at slow and fast speed; signs: ours against theirs.
        (ANGLE_DEG["hip_flexion"], 1, 0.00, 32.81, 39.83, 0.3),
        (ANGLE_DEG["hip_flexion"], 1, 0.50, -1.38, -7.77, 0.3),
        (ANGLE_DEG["hip_adduction"], 1, 0.14, 4.16, 5.56, 0.3),
        (ANGLE_DEG["knee_angle"], 1, 0.14, 12.54, 23.58, 0.3),
        (ANGLE_DEG["knee_angle"], 1, 0.70, 53.89, 60.35, 0.3),
        (ANGLE_DEG["ankle_angle"], 1, 0.60, -2.27, -20.22, 0.5),
        # They count a raised side up, the models a lowered right side.
        (ANGLE_DEG["pelvis_list"], -1, 0.14, 3.04, 5.50, 0.1),
        (ANGLE_DEG["pelvis_rotation"], 1, 0.00, 3.03, 6.42, 0.1),
        (GROUND_REACTION_BW["y"], 1, 0.14, 0.955, 1.243, 0.03),
        (GROUND_REACTION_BW["x"], 1, 0.54, 0.128, 0.194, 0.015),
    ],
)
def test_change_from_slow_to_fast(series, sign, phase, slow, fast, tolerance):
    change = float(series(np.array([phase]))[0]) * (FITTED_TO - FITTED_FROM)
    assert sign * change == pytest.approx(fast - slow, abs=tolerance)
