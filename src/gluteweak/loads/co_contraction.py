"""Co-contraction: how much of what muscles do about a joint is spent on working against each other.

Index of Falconer and Winter (1985), as Li et al. (2020) give it: twice the common part of agonists and antagonists over
their sum, in per cent; 0 where only one group pulls, 100 where both pull alike.

Notes
-----
Two points depart from the source. It was made for two electromyograms; here both groups are all muscles that span the
axis, by the moments that they make about it, so that the index says what share of the moments cancels and needs no
normalisation. And the integrals run over the stance of the leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gluteweak.errors import InputError
from gluteweak.loads import co_contraction_kernels as kernels
from gluteweak.loads.polynomials import Packed, pack, slope
from gluteweak.plant import FloatArray, IntArray, Plant

_PER_CENT = 100.0


@dataclass(frozen=True)
class Spanning:
    """The muscles whose length depends on a coordinate: their positions in the plant, and their paths."""

    coordinate: int
    muscle: IntArray
    path: Packed


def find_spanning(plant: Plant, coordinate: str) -> Spanning:
    """The muscles that span a coordinate.

    Raises
    ------
    InputError
        If there is none.
    """
    index = plant.coordinate.index(coordinate)
    found = [
        m
        for m, name in enumerate(plant.muscle)
        if name in plant.path_length and index in plant.path_length[name].polynomial_coordinate_index
    ]
    if not found:
        raise InputError(f"No muscle of the model spans '{coordinate}': correct its muscle paths.")
    paths = pack([plant.path_length[plant.muscle[m]] for m in found], 1)
    return Spanning(index, np.array(found, dtype=np.int64), paths)


def opposed_nm(spanning: Spanning, value: FloatArray, tension_n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sizes of the muscle moments that lower the coordinate and of those that raise it, (n_times,) each, in N m.

    Parameters
    ----------
    spanning : Spanning
    value : (n_times, n_coordinates)
    tension_n : (n_times, n_muscles)
        Along the tendon, of every muscle of the plant.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    if tension_n.shape[0] != len(value) or tension_n.shape[1] <= spanning.muscle.max():
        raise ValueError(f"tensions {tension_n.shape} do not fit {len(value)} times and the muscles of the plant")
    arm = np.ascontiguousarray(slope(spanning.path, value, spanning.coordinate)[:, :, 0])
    out = np.empty((2, len(value)))
    kernels.opposed(np.ascontiguousarray(tension_n[:, spanning.muscle], dtype=np.float64), arm, out)
    return out[0], out[1]


def index_pct(one: FloatArray, other: FloatArray, counted: FloatArray) -> FloatArray:
    """Index of Falconer and Winter of each side, 0 to 100 %; 0 where nothing pulls.

    Parameters
    ----------
    one, other : (n_sides, n_samples)
        Sizes of both groups' moments, at least 0.
    counted : (n_sides, n_samples)
        Which samples count.
    """
    common = np.sum(np.where(counted, np.minimum(one, other), 0.0), axis=1)
    whole = np.sum(np.where(counted, one + other, 0.0), axis=1)
    return np.asarray(2.0 * _PER_CENT * np.divide(common, whole, out=np.zeros_like(whole), where=whole > 0.0))
