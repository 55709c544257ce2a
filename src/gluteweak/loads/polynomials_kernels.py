"""Numba kernels that evaluate packed polynomials."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray, IntArray


@njit
def fill_powers(value: FloatArray, out: FloatArray) -> None:
    """Powers 0, 1, ... of each coordinate.

    Parameters
    ----------
    value : (n_coordinates,), rad or m
    out : (n_coordinates, highest power + 1)
    """
    for i in range(value.shape[0]):
        out[i, 0] = 1.0
        for e in range(1, out.shape[1]):
            out[i, e] = out[i, e - 1] * value[i]


@njit
def highest_power(exponent: IntArray) -> int:
    """Largest of all powers."""
    highest = 0
    for k in range(exponent.shape[0]):
        for v in range(exponent.shape[1]):
            highest = max(highest, exponent[k, v])
    return highest


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
    out : (n_times, n_polynomials, n_components)
    """
    power = np.empty((value.shape[1], highest_power(exponent) + 1))
    for t in range(value.shape[0]):
        fill_powers(value[t], power)
        for p in range(coordinate.shape[0]):
            for c in range(coefficient.shape[1]):
                out[t, p, c] = 0.0
            for k in range(start[p], start[p + 1]):
                monomial = 1.0
                for v in range(coordinate.shape[1]):
                    monomial *= power[coordinate[p, v], exponent[k, v]]
                for c in range(coefficient.shape[1]):
                    out[t, p, c] += coefficient[k, c] * monomial


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
    power = np.empty((value.shape[1], highest_power(exponent) + 1))
    for t in range(value.shape[0]):
        fill_powers(value[t], power)
        for p in range(coordinate.shape[0]):
            for c in range(coefficient.shape[1]):
                out[t, p, c] = 0.0
            for k in range(start[p], start[p + 1]):
                monomial = 0.0
                for v in range(coordinate.shape[1]):
                    if coordinate[p, v] == by and exponent[k, v] > 0:
                        monomial = exponent[k, v] * power[by, exponent[k, v] - 1]
                        for w in range(coordinate.shape[1]):
                            if w != v:
                                monomial *= power[coordinate[p, w], exponent[k, w]]
                for c in range(coefficient.shape[1]):
                    out[t, p, c] += coefficient[k, c] * monomial
