"""What a solved motion means: curves over each side's own gait cycle, and their peaks in stance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gluteweak import parameters
from gluteweak.loads import frontal_plane, patellofemoral
from gluteweak.loads.anatomy import LEGS, PELVIS, SIDES, TORSO, Leg, check_anatomy, joint_index
from gluteweak.loads.dynamics import Mechanics, joint_contact_force_n, solve_mechanics
from gluteweak.loads.gait_cycle import (
    GAIT_CYCLE_PCT,
    GaitEvents,
    cycle_times_s,
    find_events,
    pchip_periodic,
    spline_periodic,
)
from gluteweak.loads.solution import Solution
from gluteweak.plant import FloatArray, Plant

#: Whose patellofemoral contact areas a plant takes that does not say.
DEFAULT_SEX = "male"

#: Curves that have a peak in stance, stored as ``peak_<name>``.
PEAKS = (
    "pelvic_drop_deg",
    "trunk_lean_deg",
    "hip_adduction_deg",
    "hip_internal_rotation_deg",
    "femoral_adduction_deg",
    "knee_frontal_projection_deg",
    "vertical_ground_reaction_bw",
    "hip_abduction_moment_nm_kg",
    "patellofemoral_contact_force_bw",
    "patellofemoral_stress_mpa",
)


def compute_outcomes(plant: Plant, solution: Solution) -> dict[str, Any]:
    """All outcomes of one motion, by their names in ``variables.OUTCOMES``.

    Parameters
    ----------
    plant : Plant
        Its attribute ``sex`` picks the contact areas; male where it is silent.
    solution : Solution

    Raises
    ------
    InputError
        If the plant lacks a part, or a foot never lands or never leaves the ground.

    Notes
    -----
    Kinematics are resampled by a periodic cubic spline, forces and activations by a shape-preserving (PCHIP) one, so
    that no peak appears between collocation points. Peaks are those of the 101 samples from foot strike to foot off.
    """
    check_anatomy(plant)
    mechanics = solve_mechanics(plant, solution)
    events = tuple(_side_events(plant, solution, leg) for leg in LEGS)
    by_side = [_side_curves(mechanics, solution, leg, event) for leg, event in zip(LEGS, events, strict=True)]
    curves = {name: np.stack([side[name] for side in by_side]) for name in by_side[0]}
    foot_off_pct = np.array([event.foot_off_pct for event in events])
    return {
        "side": np.array(SIDES, dtype=object),
        "gait_cycle_pct": GAIT_CYCLE_PCT,
        "muscle": np.array(plant.muscle, dtype=object),
        **curves,
        **{f"peak_{name}": stance_peak(curves[name], foot_off_pct) for name in PEAKS},
        "muscle_force_n": _muscle_curves(plant, solution, events, solution.muscle_tendon_force_n),
        "muscle_activation": _muscle_curves(plant, solution, events, solution.muscle_activation),
        "muscle_strength_fraction": solution.muscle_strength_fraction,
        "foot_off_pct": foot_off_pct,
        "foot_strike_s": np.array([event.foot_strike_s for event in events]),
    }


def stance_peak(curves: FloatArray, foot_off_pct: FloatArray) -> FloatArray:
    """Largest value from foot strike to foot off.

    Parameters
    ----------
    curves : (n_sides, n_samples)
    foot_off_pct : (n_sides,)
    """
    in_stance = GAIT_CYCLE_PCT[None, :] <= foot_off_pct[:, None]
    return np.asarray(np.max(np.where(in_stance, curves, -np.inf), axis=1))


def _vertical_force_n(plant: Plant, solution: Solution, leg: Leg) -> FloatArray:
    spheres = [i for i, body in enumerate(plant.contact_body) if leg.owns(body)]
    return np.asarray(solution.contact_force_n[:, spheres, 1].sum(axis=1))


def _side_events(plant: Plant, solution: Solution, leg: Leg) -> GaitEvents:
    threshold = float(np.asarray(parameters.FOOT_CONTACT_THRESHOLD.value))
    force = _vertical_force_n(plant, solution, leg)
    return find_events(solution.time_s, force, solution.duration_s, threshold_n=threshold, side=leg.side)


def _side_curves(mechanics: Mechanics, solution: Solution, leg: Leg, events: GaitEvents) -> dict[str, FloatArray]:
    """Curves of one side over its own cycle, (101,) each."""
    plant = mechanics.plant
    angles = _resample(spline_periodic, _angles_deg(mechanics, solution, leg), solution, events)
    contact_n = np.linalg.norm(
        joint_contact_force_n(mechanics, solution, plant.joint[joint_index(plant, leg.patella)]), axis=1
    )
    # OpenSim's hip_adduction is adduction positive; the moment that resists adduction is the abduction moment.
    abduction_nm = -mechanics.generalised_force_of(leg.hip_adduction)
    forces = _resample(
        pchip_periodic,
        {
            "vertical_ground_reaction_bw": _vertical_force_n(plant, solution, leg) / solution.body_weight_n,
            "hip_abduction_moment_nm_kg": abduction_nm / solution.body_mass_kg,
            "patellofemoral_contact_force_bw": contact_n / solution.body_weight_n,
        },
        solution,
        events,
    )
    stress = patellofemoral.contact_stress_mpa(
        forces["patellofemoral_contact_force_bw"] * solution.body_weight_n,
        angles["knee_flexion_deg"],
        str(plant.attributes.get("sex", DEFAULT_SEX)),
    )
    return {**angles, **forces, "patellofemoral_stress_mpa": stress}


def _angles_deg(mechanics: Mechanics, solution: Solution, leg: Leg) -> dict[str, FloatArray]:
    plant = mechanics.plant
    centers = mechanics.motion.joint_center
    hip, ankle = (
        centers[:, mechanics.joint_rank[plant.joint[joint_index(plant, body)]]] for body in (leg.femur, leg.talus)
    )
    # The knee's centre rolls on the femur as it flexes; the joint frame in the femur is a landmark that stays.
    knee_joint = joint_index(plant, leg.tibia)
    knee = mechanics.point_m(plant.joint_parent_body[knee_joint], plant.joint_parent_translation_m[knee_joint])

    def coordinate(name: str) -> FloatArray:
        return solution.coordinate_value[:, plant.coordinate.index(name)]

    angles_rad = {
        # The pelvis' z axis points to the right: this side higher means that the other side has dropped.
        "pelvic_drop_deg": frontal_plane.elevation_rad(mechanics.body_rotation(PELVIS)[:, :, 2], leg.sign),
        "hip_adduction_deg": coordinate(leg.hip_adduction),
        "hip_internal_rotation_deg": coordinate(leg.hip_rotation),
        # Seen from knee to hip: the thigh leans outward when the knee is nearer the midline than the hip.
        "femoral_adduction_deg": frontal_plane.inclination_rad(hip - knee, leg.sign),
        "knee_frontal_projection_deg": frontal_plane.knee_projection_rad(hip, knee, ankle, leg.sign),
        "trunk_lean_deg": frontal_plane.inclination_rad(mechanics.body_rotation(TORSO)[:, :, 1], leg.sign),
        "knee_flexion_deg": coordinate(leg.knee_flexion),
    }
    return {name: np.degrees(angle) for name, angle in angles_rad.items()}


def _resample(
    method: Any, series: Mapping[str, FloatArray], solution: Solution, events: GaitEvents
) -> dict[str, FloatArray]:
    stacked = np.stack(list(series.values()), axis=1)
    curve = method(solution.time_s, stacked, solution.duration_s)
    sampled = curve(cycle_times_s(events, solution.duration_s))
    return {name: sampled[:, i] for i, name in enumerate(series)}


def _muscle_curves(plant: Plant, solution: Solution, events: tuple[GaitEvents, ...], series: FloatArray) -> FloatArray:
    """(n_muscles, 101): each muscle over the cycle of its own side."""
    curve = pchip_periodic(solution.time_s, series, solution.duration_s)
    out = np.empty((len(plant.muscle), len(GAIT_CYCLE_PCT)))
    for leg, event in zip(LEGS, events, strict=True):
        own = [i for i, muscle in enumerate(plant.muscle) if leg.owns(muscle)]
        out[own] = curve(cycle_times_s(event, solution.duration_s))[:, own].T
    return out
