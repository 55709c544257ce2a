"""A small walker that stands and sways, for tests that solve: it converges in a second.

Pelvis, trunk, a head that is moved (prescribed), two straight legs and two feet on four spheres; eight muscles and one
actuator. Mirror-symmetric, all numbers invented; soft soles, so that ten instants resolve its contacts. Its "walk"
creeps forward by a tenth of a millimetre a cycle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from synthetic_walker import X, Y, Z, _Builder, make_plant

from gluteweak.motion_files import write_motion
from gluteweak.plant import FREE, PRESCRIBED, Polynomial

COORDINATES = (
    *("pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz"),
    *("hip_flexion_r", "ankle_angle_r", "neck", "hip_flexion_l", "ankle_angle_l", "lumbar_extension"),
)
#: How closely a coordinate is tracked, where it is not 1: as in the adult's tables.
CLOSENESS = {
    "pelvis_rotation": 3.0,
    "pelvis_tx": 0.2,
    "pelvis_ty": 0.0,
    "pelvis_tz": 0.2,
    "ankle_angle_r": 2.5,
    "ankle_angle_l": 2.5,
}
#: Coordinates whose sign turns in a mirror.
ODD = ("pelvis_list", "pelvis_rotation", "pelvis_tz")
#: Muscle of a side: coordinate, and length = 0.2 m + a q + b q^2.
PULLS = {
    "ilps": ("hip_flexion", -0.05, 0.01),
    "glut": ("hip_flexion", 0.06, -0.02),
    "tib": ("ankle_angle", -0.04, 0.0),
    "sol": ("ankle_angle", 0.05, 0.01),
}
MUSCLES = tuple(f"{name}_{side}" for side in "rl" for name in PULLS)
START_S, END_S = 0.5, 1.5
DISTANCE_M = 1e-4
SPHERES = {"heel": -0.06, "toe": 0.14}


def make():
    """The walker as a plant."""
    b = _Builder(COORDINATES)
    b.joint(
        "ground_pelvis",
        "ground",
        "pelvis",
        (0, 0, 0),
        [
            *(("translation", axis, f"pelvis_t{x}", (0, 1)) for x, axis in zip("xyz", (X, Y, Z), strict=True)),
            ("rotation", Z, "pelvis_tilt", (0, 1)),
            ("rotation", X, "pelvis_list", (0, 1)),
            ("rotation", Y, "pelvis_rotation", (0, 1)),
        ],
    )
    b.joint("back", "pelvis", "torso", (-0.05, 0.1, 0), [("rotation", Z, "lumbar_extension", (0, 1))])
    b.joint("nape", "torso", "head", (0, 0.45, 0), [("rotation", Z, "neck", (0, 1))])
    bodies = {
        "pelvis": (11.0, (-0.02, 0.02, 0), np.diag([0.1, 0.09, 0.06])),
        "torso": (28.0, (0.01, 0.25, 0), np.diag([1.3, 0.6, 1.2])),
        "head": (5.0, (0.03, 0.12, 0), np.diag([0.03, 0.02, 0.03])),
    }
    contacts = []
    for side, sign in (("r", 1.0), ("l", -1.0)):
        b.joint(f"hip_{side}", "pelvis", f"leg_{side}", (0, -0.08, sign * 0.1), [_hinge(f"hip_flexion_{side}")])
        b.joint(f"ankle_{side}", f"leg_{side}", f"foot_{side}", (0, -0.85, 0), [_hinge(f"ankle_angle_{side}")])
        bodies[f"leg_{side}"] = (10.0, (0, -0.35, sign * 0.01), np.diag([0.5, 0.04, 0.5]))
        bodies[f"foot_{side}"] = (1.2, (0.04, -0.03, 0), np.diag([0.002, 0.004, 0.004]))
        contacts += [(f"{name}_{side}", f"foot_{side}") for name in SPHERES]
    plant = make_plant(COORDINATES, bodies, b, muscles=MUSCLES, contacts=contacts)
    paths = {}
    for muscle in MUSCLES:
        stem, side = muscle.split("_")
        coordinate, a, c = PULLS[stem]
        index = np.array([COORDINATES.index(f"{coordinate}_{side}")])
        paths[muscle] = Polynomial(index, np.array([[0], [1], [2]]), np.array([[0.2], [a], [c]]))
    n, hips = len(COORDINATES), [COORDINATES.index(f"hip_flexion_{side}") for side in "rl"]
    torque, slope, offset = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros((n, 2))
    torque[hips], slope[hips], offset[hips] = [-2.0, 3.0], [6.0, -5.0], [0.4, -0.4]
    stiffness, damping = np.zeros(n), np.zeros(n)
    stiffness[hips], damping[hips] = 4.0, 0.5
    return replace(
        plant,
        coordinate_role=tuple(PRESCRIBED if name == "neck" else FREE for name in COORDINATES),
        coordinate_is_rotation=np.array([name[:-1] != "pelvis_t" for name in COORDINATES], dtype=np.int64),
        coordinate_range=np.tile([-1.0, 1.0], (n, 1)),
        coordinate_normal_spread=np.full(n, 0.05),
        coordinate_closeness=np.array([CLOSENESS.get(name, 1.0) for name in COORDINATES]),
        passive_exponential_torque_nm=torque,
        passive_exponential_slope=slope,
        passive_exponential_offset_rad=offset,
        passive_stiffness_nm_rad=stiffness,
        passive_damping_nms_rad=damping,
        contact_center_m=np.array([[x, -0.02, 0.0] for _ in "rl" for x in SPHERES.values()]),
        contact_radius_m=np.full(4, 0.1),
        contact_stiffness_pa=np.full(4, 1e5),
        contact_dissipation_s_m=np.full(4, 2.0),
        contact_static_friction=np.full(4, 0.9),
        contact_dynamic_friction=np.full(4, 0.7),
        contact_viscous_friction_s_m=np.full(4, 0.5),
        contact_transition_velocity_m_s=np.full(4, 0.2),
        contact_hertz_smoothing=np.full(4, 300.0),
        contact_hunt_crossley_smoothing=np.full(4, 50.0),
        muscle_max_isometric_force_n=np.tile([1500.0, 2500.0, 1200.0, 3500.0], 2),
        muscle_pennation_angle_rad=np.tile([0.1, 0.2, 0.0, 0.4], 2),
        muscle_fiber_damping=np.full(8, 0.01),
        muscle_passive_fiber_strain=np.full(8, 0.6),
        actuator=("lumbar_extension",),
        actuator_optimal_force_nm=np.array([100.0]),
        path_length=paths,
        attributes={**plant.attributes, "calibration": "none"},
    )


def _hinge(coordinate):
    return ("rotation", Z, coordinate, (0, 1))


def sway(time_s):
    """What a laboratory would measure: {coordinate: (n_times,)}, in rad and m."""
    phase = 2 * np.pi * (time_s - START_S) / (END_S - START_S)
    return {
        "pelvis_tilt": 0.02 * np.sin(phase),
        "pelvis_list": np.zeros_like(phase),
        "pelvis_rotation": np.zeros_like(phase),
        "pelvis_tx": 0.3 + DISTANCE_M * (time_s - START_S) / (END_S - START_S),
        "pelvis_ty": np.full_like(phase, 1.0),
        "pelvis_tz": np.zeros_like(phase),
        "hip_flexion_r": 0.05 - 0.03 * np.sin(phase),
        "hip_flexion_l": 0.05 - 0.03 * np.sin(phase),
        "ankle_angle_r": np.full_like(phase, -0.05),
        "ankle_angle_l": np.full_like(phase, -0.05),
        "lumbar_extension": 0.1 * np.cos(phase),
        "neck": 0.2 * np.cos(phase) + 0.05 * np.sin(2 * phase) - 0.1,
    }


def write_measurement(folder, plant, *, degrees=False, without=(), change=None):
    """Write ``coordinates.sto`` and ``grf.mot`` of the sway; ``change`` edits the columns, ``without`` drops some."""
    time = np.linspace(0.2, 1.8, 161)
    columns = sway(time)
    forces = {f"ground_force_{s}_v{x}": np.zeros_like(time) for s in "rl" for x in "xyz"}
    for side in "rl":
        forces[f"ground_force_{side}_vy"] += plant.mass_kg * plant.gravity_m_s2 / 2
    if change is not None:
        change(columns, forces)
    for name in COORDINATES:
        if degrees and name[:-1] != "pelvis_t":
            columns[name] = np.degrees(columns[name])
    paths = folder / "coordinates.sto", folder / "grf.mot"
    for path, table in zip(paths, (columns, forces), strict=True):
        kept = {name: series for name, series in table.items() if name not in without}
        header = {"inDegrees": "yes" if degrees else "no"}
        write_motion(path, tuple(kept), time, np.column_stack(list(kept.values())), header)
    return paths
