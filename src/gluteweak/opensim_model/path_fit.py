"""Muscle paths as polynomials of the joint coordinates, with their errors on poses that the fit has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.opensim_model.path_geometry import Geometry, measure, sample_poses
from gluteweak.opensim_model.sparse_polynomial import Fit, Target, evaluate, fit_sparse
from gluteweak.walker_tables import WalkerTables

FloatArray = NDArray[np.float64]

# What is aimed at; what is promised is about twice as much (0.5 mm, 1 mm, 0.01).
_LENGTH_M = 0.25e-3
_MOMENT_ARM_M = 0.6e-3
_PULL = 0.008

_FIT_POSES, _FIT_SEED = 1024, 1
_CHECK_POSES, _CHECK_SEED = 512, 2

#: Total degrees tried. With one or two coordinates a high degree costs few terms, and gaslat needs it: its moment arm
#: steps by 8 mm at 38 degrees of knee flexion, where it leaves its second cylinder.
_DEGREES = range(1, 8)
_DEGREES_FEW_COORDINATES = range(1, 14)


@dataclass(frozen=True)
class PathFit:
    """A polynomial of named coordinates with its error on independent poses.

    For a length, ``rms_error`` and ``max_error`` are in m and ``gradient_rms_error`` is the largest RMS error among
    the moment arms; for a pull they are the worst of the three components (1), and there is no gradient.
    """

    coordinates: tuple[str, ...]
    fit: Fit
    rms_error: float
    max_error: float
    gradient_rms_error: float
    unusable_share: float

    @property
    def terms(self) -> int:
        """Number of terms."""
        return len(self.fit.exponent)


def fit_paths(model: osim.Model, tables: WalkerTables) -> tuple[dict[str, PathFit], dict[tuple[str, str], PathFit]]:
    """Fit the right side of ``model``: lengths by muscle, and pulls by (joint, muscle)."""
    seen = measure(model, tables, sample_poses(tables, _FIT_POSES, _FIT_SEED))
    unseen = measure(model, tables, sample_poses(tables, _CHECK_POSES, _CHECK_SEED))
    lengths = {muscle: _fit_length(muscle, seen, unseen) for muscle in seen.length_m}
    pulls = {key: _fit_pull(key, seen, unseen) for key in seen.pull}
    return lengths, pulls


def _samples(geometry: Geometry, muscle: str) -> tuple[tuple[str, ...], FloatArray, NDArray[np.bool_]]:
    coordinates = tuple(geometry.length_gradient[muscle])
    usable = ~geometry.unusable[muscle]
    return coordinates, np.column_stack([geometry.poses[c][usable] for c in coordinates]), usable


def _degrees(coordinates: tuple[str, ...]) -> range:
    return _DEGREES_FEW_COORDINATES if len(coordinates) <= 2 else _DEGREES


def _fit_length(muscle: str, seen: Geometry, unseen: Geometry) -> PathFit:
    coordinates, x, usable = _samples(seen, muscle)
    gradients: Mapping[str, FloatArray] = seen.length_gradient[muscle]
    targets = [Target(None, seen.length_m[muscle][usable, None], _LENGTH_M)]
    targets += [Target(i, gradients[c][usable, None], _MOMENT_ARM_M) for i, c in enumerate(coordinates)]
    fit = fit_sparse(x, targets, _degrees(coordinates))
    _, x, usable = _samples(unseen, muscle)
    error = evaluate(fit, x)[:, 0] - unseen.length_m[muscle][usable]
    arm_errors = [
        evaluate(fit, x, i)[:, 0] - unseen.length_gradient[muscle][c][usable] for i, c in enumerate(coordinates)
    ]
    return _result(coordinates, fit, error, max(_rms(e) for e in arm_errors), usable)


def _fit_pull(key: tuple[str, str], seen: Geometry, unseen: Geometry) -> PathFit:
    _, muscle = key
    coordinates, x, usable = _samples(seen, muscle)
    fit = fit_sparse(x, [Target(None, seen.pull[key][usable], _PULL)], _degrees(coordinates))
    _, x, usable = _samples(unseen, muscle)
    error = evaluate(fit, x) - unseen.pull[key][usable]
    return _result(coordinates, fit, error, 0.0, usable)


def _rms(error: FloatArray) -> float:
    """Root mean square over samples; the worst component counts."""
    return float(np.max(np.sqrt(np.mean(np.square(error), axis=0))))


def _result(
    coordinates: tuple[str, ...], fit: Fit, error: FloatArray, gradient_error: float, usable: NDArray[np.bool_]
) -> PathFit:
    used = np.flatnonzero(fit.exponent.any(axis=0))
    lean = Fit(fit.exponent[:, used], fit.coefficient, fit.reached)
    names = tuple(coordinates[i] for i in used)
    return PathFit(names, lean, _rms(error), float(np.max(np.abs(error))), gradient_error, 1.0 - float(np.mean(usable)))
