"""Centrality correctors on numbers that can be followed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.walking.centrality import corrected_targets, new_multipliers

MU = 1e-2


def test_a_full_step_solves_the_linear_product():
    """room z + change z + room dz = target, to first order in the step."""
    room, z, change = np.array([2.0, 0.5]), np.array([0.1, 3.0]), np.array([-0.5, 0.2])
    (end,) = new_multipliers([MU], [room], [z], [change])
    np.testing.assert_allclose(room * z + change * z + room * (end - z), MU, rtol=1e-12)


def test_products_that_end_near_the_barrier_are_left_alone():
    room, z, change = np.array([1.0]), np.array([MU]), np.array([0.0])
    (target,) = corrected_targets(MU, [MU], [room], [z], [change], alpha=0.3)
    assert target == pytest.approx(MU)


def test_a_product_that_would_end_too_small_asks_for_what_it_lacks():
    """The room shrinks to a tenth while its multiplier stays: 0.1 * MU would do, 0.01 * MU is where it ends."""
    room, z, change = np.array([1.0]), np.array([0.1 * MU]), np.array([-0.9])
    (end,) = new_multipliers([0.01 * MU], [room], [z], [change])
    np.testing.assert_allclose(end, 0.1 * MU, rtol=1e-12)
    (target,) = corrected_targets(MU, [0.01 * MU], [room], [z], [change], alpha=0.5)
    np.testing.assert_allclose(target, 0.01 * MU + (0.1 - 0.01) * MU, rtol=1e-12)


def test_a_product_that_would_end_far_too_large_is_not_pulled_down_by_more_than_its_range():
    room, z, change = np.array([1.0]), np.array([1.0]), np.array([1.0])
    (target,) = corrected_targets(MU, [2.0], [room], [z], [change], alpha=1.0)
    np.testing.assert_allclose(target, 2.0 - 10.0 * MU, rtol=1e-12)
