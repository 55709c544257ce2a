"""A small two-legged walker and a periodic motion of it, so that tests need neither OpenSim nor a solver.

The walker has the names and signs of the adult (pelvis, torso, thighs, shanks, kneecaps, ankle bones) but invented
numbers. The motion is a sum of sines: smooth, periodic and walking-like, though no forces were solved for it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from gluteweak.loads.solution import Solution
from gluteweak.plant import Plant, Polynomial
from gluteweak.provenance import sha256_file
from gluteweak.storage import write_file

GRAVITY = 9.80665
X, Y, Z = np.eye(3)
MIRROR = np.array([1.0, 1.0, -1.0])

COORDINATES = (
    *("pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz"),
    *("hip_flexion_r", "hip_adduction_r", "hip_rotation_r", "knee_angle_r", "ankle_angle_r"),
    *("hip_flexion_l", "hip_adduction_l", "hip_rotation_l", "knee_angle_l", "ankle_angle_l"),
    *("lumbar_extension", "lumbar_bending", "lumbar_rotation"),
)
#: Coordinates whose sign turns when the walker is mirrored.
ODD = ("pelvis_list", "pelvis_rotation", "pelvis_tz", "lumbar_bending", "lumbar_rotation")
BODIES = ("pelvis", "torso", *(f"{b}_{s}" for s in "rl" for b in ("femur", "tibia", "patella", "talus")))
MUSCLES = ("glmed_r", "vasti_r", "tfl_r", "glmed_l", "vasti_l", "tfl_l")


def rotation(axis, angle):
    """Rotation matrix by scipy-free Rodrigues, (3, 3)."""
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


class _Builder:
    def __init__(self, coordinates):
        self.coordinates = coordinates
        self.joints = []
        self.axes = []

    def joint(self, name, parent, child, place, axes, *, parent_rotation=None, child_rotation=None, child_place=None):
        self.joints.append(
            (
                name,
                parent,
                child,
                np.eye(3) if parent_rotation is None else parent_rotation,
                np.asarray(place, float),
                np.eye(3) if child_rotation is None else child_rotation,
                np.zeros(3) if child_place is None else np.asarray(child_place, float),
            )
        )
        for kind, direction, coordinate, polynomial in axes:
            index = -1 if coordinate is None else self.coordinates.index(coordinate)
            self.axes.append((len(self.joints) - 1, kind == "rotation", direction, index, polynomial))

    def arrays(self):
        columns = list(zip(*self.joints, strict=True))
        longest = max(len(axis[4]) for axis in self.axes)
        return {
            "joint": columns[0],
            "joint_parent_body": columns[1],
            "joint_child_body": columns[2],
            "joint_parent_rotation": np.array(columns[3]),
            "joint_parent_translation_m": np.array(columns[4]),
            "joint_child_rotation": np.array(columns[5]),
            "joint_child_translation_m": np.array(columns[6]),
            "axis_joint_index": np.array([a[0] for a in self.axes], dtype=np.int64),
            "axis_is_rotation": np.array([a[1] for a in self.axes], dtype=np.int64),
            "axis_direction": np.array([a[2] for a in self.axes], dtype=float),
            "axis_coordinate_index": np.array([a[3] for a in self.axes], dtype=np.int64),
            "axis_polynomial": np.array([[*a[4], *[0.0] * (longest - len(a[4]))] for a in self.axes], dtype=float),
        }


def make_plant(
    coordinates, bodies, builder, *, muscles=(), contacts=(), landmarks=(), polynomials=None, attributes=None
):
    """A plant from bodies {name: (mass, mass centre, inertia)} and a builder.

    Contacts are [(name, body)], landmarks [(name, body, place)]; polynomials has groups of the plant (joint_pull).
    """
    n, m, k = len(coordinates), len(muscles), len(contacts)
    masses, centers, inertias = zip(*bodies.values(), strict=True)
    return Plant(
        coordinate=tuple(coordinates),
        coordinate_role=("free",) * n,
        coordinate_is_rotation=np.array([not c.startswith("pelvis_t") or c == "pelvis_tilt" for c in coordinates], int),
        coordinate_range=np.tile([-2.0, 2.0], (n, 1)),
        coordinate_normal_spread=np.ones(n),
        coordinate_closeness=np.ones(n),
        passive_exponential_torque_nm=np.zeros((n, 2)),
        passive_exponential_slope=np.zeros((n, 2)),
        passive_exponential_offset_rad=np.zeros((n, 2)),
        passive_stiffness_nm_rad=np.zeros(n),
        passive_damping_nms_rad=np.zeros(n),
        body=tuple(bodies),
        body_mass_kg=np.array(masses, float),
        body_mass_center_m=np.array(centers, float),
        body_inertia_kg_m2=np.array(inertias, float),
        **builder.arrays(),
        contact_sphere=tuple(c[0] for c in contacts),
        contact_body=tuple(c[1] for c in contacts),
        contact_center_m=np.zeros((k, 3)),
        contact_radius_m=np.full(k, 0.035),
        contact_stiffness_pa=np.ones(k),
        contact_dissipation_s_m=np.ones(k),
        contact_static_friction=np.ones(k),
        contact_dynamic_friction=np.ones(k),
        contact_viscous_friction_s_m=np.ones(k),
        contact_transition_velocity_m_s=np.ones(k),
        contact_hertz_smoothing=np.ones(k),
        contact_hunt_crossley_smoothing=np.ones(k),
        muscle=tuple(muscles),
        muscle_max_isometric_force_n=np.full(m, 1000.0),
        muscle_optimal_fiber_length_m=np.full(m, 0.1),
        muscle_tendon_slack_length_m=np.full(m, 0.1),
        muscle_pennation_angle_rad=np.zeros(m),
        muscle_max_contraction_velocity_per_s=np.full(m, 10.0),
        muscle_active_force_width_scale=np.ones(m),
        muscle_fiber_damping=np.zeros(m),
        muscle_passive_fiber_strain=np.zeros(m),
        muscle_activation_time_constant_s=np.full(m, 0.015),
        muscle_deactivation_time_constant_s=np.full(m, 0.06),
        muscle_calibration_factor=np.ones(m),
        path_length_rms_error_m=np.zeros(m),
        path_length_max_error_m=np.zeros(m),
        path_moment_arm_rms_error_m=np.zeros(m),
        actuator=(),
        actuator_optimal_force_nm=np.zeros(0),
        landmark=tuple(mark[0] for mark in landmarks),
        landmark_body=tuple(mark[1] for mark in landmarks),
        landmark_m=np.array([mark[2] for mark in landmarks], float).reshape(-1, 3),
        **{"path_length": {}, "joint_pull": {}, "joint_pull_moment": {}, **(polynomials or {})},
        attributes={"gravity_m_s2": GRAVITY, "name": "synthetic", **(attributes or {})},
    )


def two_legged_plant():
    """The walker: pelvis free in ground, torso, two legs with a kneecap driven by the knee."""
    b = _Builder(COORDINATES)
    b.joint(
        "ground_pelvis",
        "ground",
        "pelvis",
        (0, 0, 0),
        [
            ("translation", X, "pelvis_tx", (0, 1)),
            ("translation", Y, "pelvis_ty", (0, 1)),
            ("translation", Z, "pelvis_tz", (0, 1)),
            ("rotation", Z, "pelvis_tilt", (0, 1)),
            ("rotation", X, "pelvis_list", (0, 1)),
            ("rotation", Y, "pelvis_rotation", (0, 1)),
        ],
    )
    b.joint(
        "back",
        "pelvis",
        "torso",
        (-0.1, 0.08, 0),
        [
            ("rotation", Z, "lumbar_extension", (0, 1)),
            ("rotation", X, "lumbar_bending", (0, 1)),
            ("rotation", Y, "lumbar_rotation", (0, 1)),
        ],
    )
    bodies = {
        "pelvis": (11.0, (-0.07, 0.0, 0.0), np.diag([0.10, 0.09, 0.06])),
        "torso": (34.0, (-0.03, 0.32, 0.0), np.array([[1.5, 0.05, 0.0], [0.05, 0.8, 0.0], [0.0, 0.0, 1.4]])),
    }
    pulls, moments, lengths, contacts, landmarks = {}, {}, {}, [], []
    for s, sign in (("r", 1.0), ("l", -1.0)):
        side = MIRROR if sign < 0 else np.ones(3)
        tilt = rotation(X, sign * 0.05) @ rotation(Z, 0.1)
        b.joint(
            f"hip_{s}",
            "pelvis",
            f"femur_{s}",
            np.array([-0.06, -0.08, 0.08]) * side,
            [
                ("rotation", Z, f"hip_flexion_{s}", (0, 1)),
                ("rotation", X, f"hip_adduction_{s}", (0, sign)),
                ("rotation", Y, f"hip_rotation_{s}", (0, sign)),
            ],
        )
        b.joint(
            f"walker_knee_{s}",
            f"femur_{s}",
            f"tibia_{s}",
            np.array([-0.005, -0.40, -0.002]) * side,
            [
                ("translation", X, f"knee_angle_{s}", (0, 0.004, -0.002)),
                ("translation", Y, f"knee_angle_{s}", (0, 0.003, -0.008)),
                ("rotation", Z, f"knee_angle_{s}", (0, -1)),
                ("rotation", X, f"knee_angle_{s}", (0, sign * 0.08, -sign * 0.03)),
            ],
            child_place=np.array([-0.009, -0.004, -0.002]) * side,
        )
        b.joint(
            f"patellofemoral_{s}",
            f"femur_{s}",
            f"patella_{s}",
            np.array([-0.008, -0.397, -0.003]) * side,
            [
                ("translation", X, f"knee_angle_{s}", (0.055, -0.02, -0.015, 0.003)),
                ("translation", Y, f"knee_angle_{s}", (-0.011, -0.05, 0.02)),
                ("translation", Z, None, (sign * 0.002,)),
                ("rotation", Z, f"knee_angle_{s}", (0.0, -0.3, -0.4)),
            ],
        )
        b.joint(
            f"ankle_{s}",
            f"tibia_{s}",
            f"talus_{s}",
            np.array([-0.01, -0.40, 0.0]) * side,
            [("rotation", Z, f"ankle_angle_{s}", (0, 1))],
            parent_rotation=tilt,
            child_rotation=tilt,
            child_place=np.array([0.01, 0.02, 0.003]) * side,
        )
        bodies |= {
            f"femur_{s}": (9.0, np.array([0.0, -0.18, 0.005]) * side, np.diag([0.13, 0.035, 0.14])),
            f"tibia_{s}": (3.7, np.array([0.0, -0.19, 0.0]), np.diag([0.05, 0.005, 0.05])),
            f"patella_{s}": (0.09, np.array([0.002, 0.001, 0.0]), np.diag([3e-6, 1e-5, 1e-5])),
            f"talus_{s}": (1.3, np.array([0.08, -0.04, 0.01]) * side, np.diag([0.002, 0.004, 0.004])),
        }
        contacts += [(f"heel_{s}", f"talus_{s}"), (f"toe_{s}", f"talus_{s}")]
        knee, hip = (COORDINATES.index(f"{c}_{s}") for c in ("knee_angle", "hip_adduction"))
        pulls[f"patellofemoral_{s}/vasti_{s}"] = Polynomial(
            np.array([knee]),
            np.array([[0], [1], [2]]),
            np.array([[-0.35, 0.15, 0.02], [-0.4, 0.3, 0.0], [0.05, -0.2, -0.01]]) * side,
        )
        # The tendon pulls the shank up and a little forwards and outwards, 45 mm in front of the joint centre.
        pulls[f"walker_knee_{s}/vasti_{s}"] = Polynomial(
            np.array([knee]), np.array([[0], [1]]), np.array([[0.2, 0.97, 0.05], [0.3, -0.1, 0.0]]) * side
        )
        moments[f"walker_knee_{s}/vasti_{s}"] = Polynomial(
            np.array([knee]),
            np.array([[0], [1]]),
            np.array([[0.002, -0.001, 0.045], [0.001, 0.0, -0.01]]) * [sign, sign, 1.0],
        )
        lengths[f"vasti_{s}"] = Polynomial(np.array([knee]), np.array([[0], [1]]), np.array([[0.20], [0.045]]))
        lengths[f"glmed_{s}"] = Polynomial(
            np.array([hip]), np.array([[0], [1], [2]]), np.array([[0.18], [0.05], [-0.01]])
        )
        lengths[f"tfl_{s}"] = Polynomial(
            np.array([hip, knee]), np.array([[0, 0], [1, 0], [0, 1]]), np.array([[0.5], [0.06], [-0.004]])
        )
        landmarks += [
            (f"anterior_superior_iliac_spine_{s}", "pelvis", np.array([0.0, 0.0, 0.12]) * side),
            (f"tibial_tuberosity_{s}", f"tibia_{s}", np.array([0.04, -0.06, 0.004]) * side),
        ]
        pulls[f"hip_{s}/glmed_{s}"] = Polynomial(
            np.array([hip, COORDINATES.index(f"hip_flexion_{s}")]),
            np.array([[0, 0], [1, 0], [0, 2], [1, 1]]),
            np.array([[0.1, 0.95, -0.3], [0.0, 0.1, 0.2], [0.05, -0.02, 0.03], [0.01, 0.02, -0.03]]) * side,
        )
    return make_plant(
        COORDINATES,
        bodies,
        b,
        muscles=MUSCLES,
        contacts=contacts,
        landmarks=sorted(landmarks),
        polynomials={"path_length": lengths, "joint_pull": pulls, "joint_pull_moment": moments},
        attributes={"model_sha256": "m"},
    )


def radau_times(duration, intervals):
    """Two-point Radau IIA grid, the cycle's end included and its start left out."""
    edges = np.linspace(0.0, duration, intervals + 1)[:-1]
    return (edges[:, None] + duration / intervals * np.array([1.0 / 3.0, 1.0])).ravel()


