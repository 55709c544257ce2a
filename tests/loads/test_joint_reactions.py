"""Joint loads of solved gaits against OpenSim's joint reactions: same states, accelerations and muscle forces.

OpenSim's reactions are taken on the wrapped healthy model (``opensim_reactions`` says why), so what the fit of pulls
changes is in the difference; what gaslat's path does to the motion itself is in the certificate.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

osim = pytest.importorskip("opensim")

from opensim_reactions import reactions  # noqa: E402

from gluteweak import parameters  # noqa: E402
from gluteweak.loads import contact  # noqa: E402
from gluteweak.loads.abductors import abduction_capacity_nm, find_abductors  # noqa: E402
from gluteweak.loads.anatomy import LEGS  # noqa: E402
from gluteweak.loads.dynamics import solve_mechanics  # noqa: E402
from gluteweak.loads.leg_loads import leg_loads, load_model  # noqa: E402
from gluteweak.loads.solution import read_solution  # noqa: E402
from gluteweak.opensim_model.commands import build_model  # noqa: E402
from gluteweak.plant import read_plant  # noqa: E402

pytestmark = pytest.mark.opensim

ROOT = Path(__file__).parents[2]
ADULT = ROOT / "models/adult"
STUDY = ROOT / "config/default.yaml"
WEAKEST = "glmed_r-s000-re_optimised"
#: What the issue asks: 1 % of body weight at every instant.
BOUND_BW = 0.01


@pytest.fixture(scope="module")
def adult(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adult")
    build_model(ADULT, folder / "model.osim", folder / "plant.h5", calibration="measured")
    return folder


def gluteweak(*arguments):
    """Run a command in its own process: casadi and opensim cannot share one."""
    code = "import sys; from gluteweak.cli import main; sys.exit(main(sys.argv[1:]))"
    # What `import opensim` put there would make casadi load OpenSim's library of the same name.
    environment = {key: value for key, value in os.environ.items() if key != "LD_LIBRARY_PATH"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module", params=["reference", "weakest"])
def gait(request, adult):
    """The adult's reference gait, or the weakest scenario of the default study solved from it."""
    plant = read_plant(adult / "plant.h5")
    if request.param == "reference":
        return read_solution(ADULT / "reference_gait.h5", plant)
    if importlib.util.find_spec("casadi") is None:
        pytest.skip("solving the weakest scenario needs casadi")
    study, of = ("--study", STUDY), ("--plant", adult / "plant.h5", "--problem", adult / "problem.casadi")
    gluteweak("problem", "--plant", adult / "plant.h5", "--out", adult / "problem.casadi")
    healthy = adult / "healthy_gait.h5"
    gluteweak("healthy", *study, *of, "--reference", ADULT / "reference_gait.h5", "--out", healthy)
    gluteweak("simulate", *study, *of, "--scenario", WEAKEST, "--healthy", healthy, "--out-dir", adult / "weakest")
    return read_solution(adult / "weakest/solution.h5", plant)


@pytest.fixture(scope="module")
def compared(adult, gait):
    """Per leg: our loads, and OpenSim's reactions in the axes that our loads have."""
    plant = read_plant(adult / "plant.h5")
    mechanics = solve_mechanics(plant, gait)
    theirs = reactions(adult / "model.osim", plant, gait)
    found = []
    for model in load_model(plant).legs:

        def axes(body, vector):
            return np.einsum("tji,tj->ti", mechanics.body_rotation(body), vector)

        knee = theirs[model.knee.joint]
        expected = {
            "hip_contact_n": axes("pelvis", theirs[model.hip.joint][:, :3]),
            "knee_contact_n": axes(model.leg.tibia, knee[:, :3]),
            "knee_contact_moment_nm": axes(model.leg.tibia, knee[:, 3:]),
            # OpenSim's is that of the femur on the kneecap.
            "kneecap_contact_n": -axes(model.leg.femur, theirs[model.kneecap.joint][:, :3]),
        }
        found.append((model.leg, leg_loads(model, mechanics, gait), expected))
    return found


@pytest.mark.parametrize("name", ["hip_contact_n", "knee_contact_n", "kneecap_contact_n"])
def test_contact_forces_are_opensims_at_every_instant(compared, gait, name):
    for leg, ours, theirs in compared:
        error = np.linalg.norm(getattr(ours, name) - theirs[name], axis=1)
        assert error.max() < BOUND_BW * gait.body_weight_n, leg.side
        # The comparison has something to compare: walking loads the joint.
        assert np.linalg.norm(theirs[name], axis=1).max() > 0.4 * gait.body_weight_n


