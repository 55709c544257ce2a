"""Numba kernels of the patellofemoral joint."""

from __future__ import annotations

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def contact_area(flexion: FloatArray, knot_flexion: FloatArray, knot_area: FloatArray, out: FloatArray) -> None:
    """Area by linear interpolation between knots, held at the ends.

    Parameters
    ----------
    flexion : (n,), deg
    knot_flexion : (n_knots,), deg, rising
    knot_area : (n_knots,), mm^2
    out : (n,), mm^2
    """
    last = knot_flexion.shape[0] - 1
    for i in range(flexion.shape[0]):
        x = min(max(flexion[i], knot_flexion[0]), knot_flexion[last])
        k = 0
        while k < last - 1 and x > knot_flexion[k + 1]:
            k += 1
        share = (x - knot_flexion[k]) / (knot_flexion[k + 1] - knot_flexion[k])
        out[i] = knot_area[k] + share * (knot_area[k + 1] - knot_area[k])


@njit
def stress(force: FloatArray, area: FloatArray, out: FloatArray) -> None:
    """Mean stress F / A; N over mm^2 is MPa.

    Parameters
    ----------
    force : (n,), N
    area : (n,), mm^2
    out : (n,), MPa
    """
    for i in range(force.shape[0]):
        out[i] = force[i] / area[i]
