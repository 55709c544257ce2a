"""Joint contact forces against OpenSim's own reactions at states of free, fast motion of the built-in adult."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import synthetic_walker as walker

osim = pytest.importorskip("opensim")

from gluteweak.loads import dynamics  # noqa: E402
from gluteweak.loads.solution import read_solution  # noqa: E402
from gluteweak.opensim_model.commands import build_model  # noqa: E402
from gluteweak.plant import read_plant  # noqa: E402

pytestmark = pytest.mark.opensim

ADULT = Path(__file__).parents[2] / "models/adult"
JOINTS = tuple(f"{joint}_{side}" for side in "rl" for joint in ("hip", "walker_knee", "patellofemoral", "ankle"))
#: 0.06 % of body weight. Two things keep the sides apart: the kneecap's path is a polynomial fitted to the model's
#: spline; and where one coordinate turns a body about several axes (the knee), Simbody's angular acceleration is not
#: quite the derivative of its angular velocity (0.03 rad/s^2 at 1.6 rad/s; positions and velocities agree to 1e-15).
WITHOUT_MUSCLES_N = 0.5
RANGES = {"hip_flexion": (-0.3, 0.5), "hip_a": (-0.2, 0.2), "knee_angle": (0.05, 1.0), "pelvis_ty": (0.9, 1.0)}


@pytest.fixture(scope="module")
def adult(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adult")
    build_model(ADULT, folder / "model.osim", folder / "plant.h5", calibration="measured")
    return folder / "model.osim", read_plant(folder / "plant.h5")


def set_random_pose(model, state, plant, rng):
    coordinates = model.getCoordinateSet()
    for name in plant.coordinate:
        low, high = next((r for key, r in RANGES.items() if name.startswith(key)), (-0.15, 0.15))
        value, speed = rng.uniform(low, high), rng.normal(0.0, 1.5)
        # The kneecap's coordinate equals the knee angle.
        for moved in (name, f"{name}_beta") if name.startswith("knee_angle") else (name,):
            coordinates.get(moved).setValue(state, value, False)
            coordinates.get(moved).setSpeedValue(state, speed)


def solution_at(model, state, plant):
    """The present state as a solution of one time, with OpenSim's accelerations and muscle forces."""

    def row(quantity):
        return np.array([[getattr(model.getCoordinateSet().get(n), quantity)(state) for n in plant.coordinate]])

    muscles = (model.getMuscles().get(name) for name in plant.muscle)
    tension = [m.getActuation(state) if m.get_appliesForce() else 0.0 for m in muscles]
    template = walker.periodic_solution(plant, intervals=2)
    nothing = np.zeros((1, len(plant.contact_sphere), 3))
    return type(template)(
        **{
            **template.__dict__,
            "time_s": np.array([1.0]),
            "coordinate_value": row("getValue"),
            "coordinate_speed": row("getSpeedValue"),
            "coordinate_acceleration": row("getAccelerationValue"),
            "muscle_tendon_force_n": np.array([tension]),
            "contact_force_n": nothing,
            "contact_point_m": nothing,
        }
    )


def reactions(adult, *, muscles, seed):
    """Both sides' (ours, OpenSim's) contact forces at each joint, in ground axes, at one random state."""
    path, plant = adult
    model = osim.Model(str(path))
    forces = model.updForceSet()
    for i in range(forces.getSize()):
        force = forces.get(i)
        pulls = osim.Muscle.safeDownCast(force) or osim.ExpressionBasedPathForce.safeDownCast(force)
        if osim.SmoothSphereHalfSpaceForce.safeDownCast(force) or (pulls and not muscles):
            force.set_appliesForce(False)
    # The iliotibial strand pulls along a fitted path, as muscles do: without them it would blur what bodies do.
    plant = plant if muscles else dataclasses.replace(plant, band=())
    state = model.initSystem()
    rng = np.random.default_rng(seed)
    set_random_pose(model, state, plant, rng)
    for name in plant.muscle:
        model.getMuscles().get(name).setActivation(state, rng.uniform(0.02, 0.5))
    model.realizeAcceleration(state)
    solution = solution_at(model, state, plant)
    mechanics = dynamics.solve_mechanics(plant, solution)
    found = {}
    for name in JOINTS:
        # The pair is kept in a name: its parts point into it.
        pair = model.getJointSet().get(name).calcReactionOnParentExpressedInGround(state)
        on_parent = np.array([pair.get(1).get(i) for i in range(3)])
        parent = plant.joint_parent_body[plant.joint.index(name)]
        ours = mechanics.body_rotation(parent)[0] @ dynamics.joint_contact_force_n(mechanics, solution, name)[0]
        found[name] = ours, -on_parent
    return found, solution.muscle_tendon_force_n[0], plant


@pytest.mark.parametrize("seed", range(3))
def test_without_muscles_the_reactions_are_those_of_opensim(adult, seed):
    found, _, _ = reactions(adult, muscles=False, seed=seed)
    for name, (ours, theirs) in found.items():
        assert np.linalg.norm(ours - theirs) < WITHOUT_MUSCLES_N, name


@pytest.mark.parametrize("seed", range(3))
def test_with_muscles_the_reactions_are_those_of_opensim(adult, seed):
    found, tension, plant = reactions(adult, muscles=True, seed=seed)
    for name, (ours, theirs) in found.items():
        crossing = [plant.muscle.index(k.split("/")[1]) for k in plant.joint_pull if k.split("/")[0] == name]
        # Each pull is fitted to about 1 % RMS of its tension (the plant says the worst). Three times that, as the
        # errors of the muscles are independent.
        rms = float(plant.attributes["joint_pull_worst_rms_error"])
        bound = 3.0 * rms * np.linalg.norm(tension[crossing])
        assert np.linalg.norm(ours - theirs) < bound + 1.0, name
        assert bound < 0.1 * np.linalg.norm(theirs) + 20.0, name


def test_the_reference_gait_needs_no_hand_of_god(adult):
    # Oracle: Newton. Nothing but the ground holds the pelvis, so its six coordinates need no force of their own.
    _, plant = adult
    solution = read_solution(ADULT / "reference_gait.h5", plant)
    mechanics = dynamics.solve_mechanics(plant, solution)
    for name in plant.coordinate:
        if name.startswith("pelvis_"):
            missing = np.abs(mechanics.generalised_force_of(name)).max()
            assert missing < 1e-3 * solution.body_weight_n, name