def periodic_solution(plant, *, seed=1, intervals=50, strength=1.0, scenario_id="glmed_r-s100-posture_kept"):
    """A walking-like periodic motion: sines in the coordinates, a two-humped vertical force under each foot in turn."""
    rng = np.random.default_rng(seed)
    duration, distance = 1.1, 1.4
    time = radau_times(duration, intervals)
    w = 2.0 * np.pi / duration
    shape = (len(time), len(plant.coordinate))
    value, speed, acceleration = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    mean = {"pelvis_ty": 0.95, "knee_angle_r": 0.5, "knee_angle_l": 0.5}
    for i, name in enumerate(plant.coordinate):
        size = 0.02 if name in ("pelvis_tx", "pelvis_ty", "pelvis_tz") else 0.12
        value[:, i] = mean.get(name, 0.0)
        for harmonic in (1, 2, 3):
            a, phase, k = rng.normal(0, size) / harmonic, rng.uniform(0, 6), harmonic * w
            value[:, i] += a * np.sin(k * time + phase)
            speed[:, i] += a * k * np.cos(k * time + phase)
            acceleration[:, i] -= a * k**2 * np.sin(k * time + phase)
        if name == "pelvis_tx":
            value[:, i] += distance / duration * time
            speed[:, i] += distance / duration
    weight = plant.mass_kg * plant.gravity_m_s2
    force = np.zeros((len(time), len(plant.contact_sphere), 3))
    point = np.zeros_like(force)
    for k, body in enumerate(plant.contact_body):
        start = 0.15 if body.endswith("_r") else 0.65
        phase = np.mod(time / duration - start, 1.0) / 0.62
        on = np.where(phase < 1.0, np.sin(np.pi * np.minimum(phase, 1.0)), 0.0)
        force[:, k, 1] = 0.5 * weight * (on + 0.2 * on * np.sin(3 * np.pi * phase) ** 2)
        force[:, k, 0] = -0.1 * weight * on * np.cos(np.pi * phase)
        force[:, k, 2] = 0.03 * weight * on * (1 if body.endswith("_r") else -1)
        point[:, k] = np.array([0.1 * k, 0.0, 0.1 if body.endswith("_r") else -0.1]) + 0.01 * value[:, :3]
    n_muscles = len(plant.muscle)
    humps = 0.5 - 0.5 * np.cos(w * time[:, None] + rng.uniform(0, 6, n_muscles))
    return Solution(
        time_s=time,
        coordinate_value=value,
        coordinate_speed=speed,
        coordinate_acceleration=acceleration,
        muscle_activation=0.05 + 0.5 * humps,
        muscle_tendon_force_n=900.0 * humps,
        contact_force_n=force,
        contact_point_m=point,
        muscle_strength_fraction=np.where([m == "glmed_r" for m in plant.muscle], strength, 1.0),
        attributes={
            "scenario_id": scenario_id,
            "strength_fraction": strength,
            "duration_s": duration,
            "distance_m": distance,
            "body_mass_kg": plant.mass_kg,
            "gravity_m_s2": plant.gravity_m_s2,
            "converged": 1,
            "versions": "{}",
            "source_fingerprint": "f",
        },
    )


