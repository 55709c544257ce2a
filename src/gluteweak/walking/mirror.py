"""Left and right exchanged: mirror images of walkers' motions, and the symmetric part of a measured cycle.

A walker whose left side mirrors the right one, and who walks symmetrically, must answer a weakness of the left with the
mirror image, half a cycle later, of his answer to the same weakness of the right. Measured people do not walk
symmetrically; their *symmetrised* cycle is the mean of the measured one and its mirror image. On a mesh the image is
exact if the number of intervals is even, so that half a cycle later there is a point again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy  # a submodule loads when it is first used: 0.2 s that scenarios do not need

from gluteweak.errors import InputError
from gluteweak.plant import PROGRESSION, FloatArray, IntArray, Names, Plant
from gluteweak.walking.measurement import MeasuredCycle

_OTHER = {"r": "l", "l": "r"}
#: A mirror in the sagittal plane turns the sign of z of forces, and of x and y of moments.
_FORCE, _MOMENT = np.array([1.0, 1.0, -1.0]), np.array([-1.0, -1.0, 1.0])


def other_side(names: Names) -> IntArray:
    """Index of each name's partner on the other side; names without a side (``_r``, ``_l``) are their own.

    Raises
    ------
    InputError
        If one has no partner.
    """
    index = {name: i for i, name in enumerate(names)}
    partners = []
    for name in names:
        stem, _, side = name.rpartition("_")
        partner = f"{stem}_{_OTHER[side]}" if side in _OTHER else name
        if partner not in index:
            raise InputError(f"The walker has '{name}', but no '{partner}': it has no mirror image.")
        partners.append(index[partner])
    return np.array(partners)


@dataclass(frozen=True)
class Mirror:
    """Mirror of a plant's coordinates: ``mirrored[..., i] = sign[i] * value[..., partner[i]]``."""

    partner: IntArray
    sign: FloatArray

    @classmethod
    def of(cls, plant: Plant) -> Mirror:
        """Coordinates of the midline that leave the sagittal plane change sign; those of a side change sides.

        Raises
        ------
        InputError
            If a coordinate has no partner.
        """
        partner = other_side(plant.coordinate)
        sign = np.ones(len(partner))
        for axis, i in enumerate(plant.axis_coordinate_index):
            if partner[i] == i:
                along = int(np.argmax(np.abs(plant.axis_direction[axis])))
                leaves = along != 2 if plant.axis_is_rotation[axis] else along == 2
                sign[i] = -1.0 if leaves else 1.0
        return cls(partner, sign)

    def __call__(self, value: FloatArray) -> FloatArray:
        """Mirror image of (..., n_coordinates) values."""
        return np.asarray(self.sign * value[..., self.partner])


def mirrored(plant: Plant, cycle: MeasuredCycle) -> MeasuredCycle:
    """Mirror image of a cycle, half a cycle later, so that right foot strikes stay where they were.

    Measured cycles do not quite close; here the difference of the ends is spread over the cycle first. The mirror
    stands along the mean line of walking.
    """
    mirror = Mirror.of(plant)
    time_s, duration_s = cycle.time_s, cycle.duration_s
    way, side = plant.coordinate.index(PROGRESSION), plant.coordinate.index("pelvis_tz")
    drift = cycle.value[-1] - cycle.value[0]
    closed = cycle.value - np.outer(time_s / duration_s, drift)
    later = np.mod(time_s + duration_s / 2, duration_s)
    value = mirror(scipy.interpolate.CubicSpline(time_s, _closed(closed), bc_type="periodic")(later))
    value[:, way] += drift[way] * time_s / duration_s
    middle = float(np.trapezoid(closed[:, side], time_s) / duration_s)
    value[:, side] += 2 * middle

    force_closed = _ends_meet(cycle.ground_reaction_bw)
    force = _sampled(time_s, force_closed, later)[:, ::-1] * _FORCE
    moment = None
    if cycle.ground_moment_bw_m is not None:
        # About a point that walks along, moments repeat themselves.
        along = np.zeros((len(time_s), 1, 3))
        along[:, 0, 0] = drift[way] * time_s / duration_s
        local = _ends_meet(cycle.ground_moment_bw_m - np.cross(along, force_closed))
        along_later = np.zeros_like(along)
        along_later[:, 0, 0] = drift[way] * later / duration_s
        there = _sampled(time_s, local, later) + np.cross(along_later, _sampled(time_s, force_closed, later))
        moment = there[:, ::-1] * _MOMENT
        # The places where the forces act were moved as the pelvis was: back by what the walker advances meanwhile, and
        # to the other side of the line of walking.
        advance = np.where(time_s + duration_s / 2 < duration_s, drift[way], -drift[way]) / 2
        moved = np.stack([-advance, np.zeros_like(advance), np.full_like(advance, 2 * middle)], axis=1)
        moment = moment + np.cross(moved[:, None, :], force)
    return replace(cycle, value=value, ground_reaction_bw=force, ground_moment_bw_m=moment)


def _closed(series: FloatArray) -> FloatArray:
    """The series with its end exactly on its start, as a periodic spline wants it."""
    return np.vstack([series[:-1], series[:1]])


def _ends_meet(series: FloatArray) -> FloatArray:
    """The series with the mean of its ends at both of them."""
    closed = series.copy()
    closed[0] = closed[-1] = (series[0] + series[-1]) / 2
    return closed


def _sampled(time_s: FloatArray, series: FloatArray, at_s: FloatArray) -> FloatArray:
    """(n_times, side, axis) series at other times, linearly."""
    columns = series.reshape(len(time_s), -1).T
    values = np.column_stack([np.interp(at_s, time_s, column) for column in columns])
    return values.reshape(len(at_s), *series.shape[1:])


def symmetrised(plant: Plant, cycle: MeasuredCycle) -> MeasuredCycle:
    """The mean of a cycle and its mirror image: a symmetric walk.

    Raises
    ------
    InputError
        If a coordinate was measured on one side only.
    """
    partner = other_side(plant.coordinate)
    lonely = np.flatnonzero(cycle.is_measured != cycle.is_measured[partner])
    if len(lonely):
        names = [plant.coordinate[i] for i in lonely]
        raise InputError(f"Measured on one side only: {', '.join(names)}; a symmetric walk needs both sides.")
    image = mirrored(plant, cycle)
    twice = mirrored(plant, image)
    value, force = (twice.value + image.value) / 2, (twice.ground_reaction_bw + image.ground_reaction_bw) / 2
    moment = None
    # As for every cycle, the walk starts at x = 0.
    start = np.zeros(3)
    start[0] = value[0, plant.coordinate.index(PROGRESSION)]
    value[:, plant.coordinate.index(PROGRESSION)] -= start[0]
    if twice.ground_moment_bw_m is not None and image.ground_moment_bw_m is not None:
        moment = (twice.ground_moment_bw_m + image.ground_moment_bw_m) / 2 - np.cross(start, force)
    return replace(cycle, value=value, ground_reaction_bw=force, ground_moment_bw_m=moment)
