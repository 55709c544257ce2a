"""Numba kernel of the shape-preserving interpolation."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def pchip(time: FloatArray, value: FloatArray, at: FloatArray, out: FloatArray) -> None:
    """Monotone piecewise cubic Hermite interpolation (Fritsch and Butland 1984; scipy's PchipInterpolator).

    The slope at a knot is the harmonic mean of the neighbouring secants, weighted by 2 h_right + h_left and
    h_right + 2 h_left, and 0 where they differ in sign. Knots at the ends have no slope of their own.

    Parameters
    ----------
    time : (n_times,), s, rising
    value : (n_times, n_series)
    at : (n_samples,), s, from the second to the last but one knot
    out : (n_samples, n_series)
    """
    n, m = value.shape
    slope = np.zeros((n, m))
    for k in range(1, n - 1):
        left, right = time[k] - time[k - 1], time[k + 1] - time[k]
        w1, w2 = 2.0 * right + left, right + 2.0 * left
        for j in range(m):
            d1 = (value[k, j] - value[k - 1, j]) / left
            d2 = (value[k + 1, j] - value[k, j]) / right
            if d1 * d2 > 0.0:
                slope[k, j] = (w1 + w2) / (w1 / d1 + w2 / d2)
    for i in range(at.shape[0]):
        k = min(max(int(np.searchsorted(time, at[i], side="right")) - 1, 0), n - 2)
        h = time[k + 1] - time[k]
        s = (at[i] - time[k]) / h
        a = (1.0 + 2.0 * s) * (1.0 - s) * (1.0 - s)
        b = s * (1.0 - s) * (1.0 - s) * h
        c = s * s * (3.0 - 2.0 * s)
        d = s * s * (s - 1.0) * h
        for j in range(m):
            out[i, j] = a * value[k, j] + b * slope[k, j] + c * value[k + 1, j] + d * slope[k + 1, j]
