"""A measured gait cycle: read from a laboratory's files, stored with the reference gait, sampled on any mesh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy  # a submodule loads when it is first used: 0.2 s that scenarios do not need

from gluteweak.errors import InputError
from gluteweak.motion_files import MotionTable, read_motion
from gluteweak.parameters import FOOT_CONTACT_THRESHOLD
from gluteweak.plant import PROGRESSION, FloatArray, Plant
from gluteweak.walking.point import SIDES
from gluteweak.walking.solution import Prescribed
from gluteweak.walking.transcription import Grid

#: Harmonics that describe a prescribed (arm) coordinate: swing is slow, and few harmonics give smooth accelerations.
PRESCRIBED_HARMONICS = 4
#: Step of the stored series.
_STEP_S = 0.005


@dataclass(frozen=True)
class MeasuredCycle:
    """One measured cycle at uniform times from its start (0) to its end, both included.

    ``value`` is (n_times, n_coordinates) in plant order, zero where ``is_measured`` (n_coordinates,) is false;
    ``ground_reaction_bw`` is (n_times, side, axis), right before left, in body weights; ``ground_moment_bw_m`` its
    moment about the origin of ground (centre of pressure and free moment), None where that was not measured.
    ``estimated_reaction_bw`` is what the motion says of reactions that were not measured (those are zero then).
    """

    time_s: FloatArray
    value: FloatArray
    is_measured: FloatArray
    ground_reaction_bw: FloatArray
    ground_moment_bw_m: FloatArray | None = None
    estimated_reaction_bw: FloatArray | None = None

    @property
    def duration_s(self) -> float:
        """Duration of the cycle."""
        return float(self.time_s[-1])

    def distance_m(self, plant: Plant) -> float:
        """Advance of the pelvis in the cycle."""
        x = self.value[:, plant.coordinate.index(PROGRESSION)]
        return float(x[-1] - x[0])

    def datasets(self) -> dict[str, Any]:
        """As stored in ``reference_gait.h5``."""
        values = {
            "measured_time_s": self.time_s,
            "measured_coordinate_value": self.value,
            "coordinate_is_measured": self.is_measured.astype(np.int64),
            "measured_ground_reaction_bw": self.ground_reaction_bw,
        }
        if self.ground_moment_bw_m is not None:
            values["measured_ground_moment_bw_m"] = self.ground_moment_bw_m
        if self.estimated_reaction_bw is not None:
            values["estimated_ground_reaction_bw"] = self.estimated_reaction_bw
        return values


def stored_cycle(values: Mapping[str, Any]) -> MeasuredCycle:
    """The measured cycle of a reference gait."""
    return MeasuredCycle(
        values["measured_time_s"],
        values["measured_coordinate_value"],
        values["coordinate_is_measured"].astype(bool),
        values["measured_ground_reaction_bw"],
        values.get("measured_ground_moment_bw_m"),
        values.get("estimated_ground_reaction_bw"),
    )


def read_cycle(
    plant: Plant,
    coordinates: Path,
    ground_reactions: Path | None,
    start_s: float,
    end_s: float,
    estimated_reactions: Path | None = None,
) -> MeasuredCycle:
    """Measured coordinates and ground reactions of the cycle from ``start_s`` to ``end_s``.

    Without ground reactions those of the cycle are zero throughout, which no walker's are: see
    ``reference.healthy_cost``. ``estimated_reactions`` then says what follows from the motion.

    Raises
    ------
    InputError
        If the files do not cover the cycle, lack columns, or the walk does not advance along x.
    """
    if not end_s > start_s:
        raise InputError(f"The cycle ends at {end_s:g} s, not after its start at {start_s:g} s: correct --end-s.")
    motion, forces = read_motion(coordinates), None if ground_reactions is None else read_motion(ground_reactions)
    for table in (motion,) if forces is None else (motion, forces):
        if table.time_s[0] > start_s or table.time_s[-1] < end_s:
            raise InputError(
                f"{table.path} covers {table.time_s[0]:g} to {table.time_s[-1]:g} s, not the cycle "
                f"{start_s:g} to {end_s:g} s: choose --start-s and --end-s inside it."
            )
    time_s = np.linspace(0.0, end_s - start_s, round((end_s - start_s) / _STEP_S) + 1)
    value = np.zeros((len(time_s), len(plant.coordinate)))
    is_measured = np.zeros(len(plant.coordinate), dtype=bool)
    for i, name in enumerate(plant.coordinate):
        series = _coordinate(motion, plant, name)
        if series is not None:
            value[:, i] = scipy.interpolate.CubicSpline(motion.time_s, series)(start_s + time_s)
            is_measured[i] = True
    progression = plant.coordinate.index(PROGRESSION)
    # The walk starts at x = 0, wherever in the laboratory it was measured.
    start_m = value[0, progression]
    value[:, progression] -= start_m
    if forces is None:
        reaction, moment = np.zeros((len(time_s), len(SIDES), 3)), None
    else:
        reaction, moment = _ground_reactions(forces, plant, start_s + time_s, start_m)
    estimate = None
    if forces is None and estimated_reactions is not None:
        estimate, _ = _ground_reactions(read_motion(estimated_reactions), plant, start_s + time_s, start_m)
    cycle = MeasuredCycle(time_s, value, is_measured, reaction, moment, estimate)
    if cycle.distance_m(plant) <= 0:
        raise InputError(
            f"{coordinates}: '{PROGRESSION}' is missing or does not grow between {start_s:g} and {end_s:g} s; give the "
            "coordinates of a walk along +x for the model that the plant was built from."
        )
    return cycle


def _ground_reactions(
    table: MotionTable, plant: Plant, time_s: FloatArray, origin_m: float
) -> tuple[FloatArray, FloatArray | None]:
    """Force and moment about ``x = origin_m`` of both feet, each (n_times, side, axis), by body weight.

    The moment needs the centres of pressure (``ground_force_r_px`` ...) and takes free moments (``ground_torque_r_x``
    ...) where there are any. Under hardly any force a centre of pressure is noise: there the moment is zero.
    """
    names = "xyz"

    def columns(pattern: str) -> FloatArray:
        found = [table.column(pattern.format(axis)) for axis in names]
        return np.column_stack([np.interp(time_s, table.time_s, column) for column in found])

    force = np.stack([columns(f"ground_force_{side}_v{{}}") for side in SIDES], axis=1)
    weight = plant.mass_kg * plant.gravity_m_s2
    wanted = [f"ground_force_{side}_p{axis}" for side in SIDES for axis in names]
    if not set(wanted) <= set(table.labels):
        return force / weight, None
    point = np.stack([columns(f"ground_force_{side}_p{{}}") for side in SIDES], axis=1)
    point[:, :, 0] -= origin_m
    moment = np.cross(point, force)
    for s, side in enumerate(SIDES):
        if all(f"ground_torque_{side}_{axis}" in table.labels for axis in names):
            moment[:, s] += columns(f"ground_torque_{side}_{{}}")
    threshold_n = float(np.asarray(FOOT_CONTACT_THRESHOLD.value))
    moment[force[:, :, 1] < threshold_n] = 0.0
    return force / weight, moment / weight


def _coordinate(table: MotionTable, plant: Plant, name: str) -> FloatArray | None:
    """Column of a coordinate, by plain name or by OpenSim's path; in rad or m; None where it was not measured."""
    for label in table.labels:
        if label == name or label.endswith(f"/{name}/value"):
            series = table.column(label)
            is_angle = plant.coordinate_is_rotation[plant.coordinate.index(name)]
            return np.radians(series) if table.in_degrees and is_angle else series
    return None


