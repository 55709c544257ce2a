"""Numba kernel of how far the body sways."""

from __future__ import annotations

from gluteweak.loads.jit import njit
from gluteweak.plant import FloatArray


@njit
def mass_center_z(
    mass: FloatArray, mass_center: FloatArray, rotation: FloatArray, origin: FloatArray, out: FloatArray
) -> None:
    """Sum over bodies of m (origin + R c)_z, over the sum of m.

    Parameters
    ----------
    mass : (n_bodies,), kg
    mass_center : (n_bodies, 3), m, body axes
    rotation : (n_times, n_bodies, 3, 3), body axes to ground axes
    origin : (n_times, n_bodies, 3), m, ground axes
    out : (n_times,), m
    """
    whole = 0.0
    for b in range(mass.shape[0]):
        whole += mass[b]
    for t in range(out.shape[0]):
        moment = 0.0
        for b in range(mass.shape[0]):
            z = origin[t, b, 2]
            for k in range(3):
                z += rotation[t, b, 2, k] * mass_center[b, k]
            moment += mass[b] * z
        out[t] = moment / whole
