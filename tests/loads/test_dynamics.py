"""Rigid-body mechanics against a virtual-work oracle and against cases worked out by hand."""

import numpy as np
import pytest
import reference_dynamics as reference
import synthetic_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.errors import InputError
from gluteweak.loads import dynamics
from gluteweak.loads.tree import joint_order, make_inertia, make_tree
from gluteweak.plant import Polynomial

GRAVITY = walker.GRAVITY


def random_motion(plant, seed, n_times=3):
    rng = np.random.default_rng(seed)
    shape = (n_times, len(plant.coordinate))
    motion = [rng.normal(0, size, shape) for size in (0.6, 2.0, 10.0)]
    forces = rng.normal(0, 300, (n_times, len(plant.contact_sphere), 3))
    points = rng.normal(0, 1, forces.shape)
    return motion, forces, points


def solve(plant, motion, forces, points):
    tree = make_tree(plant)
    state = dynamics.body_kinematics(tree, *motion)
    rows = np.array([plant.body.index(b) + 1 for b in plant.contact_body], dtype=np.int64)
    wrench = dynamics.net_joint_wrench(
        tree,
        make_inertia(plant),
        state,
        force_row=rows,
        force_n=forces,
        point_m=points,
        gravity_m_s2=plant.gravity_m_s2,
    )
    tau = dynamics.generalised_force_n(tree, state, wrench, len(plant.coordinate))
    return state, wrench, tau


def jets(motion, t):
    return np.stack([motion[0][t], motion[1][t], 0.5 * motion[2][t]], axis=1)


@pytest.mark.parametrize("seed", range(8))
def test_random_trees_agree_with_virtual_work(seed):
    plant = walker.random_tree_plant(seed)
    motion, forces, points = random_motion(plant, seed)
    state, wrench, tau = solve(plant, motion, forces, points)
    order = joint_order(plant)
    for t in range(len(forces)):
        q = jets(motion, t)
        now, centers = reference.frames(plant, q)
        for b, body in enumerate(plant.body):
            r, p, w, al, a = reference.body_state(now[body])
            for name, expected in zip(
                ("rotation", "origin", "angular_velocity", "angular_acceleration", "acceleration"),
                (r, p, w, al, a),
                strict=True,
            ):
                np.testing.assert_allclose(getattr(state, name)[t, b + 1], expected, rtol=1e-9, atol=1e-9)
        for rank, j in enumerate(order):
            force, moment = reference.net_joint_wrench(plant, q, plant.joint[j], forces[t], points[t])
            np.testing.assert_allclose(state.joint_center[t, rank], centers[plant.joint[j]][0], atol=1e-12)
            np.testing.assert_allclose(wrench.force[t, rank], force, rtol=1e-9, atol=1e-8)
            np.testing.assert_allclose(wrench.moment[t, rank], moment, rtol=1e-9, atol=1e-8)
        expected = reference.generalised_force(plant, q, forces[t], points[t])
        np.testing.assert_allclose(tau[t], expected, rtol=1e-9, atol=1e-8 * np.abs(expected).max())


def test_walker_agrees_with_virtual_work():
    plant = walker.two_legged_plant()
    solution = walker.periodic_solution(plant, intervals=3)
    mechanics = dynamics.solve_mechanics(plant, solution)
    motion = (solution.coordinate_value, solution.coordinate_speed, solution.coordinate_acceleration)
    for t in range(len(solution.time_s)):
        expected = reference.generalised_force(
            plant, jets(motion, t), solution.contact_force_n[t], solution.contact_point_m[t]
        )
        np.testing.assert_allclose(mechanics.generalised_force[t], expected, rtol=1e-9, atol=1e-8)


def pendulum(length=0.8, mass=3.0, inertia=0.05):
    b = walker._Builder(["angle"])
    b.joint("pin", "ground", "rod", (0, 0, 0), [("rotation", walker.Z, "angle", (0, 1))])
    bodies = {"rod": (mass, (0, -length, 0), np.diag([0.01, 0.01, inertia]))}
    return walker.make_plant(["angle"], bodies, b)


