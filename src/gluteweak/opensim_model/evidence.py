"""The numbers of a certificate, section by section: plain arrays in, plain dictionaries out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gluteweak.opensim_model.function_paths import path_lengths, path_slopes
from gluteweak.opensim_model.replay import Replay, Verdict
from gluteweak.opensim_model.solution import Solution
from gluteweak.opensim_model.transcription import integration_defect, radau_degree
from gluteweak.parameters import CERTIFICATE_HIGH_ACTIVATION, CERTIFICATE_LARGEST_DEFECT
from gluteweak.plant import PRESCRIBED, PROGRESSION, Plant

FloatArray = NDArray[np.float64]

_PER_CENT = 100.0


def missing_forces(
    plant: Plant, solution: Solution, verdict: Verdict, mass_kg: float, weight_n: float
) -> dict[str, Any]:
    """What OpenSim's equations of motion lack, by coordinate; forces at the root as the length of the vector."""
    free = np.array([role != PRESCRIBED for role in plant.coordinate_role])
    rotates = plant.coordinate_is_rotation.astype(bool)
    force = np.linalg.norm(verdict.missing[:, free & ~rotates], axis=1)
    moment = np.abs(verdict.missing[:, free & rotates]).max(axis=1)
    coordinates = {}
    for c, name in enumerate(plant.coordinate):
        if not free[c]:
            continue
        at = _largest(verdict.missing[:, c])
        value = float(verdict.missing[at, c])
        entry = {"largest": value, "unit": "N m" if rotates[c] else "N", "time_s": float(solution.time_s[at])}
        entry["pct_bw_m" if rotates[c] else "pct_bw"] = _PER_CENT * abs(value) / weight_n
        if rotates[c]:
            entry["nm_per_kg"] = abs(value) / mass_kg
        coordinates[name] = entry
    return {
        "largest_force_pct_bw": _PER_CENT * float(force.max()) / weight_n,
        "largest_force_n": float(force.max()),
        "largest_force_time_s": float(solution.time_s[_largest(force)]),
        "largest_moment_pct_bw_m": _PER_CENT * float(moment.max()) / weight_n,
        "coordinates": coordinates,
        "not_counted": list(plant.prescribed_coordinates),
        "not_counted_because": "prescribed coordinates are moved by ideal torques of whatever size is needed",
    }


def muscle_force_agreement(plant: Plant, solution: Solution, verdict: Verdict) -> dict[str, Any]:
    """OpenSim's tendon forces against the solution's."""
    difference = verdict.tendon_force_n - solution.values["muscle_tendon_force_n"]
    at, m = np.unravel_index(_largest(difference), difference.shape)
    worst = float(difference[at, m])
    return {
        "largest_difference_n": worst,
        "largest_difference_pct_of_max_isometric": _PER_CENT
        * abs(worst)
        / float(plant.muscle_max_isometric_force_n[m]),
        "muscle": plant.muscle[m],
        "time_s": float(solution.time_s[at]),
    }


def contact_force_agreement(solution: Solution, verdict: Verdict) -> dict[str, Any]:
    """OpenSim's contact forces against the solution's, sphere by sphere and summed."""
    difference = verdict.contact_force_n - solution.values["contact_force_n"]
    length = np.linalg.norm(difference, axis=2)
    at, sphere = np.unravel_index(_largest(length), length.shape)
    return {
        "largest_difference_n": float(length[at, sphere]),
        "contact_sphere": solution.motion.contact_sphere[sphere],
        "time_s": float(solution.time_s[at]),
        "largest_difference_of_sum_n": float(np.linalg.norm(difference.sum(axis=1), axis=1).max()),
    }


def activation_bounds(solution: Solution) -> dict[str, Any]:
    """Range of the activations and how much of the cycle muscles spend close to saturation."""
    activation, weights = solution.motion.activation, solution.values["quadrature_weight"]
    share = weights @ (activation > CERTIFICATE_HIGH_ACTIVATION.value) / weights.sum()
    worst = int(np.argmax(share))
    return {
        "smallest": float(activation.min()),
        "largest": float(activation.max()),
        "high_means_above": CERTIFICATE_HIGH_ACTIVATION.value,
        "share_of_time_high_all_muscles": float(share.mean()),
        "share_of_time_high_worst_muscle": float(share[worst]),
        "worst_muscle": solution.motion.muscle[worst] if share[worst] > 0.0 else None,
        "share_of_time_high": {n: float(s) for n, s in zip(solution.motion.muscle, share, strict=True) if s > 0.0},
    }