@dataclass(frozen=True)
class SampledCycle:
    """A measured cycle at the points of a mesh; ground reactions are the estimated ones where none were measured.

    Free coordinates (n_points, n_free), ground reactions and, where measured, their moments about the origin of ground
    (n_points, side, axis).
    """

    value: FloatArray
    speed: FloatArray
    is_measured: FloatArray
    ground_reaction_bw: FloatArray
    ground_moment_bw_m: FloatArray | None
    prescribed: Prescribed
    distance_m: float


def sample_cycle(plant: Plant, cycle: MeasuredCycle, grid: Grid) -> SampledCycle:
    """The measured cycle at the mesh's collocation points; prescribed coordinates become periodic."""
    free = np.array([plant.coordinate.index(n) for n in plant.free_coordinates])
    spline = scipy.interpolate.CubicSpline(cycle.time_s, cycle.value[:, free])

    def sampled(series: FloatArray) -> FloatArray:
        columns = series.reshape(len(cycle.time_s), -1).T
        values = np.column_stack([np.interp(grid.time_s, cycle.time_s, column) for column in columns])
        return values.reshape(grid.n_points, *series.shape[1:])

    moment, estimate = cycle.ground_moment_bw_m, cycle.estimated_reaction_bw
    return SampledCycle(
        spline(grid.time_s),
        spline(grid.time_s, 1),
        cycle.is_measured[free],
        sampled(cycle.ground_reaction_bw if estimate is None else estimate),
        None if moment is None else sampled(moment),
        _periodic(plant, cycle, grid),
        cycle.distance_m(plant),
    )


def _periodic(plant: Plant, cycle: MeasuredCycle, grid: Grid) -> Prescribed:
    """Prescribed coordinates as Fourier series of few harmonics, with exact derivatives."""
    held = [plant.coordinate.index(n) for n in plant.prescribed_coordinates]
    orders = 2 * np.pi / grid.duration_s * np.arange(1, PRESCRIBED_HARMONICS + 1)
    # The end of the cycle is its start once more.
    time_s, series = cycle.time_s[:-1], cycle.value[:, held]
    # Two measured steps are never quite alike: the difference of the ends is spread over the cycle.
    drift = series[-1] - series[0]
    series = series[:-1] - np.outer(time_s / grid.duration_s - 0.5, drift)
    basis = np.hstack([np.ones((len(time_s), 1)), np.cos(np.outer(time_s, orders)), np.sin(np.outer(time_s, orders))])
    coefficients = np.linalg.lstsq(basis, series, rcond=None)[0]
    mean, cosine, sine = np.split(coefficients, [1, 1 + len(orders)])
    phase = np.outer(grid.time_s, orders)
    cos, sin = np.cos(phase), np.sin(phase)
    rate, curvature = orders[:, None], orders[:, None] ** 2
    return (
        mean + cos @ cosine + sin @ sine,
        cos @ (rate * sine) - sin @ (rate * cosine),
        -cos @ (curvature * cosine) - sin @ (curvature * sine),
    )
