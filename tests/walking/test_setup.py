"""Bounds of the unknowns and of the constraints."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import swaying_walker as walker

from gluteweak.walking import setup
from gluteweak.walking.point import PointLayout
from gluteweak.walking.transcription import Grid, Transcription

pytestmark = pytest.mark.casadi


def test_joints_keep_to_the_range_of_their_paths_and_the_pelvis_near_its_reference():
    plant = walker.make()
    ranges = np.column_stack([-0.1 * np.arange(1, 13), 0.2 * np.arange(1, 13)])
    plant = replace(plant, coordinate_range=ranges)
    times = plant.muscle_activation_time_constant_s, plant.muscle_deactivation_time_constant_s
    tr = Transcription(PointLayout(plant), Grid(3, 2, 1.0), *times)
    reference = np.random.default_rng(0).normal(size=(6, 11))
    bounds = setup.make_bounds(tr, reference, 0.7)
    lower, upper = tr.unpack(bounds.lower), tr.unpack(bounds.upper)
    for n, name in enumerate(plant.free_coordinates):
        low, high = lower["value"][:, n], upper["value"][:, n]
        if name.startswith(("hip", "ankle")):  # crossed by muscles
            np.testing.assert_array_equal([low, high], np.tile(ranges[[plant.coordinate.index(name)]].T, 6))
        else:
            reach = 0.3 if name[:-1] == "pelvis_t" else 0.6
            np.testing.assert_allclose([low, high], [reference[:, n] - reach, reference[:, n] + reach], rtol=1e-14)
    assert (lower["activation"] > 0).all()
    assert (lower["activation"] < 0.01).all()
    assert (upper["activation"] == 1).all()
    assert (lower["control"] == -1).all()
    assert (upper["control"] == 1).all()
    # Equations of motion, collocation, then one-sided activation limits.
    n_motion, n_limits = 6 * 11, 6 * len(plant.muscle)
    assert len(bounds.constraint_lower) == len(bounds.constraint_upper) == 2 * n_motion + 2 * n_limits
    low, high = (
        np.split(b, [n_motion, 2 * n_motion, 2 * n_motion + n_limits])
        for b in (bounds.constraint_lower, bounds.constraint_upper)
    )
    assert not low[0].any()
    assert not high[0].any()
    np.testing.assert_array_equal(low[1], high[1])
    np.testing.assert_array_equal(low[1], tr.speed_defect_target(0.7))
    assert (low[2] == 0).all()
    assert (high[2] == np.inf).all()
    assert (low[3] == -np.inf).all()
    assert (high[3] == 1).all()


def test_a_walker_without_prescribed_segments_carries_nothing():
    plant = walker.make()
    plant = replace(plant, coordinate_role=("free",) * len(plant.coordinate))
    nothing = np.zeros((4, len(plant.coordinate)))
    assert setup.carried_segments(plant, nothing, nothing, nothing).shape == (4, 0)