def transcription_defects(plant: Plant, solution: Solution) -> dict[str, Any]:
    """How far values, speeds and activations lie from the integrals of their rates, over a cycle that closes.

    Prescribed coordinates are read from curves, not integrated: they are not counted.
    """
    degree = radau_degree(solution.time_s)
    if degree is None:
        return {"degree": None}
    motion = solution.motion
    gain = np.zeros(len(motion.coordinate))
    if PROGRESSION in motion.coordinate:
        gain[motion.coordinate.index(PROGRESSION)] = float(solution.attributes.get("distance_m", 0.0))
    still = np.zeros_like(gain)
    free = np.array([role != PRESCRIBED for role in plant.coordinate_role])
    activation_rate = solution.values["muscle_activation_rate"]
    quantities = {
        "value": (plant.free_coordinates, motion.value[:, free], motion.speed[:, free], gain[free]),
        "speed": (plant.free_coordinates, motion.speed[:, free], motion.acceleration[:, free], still[free]),
        "activation": (motion.muscle, motion.activation, activation_rate, np.zeros(len(motion.muscle))),
    }
    defects = {}
    for what, (names, value, rate, advance) in quantities.items():
        # One row a collocation point, as in the motion.
        defect = integration_defect(solution.time_s, degree, value, rate, advance).reshape(value.shape)
        at, column = np.unravel_index(_largest(defect), defect.shape)
        defects[what] = {
            "largest": abs(float(defect[at, column])),
            "of": names[column],
            "time_s": float(solution.time_s[at]),
            # The start of the cycle is no collocation point: the first interval ties it to the end of the last.
            "periodicity": float(np.abs(defect[:degree]).max()),
        }
    return {
        "degree": degree,
        "intervals": len(solution.time_s) // degree,
        "bound": CERTIFICATE_LARGEST_DEFECT.value,
        "defect": defects,
    }


def path_fit(plant: Plant, solution: Solution, healthy: Replay, verdict: Verdict) -> dict[str, Any]:
    """The plant's polynomial paths against OpenSim's wrapped geometry on this motion.

    Two joint moments follow from the solved forces: what the fit changes (against the derivative of OpenSim's length),
    and what differs from OpenSim's own pull, which is not that derivative where wrapping objects share a path.
    """
    value = solution.motion.value
    wrapped, slopes = healthy.path_geometry(), path_slopes(plant, value)
    length = path_lengths(plant, value) - wrapped.length
    arm = slopes - wrapped.slope
    errors = {
        "length_rms_m": _rms(length),
        "length_max_m": np.abs(length).max(axis=0),
        "moment_arm_rms_m": _rms(arm).max(axis=1),
        "moment_arm_max_m": np.abs(arm).max(axis=(0, 2)),
        "moment_arm_rms_from_opensim_pull_m": _rms(slopes - wrapped.pull).max(axis=1),
    }
    return {
        **{f"worst_{key}": {"muscle": plant.muscle[_largest(e)], "error": float(e.max())} for key, e in errors.items()},
        "largest_joint_moment_error": _worst_moment(plant, solution, verdict, arm),
        "largest_joint_moment_from_opensim_pull": _worst_moment(plant, solution, verdict, slopes - wrapped.pull),
        "muscles": {name: {key: float(e[m]) for key, e in errors.items()} for m, name in enumerate(plant.muscle)},
    }


def _worst_moment(plant: Plant, solution: Solution, verdict: Verdict, arm: FloatArray) -> dict[str, Any]:
    moment = np.einsum("tm,tmc->tc", verdict.tendon_force_n, arm)
    at, c = np.unravel_index(_largest(moment), moment.shape)
    return {
        "coordinate": plant.coordinate[c],
        "error_nm": float(moment[at, c]),
        "time_s": float(solution.time_s[at]),
    }


def _largest(values: FloatArray) -> int:
    """Flat index of the entry that is largest in magnitude; the first NaN, if there is one."""
    return int(np.argmax(np.abs(values)))


def _rms(values: FloatArray) -> FloatArray:
    """Root mean square over time, the first axis."""
    rms: FloatArray = np.sqrt(np.mean(values**2, axis=0))
    return rms
