"""Generalised forces against hand calculation, virtual work, OpenSim, and prescribed segments against free ones."""

from __future__ import annotations

from dataclasses import replace

import casadi as ca
import numpy as np
import pytest
import reference_dynamics as reference
import synthetic_walker as walker
import walking_oracle

from gluteweak.plant import FREE
from gluteweak.walking import setup
from gluteweak.walking.point import FORCE_SCALE, build_point, weight_vector
from gluteweak.walking.rigid_body import Tree, carried_bodies, ordered_joints, polynomial

pytestmark = pytest.mark.casadi

G = walker.GRAVITY


def generalised_force(plant, value, speed, acceleration, force=(), point=()):
    """(n_coordinates,) generalised forces of a motion under external forces at points, both in ground axes."""
    n = len(plant.coordinate)
    symbols = [ca.SX.sym(s, n) for s in ("q", "v", "a")]
    tree = Tree(plant, *(ca.vertsplit(s) for s in symbols))
    wrenches = {b: tree.inertial_wrench(b) for b in plant.body}
    for body, f, x in zip(plant.contact_body, force, point, strict=False):
        motion = tree.motion[body]
        local, arm = motion.rotation.T @ ca.SX(f), motion.rotation.T @ (ca.SX(x) - motion.origin_m)
        wrenches[body] = (wrenches[body][0] - local, wrenches[body][1] - ca.cross(arm, local))
    tau = tree.generalised_forces(wrenches)
    function = ca.Function("tau", symbols, [ca.vertcat(*[tau.get(i, 0.0) for i in range(n)])])
    return np.array(function(value, speed, acceleration)).ravel()


@pytest.mark.parametrize(("q", "v", "a"), [(0.0, 0.0, 0.0), (0.4, 3.0, -2.0), (-1.2, -1.0, 5.0)])
def test_pendulum_by_hand(q, v, a):
    length, mass, inertia = 0.8, 3.0, 0.05
    b = walker._Builder(["angle"])
    b.joint("pin", "ground", "rod", (0, 0, 0), [("rotation", walker.Z, "angle", (0, 1))])
    plant = walker.make_plant(["angle"], {"rod": (mass, (0, -length, 0), np.diag([0.01, 0.01, inertia]))}, b)
    torque = (inertia + mass * length**2) * a + mass * G * length * np.sin(q)
    assert generalised_force(plant, [q], [v], [a])[0] == pytest.approx(torque, rel=1e-14, abs=1e-13)


def test_double_pendulum_by_hand():
    # Lagrange's equations of two point masses on rods, angles measured from the vertical and from the first rod.
    m1, m2, l1, l2 = 2.0, 1.5, 0.7, 0.4
    b = walker._Builder(["a", "b"])
    b.joint("top", "ground", "upper", (0, 0, 0), [("rotation", walker.Z, "a", (0, 1))])
    b.joint("middle", "upper", "lower", (0, -l1, 0), [("rotation", walker.Z, "b", (0, 1))])
    bodies = {"upper": (m1, (0, -l1, 0), np.zeros((3, 3))), "lower": (m2, (0, -l2, 0), np.zeros((3, 3)))}
    plant = walker.make_plant(["a", "b"], bodies, b)
    (q1, q2), (v1, v2), (a1, a2) = (0.3, -0.9), (2.0, -3.0), (4.0, 7.0)
    s, c = np.sin(q2), np.cos(q2)
    tau2 = m2 * l2**2 * (a1 + a2) + m2 * l1 * l2 * (c * a1 + s * v1**2) + m2 * G * l2 * np.sin(q1 + q2)
    tau1 = (
        (m1 + m2) * l1**2 * a1
        + m2 * l2**2 * (a1 + a2)
        + m2 * l1 * l2 * (c * (2 * a1 + a2) - s * (2 * v1 * v2 + v2**2))
        + (m1 + m2) * G * l1 * np.sin(q1)
        + m2 * G * l2 * np.sin(q1 + q2)
    )
    np.testing.assert_allclose(generalised_force(plant, (q1, q2), (v1, v2), (a1, a2)), (tau1, tau2), rtol=1e-13)


@pytest.mark.parametrize("seed", range(8))
def test_random_trees_agree_with_virtual_work(seed):
    plant = walker.random_tree_plant(seed)
    rng = np.random.default_rng(seed)
    value, speed, acceleration = (rng.normal(0, size, len(plant.coordinate)) for size in (0.6, 2.0, 10.0))
    force, point = rng.normal(0, 300, (2, 3)), rng.normal(0, 1, (2, 3))
    expected = reference.generalised_force(plant, np.stack([value, speed, 0.5 * acceleration], axis=1), force, point)
    found = generalised_force(plant, value, speed, acceleration, force, point)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11 * np.abs(expected).max())


