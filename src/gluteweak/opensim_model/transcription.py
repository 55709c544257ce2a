"""Is a stored motion consistent with itself? Numpy only, independent of the solver that made it.

On each mesh interval values, speeds and activations must be integrals of their stored rates by the Radau rule, and the
first interval must start where the last one ends: the motion is periodic but for the distance walked.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Legendre, Polynomial
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_HIGHEST_DEGREE = 9


def radau_points(degree: int) -> FloatArray:
    """Radau points on (0, 1], the last one 1: roots of P_n - P_(n-1) of the shifted Legendre polynomials.

    Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.5 (Radau IIA).
    """
    difference = Legendre.basis(degree, domain=[0, 1]) - Legendre.basis(degree - 1, domain=[0, 1])
    return np.sort(difference.roots().real)


def integration_matrix(degree: int) -> FloatArray:
    """Butcher matrix A of Radau IIA: x(c_i) = x(0) + h sum_j A[i, j] dx/dt(c_j)."""
    points = radau_points(degree)
    matrix = np.zeros((degree, degree))
    for j in range(degree):
        others = np.delete(points, j)
        lagrange = Polynomial([1.0])
        for other in others:
            lagrange = lagrange * Polynomial([-other, 1.0]) / (points[j] - other)
        matrix[:, j] = lagrange.integ()(points)
    return matrix


def radau_degree(time_s: FloatArray) -> int | None:
    """Number of Radau points in each mesh interval of the grid, or None if it is no Radau grid from 0 on."""
    for degree in range(1, _HIGHEST_DEGREE + 1):
        if len(time_s) % degree:
            continue
        ends = time_s[degree - 1 :: degree]
        starts = np.concatenate([[0.0], ends[:-1]])
        grid = starts[:, None] + (ends - starts)[:, None] * radau_points(degree)
        # Intervals of one length only: with degree 1 every grid would do.
        equal = np.allclose(ends - starts, ends[0], rtol=1e-6, atol=0.0)
        if equal and np.allclose(grid.ravel(), time_s, rtol=0.0, atol=1e-6 * ends[0]):
            return degree
    return None


def integration_defect(
    time_s: FloatArray, degree: int, value: FloatArray, rate: FloatArray, gain: FloatArray
) -> FloatArray:
    """Difference between stored values and the integral of their rates, (interval, degree, column).

    Parameters
    ----------
    time_s : (time,)
        Radau grid from 0 on, ``degree`` points in each interval.
    value, rate : (time, column)
        Quantities and their time derivatives.
    gain : (column,)
        What each quantity advances by in a cycle: the distance walked for ``pelvis_tx``, otherwise 0.
    """
    values = value.reshape(-1, degree, value.shape[1])
    rates = rate.reshape(values.shape)
    ends = time_s[degree - 1 :: degree]
    steps = np.diff(ends, prepend=0.0)
    starts = np.roll(values[:, -1, :], 1, axis=0)
    starts[0] -= gain
    integral = steps[:, None, None] * np.einsum("ij,njc->nic", integration_matrix(degree), rates)
    defect: FloatArray = values - starts[:, None, :] - integral
    return defect
