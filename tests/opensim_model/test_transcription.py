"""Radau collocation against published points and exact integrals."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.opensim_model.transcription import (
    integration_defect,
    integration_matrix,
    radau_degree,
    radau_points,
)


def test_points_of_radau_iia():
    # Hairer and Wanner II, tables IV.5.5 and IV.5.6.
    np.testing.assert_allclose(radau_points(1), [1.0])
    np.testing.assert_allclose(radau_points(2), [1 / 3, 1.0])
    np.testing.assert_allclose(radau_points(3), [(4 - np.sqrt(6)) / 10, (4 + np.sqrt(6)) / 10, 1.0])


def test_matrix_of_radau_iia():
    np.testing.assert_allclose(integration_matrix(2), [[5 / 12, -1 / 12], [3 / 4, 1 / 4]])


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
def test_a_polynomial_of_the_degree_has_no_defect_and_another_rate_has(degree):
    time = (np.arange(5)[:, None] + radau_points(degree)).ravel() * 0.2
    # A saw tooth cannot be periodic: distance takes up what the polynomial gains in the second.
    value, rate = time[:, None] ** degree, degree * time[:, None] ** (degree - 1)
    assert radau_degree(time) == degree
    assert np.abs(integration_defect(time, degree, value, rate, np.array([1.0]))).max() < 1e-13
    assert integration_defect(time, degree, value, rate, np.array([0.0]))[0] == pytest.approx(-1.0)
    wrong = rate.copy()
    wrong[-1] += 0.5
    defect = np.abs(integration_defect(time, degree, value, wrong, np.array([1.0])))
    assert defect[-1].max() == pytest.approx(0.1 * np.abs(integration_matrix(degree)[:, -1]).max())
    assert defect[:-1].max() < 1e-13


def test_other_grids_are_told_apart():
    assert radau_degree(np.linspace(0.0, 1.0, 10)) is None
    assert radau_degree(np.array([0.1, 0.3, 0.5, 0.9])) is None
