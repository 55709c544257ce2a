"""What a solved motion means: curves over each side's gait cycle, their peaks in stance, a step's and a day's worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gluteweak import parameters
from gluteweak.loads import co_contraction, frontal_plane, lateral, patellofemoral
from gluteweak.loads.anatomy import PELVIS, SIDES, TORSO, joint_index
from gluteweak.loads.contact import compartments
from gluteweak.loads.dynamics import Mechanics, solve_mechanics
from gluteweak.loads.gait_cycle import (
    GAIT_CYCLE_PCT,
    cycle_times_s,
    find_events,
    sample_pchip,
    spline_periodic,
)
from gluteweak.loads.leg_loads import LegLoads, LegModel, LoadModel, band_strain_pct, leg_loads, load_model
from gluteweak.loads.solution import Solution
from gluteweak.loads.step import (
    daily,
    daily_knee_adduction_knm_s,
    in_stance,
    stance_impulse,
    stance_loading_rate,
    stance_peak,
)
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
    "abductor_demand_over_capacity",
    "knee_adduction_moment_nm_kg",
    "internal_knee_abduction_moment_nm_kg",
    "hip_contact_force_bw",
    "tibiofemoral_contact_force_bw",
    "medial_compartment_force_bw",
    "lateral_compartment_force_bw",
    "patellofemoral_contact_force_bw",
    "patellofemoral_lateral_force_bw",
    "patellofemoral_stress_mpa",
    "dynamic_q_angle_deg",
    "quadriceps_force_n",
    "quadriceps_lateral_pull_bw",
    "iliotibial_force_n",
    "iliotibial_strain_pct",
    "iliotibial_strain_rate_pct_s",
)
#: Curve -> the integral of its positive part over stance.
IMPULSES = {
    "knee_adduction_moment_nm_kg": "knee_adduction_impulse_nm_s_kg",
    "hip_contact_force_bw": "hip_contact_impulse_bw_s",
    "tibiofemoral_contact_force_bw": "tibiofemoral_contact_impulse_bw_s",
    "medial_compartment_force_bw": "medial_compartment_impulse_bw_s",
    "lateral_compartment_force_bw": "lateral_compartment_impulse_bw_s",
    "patellofemoral_contact_force_bw": "patellofemoral_contact_impulse_bw_s",
    "patellofemoral_stress_mpa": "patellofemoral_stress_impulse_mpa_s",
    "iliotibial_force_n": "iliotibial_impulse_n_s",
}
#: Curve -> its steepest rise in stance.
LOADING_RATES = {
    "vertical_ground_reaction_bw": "vertical_ground_reaction_loading_rate_bw_s",
    "hip_contact_force_bw": "hip_contact_loading_rate_bw_s",
    "tibiofemoral_contact_force_bw": "tibiofemoral_contact_loading_rate_bw_s",
    "medial_compartment_force_bw": "medial_compartment_loading_rate_bw_s",
    "patellofemoral_contact_force_bw": "patellofemoral_contact_loading_rate_bw_s",
}
#: Joints whose contact force is told apart by muscle, stored as ``<joint>_contact_part_bw``.
PART_JOINTS = ("hip", "tibiofemoral", "patellofemoral")
#: Axes about which co-contraction is looked for, stored as ``<joint>_co_contraction_...``.
OPPOSED = ("hip", "knee")
_CM_PER_M = 100.0


def compute_outcomes(plant: Plant, solution: Solution, model: LoadModel | None = None) -> dict[str, Any]:
    """All outcomes of one motion but the bands of `monte_carlo`, by their names in ``variables.OUTCOMES``.

    Parameters
    ----------
    plant : Plant
        Its attribute ``sex`` picks the contact areas; male where it is silent.
    solution : Solution
    model : LoadModel, optional
        Of this plant; made here where it is not given. Give it when there are many motions.

    Raises
    ------
    InputError
        If the plant lacks a part, or a foot never lands or never leaves the ground.

    Notes
    -----
    Kinematics are resampled by a periodic cubic spline, forces and activations by a shape-preserving (PCHIP) one, so
    that no peak appears between collocation points. What follows from several forces (sizes of vectors, compartments,
    stress) is computed from the samples, so that the parts fit the whole in every sample. Peaks are those of the 101
    samples from foot strike to foot off.
    """
    model = model or load_model(plant)
    mechanics = solve_mechanics(plant, solution, model.rigid)
    threshold = float(np.asarray(parameters.FOOT_CONTACT_THRESHOLD.value))
    sides: list[dict[str, FloatArray]] = []
    by_muscle: dict[str, FloatArray] = {}
    events = []
    found = [leg_loads(leg_model, mechanics, solution) for leg_model in model.legs]
    way = lateral.mass_center_z_m(model.rigid.inertia, mechanics.motion)
    smooth = [
        _smooth_series(leg_model, loads, mechanics, solution, way)
        for leg_model, loads in zip(model.legs, found, strict=True)
    ]
    # One spline for both sides: making it costs more than using it.
    spline = spline_periodic(
        solution.time_s, np.stack([s for side in smooth for s in side.values()], axis=1), solution.duration_s
    )
    for row, (leg_model, loads) in enumerate(zip(model.legs, found, strict=True)):
        event = find_events(
            solution.time_s,
            loads.vertical_ground_n,
            solution.duration_s,
            threshold_n=threshold,
            side=leg_model.leg.side,
        )
        events.append(event)
        times = cycle_times_s(event, solution.duration_s)
        names = list(smooth[row])
        columns = slice(row * len(names), (row + 1) * len(names))
        angles = dict(zip(names, spline(times)[:, columns].T, strict=True))
        rates = dict(zip(names, spline(times, 1)[:, columns].T, strict=True))
        angles["iliotibial_strain_rate_pct_s"] = rates["iliotibial_strain_pct"]
        # From the mean over the cycle, whose last sample is its first one again: a walk has no line drawn on the floor.
        angles["center_of_mass_lateral_cm"] = angles["center_of_mass_lateral_cm"] - np.mean(
            angles["center_of_mass_lateral_cm"][:-1]
        )
        forces, own = _side_forces(leg_model, loads, solution, times)
        sides.append({**angles, **forces, **_derived(forces, angles, plant, solution)})
        for name, muscle_curves in own.items():
            by_muscle.setdefault(name, np.zeros((len(plant.muscle), len(GAIT_CYCLE_PCT))))
            by_muscle[name][leg_model.own_muscles] = muscle_curves
    internal = {name: np.stack([side.pop(name) for side in sides]) for name in _INTERNAL}
    curves = {name: np.stack([side[name] for side in sides]) for name in sides[0]}
    foot_off_pct = np.array([event.foot_off_pct for event in events])
    return {
        "side": np.array(SIDES, dtype=object),
        "gait_cycle_pct": GAIT_CYCLE_PCT,
        "muscle": np.array(plant.muscle, dtype=object),
        **curves,
        **{f"peak_{name}": stance_peak(curves[name], foot_off_pct) for name in PEAKS},
        **_per_step_and_day(curves, foot_off_pct, solution),
        **_ways_to_cope(internal, curves, foot_off_pct, solution),
        **by_muscle,
        "muscle_strength_fraction": solution.muscle_strength_fraction,
        "foot_off_pct": foot_off_pct,
        "foot_strike_s": np.array([event.foot_strike_s for event in events]),
    }


def _per_step_and_day(
    curves: Mapping[str, FloatArray], foot_off_pct: FloatArray, solution: Solution
) -> dict[str, FloatArray | float]:
    duration = solution.duration_s
    impulses = {name: stance_impulse(curves[curve], foot_off_pct, duration) for curve, name in IMPULSES.items()}
    rates = {name: stance_loading_rate(curves[c], foot_off_pct, duration) for c, name in LOADING_RATES.items()}
    usual = float(np.asarray(parameters.STEPS_PER_DAY.value))
    # A scenario counts the steps of both feet, loads those of a limb.
    steps = float(solution.attributes.get("steps_per_day", 2 * usual)) / 2
    days = {
        f"daily_{name}": daily(impulse, steps)
        for name, impulse in impulses.items()
        if name != "knee_adduction_impulse_nm_s_kg"
    }
    knee = impulses["knee_adduction_impulse_nm_s_kg"]
    smallest = float(np.asarray(parameters.SMALLEST_MEANINGFUL_DAILY_KNEE_ADDUCTION_IMPULSE.value))
    return {
        **impulses,
        **rates,
        **days,
        "daily_knee_adduction_impulse_knm_s": daily_knee_adduction_knm_s(knee, solution.body_mass_kg, steps),
        "smallest_meaningful_daily_knee_adduction_impulse_knm_s": smallest,
        "daily_steps": steps,
    }


#: Curves of a side that lead to numbers and are not stored themselves.
_INTERNAL = (
    *("ground_n", "ground_z_nm", "trunk_z_m"),
    *(f"{joint}_{way}_nm" for joint in OPPOSED for way in ("lowering", "raising")),
)


def _ways_to_cope(
    internal: Mapping[str, FloatArray],
    curves: Mapping[str, FloatArray],
    foot_off_pct: FloatArray,
    solution: Solution,
) -> dict[str, FloatArray | float]:
    """Sway, step width, co-contraction, and the stride itself: what a walker may change beside posture."""
    # The last sample of a cycle is its first one again.
    places = [
        lateral.mean_pressure_z_m(force[:-1], moment[:-1])
        for force, moment in zip(internal["ground_n"], internal["ground_z_nm"], strict=True)
    ]
    right, left = places
    counted = in_stance(foot_off_pct)
    return {
        "center_of_mass_sway_cm": float(np.ptp(curves["center_of_mass_lateral_cm"], axis=1).max()),
        "trunk_sway_cm": _CM_PER_M * float(np.ptp(internal["trunk_z_m"], axis=1).max()),
        "step_width_cm": _CM_PER_M * (right - left),
        **{
            f"{joint}_co_contraction_index_pct": co_contraction.index_pct(
                internal[f"{joint}_lowering_nm"], internal[f"{joint}_raising_nm"], counted
            )
            for joint in OPPOSED
        },
        "stride_time_s": solution.duration_s,
        "stride_length_m": float(solution.attributes["distance_m"]),
    }


def _smooth_series(
    model: LegModel, loads: LegLoads, mechanics: Mechanics, solution: Solution, mass_center_z_m: FloatArray
) -> dict[str, FloatArray]:
    """What follows from the coordinates alone, at each instant, (n_times,) each."""
    return {
        **_angles_deg(mechanics, solution, model),
        "dynamic_q_angle_deg": np.degrees(loads.q_angle_rad),
        "iliotibial_strain_pct": band_strain_pct(loads.band_length_m, model.band_standing_m),
        **_sideways(model, mechanics, mass_center_z_m),
    }


def _sideways(model: LegModel, mechanics: Mechanics, mass_center_z_m: FloatArray) -> dict[str, FloatArray]:
    plant = mechanics.plant
    torso = plant.body.index(TORSO)
    return {
        "center_of_mass_lateral_cm": _CM_PER_M * model.leg.sign * mass_center_z_m,
        "trunk_z_m": mechanics.point_m(TORSO, plant.body_mass_center_m[torso])[:, 2],
    }


def _side_forces(
    model: LegModel, loads: LegLoads, solution: Solution, times: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Forces of one side at these times of its cycle, (101,) each; of its own muscles, (n_own_muscles, 101) each."""
    leg, weight, mass = model.leg, solution.body_weight_n, solution.body_mass_kg
    columns = {
        "vertical_ground_reaction_bw": loads.vertical_ground_n / weight,
        "hip_abduction_moment_nm_kg": loads.abduction_nm / mass,
        "hip_abduction_capacity_nm_kg": loads.capacity_nm / mass,
        # About the shank's forward axis; in the mirror the sign turns.
        "knee_adduction_moment_nm_kg": leg.sign * loads.ground_moment_nm[:, 0] / mass,
        "internal_knee_abduction_moment_nm_kg": -leg.sign * loads.net_moment_nm[:, 0] / mass,
        "tibiofemoral_compression_bw": -loads.knee_contact_n[:, 1] / weight,
        "tibiofemoral_frontal_moment_nm_kg": -leg.sign * loads.knee_contact_moment_nm[:, 0] / mass,
        "patellofemoral_compression_bw": -loads.kneecap_contact_n[:, 0] / weight,
        "patellofemoral_superior_force_bw": loads.kneecap_contact_n[:, 1] / weight,
        "patellofemoral_lateral_force_bw": leg.sign * loads.kneecap_contact_n[:, 2] / weight,
        "quadriceps_force_n": loads.quadriceps_n,
        "iliotibial_force_n": loads.band_n,
        "ground_n": loads.vertical_ground_n,
        "ground_z_nm": loads.ground_z_nm,
        **{
            f"{joint}_{way}_nm": moment
            for joint, moments in (("hip", loads.hip_opposed_nm), ("knee", loads.knee_opposed_nm))
            for way, moment in zip(("lowering", "raising"), moments, strict=True)
        },
    }
    by_muscle = _muscle_series(model, loads, solution)
    blocks = [np.stack(list(columns.values()), axis=1), loads.hip_contact_n / weight, loads.knee_contact_n / weight]
    blocks += list(by_muscle.values())
    stacked = sample_pchip(solution.time_s, np.concatenate(blocks, axis=1), solution.duration_s, times)
    found, hip, knee, *muscles = np.split(stacked, np.cumsum([block.shape[1] for block in blocks])[:-1], axis=1)
    forces = dict(zip(columns, found.T, strict=True))
    forces["hip_contact_force_bw"] = np.linalg.norm(hip, axis=1)
    forces["tibiofemoral_contact_force_bw"] = np.linalg.norm(knee, axis=1)
    return forces, {name: curve.T for name, curve in zip(by_muscle, muscles, strict=True)}


