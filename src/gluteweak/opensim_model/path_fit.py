"""Muscle paths as polynomials of the joint coordinates, with their errors on poses that the fit has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.opensim_model.path_geometry import (
    RIGHT,
    Geometry,
    Pulls,
    measure,
    measure_pulls,
    moment_joints,
    sample_poses,
)
from gluteweak.opensim_model.sparse_polynomial import Fit, Target, evaluate, fit_sparse
from gluteweak.walker_tables import WalkerTables

FloatArray = NDArray[np.float64]

# What is aimed at; what is promised is about twice as much (0.5 mm, 1 mm).
_LENGTH_M = 0.25e-3
_MOMENT_ARM_M = 0.6e-3
#: Force and moment on a joint at full isometric force of the muscle: strong muscles are followed more closely, since
#: newtons are what joint loads are made of. No pull is followed worse than the second line says.
_PULL_N, _PULL_MOMENT_NM = 1.4, 0.12
_PULL = 0.004

_FIT_POSES, _FIT_SEED = 1024, 1
_CHECK_POSES, _CHECK_SEED = 512, 2
_PULL_POSES = 2048

#: Total degrees tried. With one or two coordinates a high degree costs few terms, and gaslat needs it: its moment arm
#: steps by 8 mm at 38 degrees of knee flexion, where it leaves its second cylinder.
_DEGREES = range(1, 8)
_DEGREES_FEW_COORDINATES = range(1, 14)
#: Where a kink keeps a pull from its tolerance, terms that win less than this are not worth their time.
_PULL_SLACK = 1.04
#: Components of a force; those of a moment follow.
_FORCE = 3


@dataclass(frozen=True)
class PathFit:
    """A polynomial of named coordinates with its error on independent poses.

    For a length, ``rms_error`` and ``max_error`` are in m and ``gradient_rms_error`` is the largest RMS error among
    the moment arms; for a pull they are the worst of the force's components (1), and there is no gradient. The first
    three components of a pull are the force; where the moment about the joint centre is fitted too, three more (m).
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


def fit_paths(
    model: osim.Model, tables: WalkerTables, side: str = RIGHT
) -> tuple[dict[str, PathFit], dict[tuple[str, str], PathFit]]:
    """Fit one side of ``model``: lengths by muscle, and pulls by (joint, muscle)."""

    def poses(count: int, seed: int) -> Mapping[str, FloatArray]:
        return sample_poses(tables, count, seed, side)

    seen = measure(model, tables, poses(_FIT_POSES, _FIT_SEED), side)
    unseen = measure(model, tables, poses(_CHECK_POSES, _CHECK_SEED), side)
    lengths = {muscle: _fit_length(muscle, seen, unseen) for muscle in seen.length_m}
    pulls_seen = measure_pulls(model, tables, poses(_PULL_POSES, _FIT_SEED), side)
    pulls_unseen = measure_pulls(model, tables, poses(_CHECK_POSES, _CHECK_SEED), side)
    with_moment = moment_joints(tables)
    pulls = {
        key: _fit_pull(
            key,
            pulls_seen,
            pulls_unseen,
            float(model.getMuscles().get(key[1]).getMaxIsometricForce()),
            with_moment=key[0] in with_moment,
        )
        for key in pulls_seen.force
    }
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


def _fit_pull(key: tuple[str, str], seen: Pulls, unseen: Pulls, max_force_n: float, *, with_moment: bool) -> PathFit:
    """Force and, at some joints, moment by one set of terms; lengths are scaled so that one tolerance serves both."""
    _, muscle = key
    coordinates = seen.coordinates[muscle]
    arm_m = _PULL_MOMENT_NM / _PULL_N

    def rows(pulls: Pulls) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
        usable = ~pulls.unusable[muscle]
        values = [pulls.force[key], pulls.moment_m[key] / arm_m] if with_moment else [pulls.force[key]]
        x = np.column_stack([pulls.poses[c] for c in coordinates])
        return x[usable], np.hstack(values)[usable], usable

    x, values, _ = rows(seen)
    tolerance = min(_PULL, _PULL_N / max_force_n)
    fit = fit_sparse(x, [Target(None, values, tolerance)], _degrees(coordinates), _PULL_SLACK)
    x, values, usable = rows(unseen)
    error = evaluate(fit, x)[:, :_FORCE] - values[:, :_FORCE]
    scale = np.where(np.arange(values.shape[1]) < _FORCE, 1.0, arm_m)
    return _result(coordinates, Fit(fit.exponent, fit.coefficient * scale, fit.reached), error, 0.0, usable)


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
