"""Numba kernels of the shape-preserving interpolation."""

from __future__ import annotations

import numpy as np

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray

#: Enough to halve an interval down to rounding.
_BISECTIONS = 52


@njit
def pchip_slope(time: FloatArray, value: FloatArray, k: int, j: int) -> float:
    """Slope at an inner knot of one series, by Fritsch and Butland (1984) as in scipy's PchipInterpolator.

    It is the harmonic mean of the neighbouring secants, weighted by 2 h_right + h_left and h_right + 2 h_left, and 0
    where they differ in sign.
    """
    left, right = time[k] - time[k - 1], time[k + 1] - time[k]
    d1 = (value[k, j] - value[k - 1, j]) / left
    d2 = (value[k + 1, j] - value[k, j]) / right
    if d1 * d2 <= 0.0:
        return 0.0
    w1, w2 = 2.0 * right + left, right + 2.0 * left
    return float((w1 + w2) / (w1 / d1 + w2 / d2))


@njit
def pchip(time: FloatArray, value: FloatArray, at: FloatArray, out: FloatArray) -> None:
    """Monotone piecewise cubic Hermite interpolation.

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
        for j in range(m):
            slope[k, j] = pchip_slope(time, value, k, j)
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


@njit
def pchip_crossings(time: FloatArray, value: FloatArray, out: FloatArray) -> int:
    """Times at which the interpolant of one series passes zero; how many there are.

    Between two knots it is monotone: it crosses once where their signs differ, and nowhere else. Found by bisection.

    Parameters
    ----------
    time : (n_times,), s, rising
    value : (n_times, 1)
    out : (n_times,), s; the first ones are filled
    """
    count = 0
    for k in range(1, value.shape[0] - 2):
        if (value[k, 0] > 0.0) == (value[k + 1, 0] > 0.0):
            continue
        h = time[k + 1] - time[k]
        first, last = h * pchip_slope(time, value, k, 0), h * pchip_slope(time, value, k + 1, 0)
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            s = 0.5 * (low + high)
            here = (1.0 + 2.0 * s) * (1.0 - s) * (1.0 - s) * value[k, 0] + s * (1.0 - s) * (1.0 - s) * first
            here += s * s * (3.0 - 2.0 * s) * value[k + 1, 0] + s * s * (s - 1.0) * last
            if (here > 0.0) == (value[k, 0] > 0.0):
                low = s
            else:
                high = s
        out[count] = time[k] + 0.5 * (low + high) * h
        count += 1
    return count
