"""A posed walker written by hand, and the sweep that it belongs to, so that pictures need neither OpenSim nor a solver.

Pelvis and trunk tilt in the frontal plane by known angles; thighs swing; everything else hangs on.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES, LABELS, POSE_VARIABLES, Variable

DURATION_S, DISTANCE_M = 1.1, 1.4
N = 101
MUSCLES = ("glmed1_r", "recfem_r", "glmed1_l", "recfem_l")
FOOT_STRIKE_S = (0.22, 0.77)
FOOT_OFF_PCT = (62.0, 60.0)
#: Parent, child, where the child's joint sits in the parent (right side or middle), where in the child.
JOINTS = (
    ("ground", "pelvis", (0.0, 0.0, 0.0)),
    ("pelvis", "torso", (-0.1, 0.08, 0.0)),
    ("pelvis", "femur_r", (-0.06, -0.08, 0.08)),
    ("femur_r", "tibia_r", (0.0, -0.42, 0.0)),
    ("tibia_r", "talus_r", (0.0, -0.41, 0.0)),
    ("talus_r", "calcn_r", (-0.05, -0.04, 0.01)),
    ("calcn_r", "toes_r", (0.18, 0.0, 0.0)),
    ("pelvis", "femur_l", (-0.06, -0.08, -0.08)),
    ("femur_l", "tibia_l", (0.0, -0.42, 0.0)),
    ("tibia_l", "talus_l", (0.0, -0.41, 0.0)),
    ("talus_l", "calcn_l", (-0.05, -0.04, -0.01)),
    ("calcn_l", "toes_l", (0.18, 0.0, 0.0)),
)
#: Muscle -> points: body and place.
PATHS = {
    "glmed1": (("pelvis", (-0.06, 0.03, 0.12)), ("femur", (-0.015, -0.018, 0.06))),
    "recfem": (("pelvis", (-0.03, -0.04, 0.1)), ("femur", (0.03, -0.4, 0.0)), ("tibia", (0.04, -0.07, 0.0))),
}


def tilts_deg(lean_deg=0.0, drop_deg=0.0):
    """Frontal angles of trunk (towards the right) and pelvis (left side lower) over the cycle, each (N,)."""
    wave = np.sin(2 * np.pi * np.arange(N) / (N - 1))
    return lean_deg + 1.0 * wave, drop_deg + 3.0 * wave


def about_x(angle_deg):
    """Rotation matrices (N, 3, 3): a positive turn leans the y axis to the right and lowers the right side."""
    return Rotation.from_euler("x", angle_deg[:, None], degrees=True).as_matrix()


def frames(lean_deg=0.0, drop_deg=0.0, joints=JOINTS):
    """Body -> rotation (N, 3, 3) and origin (N, 3)."""
    lean, drop = tilts_deg(lean_deg, drop_deg)
    share = np.arange(N) / (N - 1)
    place = np.stack([DISTANCE_M * share, np.full(N, 0.95), 0.02 * np.sin(2 * np.pi * share)], axis=1)
    found = {"ground": (np.broadcast_to(np.eye(3), (N, 3, 3)), np.zeros((N, 3)))}
    for parent, child, offset in joints:
        rotation, origin = found[parent]
        turn = about_x(np.zeros(N))
        if child == "pelvis":
            turn, origin = about_x(-drop), place
        elif child == "torso":
            turn = about_x(drop + lean)
        elif child.startswith("femur"):
            swing = 25.0 * np.cos(2 * np.pi * (share - (0.0 if child.endswith("r") else 0.5)))
            turn = Rotation.from_euler("xz", np.stack([drop, swing], axis=1), degrees=True).as_matrix()
        found[child] = (rotation @ turn, origin + rotation @ np.array(offset))
    return found


def write_poses(path, *, strength=1.0, lean_deg=0.0, drop_deg=0.0, joints=JOINTS, scenario_id="s0", paths=PATHS):
    """Write ``poses.h5`` and return the frames in it."""
    found = frames(lean_deg, drop_deg, joints)
    body = [child for _, child, _ in joints]
    muscle_index, body_index, local = [], [], []
    for m, muscle in enumerate(MUSCLES):
        name, side = muscle[:-2], muscle[-2:]
        for part, place in paths.get(name, ()):
            full = part if part in body else part + side
            muscle_index.append(m)
            body_index.append(body.index(full))
            local.append(np.tile(np.array(place) * [1, 1, 1 if side == "_r" else -1], (N, 1)))
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * np.arange(N) / (N - 1))
    # A slack muscle may have a force a shade below zero: damping.
    tension = wave[:, None] * np.array([700.0, 900.0, 650.0, 800.0]) - 0.5
    quaternion = [np.roll(Rotation.from_matrix(found[name][0]).as_quat(canonical=True), 1, axis=1) for name in body]
    force = np.zeros((2, N, 3))
    force[:, :60, 1] = 800.0
    values = {
        "instant_s": np.linspace(0.0, DURATION_S, N),
        "body": body,
        "joint": [f"to_{child}" for child in body],
        "joint_parent_body": [parent for parent, _, _ in joints],
        "joint_child_body": body,
        "joint_center_m": np.zeros((len(body), 3)),
        "muscle": list(MUSCLES),
        "side": ["right", "left"],
        "body_quaternion": np.array(quaternion),
        "body_origin_m": np.array([found[name][1] for name in body]),
        "path_point_muscle_index": np.array(muscle_index, dtype=np.int64),
        "path_point_body_index": np.array(body_index, dtype=np.int64),
        "path_point_m": np.array(local).reshape(-1, N, 3),
        "muscle_activation": tension / 1000.0,
        "muscle_tendon_force_n": tension,
        "muscle_strength_fraction": np.array([strength, 1.0, 1.0, 1.0]),
        "ground_reaction_n": force,
        "center_of_pressure_m": np.zeros((2, N, 3)),
    }
    facts = {"duration_s": DURATION_S, "distance_m": DISTANCE_M, "scenario_id": scenario_id}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, values, facts, table=POSE_VARIABLES)
    return found


def write_study(folder, scenarios, *, study_json='{"name": "test", "model": "adult"}', weak="glmed1_r", **more):
    """Write ``sweep.h5`` and one ``poses.h5`` a scenario; a scenario is (id, adaptation, strength, lean, drop).

    Every curve of the sweep is there: those of drop and lean as posed, others from a seeded generator.
    """
    rng = np.random.default_rng(3)
    count = len(scenarios)
    strength = np.array([s[2] for s in scenarios])
    values = {}
    for name, variable in CYCLE_VARIABLES.items():
        dims = variable.dims
        if dims == ("side", "gait_cycle_pct"):
            values[name] = rng.normal(1.0, 0.1, (count, 2, N))
        elif dims == ("muscle", "gait_cycle_pct"):
            values[name] = rng.uniform(0.0, 1.0, (count, len(MUSCLES), N))
        elif dims == ("side",) and name.startswith(("peak_", "daily_")):
            values[name] = rng.normal(1.0, 0.1, (count, 2))
    # How walkers cope: sideways, and muscle against muscle. Nobody does unless a test says so.
    values |= {name: np.full(count, 4.0) for name in ("center_of_mass_sway_cm", "trunk_sway_cm", "step_width_cm")}
    values |= {f"{joint}_co_contraction_index_pct": np.full((count, 2), 20.0) for joint in ("hip", "knee")}
    share = np.arange(N) / 100.0
    for name in ("pelvic_drop_deg", "trunk_lean_deg"):
        for i, (_, _, _, lean, drop) in enumerate(scenarios):
            posed = tilts_deg(lean, drop)[0 if name == "trunk_lean_deg" else 1]
            for row, sign in enumerate((1.0, -1.0)):
                phase = (FOOT_STRIKE_S[row] / DURATION_S + share) % 1.0
                values[name][i, row] = sign * np.interp(phase, np.linspace(0.0, 1.0, N), posed)
    values |= {
        "scenario_id": np.array([s[0] for s in scenarios], dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "muscle": np.array(MUSCLES, dtype=object),
        "gait_cycle_pct": np.linspace(0.0, 100.0, N),
        "adaptation": np.array([s[1] for s in scenarios], dtype=object),
        "strength_fraction": strength,
        "muscle_strength_fraction": np.stack([np.where(m == weak, strength, 1.0) for m in np.array(MUSCLES)], axis=1),
        "certified": np.ones(count, dtype=np.int64),
        "solved": np.ones(count, dtype=np.int64),
        "foot_strike_s": np.tile(FOOT_STRIKE_S, (count, 1)),
        "foot_off_pct": np.tile(FOOT_OFF_PCT, (count, 1)),
        **more,
    }
    fixed = {*LABELS, "gait_cycle_pct"} - {"scenario"}
    table = {
        name: v
        if name in fixed - {"scenario_id"} or "scenario" in v.dims
        else Variable(name, v.unit, ("scenario", *v.dims), v.description, v.sign)
        for name, v in {**CYCLE_VARIABLES, "label": Variable("label", "1", ("scenario",), "Words.")}.items()
    }
    write_file(folder / "sweep.h5", values, {"study": study_json, "body_mass_kg": 70.0, "versions": "{}"}, table=table)
    for name, _, fraction, lean, drop in scenarios:
        write_poses(
            folder / "scenarios" / name / "poses.h5", strength=fraction, lean_deg=lean, drop_deg=drop, scenario_id=name
        )
    return values


#: A healthy walk and three weak ones.
FULL, HALF, NONE = (f"glmed_r-s{percent}-re_optimised" for percent in ("100", "050", "000"))
KEPT = "glmed_r-s000-pattern_kept"
SCENARIOS = (
    (FULL, "re_optimised", 1.0, 0.0, 2.0),
    (HALF, "re_optimised", 0.5, 1.0, 2.5),
    (NONE, "re_optimised", 0.0, 2.0, 3.0),
    (KEPT, "pattern_kept", 0.0, 9.0, -1.0),
)
