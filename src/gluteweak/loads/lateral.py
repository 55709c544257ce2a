"""How far the body sways to the sides, and how far apart the feet are set down."""

from __future__ import annotations

import numpy as np

from gluteweak.loads import lateral_kernels as kernels
from gluteweak.loads.dynamics import BodyMotion
from gluteweak.loads.tree import Inertia
from gluteweak.plant import FloatArray


def mass_center_z_m(inertia: Inertia, motion: BodyMotion) -> FloatArray:
    """Sideways place of the whole body's mass centre, to the right positive, (n_times,) in m.

    Raises
    ------
    ValueError
        If bodies and motion do not fit each other.
    """
    n_times, n_rows = motion.rotation.shape[:2]
    if inertia.mass.shape != (n_rows,):
        raise ValueError(f"{len(inertia.mass)} masses do not fit a motion of {n_rows} body rows")
    out = np.empty(n_times)
    kernels.mass_center_z(inertia.mass, inertia.mass_center, motion.rotation, motion.origin, out)
    return out


def mean_pressure_z_m(vertical_n: FloatArray, moment_nm: FloatArray) -> float:
    """Mean sideways place of a foot's centre of pressure, each instant counting by its load, in m.

    Parameters
    ----------
    vertical_n, moment_nm : (n_samples,)
        At equal steps of a cycle: the vertical force on the foot, and the sum over its contacts of force times z.

    Raises
    ------
    ValueError
        If shapes differ or the foot carries nothing.
    """
    if vertical_n.ndim != 1 or vertical_n.shape != moment_nm.shape:
        raise ValueError(f"force {vertical_n.shape} and moment {moment_nm.shape}; expected the same (n_samples,)")
    load = float(np.sum(vertical_n))
    if not load > 0.0:
        raise ValueError(f"the foot carries {load} N in all; expected more than 0")
    return float(np.sum(moment_nm)) / load
