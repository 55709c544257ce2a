"""Many polynomials of the coordinates as one set of arrays, so that one call evaluates them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gluteweak.loads import polynomials_kernels as kernels
from gluteweak.plant import FloatArray, IntArray, Polynomial


class Packed(NamedTuple):
    """Polynomials side by side; terms of polynomial ``p`` are rows ``start[p]:start[p + 1]``.

    ``coordinate`` is (n_polynomials, width), ``exponent`` (n_terms, width); variables that a polynomial lacks have
    power 0. ``coefficient`` is (n_terms, n_components).
    """

    start: IntArray
    coordinate: IntArray
    exponent: IntArray
    coefficient: FloatArray


def pack(polynomials: Sequence[Polynomial], components: int) -> Packed:
    """Pack polynomials of ``components`` components each.

    Raises
    ------
    ValueError
        If one has another number of components.
    """
    for polynomial in polynomials:
        if polynomial.polynomial_coefficient.shape[1] != components:
            found = polynomial.polynomial_coefficient.shape[1]
            raise ValueError(f"a polynomial has {found} components; expected {components}")
    width = max((len(p.polynomial_coordinate_index) for p in polynomials), default=0)
    sizes = [len(p.polynomial_exponent) for p in polynomials]
    packed = Packed(
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        coordinate=np.zeros((len(polynomials), width), dtype=np.int64),
        exponent=np.zeros((sum(sizes), width), dtype=np.int64),
        coefficient=np.zeros((sum(sizes), components)),
    )
    for p, polynomial in enumerate(polynomials):
        rows, n = slice(packed.start[p], packed.start[p + 1]), len(polynomial.polynomial_coordinate_index)
        packed.coordinate[p, :n] = polynomial.polynomial_coordinate_index
        packed.exponent[rows, :n] = polynomial.polynomial_exponent
        packed.coefficient[rows] = polynomial.polynomial_coefficient
    return packed


def evaluate(packed: Packed, value: FloatArray) -> FloatArray:
    """Values (n_times, n_polynomials, n_components) at ``value`` (n_times, n_coordinates).

    Raises
    ------
    ValueError
        If there are fewer coordinates than a polynomial needs.
    """
    out = np.zeros((len(packed.start) - 1, packed.coefficient.shape[1], len(value)))
    kernels.evaluate(*packed, _checked(packed, value), out)
    return np.ascontiguousarray(out.transpose(2, 0, 1))


def slope(packed: Packed, value: FloatArray, coordinate: int) -> FloatArray:
    """Derivatives by one coordinate, (n_times, n_polynomials, n_components); arguments as in `evaluate`."""
    out = np.zeros((len(packed.start) - 1, packed.coefficient.shape[1], len(value)))
    kernels.slope(*packed, _checked(packed, value), int(coordinate), out)
    return np.ascontiguousarray(out.transpose(2, 0, 1))


def _checked(packed: Packed, value: FloatArray) -> FloatArray:
    if value.ndim != 2 or value.shape[1] <= packed.coordinate.max(initial=-1):
        raise ValueError(
            f"coordinates: shape {value.shape}; expected (n_times, more than {packed.coordinate.max(initial=-1)})"
        )
    return np.ascontiguousarray(value, dtype=np.float64)
