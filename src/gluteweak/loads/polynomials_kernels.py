"""Numba kernels that evaluate packed polynomials, all instants of a term at once: time runs fastest in every array."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray, IntArray


@njit
def powers(exponent: IntArray, value: FloatArray) -> FloatArray:
    """Powers 0, 1, ... of each coordinate at each time, (n_coordinates, highest power + 1, n_times)."""
    highest = 0
    for k in range(exponent.shape[0]):
        for v in range(exponent.shape[1]):
            highest = max(highest, exponent[k, v])
    out = np.ones((value.shape[1], highest + 1, value.shape[0]))
    for i in range(value.shape[1]):
        for e in range(1, highest + 1):
            for t in range(value.shape[0]):
                out[i, e, t] = out[i, e - 1, t] * value[t, i]
    return out


@njit
def fill_monomial(power: FloatArray, coordinate: IntArray, exponent: IntArray, lowered: int, out: FloatArray) -> None:
    """Product over variables of q^e at each time; the variable ``lowered`` (-1: none) has its power lowered by one.

    Parameters
    ----------
    power : as ``powers`` gives them
    coordinate, exponent : (n_variables,)
    lowered : int
    out : (n_times,)
    """
    for t in range(out.shape[0]):
        out[t] = 1.0
    for v in range(coordinate.shape[0]):
        e = exponent[v] - 1 if v == lowered else exponent[v]
        if e > 0:
            factor = power[coordinate[v], e]
            for t in range(out.shape[0]):
                out[t] *= factor[t]


@njit
def add_term(coefficient: FloatArray, scale: float, monomial: FloatArray, out: FloatArray) -> None:
    """Add scale c_k m(t) to each component: coefficient (n_components,), out (n_components, n_times)."""
    for c in range(coefficient.shape[0]):
        row = out[c]
        factor = scale * coefficient[c]
        for t in range(monomial.shape[0]):
            row[t] += factor * monomial[t]


@njit
def evaluate(
    start: IntArray,
    coordinate: IntArray,
    exponent: IntArray,
    coefficient: FloatArray,
    value: FloatArray,
    out: FloatArray,
) -> None:
    """Sum over terms of c_k prod_v q_v^e_kv.

    Parameters
    ----------
    start, coordinate, exponent, coefficient : the fields of ``Packed``
    value : (n_times, n_coordinates), rad or m
    out : (n_polynomials, n_components, n_times), zeroed by the caller
    """
    power = powers(exponent, value)
    monomial = np.empty(value.shape[0])
    for p in range(coordinate.shape[0]):
        for k in range(start[p], start[p + 1]):
            fill_monomial(power, coordinate[p], exponent[k], -1, monomial)
            add_term(coefficient[k], 1.0, monomial, out[p])


@njit
def slope(
    start: IntArray,
    coordinate: IntArray,
    exponent: IntArray,
    coefficient: FloatArray,
    value: FloatArray,
    by: int,
    out: FloatArray,
) -> None:
    """Derivative by coordinate ``by`` of the sum over terms of c_k prod_v q_v^e_kv; arguments as in ``evaluate``."""
    power = powers(exponent, value)
    monomial = np.empty(value.shape[0])
    for p in range(coordinate.shape[0]):
        for k in range(start[p], start[p + 1]):
            for v in range(coordinate.shape[1]):
                # A variable that a polynomial lacks has power 0, whatever coordinate stands in its place.
                if coordinate[p, v] == by and exponent[k, v] > 0:
                    fill_monomial(power, coordinate[p], exponent[k], v, monomial)
                    add_term(coefficient[k], float(exponent[k, v]), monomial, out[p])