def mirrored(plant, solution):
    """The same motion seen in a mirror: sides swapped, odd coordinates and z turned."""

    def swap(name):
        return name[:-1] + {"r": "l", "l": "r"}[name[-1]] if name.endswith(("_r", "_l")) else name

    def columns(names):
        return [names.index(swap(name)) for name in names]

    sign = np.array([-1.0 if name in ODD else 1.0 for name in plant.coordinate])
    c, m, k = columns(plant.coordinate), columns(plant.muscle), columns(plant.contact_sphere)
    changes = {
        f"coordinate_{n}": getattr(solution, f"coordinate_{n}")[:, c] * sign for n in ("value", "speed", "acceleration")
    }
    changes |= {n: getattr(solution, n)[:, m] for n in ("muscle_activation", "muscle_tendon_force_n")}
    changes |= {n: getattr(solution, n)[:, k] * MIRROR for n in ("contact_force_n", "contact_point_m")}
    changes["muscle_strength_fraction"] = solution.muscle_strength_fraction[m]
    return Solution(**{**solution.__dict__, **changes})


def random_tree_plant(seed, n_joints=6):
    """A random tree with general frames, mixed axes and polynomial drives; a coordinate may drive several axes."""
    rng = np.random.default_rng(seed)
    coordinates = [f"q{i}" for i in range(5)]
    b = _Builder(coordinates)
    names = [f"body{i}" for i in range(n_joints)]
    for i, name in enumerate(names):
        parent = "ground" if i == 0 else str(rng.choice(["ground", *names[:i]]))

        def frame():
            axis = rng.normal(size=3)
            return rotation(axis / np.linalg.norm(axis), rng.uniform(-2, 2))

        axes = []
        kinds = ["translation"] * int(rng.integers(0, 3)) + ["rotation"] * int(rng.integers(1, 4))
        for kind in kinds:
            direction = rng.normal(size=3)
            coordinate = None if rng.uniform() < 0.15 else str(rng.choice(coordinates))
            axes.append(
                (kind, direction / np.linalg.norm(direction), coordinate, rng.normal(0, 0.5, int(rng.integers(1, 5))))
            )
        b.joint(
            f"joint{i}",
            parent,
            name,
            rng.normal(0, 0.3, 3),
            axes,
            parent_rotation=frame(),
            child_rotation=frame(),
            child_place=rng.normal(0, 0.2, 3),
        )
    bodies = {}
    for name in names:
        spread = rng.normal(size=(3, 3))
        bodies[name] = (rng.uniform(0.5, 5), rng.normal(0, 0.2, 3), spread @ spread.T * 0.05)
    contacts = [("push0", names[-1]), ("push1", names[0])]
    return make_plant(coordinates, bodies, b, contacts=contacts)


def monomials(n_variables, order):
    """All exponents up to a total order, (n_terms, n_variables)."""
    return np.array([e for e in product(range(order + 1), repeat=n_variables) if sum(e) <= order])


def still(solution, value=None, **changes):
    """The same solution with its coordinates held at ``value`` (zero unless given), other fields replaced."""
    held = np.zeros_like(solution.coordinate_value) if value is None else value
    zero = np.zeros_like(held)
    held_fields = {"coordinate_value": held, "coordinate_speed": zero, "coordinate_acceleration": zero}
    return Solution(**{**solution.__dict__, **held_fields, **changes})


def write_solution(path, plant, solution, plant_path):
    """Write ``solution.h5`` as ``walking`` does."""
    values = {n: v for n, v in solution.__dict__.items() if n != "attributes"}
    values |= {n: np.array(getattr(plant, n), dtype=object) for n in ("coordinate", "muscle", "contact_sphere")}
    write_file(path, values, {**solution.attributes, "plant_sha256": sha256_file(plant_path)})
