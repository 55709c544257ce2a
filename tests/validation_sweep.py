"""A sweep made by hand: two scenarios whose every compared number is known in advance."""

import numpy as np

from gluteweak.storage import write_file
from gluteweak.validation.measures import CURVES, MUSCLE_CURVES
from gluteweak.variables import CYCLE_VARIABLES, Variable

PCT = np.linspace(0, 100, 101)
MUSCLES = ("glmed1_r", "glmed2_r", "tfl_r", "glmed1_l", "glmed2_l", "tfl_l")
BODY_MASS_KG, GRAVITY_M_S2 = 70.0, 10.0
BODY_WEIGHT_N = 700.0


def bumps(*peaks):
    """Straight lines through (per cent, height), zero outside."""
    at, height = zip(*peaks, strict=True)
    return np.interp(PCT, at, height)


#: Healthy curves, alike on both sides, all inside their bands.
HEALTHY = {
    "pelvic_drop_deg": bumps((0, -1), (16, 5), (66, -5), (100, -1)),
    "hip_adduction_deg": bumps((0, 0), (18, 6), (60, -6), (100, 0)),
    "trunk_lean_deg": bumps((0, 0), (20, 2), (50, 0), (70, -2), (100, 0)),
    "vertical_ground_reaction_bw": bumps((0, 0), (14, 1.1), (28, 0.75), (46, 1.05), (60, 0)),
    "hip_abduction_moment_nm_kg": bumps((0, 0), (15, 0.9), (28, 0.6), (45, 0.8), (60, 0)),
    "hip_abduction_capacity_nm_kg": np.full(101, 1.8),
    "knee_adduction_moment_nm_kg": bumps((0, 0), (17, 0.5), (30, 0.3), (45, 0.4), (60, 0)),
    "hip_contact_force_bw": bumps((0, 1), (15, 3), (60, 1)),
    "tibiofemoral_contact_force_bw": bumps((0, 1), (15, 2.5), (60, 1)),
    "medial_compartment_force_bw": bumps((0, 0.6), (15, 1.5), (60, 0.6)),
    "lateral_compartment_force_bw": bumps((0, 0.4), (15, 1.0), (60, 0.4)),
    "patellofemoral_contact_force_bw": bumps((0, 0), (12, 0.9), (30, 0)),
    "patellofemoral_stress_mpa": bumps((0, 0), (12, 3), (30, 0)),
    "quadriceps_force_n": BODY_WEIGHT_N * bumps((0, 0), (12, 1.2), (30, 0)),
    "knee_flexion_deg": bumps((0, 5), (15, 20), (40, 5), (72, 65), (100, 5)),
}
#: glmed parts: active from 96 % to 40 %, 350 N each at 20 %; 70 N of tfl.
ACTIVATION = np.where((PCT <= 40) | (PCT >= 96), 0.4, 0.01)
GLMED_FORCE = bumps((0, 100), (20, 350), (50, 0))
TFL_FORCE = bumps((0, 0), (30, 70), (50, 0))


def muscle_curves():
    """(n_muscles, n_samples) of each quantity."""
    force = np.stack([GLMED_FORCE, GLMED_FORCE, TFL_FORCE] * 2)
    part = np.stack([np.full(101, v) for v in (0.5, 0.25, 0.125) * 2])
    return {
        "muscle_force_n": force,
        "muscle_activation": np.stack([ACTIVATION] * len(MUSCLES)),
        "hip_contact_part_bw": part,
        "tibiofemoral_contact_part_bw": part,
    }


def scenario(**changed):
    """Curves of one scenario, (2 sides, n_samples); ``changed`` replaces the right side's."""
    made = {name: np.stack([curve, curve]) for name, curve in HEALTHY.items()}
    for name, curve in changed.items():
        made[name][0] = curve
    return made


def write_sweep(path, weak=None, healthy=None, *, strength=(1.0, 0.5), certified=(1, 1), model="adult", **replaced):
    """Healthy and weak scenario of one adaptation; the right side is weak."""
    curves = [healthy or scenario(), weak or scenario()]
    values = {
        "scenario_id": np.array(["full", "weak"], dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "gait_cycle_pct": PCT,
        "muscle": np.array(MUSCLES, dtype=object),
        "muscle_strength_fraction": np.array([[s if m.endswith("_r") else 1.0 for m in MUSCLES] for s in strength]),
        "strength_fraction": np.array(strength),
        "adaptation": np.array(["only", "only"], dtype=object),
        "certified": np.array(certified),
        "foot_off_pct": np.full((2, 2), 60.0),
        **{name: np.stack([c[name] for c in curves]) for name in CURVES},
        **{name: np.stack([muscle_curves()[name]] * 2) for name in MUSCLE_CURVES},
        **replaced,
    }
    plain = {"scenario_id", "side", "gait_cycle_pct", "muscle"}
    table = {
        name: v if name in plain else Variable(name, v.unit, ("scenario", *v.dims), v.description, v.sign)
        for name, v in CYCLE_VARIABLES.items()
    }
    attributes = {
        "study": f'{{"name": "made", "model": "{model}"}}',
        "body_mass_kg": BODY_MASS_KG,
        "gravity_m_s2": GRAVITY_M_S2,
        "plant_sha256": "abc",
    }
    write_file(path, values, attributes, table=table)
    return path


def write_what_if(path, changes, *, plant="abc"):
    """Motion -> (outcome -> right-side value after the change); before it every outcome is 1."""
    outcomes = (
        "peak_knee_adduction_moment_nm_kg",
        "knee_adduction_impulse_nm_s_kg",
        "peak_hip_abduction_moment_nm_kg",
        "peak_patellofemoral_stress_mpa",
    )
    names = ["what_if-none", *changes]
    values = {
        "scenario_id": np.array(names, dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "certified": np.ones(len(names), dtype=int),
        **{o: np.array([[changes.get(n, {}).get(o, 1.0), 1.0] for n in names]) for o in outcomes},
    }
    table = {
        name: v if name in ("scenario_id", "side") else Variable(name, v.unit, ("scenario", *v.dims), v.description)
        for name, v in CYCLE_VARIABLES.items()
    }
    write_file(path, values, {"plant_sha256": plant}, table=table)
    return path


def write_fixed_gait(path, *, hip, knee, tfl):
    """Runs at full, half and no strength of the right side, the last one not solved; two muscles."""
    strength = np.array([1.0, 0.5, 0.0])
    left = np.full(3, 2.0)
    values = {
        "muscle": np.array(["tfl_r", "tfl_l"], dtype=object),
        "muscle_strength_fraction": np.stack([strength, np.ones(3)], axis=1),
        "strength_fraction": strength,
        "solved": np.array([1, 1, 0]),
        "muscle_activation": np.stack([np.full((2, 101), [[own], [0.9 - own]]) for own in tfl]),
        "peak_hip_contact_force_bw": np.stack([hip, left], axis=1),
        "peak_tibiofemoral_contact_force_bw": np.stack([knee, left], axis=1),
    }
    table = {
        name: v if name == "muscle" else Variable(name, v.unit, ("scenario", *v.dims), v.description)
        for name, v in CYCLE_VARIABLES.items()
    }
    write_file(path, values, {"plant_sha256": "abc"}, table=table)
    return path
