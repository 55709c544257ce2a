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
            for t in range(monomial.shape[0]):
                monomial[t] = 1.0
            for v in range(coordinate.shape[1]):
                if exponent[k, v] > 0:
                    factor = power[coordinate[p, v], exponent[k, v]]
                    for t in range(monomial.shape[0]):
                        monomial[t] *= factor[t]
            for c in range(coefficient.shape[1]):
                row = out[p, c]
                for t in range(monomial.shape[0]):
                    row[t] += coefficient[k, c] * monomial[t]


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
            scale = 0.0
            for v in range(coordinate.shape[1]):
                if coordinate[p, v] == by and exponent[k, v] > 0:
                    scale = float(exponent[k, v])
            if scale == 0.0:
                continue
            for t in range(monomial.shape[0]):
                monomial[t] = scale
            for v in range(coordinate.shape[1]):
                # A variable that a polynomial lacks has power 0, whatever coordinate stands in its place.
                e = exponent[k, v] - 1 if coordinate[p, v] == by and exponent[k, v] > 0 else exponent[k, v]
                if e > 0:
                    factor = power[coordinate[p, v], e]
                    for t in range(monomial.shape[0]):
                        monomial[t] *= factor[t]
            for c in range(coefficient.shape[1]):
                row = out[p, c]
                for t in range(monomial.shape[0]):
                    row[t] += coefficient[k, c] * monomial[t]