def test_polynomial_and_its_derivatives():
    x = ca.SX.sym("x")
    coefficients = np.array([0.3, -1.2, 0.0, 2.5, 0.7, 0.0])
    values = ca.Function("p", [x], list(polynomial(coefficients, x)))(0.8)
    expected = [np.polynomial.Polynomial(coefficients).deriv(k)(0.8) for k in (1, 2)]
    np.testing.assert_allclose(np.ravel(values), [np.polynomial.Polynomial(coefficients)(0.8), *expected], rtol=1e-14)
    assert [float(v) for v in polynomial(np.zeros(3), 2.0)] == [0.0, 0.0, 0.0]


def test_loose_joint_is_refused():
    plant = walker.random_tree_plant(0)
    with pytest.raises(ValueError, match="not connected to ground"):
        ordered_joints(replace(plant, joint_parent_body=("nowhere",) * len(plant.joint)))


def random_states(plant, seed, count):
    """Values, speeds, accelerations of the adult in walking range, the lowest point of its feet 1 cm in the floor."""
    rng = np.random.default_rng(seed)
    middle, half = plant.coordinate_range.mean(axis=1), np.ptp(plant.coordinate_range, axis=1) / 2
    value = middle + half * rng.uniform(-0.5, 0.5, (count, len(plant.coordinate)))
    speed, acceleration = rng.uniform(-4, 4, value.shape), rng.uniform(-60, 60, value.shape)
    speed[:, [plant.coordinate.index(f"pelvis_t{x}") for x in "xyz"]] *= 0.3
    rotations = [reference.frames(plant, np.stack([q, 0 * q, 0 * q], axis=1))[0] for q in value]
    for q, found in zip(value, rotations, strict=True):
        bottom = [
            (found[body][1][0] + found[body][0][0] @ center)[1] - radius
            for body, center, radius in zip(
                plant.contact_body, plant.contact_center_m, plant.contact_radius_m, strict=True
            )
        ]
        q[plant.coordinate.index("pelvis_ty")] -= min(bottom) + 0.01
    return value, speed, acceleration


def own_numbers(plant, value, speed, acceleration, sharpness):
    """What ``inertial``, ``contact`` and ``passive`` of the oracle are called in ``walking``; all coordinates free."""
    # Without strength a muscle still resists as tissue: that and the bands are taken off, for the oracle has neither.
    none = np.zeros(len(plant.muscle))
    plant = replace(
        plant,
        band=(),
        band_muscle=(),
        coordinate_role=(FREE,) * len(plant.coordinate),
        muscle_passive_fiber_strain=none,
        muscle_fiber_damping=none,
    )
    point = build_point(plant)
    layout = point.layout
    names = {"contact": point.joint_force, "passive": FORCE_SCALE * point.residual, "force": point.contact_force_n}
    function = ca.Function("own", [point.z, point.p], list(names.values()))
    found = {name: [] for name in names} | {"inertial": []}
    for q, v, a in zip(value, speed, acceleration, strict=True):
        z, p = np.zeros(layout.n_variables), np.zeros(layout.n_parameters)  # strength 0: no muscle pulls
        z[layout.variables["value"]], z[layout.variables["speed"]] = q, v
        z[layout.variables["acceleration"]] = a / 20
        p[layout.parameters["weights"]] = weight_vector({"friction_sharpness": sharpness})
        for name, part in zip(names, function(z, p), strict=True):
            found[name].append(np.array(part).squeeze())
        found["inertial"].append(generalised_force(plant, q, v, a))
    return {name: np.array(parts) for name, parts in found.items()}


KNEES = ("knee_angle_r", "knee_angle_l")


def ask_dynamics(adult, value, speed, acceleration, *, as_built=False):
    """OpenSim's inverse dynamics of the adult; unless ``as_built``, it moves the kneecap by the plant's polynomials."""
    changes = {} if as_built else polynomial_kneecaps(adult.plant)
    return walking_oracle.ask(
        "dynamics",
        model=str(adult.model_path),
        coordinate=adult.plant.coordinate,
        contact_sphere=adult.plant.contact_sphere,
        value=value,
        speed=speed,
        acceleration=acceleration,
        **changes,
    )


@pytest.fixture(scope="module")
def adult_states(adult):
    """Random states of the adult, half of them with resting knees, as OpenSim and as we see them."""
    value, speed, acceleration = random_states(adult.plant, 3, 6)
    speed[:3, [adult.plant.coordinate.index(n) for n in KNEES]] = 0.0
    motion = (value, speed, acceleration)
    return {
        "opensim": ask_dynamics(adult, *motion),
        "built": ask_dynamics(adult, *motion, as_built=True),
        "own": own_numbers(adult.plant, *motion, sharpness=100.0),
        "motion": motion,
    }


