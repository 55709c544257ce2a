"""A sweep made by hand for comparisons and their figures: every number follows from a formula that is stated here.

Two adaptations at 100, 50 and 0 % of the right glmed. With w = 1 - strength:
``re_optimised`` keeps its angles, glmin takes over 300 N w of the 400 N that glmed lacks, knee load rises by 0.5 w;
``pattern_kept`` leans 6 w deg more, drops 1 w deg less, and its hip moment falls by 0.4 w.
"""

import json

import numpy as np

from gluteweak.comparison.outcomes import COMPARED
from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES, Variable

PCT = np.linspace(0, 100, 101)
MUSCLES = ("glmed1_r", "glmed2_r", "glmin1_r", "recfem_r", "glmed1_l", "glmed2_l", "glmin1_l", "recfem_l")
STRENGTHS = (1.0, 0.5, 0.0)
ADAPTATIONS = ("re_optimised", "pattern_kept")
FOOT_OFF_PCT = 60.0
#: Healthy peaks; what is not named is 1.
HEALTHY = {
    "peak_pelvic_drop_deg": 4.0,
    "peak_trunk_lean_deg": 2.0,
    "peak_hip_adduction_deg": 6.0,
    "peak_hip_internal_rotation_deg": -3.0,
    "peak_femoral_adduction_deg": 4.0,
    "peak_knee_frontal_projection_deg": 0.5,
    "peak_hip_abduction_moment_nm_kg": 0.8,
    "peak_abductor_demand_over_capacity": 0.5,
    "peak_knee_adduction_moment_nm_kg": 0.4,
    "daily_knee_adduction_impulse_knm_s": 30.0,
    "peak_hip_contact_force_bw": 3.0,
    "peak_tibiofemoral_contact_force_bw": 2.5,
    "peak_medial_compartment_force_bw": 1.6,
    "peak_lateral_compartment_force_bw": 0.9,
    "peak_patellofemoral_contact_force_bw": 0.8,
    "peak_patellofemoral_stress_mpa": 2.0,
    "daily_patellofemoral_contact_impulse_bw_s": 800.0,
    "peak_iliotibial_force_n": 300.0,
    "peak_iliotibial_strain_pct": 2.0,
}
#: Of a limb.
STEPS_PER_DAY = 4000
WHOLE_BODY = {"center_of_mass_sway_cm": 4.0, "trunk_sway_cm": 5.0, "step_width_cm": 10.0}
OPPOSED = ("hip_co_contraction_nm_kg", "knee_co_contraction_nm_kg")
CO_CONTRACTION = ("hip_co_contraction_index_pct", "knee_co_contraction_index_pct")
#: Change of each peak at no strength, by adaptation.
CHANGE = {
    "re_optimised": {"peak_tibiofemoral_contact_force_bw": 0.5, "peak_medial_compartment_force_bw": 0.1},
    "pattern_kept": {
        "peak_trunk_lean_deg": 6.0,
        "peak_pelvic_drop_deg": -1.0,
        "peak_hip_adduction_deg": -3.0,
        "peak_hip_abduction_moment_nm_kg": -0.4,
        "peak_knee_adduction_moment_nm_kg": -0.1,
        "daily_knee_adduction_impulse_knm_s": -12.0,
    },
}
#: Half width of every Monte Carlo band, as a share of the healthy value.
BAND = 0.2

CURVES = {
    "pelvic_drop_deg": "peak_pelvic_drop_deg",
    "trunk_lean_deg": "peak_trunk_lean_deg",
    "hip_adduction_deg": "peak_hip_adduction_deg",
    "hip_internal_rotation_deg": "peak_hip_internal_rotation_deg",
    "femoral_adduction_deg": "peak_femoral_adduction_deg",
    "knee_frontal_projection_deg": "peak_knee_frontal_projection_deg",
    "hip_abduction_moment_nm_kg": "peak_hip_abduction_moment_nm_kg",
    "knee_adduction_moment_nm_kg": "peak_knee_adduction_moment_nm_kg",
    "hip_contact_force_bw": "peak_hip_contact_force_bw",
    "tibiofemoral_contact_force_bw": "peak_tibiofemoral_contact_force_bw",
    "medial_compartment_force_bw": "peak_medial_compartment_force_bw",
    "lateral_compartment_force_bw": "peak_lateral_compartment_force_bw",
    "patellofemoral_contact_force_bw": "peak_patellofemoral_contact_force_bw",
    "patellofemoral_stress_mpa": "peak_patellofemoral_stress_mpa",
    "iliotibial_force_n": "peak_iliotibial_force_n",
}


def peak(name, adaptation, strength):
    """The value of an outcome on the right side."""
    return HEALTHY[name] + (1.0 - strength) * CHANGE[adaptation].get(name, 0.0)