@pytest.mark.parametrize(("angle", "speed", "acceleration"), [(0.0, 0.0, 0.0), (0.4, 3.0, -2.0), (-1.2, -1.0, 5.0)])
def test_pendulum_by_hand(angle, speed, acceleration):
    # Oracle: torque (I + m l^2) a + m g l sin(angle); pin force m (a_c + g), with a_c along and across the rod.
    length, mass, inertia = 0.8, 3.0, 0.05
    plant = pendulum(length, mass, inertia)
    motion = [np.array([[x]]) for x in (angle, speed, acceleration)]
    _, wrench, tau = solve(plant, motion, np.zeros((1, 0, 3)), np.zeros((1, 0, 3)))
    assert tau[0, 0] == pytest.approx(
        (inertia + mass * length**2) * acceleration + mass * GRAVITY * length * np.sin(angle)
    )
    across, along = np.array([np.cos(angle), np.sin(angle), 0]), np.array([-np.sin(angle), np.cos(angle), 0])
    expected = mass * (length * acceleration * across + length * speed**2 * along + np.array([0, GRAVITY, 0]))
    np.testing.assert_allclose(wrench.force[0, 0], expected, atol=1e-12)


def test_standing_still_pelvis_carries_nothing_when_the_ground_carries_the_weight():
    plant = walker.two_legged_plant()
    q = np.zeros((1, len(plant.coordinate)))
    state = dynamics.body_kinematics(make_tree(plant), q, q, q)
    rows = np.arange(1, len(plant.body) + 1)
    center = (
        np.einsum(
            "b,bi->i",
            plant.body_mass_kg,
            state.origin[0, rows] + np.einsum("bij,bj->bi", state.rotation[0, rows], plant.body_mass_center_m),
        )
        / plant.mass_kg
    )
    forces, points = np.zeros((1, 4, 3)), np.zeros((1, 4, 3))
    forces[0, 0, 1] = plant.mass_kg * GRAVITY
    points[0, 0] = center
    _, _, tau = solve(plant, (q, q, q), forces, points)
    pelvis = [plant.coordinate.index(c) for c in walker.COORDINATES[:6]]
    np.testing.assert_allclose(tau[0, pelvis], 0.0, atol=1e-9)


@settings(deadline=None, max_examples=20)
@given(scale=st.floats(-3, 3), seed=st.integers(0, 1000))
def test_net_loads_are_linear_in_the_external_force(scale, seed):
    plant = walker.two_legged_plant()
    motion, forces, points = random_motion(plant, seed, n_times=1)
    none = solve(plant, motion, 0 * forces, points)
    once = solve(plant, motion, forces, points)
    scaled = solve(plant, motion, scale * forces, points)
    np.testing.assert_allclose(scaled[2] - none[2], scale * (once[2] - none[2]), rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(
        scaled[1].force - none[1].force, scale * (once[1].force - none[1].force), rtol=1e-7, atol=1e-6
    )


def test_zero_in_zero_out():
    plant = walker.two_legged_plant()
    zero = np.zeros((2, len(plant.coordinate)))
    tree = make_tree(plant)
    state = dynamics.body_kinematics(tree, zero, zero, zero)
    nothing = np.zeros((2, 4, 3))
    rows = np.array([1, 1, 2, 2])
    wrench = dynamics.net_joint_wrench(
        tree, make_inertia(plant), state, force_row=rows, force_n=nothing, point_m=nothing, gravity_m_s2=0.0
    )
    assert not wrench.force.any()
    assert not wrench.moment.any()
    assert not dynamics.muscle_pull_n(plant, "hip_r", zero, np.zeros((2, 6))).any()


def test_static_patella_is_pressed_by_what_the_quadriceps_pulls():
    # Oracle: at rest the femur holds the patella against the quadriceps and its weight, F = -T (pull) + m g up.
    plant = walker.two_legged_plant()
    solution = walker.periodic_solution(plant, intervals=2)
    still = {
        n: np.zeros_like(getattr(solution, n))
        for n in ("coordinate_value", "coordinate_speed", "coordinate_acceleration")
    }
    tension = np.zeros_like(solution.muscle_tendon_force_n)
    tension[:, plant.muscle.index("vasti_r")] = 1000.0
    solution = type(solution)(**{**solution.__dict__, **still, "muscle_tendon_force_n": tension})
    mechanics = dynamics.solve_mechanics(plant, solution)
    weight = np.array([0.0, plant.body_mass_kg[plant.body.index("patella_r")] * GRAVITY, 0.0])
    pull = np.array([-0.35, 0.15, 0.02])
    right = dynamics.joint_contact_force_n(mechanics, solution, "patellofemoral_r")
    np.testing.assert_allclose(right, np.tile(-1000.0 * pull + weight, (len(right), 1)), atol=1e-9)
    left = dynamics.joint_contact_force_n(mechanics, solution, "patellofemoral_l")
    np.testing.assert_allclose(left, np.tile(weight, (len(left), 1)), atol=1e-9)


def test_contact_force_is_in_the_parent_axes():
    # Oracle: turn the whole walker a quarter about x: in femur axes its own weight turns the other way.
    plant = walker.two_legged_plant()
    solution = walker.periodic_solution(plant, intervals=2)
    value = np.zeros_like(solution.coordinate_value)
    value[:, plant.coordinate.index("pelvis_list")] = np.pi / 2
    zero = np.zeros_like(value)
    solution = type(solution)(
        **{
            **solution.__dict__,
            "coordinate_value": value,
            "coordinate_speed": zero,
            "coordinate_acceleration": zero,
            "muscle_tendon_force_n": np.zeros_like(solution.muscle_tendon_force_n),
        }
    )
    force = dynamics.joint_contact_force_n(dynamics.solve_mechanics(plant, solution), solution, "patellofemoral_r")
    weight = plant.body_mass_kg[plant.body.index("patella_r")] * GRAVITY
    np.testing.assert_allclose(force, np.tile([0.0, 0.0, -weight], (len(force), 1)), atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), order=st.integers(0, 5), n_variables=st.integers(1, 4))
