"""Sparse polynomials: known ones come back, derivatives are derivatives, tolerances hold."""

from __future__ import annotations

import numpy as np
import pytest

from gluteweak.opensim_model.sparse_polynomial import Fit, Target, evaluate, exponents, fit_sparse, monomials


def test_number_of_exponents_is_the_binomial_coefficient():
    assert len(exponents(4, 5)) == 126  # (4 + 5)! / (4! 5!)
    assert exponents(2, 1).tolist() == [[0, 0], [0, 1], [1, 0]]


def test_monomials_by_hand():
    x = np.array([[2.0, 3.0]])
    exponent = np.array([[0, 0], [2, 1], [0, 3]])
    assert monomials(x, exponent).tolist() == [[1.0, 12.0, 27.0]]
    assert monomials(x, exponent, 0).tolist() == [[0.0, 12.0, 0.0]]
    assert monomials(x, exponent, 1).tolist() == [[0.0, 4.0, 27.0]]


def test_a_sparse_polynomial_is_found_again():
    rng = np.random.default_rng(5)
    x = rng.uniform(-0.8, 0.8, (400, 3))
    truth = Fit(
        np.array([[0, 0, 0], [1, 0, 0], [0, 2, 1], [1, 1, 1]]), np.array([[0.3], [-0.05], [0.02], [0.01]]), True
    )
    targets = [Target(None, evaluate(truth, x), 1e-6)]
    targets += [Target(i, evaluate(truth, x, i), 1e-6) for i in range(3)]
    found = fit_sparse(x, targets, range(1, 6))
    assert found.reached
    assert sorted(found.exponent.tolist()) == sorted(truth.exponent.tolist())
    np.testing.assert_allclose(evaluate(found, x), evaluate(truth, x), atol=1e-9)


def test_tolerances_hold_for_each_component_and_looser_ones_need_fewer_terms():
    rng = np.random.default_rng(6)
    x = rng.uniform(-1.0, 1.0, (500, 2))
    values = np.column_stack([np.sin(x[:, 0] + x[:, 1]), np.cos(2.0 * x[:, 0])])
    tight, loose = (fit_sparse(x, [Target(None, values, tolerance)], range(1, 9)) for tolerance in (1e-3, 1e-2))
    for fit, tolerance in ((tight, 1e-3), (loose, 1e-2)):
        assert np.sqrt(np.mean((evaluate(fit, x) - values) ** 2, axis=0)).max() <= tolerance
    assert len(loose.exponent) < len(tight.exponent)


def test_a_kink_is_followed_as_far_as_the_degree_allows():
    x = np.linspace(-1.0, 1.0, 300)[:, None]
    fit = fit_sparse(x, [Target(None, np.abs(x), 1e-4)], range(1, 5))
    assert not fit.reached
    best = np.polynomial.Polynomial.fit(x[:, 0], np.abs(x[:, 0]), 4)
    best_rms = np.sqrt(np.mean((best(x[:, 0]) - np.abs(x[:, 0])) ** 2))
    assert np.sqrt(np.mean((evaluate(fit, x) - np.abs(x)) ** 2)) == pytest.approx(best_rms, rel=0.03)