def polynomial_kneecaps(plant):
    """The kneecap's axes as polynomials, for OpenSim to use in place of its splines: joint, axis number, function."""
    found = []
    for j, joint in enumerate(plant.joint):
        if joint.startswith("patellofemoral"):
            for k in np.flatnonzero((plant.axis_joint_index == j) & (plant.axis_coordinate_index >= 0)):
                # OpenSim's order: three rotations (the kneecap turns about the first), then translations x, y, z.
                number = 0 if plant.axis_is_rotation[k] else 3 + int(np.argmax(np.abs(plant.axis_direction[k])))
                found.append((joint, number, plant.axis_polynomial[k]))
    joint, number, polynomials = zip(*found, strict=True)
    return {"joint": joint, "axis": number, "polynomial": np.array(polynomials)}


def worst(found, expected):
    """Largest difference in units of the largest force."""
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_adult_agrees_with_opensims_inverse_dynamics_to_round_off(adult_states):
    own, opensim = adult_states["own"], adult_states["opensim"]
    assert worst(own["inertial"][:3], opensim["inertial"][:3]) < 1e-13


def test_adult_with_feet_in_the_floor_and_passive_torques_agrees_with_opensim(adult_states):
    own, opensim = adult_states["own"], adult_states["opensim"]
    assert np.abs(opensim["contact_force_n"]).max() > 500  # in the floor indeed
    assert np.abs(opensim["passive"] - opensim["contact"]).max() > 10  # and not without passive torques
    for name, found in (("contact", own["contact"]), ("passive", own["passive"]), ("contact_force_n", own["force"])):
        # What is left is the smooth transition of friction.
        assert worst(found[:3], opensim[name][:3]) < 1e-9, name
    # The knees' speeds do not come between contact and tissue.
    for part in ("contact", "passive"):
        assert worst((own[part] - own["inertial"])[3:], (opensim[part] - opensim["inertial"])[3:]) < 1e-9


def test_coriolis_forces_are_those_of_opensims_mass_matrix(adult, adult_states):
    # OpenSim 4.6 itself adds a wrong velocity term where several rotations hang on one coordinate, as in the knee: it
    # disagrees with Lagrange's equations, d(M v)/dt - d(v' M v / 2)/dq, of its own mass matrix. We agree with those.
    value, speed, _ = (part[4] for part in adult_states["motion"])
    n, h = len(value), 1e-4
    shifts = np.vstack([np.eye(n), -np.eye(n), speed, -speed]) * h
    shifted, still = value + shifts, np.zeros((2 * n + 2, n))
    taken = ask_dynamics(adult, np.tile(shifted, (2, 1)), np.tile(still, (2, 1)), np.vstack([still + speed, still]))
    momentum = np.subtract(*np.split(taken["inertial"], 2))
    energy = 0.5 * momentum @ speed
    expected = (momentum[2 * n] - momentum[2 * n + 1]) / (2 * h) - (energy[:n] - energy[n : 2 * n]) / (2 * h)
    found = generalised_force(adult.plant, value, speed, still[0]) - generalised_force(
        adult.plant, value, still[0], still[0]
    )
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())
    own, opensim = adult_states["own"]["inertial"][3:], adult_states["opensim"]["inertial"][3:]
    assert np.abs(own - opensim).max() < 1.0  # how far OpenSim's own error goes at knee speeds up to 4 rad/s


def test_polynomial_kneecaps_change_little(adult_states):
    # The plant follows the kneecap's splines by polynomials: how much that alone moves the generalised forces.
    opensim = adult_states["opensim"]["inertial"], adult_states["built"]["inertial"]
    assert np.abs(opensim[0] - opensim[1]).max() < 0.5  # N or N m


def test_carried_arms_load_the_adult_as_free_ones_do(adult):
    plant = adult.plant
    motion = random_states(plant, 5, 3)
    free = [plant.coordinate.index(n) for n in plant.free_coordinates]
    point = build_point(plant)
    layout = point.layout
    function = ca.Function("own", [point.z, point.p], [point.joint_force])
    carried = setup.carried_segments(plant, *motion)
    expected = own_numbers(plant, *motion, sharpness=8.0)["contact"][:, free]
    assert len(carried_bodies(plant)) == 8  # upper arms, forearms of two bones, hands
    for k, (q, v, a) in enumerate(zip(*motion, strict=True)):
        z, p = np.zeros(layout.n_variables), np.zeros(layout.n_parameters)
        for name, part in (("value", q), ("speed", v), ("acceleration", a / 20)):
            z[layout.variables[name]] = part[free]
        p[layout.parameters["carried"]] = carried[k]
        p[layout.parameters["weights"]] = weight_vector({"friction_sharpness": 8.0})
        found = np.array(function(z, p)).ravel()
        np.testing.assert_allclose(found, expected[k], rtol=1e-10, atol=1e-10 * np.abs(expected).max())
