"""Zigzag inside mesh intervals: what no equation of motion and no certificate sees.

Accelerations on a Radau mesh may jump to and fro between the points of an interval while every equation holds at every
point, and the mean of the interval is right. OpenSim, asked at the points, confirms each of them. Such a motion is no
motion, and it changes answers (``docs/method.md``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def zigzag(time_s: FloatArray, weight: FloatArray, series: FloatArray, degree: int) -> tuple[FloatArray, FloatArray]:
    """RMS of a periodic series' zigzag, and its share of the series' mean square.

    Zigzag is what an interval's points have beyond the straight line through the interval's mean with the slope of the
    means of its two neighbours. A smooth curve leaves next to nothing there.

    Parameters
    ----------
    time_s, weight : (n_points,)
        Collocation points of intervals of equal length, the last one at the end of the cycle, and their quadrature
        weights, which sum to 1.
    series : (n_points, n_columns)
        Values at the points.
    degree
        Points in an interval.

    Returns
    -------
    rms, share
        (n_columns,) each, in the unit of the series and without unit; a share of a series of zeros is 0.

    Raises
    ------
    ValueError
        If the points do not fill whole intervals.
    """
    if degree < 1 or len(time_s) % degree or len(series) != len(time_s):
        raise ValueError(f"{len(time_s)} times and {len(series)} values are not intervals of {degree} points")
    intervals = len(time_s) // degree
    length_s = time_s[-1] / intervals
    values = series.reshape(intervals, degree, -1)
    weights = weight.reshape(intervals, degree, 1)
    mean = (weights * values).sum(axis=1) / weights.sum(axis=1)
    slope = (np.roll(mean, -1, axis=0) - np.roll(mean, 1, axis=0)) / (2.0 * length_s)
    from_middle_s = time_s.reshape(intervals, degree, 1) - length_s * (np.arange(intervals)[:, None, None] + 0.5)
    beyond = values - mean[:, None] - slope[:, None] * from_middle_s
    own = np.asarray((weights * beyond**2).sum(axis=(0, 1)))
    whole = weight @ series**2
    return np.sqrt(own), np.divide(own, whole, out=np.zeros_like(own), where=whole > 0)