def test_compartments_are_those_of_opensims_reaction_at_every_instant(compared, gait):
    spacing = float(np.asarray(parameters.COMPARTMENT_SPACING.value))
    for leg, ours, theirs in compared:
        split = [
            contact.compartments(-force[:, 1], -leg.sign * moment[:, 0], spacing)
            for force, moment in (
                (ours.knee_contact_n, ours.knee_contact_moment_nm),
                (theirs["knee_contact_n"], theirs["knee_contact_moment_nm"]),
            )
        ]
        for side in ("medial", "lateral"):
            error = np.abs(getattr(split[0], side) - getattr(split[1], side))
            assert error.max() < BOUND_BW * gait.body_weight_n, (leg.side, side)


def test_capacity_is_the_one_that_the_model_was_calibrated_to(adult):
    # Oracle: OpenSim's muscles at full activation, hips 5 degrees adducted, as the builder of the model measured it.
    plant = read_plant(adult / "plant.h5")
    posture = np.zeros((1, len(plant.coordinate)))
    for leg in LEGS:
        posture[:, plant.coordinate.index(leg.hip_adduction)] = parameters.HIP_ABDUCTION_TEST_ADDUCTION.value
    for leg in LEGS:
        capacity = abduction_capacity_nm(find_abductors(plant, leg), posture, np.ones(len(plant.muscle)))
        due = plant.attributes[f"hip_abduction_capacity_nm_kg{leg.suffix}"]
        assert capacity[0] / plant.mass_kg == pytest.approx(due, rel=0.01)


def test_only_gaslat_pulls_otherwise_than_its_length_says(adult):
    """Knee moment of each muscle's pull against -T dL/dq: alike but for gaslat, whose path is not the shortest."""
    plant = read_plant(adult / "plant.h5")
    gait = read_solution(ADULT / "reference_gait.h5", plant)
    model = load_model(plant).legs[0]
    muscles = ("gaslat_r", "gasmed_r", "bfsh_r", "semimem_r", "sart_r")
    lacking = {}
    for name in muscles:
        alone = np.zeros_like(gait.muscle_tendon_force_n)
        alone[:, plant.muscle.index(name)] = 1000.0
        still = replace(gait, muscle_tendon_force_n=alone)
        mechanics = solve_mechanics(plant, still)
        with_, without = (
            leg_loads(model, mechanics, s)
            for s in (still, replace(gait, muscle_tendon_force_n=np.zeros_like(gait.muscle_tendon_force_n)))
        )
        tibia = mechanics.body_rotation("tibia_r")
        force, moment = (
            np.einsum("tij,tj->ti", tibia, getattr(without, part) - getattr(with_, part))
            for part in ("knee_contact_n", "knee_contact_moment_nm")
        )
        knee = mechanics.joint_rank["walker_knee_r"]
        axes = np.flatnonzero(plant.axis_joint_index == plant.joint.index("walker_knee_r"))
        rows = slice(mechanics.tree.axis_start[knee], mechanics.tree.axis_start[knee + 1])
        power = np.zeros(len(gait.time_s))
        for axis in range(rows.start, rows.stop):
            direction = mechanics.motion.axis_direction[:, axis]
            rate = mechanics.motion.axis_rate[:, axis]
            if mechanics.tree.axis_is_rotation[axis]:
                lever = mechanics.motion.joint_center[:, knee] - mechanics.motion.axis_point[:, axis]
                power += rate * np.sum(direction * (moment + np.cross(lever, force)), axis=1)
            else:
                power += rate * np.sum(direction * force, axis=1)
        assert len(axes) == rows.stop - rows.start
        length = contact.pack([plant.path_length[name]], 1)
        step = 1e-6
        ahead, behind = (gait.coordinate_value.copy() for _ in range(2))
        ahead[:, plant.coordinate.index("knee_angle_r")] += step
        behind[:, plant.coordinate.index("knee_angle_r")] -= step
        slope = (contact.evaluate(length, ahead) - contact.evaluate(length, behind))[:, 0, 0] / (2 * step)
        lacking[name] = np.abs(power + 1000.0 * slope).max()
    # Per kilonewton: 2 Nm is 2 mm of moment arm, twice what is promised for the path fit.
    assert max(value for name, value in lacking.items() if name != "gaslat_r") < 2.0
    assert 3.0 < lacking["gaslat_r"] < 15.0
