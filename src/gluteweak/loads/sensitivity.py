"""Derivatives of the scalar outcomes by the strength of each muscle, from those of the motion, by the chain rule.

The motion's derivative along a muscle's strength is exact (``motion_sensitivity.h5``). Outcomes are functions of the
motion that take milliseconds, so their derivative along that direction is a central difference. A peak moves with the
curve under it (envelope theorem). Where it would jump to another instant, or a compartment lift off, within 1 per cent
of strength, the outcome has a kink: slopes ahead and behind disagree, and the outcome is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.loads.leg_loads import LoadModel, load_model
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.solution import Solution
from gluteweak.plant import FloatArray, Plant
from gluteweak.storage import read_file
from gluteweak.variables import DIFFERENTIATED

#: Change of a strength fraction for the central difference; its error is found by halving it, and stored.
STEP = 1e-4
#: Change of a strength fraction within which a kink is looked for, along the same direction.
KINK_STEP = 1e-2
#: Slopes ahead and behind that differ by more than this share of the derivative are a kink.
_KINK = 0.1
#: Derivatives below this share of the outcome's largest one are not looked at for kinks.
_SMALL = 1e-2
#: A muscle whose derivative hangs on undecided activation bounds by more than its own size.
_ONE_SIDED_SHARE = 1.0

_MOVED = {
    "coordinate_value": "coordinate_value_per_strength",
    "coordinate_speed": "coordinate_speed_per_strength",
    "coordinate_acceleration": "coordinate_acceleration_per_strength",
    "muscle_activation": "muscle_activation_per_strength",
    "muscle_tendon_force_n": "muscle_tendon_force_n_per_strength",
    "contact_force_n": "contact_force_n_per_strength",
    "contact_point_m": "contact_point_m_per_strength",
}


@dataclass(frozen=True)
class MotionSensitivity:
    """``motion_sensitivity.h5``: for each field of ``Solution`` its derivatives, the muscle that changes in front.

    ``bound_share`` is (n_muscles,).
    """

    muscle: tuple[str, ...]
    moved: dict[str, FloatArray]
    bound_share: FloatArray
    attributes: dict[str, Any]


def read_motion_sensitivity(path: Path, plant: Plant, solution: Solution, solution_sha256: str) -> MotionSensitivity:
    """Read the derivatives of a motion and check that they are those of this one.

    Raises
    ------
    InputError
        If the file is missing, broken, or belongs to another solution.
    """
    values, attributes = read_file(path)
    if attributes.get("solution_sha256") != solution_sha256:
        raise InputError(
            f"{path} was made from another solution than the one beside it: run 'gluteweak motion-sensitivity' again."
        )
    missing = sorted({*_MOVED.values(), "strength_muscle", "bound_share_of_motion"} - set(values))
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}: run 'gluteweak motion-sensitivity' again.")
    moved = {field: np.asarray(values[name]) for field, name in _MOVED.items()}
    for field, array in moved.items():
        expected = (len(plant.muscle), *getattr(solution, field).shape)
        if array.shape != expected:
            raise InputError(
                f"{path}: {_MOVED[field]} has shape {array.shape}, the solution asks for {expected}: run 'gluteweak "
                "motion-sensitivity' again."
            )
    return MotionSensitivity(
        tuple(values["strength_muscle"]), moved, np.asarray(values["bound_share_of_motion"]), attributes
    )


def outcome_sensitivity(
    plant: Plant, solution: Solution, motion: MotionSensitivity, model: LoadModel | None = None
) -> tuple[dict[str, Any], float]:
    """Derivatives of all scalar outcomes.

    Returns
    -------
    values : dict
        ``variables.SENSITIVITY``: ``<outcome>``, ``<outcome>_per_strength`` (side, strength_muscle) and
        ``<outcome>_has_kink``.
    error : float
        Largest change of a derivative when the step is halved, relative to the outcome's largest derivative.
    """
    model = model or load_model(plant)
    base = _scalars(plant, solution, model)
    shape = {name: (*np.shape(value), len(motion.muscle)) for name, value in base.items()}
    slopes = {name: np.zeros((3, *size)) for name, size in shape.items()}
    for k in range(len(motion.muscle)):
        ahead, behind = ({}, {})
        for step in (STEP, STEP / 2, KINK_STEP):
            ahead[step], behind[step] = (
                _scalars(plant, _moved(solution, motion, k, sign * step), model) for sign in (1.0, -1.0)
            )
        for name, value in base.items():
            for row, step in enumerate((STEP, STEP / 2)):
                slopes[name][row, ..., k] = (ahead[step][name] - behind[step][name]) / (2 * step)
            slopes[name][2, ..., k] = (ahead[KINK_STEP][name] - 2 * value + behind[KINK_STEP][name]) / KINK_STEP
    values: dict[str, Any] = {}
    error = 0.0
    for name, value in base.items():
        whole, half, gap = slopes[name]
        largest = np.abs(half).max(axis=-1, keepdims=True)
        error = max(error, float(np.max(np.abs(whole - half) / np.maximum(largest, np.finfo(float).tiny))))
        values[name] = value
        values[f"{name}_per_strength"] = half
        kink = np.abs(gap) > np.maximum(_KINK * np.abs(half), _SMALL * largest)
        values[f"{name}_has_kink"] = kink.astype(np.int8)
    values["muscle_strength_fraction"] = solution.muscle_strength_fraction
    values["bound_share_of_motion"] = motion.bound_share
    values["bounds_undecided"] = (motion.bound_share > _ONE_SIDED_SHARE).astype(np.int8)
    return values, error


def _scalars(plant: Plant, solution: Solution, model: LoadModel) -> dict[str, Any]:
    outcomes = compute_outcomes(plant, solution, model)
    return {name: np.asarray(outcomes[name], dtype=np.float64) for name in DIFFERENTIATED if name in outcomes}


def _moved(solution: Solution, motion: MotionSensitivity, muscle: int, step: float) -> Solution:
    """The motion with one muscle ``step`` stronger, to first order."""
    strength = solution.muscle_strength_fraction.copy()
    strength[muscle] += step
    changed = {field: getattr(solution, field) + step * array[muscle] for field, array in motion.moved.items()}
    return replace(solution, muscle_strength_fraction=strength, **changed)