def test_muscle_pull_agrees_with_the_definition_of_the_polynomial(seed, order, n_variables):
    rng = np.random.default_rng(seed)
    plant = walker.two_legged_plant()
    exponent = walker.monomials(n_variables, order)
    index = rng.choice(len(plant.coordinate), n_variables, replace=False)
    coefficient = rng.normal(size=(len(exponent), 3))
    pulls = {"hip_r/glmed_r": Polynomial(index, exponent, coefficient)}
    plant = type(plant)(**{**plant.__dict__, "joint_pull": pulls})
    q = rng.normal(0, 1, (3, len(plant.coordinate)))
    tension = rng.uniform(0, 500, (3, len(plant.muscle)))
    expected = [
        sum(c * np.prod(q[t, index] ** e) for c, e in zip(coefficient, exponent, strict=True))
        * tension[t, plant.muscle.index("glmed_r")]
        for t in range(3)
    ]
    np.testing.assert_allclose(dynamics.muscle_pull_n(plant, "hip_r", q, tension), expected, rtol=1e-9, atol=1e-9)


def test_wrong_shapes_are_refused():
    plant = walker.two_legged_plant()
    tree = make_tree(plant)
    q = np.zeros((4, len(plant.coordinate)))
    with pytest.raises(ValueError, match="expected three equal"):
        dynamics.body_kinematics(tree, q, q[:3], q)
    with pytest.raises(ValueError, match="at least 19"):
        dynamics.body_kinematics(tree, q[:, :18], q[:, :18], q[:, :18])
    state = dynamics.body_kinematics(tree, q, q, q)
    wrong = {"force_n": np.zeros((4, 2, 3)), "point_m": np.zeros((3, 2, 3)), "gravity_m_s2": GRAVITY}
    with pytest.raises(ValueError, match="external forces"):
        dynamics.net_joint_wrench(tree, make_inertia(plant), state, force_row=np.array([1, 2]), **wrong)
    wrong["point_m"] = np.zeros((4, 2, 3))
    with pytest.raises(ValueError, match="body rows"):
        dynamics.net_joint_wrench(tree, make_inertia(plant), state, force_row=np.array([1, 99]), **wrong)
    with pytest.raises(ValueError, match="do not fit a plant"):
        dynamics.muscle_pull_n(plant, "hip_r", q, np.zeros((4, 5)))
    with pytest.raises(InputError, match="no muscle pull at joint 'ankle_r'"):
        dynamics.muscle_pull_n(plant, "ankle_r", q, np.zeros((4, 6)))
    with pytest.raises(InputError, match="no joint 'elbow_r'"):
        dynamics.joint_contact_force_n(
            dynamics.solve_mechanics(plant, walker.periodic_solution(plant)), walker.periodic_solution(plant), "elbow_r"
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joint_parent_body": ("rod",)}, "do not hang from ground"),
        ({"joint_child_body": ("ground",)}, "hangs in two joints"),
        ({"axis_joint_index": np.array([3])}, "joints it does not have"),
    ],
)
def test_broken_trees_are_refused(change, message):
    plant = pendulum()
    with pytest.raises(InputError, match=message):
        make_tree(type(plant)(**{**plant.__dict__, **change}))
