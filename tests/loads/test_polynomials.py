"""Packed polynomials against their definition, term by term, and against a numerical derivative."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.loads.polynomials import evaluate, pack, slope
from gluteweak.plant import Polynomial


def random_polynomials(rng, count, components):
    made = []
    for _ in range(count):
        n_variables = int(rng.integers(1, 4))
        exponent = walker.monomials(n_variables, int(rng.integers(0, 5)))
        index = rng.choice(6, n_variables, replace=False)
        made.append(Polynomial(index, exponent, rng.normal(size=(len(exponent), components))))
    return made


def by_definition(polynomial, q):
    x = q[polynomial.polynomial_coordinate_index]
    return sum(
        c * np.prod(x**e)
        for c, e in zip(polynomial.polynomial_coefficient, polynomial.polynomial_exponent, strict=True)
    )


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), components=st.sampled_from([1, 3]))
def test_values_and_slopes(seed, components):
    rng = np.random.default_rng(seed)
    polynomials = random_polynomials(rng, 4, components)
    packed = pack(polynomials, components)
    q = rng.normal(size=(3, 6))
    expected = np.array([[by_definition(p, row) for p in polynomials] for row in q])
    np.testing.assert_allclose(evaluate(packed, q), expected, rtol=1e-10, atol=1e-10)
    for coordinate in range(6):
        step = 1e-6 * np.eye(6)[coordinate]
        numerical = (evaluate(packed, q + step) - evaluate(packed, q - step)) / 2e-6
        np.testing.assert_allclose(slope(packed, q, coordinate), numerical, rtol=1e-5, atol=1e-5)


def test_nothing_to_evaluate():
    assert evaluate(pack([], 3), np.zeros((5, 2))).shape == (5, 0, 3)


def test_wrong_shapes_are_refused():
    linear = Polynomial(np.array([4]), np.array([[1]]), np.array([[2.0]]))
    with pytest.raises(ValueError, match="has 1 components; expected 3"):
        pack([linear], 3)
    with pytest.raises(ValueError, match="more than 4"):
        evaluate(pack([linear], 1), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="more than 4"):
        slope(pack([linear], 1), np.zeros(5), 0)