def bump(at, width):
    """A smooth hill of height 1."""
    return np.exp(-(((PCT - at) / width) ** 2))


def muscle_forces(adaptation, strength):
    """(n_muscles, n_samples): constant in time, so that means over stance are the numbers themselves."""
    weak = 1.0 - strength
    taken_over = 300.0 * weak if adaptation == "re_optimised" else 0.0
    # glmed 400 N in two parts, glmin 200 N, rectus femoris 100 N and a third as much as glmin takes over.
    right = [200.0 * strength, 200.0 * strength, 200.0 + taken_over, 100.0 + taken_over / 3.0]
    return np.repeat(np.array([*right, 200.0, 200.0, 200.0, 100.0])[:, None], len(PCT), axis=1)


def values(*, strengths=STRENGTHS, adaptations=ADAPTATIONS, prefix="glmed_r", shift=None):
    """Datasets of the sweep; ``shift`` adds to outcomes of all scenarios."""
    rows = [(a, s) for a in adaptations for s in strengths]
    made = {
        "scenario_id": np.array([f"{prefix}-s{round(100 * s):03d}-{a}" for a, s in rows], dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "gait_cycle_pct": PCT,
        "muscle": np.array(MUSCLES, dtype=object),
        "muscle_strength_fraction": np.array(
            [[s if m.startswith("glmed") and m.endswith("_r") else 1.0 for m in MUSCLES] for _, s in rows]
        ),
        "strength_fraction": np.array([s for _, s in rows]),
        "adaptation": np.array([a for a, _ in rows], dtype=object),
        "certified": np.ones(len(rows), dtype=int),
        "solved": np.ones(len(rows), dtype=int),
        "foot_off_pct": np.full((len(rows), 2), FOOT_OFF_PCT),
        "knee_flexion_deg": np.tile(10 + 55 * bump(72, 10), (len(rows), 2, 1)),
        "muscle_force_n": np.stack([muscle_forces(a, s) for a, s in rows]),
    }
    for outcome in COMPARED:
        right = np.array([peak(outcome.name, a, s) for a, s in rows]) + (shift or {}).get(outcome.name, 0.0)
        left = np.full(len(rows), HEALTHY[outcome.name])
        made[outcome.name] = np.stack([right, left], axis=1)
        if outcome.banded:
            half = BAND * abs(HEALTHY[outcome.name])
            for suffix, offset in (("p05", -half), ("p50", 0.0), ("p95", half)):
                made[f"{outcome.name}_{suffix}"] = made[outcome.name] + offset
    made["patellofemoral_contact_impulse_bw_s"] = made["daily_patellofemoral_contact_impulse_bw_s"] / STEPS_PER_DAY
    # Of the whole body, and of both legs: nobody changes these unless a test says so.
    made |= {name: np.full(len(rows), size) for name, size in WHOLE_BODY.items()}
    made |= {name: np.full((len(rows), 2), 20.0) for name in CO_CONTRACTION}
    # Against each other: a tenth of the healthy walker's hip abduction moment, all through the cycle.
    made |= {name: np.full((len(rows), 2, len(PCT)), 0.08) for name in OPPOSED}
    for curve, name in CURVES.items():
        height = made[name][:, :, None]
        # The hill of this side's stance and a lower, opposite one while the other leg stands.
        made[curve] = height * (bump(20, 12) - 0.8 * bump(70, 12) * curve.endswith("deg"))
    return made


def write_sweep(path, *, name="made", plant="abc", leave_out=(), replaced=None, **options):
    """Write the sweep; further options go to `values`."""
    made = {**values(**options), **(replaced or {})}
    for dataset in leave_out:
        del made[dataset]
    shared = {"scenario_id", "side", "gait_cycle_pct", "muscle"}
    table = {
        n: v if n in shared else Variable(n, v.unit, ("scenario", *v.dims), v.description, v.sign)
        for n, v in CYCLE_VARIABLES.items()
    }
    attributes = {
        "study": json.dumps({"name": name, "model": "adult"}),
        "plant_sha256": plant,
        "body_mass_kg": 70.0,
        "gravity_m_s2": 10.0,
    }
    write_file(path, made, attributes, table=table)
    return path


def write_what_if(path):
    """A healthy walk and two imposed postures: a drop adds 25 % to the knee adduction moment, a lean takes half."""
    names = np.array(["what_if-none", "what_if-pelvic_drop_r-4deg", "what_if-trunk_lean_r-10deg"], dtype=object)
    made = values(strengths=(1.0,) * 3, adaptations=("re_optimised",))
    moment = made["peak_knee_adduction_moment_nm_kg"] * np.array([1.0, 1.25, 0.5])[:, None]
    replaced = {"scenario_id": names, "peak_knee_adduction_moment_nm_kg": moment}
    return write_sweep(path, strengths=(1.0,) * 3, adaptations=("re_optimised",), replaced=replaced)