def _derived(
    forces: Mapping[str, FloatArray],
    angles: Mapping[str, FloatArray],
    plant: Plant,
    solution: Solution,
) -> dict[str, FloatArray]:
    """What follows sample by sample from several curves."""
    weight = solution.body_weight_n
    parts = compartments(
        forces["tibiofemoral_compression_bw"],
        forces["tibiofemoral_frontal_moment_nm_kg"] * solution.body_mass_kg / weight,
        float(np.asarray(parameters.COMPARTMENT_SPACING.value)),
    )
    kneecap = np.linalg.norm(
        [forces[f"patellofemoral_{part}_bw"] for part in ("compression", "superior_force", "lateral_force")], axis=0
    )
    flexion, sex = angles["knee_flexion_deg"], str(plant.attributes.get("sex", DEFAULT_SEX))
    demand, capacity = np.maximum(forces["hip_abduction_moment_nm_kg"], 0.0), forces["hip_abduction_capacity_nm_kg"]
    return {
        "medial_compartment_force_bw": parts.medial,
        "lateral_compartment_force_bw": parts.lateral,
        "knee_lift_off_tension_bw": parts.lift_off_tension,
        "patellofemoral_contact_force_bw": kneecap,
        "patellofemoral_contact_area_mm2": patellofemoral.contact_area_mm2(flexion, sex),
        "patellofemoral_stress_mpa": patellofemoral.contact_stress_mpa(kneecap * weight, flexion, sex),
        "quadriceps_lateral_pull_bw": forces["quadriceps_force_n"]
        * np.sin(np.radians(angles["dynamic_q_angle_deg"]))
        / weight,
        "abductor_demand_over_capacity": np.divide(
            demand, capacity, out=np.where(demand > 0.0, np.inf, 0.0), where=capacity > 0.0
        ),
        **{
            f"{joint}_co_contraction_nm_kg": np.minimum(forces[f"{joint}_lowering_nm"], forces[f"{joint}_raising_nm"])
            / solution.body_mass_kg
            for joint in OPPOSED
        },
    }


def _angles_deg(mechanics: Mechanics, solution: Solution, model: LegModel) -> dict[str, FloatArray]:
    plant, leg = mechanics.plant, model.leg
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
        "knee_flexion_deg": model.knee_flexion_sign * coordinate(leg.knee_flexion),
    }
    return {name: np.degrees(angle) for name, angle in angles_rad.items()}


def _muscle_series(model: LegModel, loads: LegLoads, solution: Solution) -> dict[str, FloatArray]:
    """Quantities of the leg's own muscles at each instant, (n_times, n_own_muscles) each."""
    own, weight = model.own_muscles, solution.body_weight_n
    return {
        "muscle_force_n": solution.muscle_tendon_force_n[:, own],
        "muscle_activation": solution.muscle_activation[:, own],
        **{f"{joint}_contact_part_bw": loads.part_n[joint][:, own] / weight for joint in PART_JOINTS},
    }
