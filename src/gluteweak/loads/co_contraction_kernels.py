"""Numba kernel of muscles that pull against each other about one axis."""

from __future__ import annotations

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def opposed(tension: FloatArray, slope: FloatArray, out: FloatArray) -> None:
    """Sums of the muscle moments -F dL/dq that lower the coordinate (row 0) and that raise it (row 1), as sizes.

    Parameters
    ----------
    tension : (n_times, n_muscles), N
    slope : (n_times, n_muscles), dL/dq in m/rad
    out : (2, n_times), N m, at least 0
    """
    for t in range(tension.shape[0]):
        lowering = 0.0
        raising = 0.0
        for m in range(tension.shape[1]):
            moment = -tension[t, m] * slope[t, m]
            if moment < 0.0:
                lowering -= moment
            else:
                raising += moment
        out[0, t] = lowering
        out[1, t] = raising
