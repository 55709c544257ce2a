"""Zigzag inside mesh intervals against series made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.zigzag import zigzag

INTERVALS, DURATION_S = 25, 1.1
#: Radau points and weights of degree 2 (Hairer and Wanner, Solving Ordinary Differential Equations II, table 5.5).
POINTS, WEIGHTS = np.array([1 / 3, 1.0]), np.array([0.75, 0.25])
TIME_S = (DURATION_S / INTERVALS * (np.arange(INTERVALS)[:, None] + POINTS)).ravel()
WEIGHT = np.tile(WEIGHTS, INTERVALS) / INTERVALS


def test_a_smooth_swing_has_next_to_none():
    phase = 2 * np.pi * TIME_S / DURATION_S
    smooth = np.column_stack([3 * np.sin(phase), 10 * np.cos(3 * phase) + 2])
    rms, share = zigzag(TIME_S, WEIGHT, smooth, 2)
    assert (share < 0.01).all()
    assert (rms < 0.1 * np.std(smooth, axis=0)).all()


def test_a_jump_to_and_fro_of_mean_zero_is_all_zigzag():
    # -1 at the first point of each interval and 3 at the second: mean 0.75 (-1) + 0.25 (3) = 0, mean square 3.
    rms, share = zigzag(TIME_S, WEIGHT, np.tile([-1.0, 3.0], INTERVALS)[:, None], 2)
    np.testing.assert_allclose([rms[0], share[0]], [np.sqrt(3.0), 1.0], rtol=1e-12)


def test_zigzag_on_a_swing_is_told_from_it():
    swing = 4 * np.cos(2 * np.pi * TIME_S / DURATION_S)  # mean square 8
    rms, share = zigzag(TIME_S, WEIGHT, (swing + np.tile([-1.0, 3.0], INTERVALS))[:, None], 2)
    np.testing.assert_allclose([rms[0], share[0]], [np.sqrt(3.0), 3 / 11], rtol=0.02)


def test_a_constant_and_zeros_have_none():
    time_s = DURATION_S / INTERVALS * np.arange(1, INTERVALS + 1)
    rms, _ = zigzag(time_s, np.full(INTERVALS, 1 / INTERVALS), np.full((INTERVALS, 1), 5.0), 1)
    assert rms[0] == 0.0
    rms, share = zigzag(TIME_S, WEIGHT, np.zeros((len(TIME_S), 2)), 2)
    assert not rms.any()
    assert not share.any()


def test_points_that_fill_no_interval_are_refused():
    with pytest.raises(ValueError, match="49 times and 49 values are not intervals of 2 points"):
        zigzag(TIME_S[1:], WEIGHT[1:], np.ones((49, 1)), 2)
