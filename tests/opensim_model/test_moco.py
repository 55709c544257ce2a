"""Exported MocoStudies: they open in OpenSim, with the model, mesh and goals of the scenario."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

osim = pytest.importorskip("opensim")
import standing_leg as leg  # noqa: E402

from gluteweak.errors import InputError  # noqa: E402
from gluteweak.opensim_model.commands import export_moco  # noqa: E402
from gluteweak.opensim_model.function_paths import replace_muscle_paths  # noqa: E402
from gluteweak.opensim_model.loading import load_model  # noqa: E402
from gluteweak.opensim_model.moco import activation_rate, excitation  # noqa: E402
from gluteweak.plant import write_plant  # noqa: E402

pytestmark = pytest.mark.opensim

POSTURE_WEIGHT = 12.0
EFFORT_WEIGHT = 0.7
CONTROL_WEIGHT = 0.3
DURATION = 0.9


def ask(values):
    """What the standing motion was asked for; the arm is not."""
    count = len(values["time_s"])
    posture = np.array([POSTURE_WEIGHT, 0.0, *[POSTURE_WEIGHT] * 3, 0.0])
    values.update(
        # 0.1 off everywhere: 4 coordinates count, each with 12 * 0.01.
        cost_coordinate_value=values["coordinate_value"] + 0.1,
        cost_coordinate_weight=posture,
        cost_activation=np.zeros((count, 3)),
        cost_activation_weight=0.0,
        cost_effort_weight=EFFORT_WEIGHT,
        cost_control_weight=CONTROL_WEIGHT,
        cost_acceleration_weight=1e-4,
        cost_ground_reaction_bw=np.zeros((count, 2, 3)),
        cost_ground_reaction_weight=np.zeros(3),
        cost_ground_moment_weight=np.zeros(3),
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moco")
    facts = {"duration_s": DURATION, "intervals": 3, "degree": 2, "minimum_activation": 1e-3}
    plant, values = leg.write_case(folder, ask, facts)
    # What the certificate does not read is zero in this plant.
    plant = replace(
        plant,
        coordinate_range=np.tile([-2.0, 2.0], (6, 1)),
        muscle_activation_time_constant_s=np.full(3, 0.015),
        muscle_deactivation_time_constant_s=np.full(3, 0.06),
    )
    write_plant(folder / "plant.h5", plant)
    model = load_model(folder / "model.osim")
    replace_muscle_paths(model, plant)
    model.printToXML(str(folder / "scenario.osim"))
    export_moco(folder / "scenario.osim", folder / "plant.h5", folder / "solution.h5", folder / "out/leg.omoco")
    return folder / "out", values


@pytest.fixture(scope="module")
def study(exported):
    with contextlib.chdir(exported[0]):
        yield osim.MocoStudy("leg.omoco")


def solver_of(study):
    return osim.MocoCasADiSolver.safeDownCast(study.updSolver())


def test_mesh_and_dynamics(study):
    solver = solver_of(study)
    assert solver.get_transcription_scheme() == "legendre-gauss-radau-2"
    assert solver.get_num_mesh_intervals() == 3
    assert solver.get_multibody_dynamics_mode() == "implicit"
    assert solver.get_kinematic_constraint_method() == "Bordalba2023"


def test_guess_is_the_motion(exported):
    folder, values = exported
    guess = osim.MocoTrajectory(str(folder / "leg_guess.sto"))
    np.testing.assert_allclose(guess.getTimeMat(), [0.0, *values["time_s"]], atol=1e-12)
    knee = guess.getStateMat("/jointset/knee_r/knee_angle_r/value")
    np.testing.assert_allclose(knee[1:], values["coordinate_value"][:, 4], atol=1e-12)
    np.testing.assert_allclose(guess.getStateMat("/forceset/vasti_r/activation")[1:], values["muscle_activation"][:, 2])
    # A muscle that holds its activation is excited as much.
    np.testing.assert_allclose(
        guess.getControlMat("/forceset/vasti_r")[1:], values["muscle_activation"][:, 2], atol=1e-9
    )


def test_prescribed_arm_follows_its_motion(study):
    model = study.updProblem().getPhase(0).getModelProcessor().process()
    model.initSystem()
    arm = model.getCoordinateSet().get("arm_flex_r")
    assert arm.get_prescribed()
    for time in (0.0, 0.17, DURATION):
        assert arm.get_prescribed_function().calcValue(osim.Vector(1, time)) == pytest.approx(leg.ARM_ANGLE, abs=1e-9)


def test_cost_at_the_guess_is_the_written_one(study):
    """One evaluation by Moco: IPOPT stops before its first step, at the guess."""
    solver = solver_of(study)
    solver.set_optim_max_iterations(0)
    solver.set_parallel(0)
    found = study.solve()
    found.unseal()
    activation = found.getStateMat("/forceset/vasti_r/activation")[1]
    everyone = sum(found.getStateMat(f"/forceset/{name}/activation")[1] ** 2 for name in leg.MUSCLES)
    assert activation > 0.01
    assert found.getObjectiveTerm("posture") == pytest.approx(4 * POSTURE_WEIGHT * 0.01, rel=0.02)
    assert found.getObjectiveTerm("effort") == pytest.approx(EFFORT_WEIGHT * everyone, rel=0.02)
    control = found.getControlMat("/forceset/hip_flexion_r")[1]
    assert found.getObjectiveTerm("actuators") == pytest.approx(CONTROL_WEIGHT * control**2, rel=0.02)


# OpenSim 4.6 keeps the constants of the first muscle that a process evaluates, so this one gets its own.
RATES = """
import opensim as osim
osim.Logger.setLevelString("Error")
muscle = osim.DeGrooteFregly2016Muscle()
muscle.setName("m")
muscle.set_activation_dynamics_smoothing(10.0)
muscle.set_activation_time_constant(0.02)
muscle.set_deactivation_time_constant(0.05)
muscle.set_ignore_tendon_compliance(True)
model = osim.Model()
body = osim.Body("b", 1.0, osim.Vec3(0), osim.Inertia(1))
model.addBody(body)
model.addJoint(osim.SliderJoint("j", model.getGround(), body))
muscle.addNewPathPoint("p", model.getGround(), osim.Vec3(0))
muscle.addNewPathPoint("q", body, osim.Vec3(0.3, 0, 0))
model.addForce(muscle)
model.finalizeConnections()
state = model.initSystem()
for a, e in CASES:
    muscle.setActivation(state, a)
    model.realizeVelocity(state)
    model.setControls(state, osim.Vector(1, e))
    model.realizeAcceleration(state)
    print(model.getStateVariableDerivativeValue(state, "/forceset/m/activation"))
"""


def test_activation_rate_is_opensim_s():
    cases = ((0.1, 0.9), (0.8, 0.2), (0.4, 0.45), (0.02, 0.0))
    code = RATES.replace("CASES", repr(cases))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    theirs = [float(line) for line in done.stdout.split()]
    a, e = np.array(cases).T
    np.testing.assert_allclose(activation_rate(e, a, np.array(0.02), np.array(0.05)), theirs, rtol=1e-12)


def test_excitation_inverts_the_rate_within_its_limits():
    rng = np.random.default_rng(3)
    rise, fall = np.array([0.015, 0.02]), np.array([0.06, 0.05])
    a, e = rng.uniform(0.01, 0.99, (50, 2)), rng.uniform(0.0, 1.0, (50, 2))
    np.testing.assert_allclose(excitation(a, activation_rate(e, a, rise, fall), rise, fall), e, atol=1e-9)
    assert excitation(a, np.full_like(a, -1e4), rise, fall).max() < 1e-9


def test_old_solution_says_what_to_do(tmp_path):
    leg.write_case(tmp_path)
    with pytest.raises(InputError, match=r"solution\.h5 has no dataset 'cost_"):
        export_moco(tmp_path / "model.osim", tmp_path / "plant.h5", tmp_path / "solution.h5", tmp_path / "leg.omoco")
    assert not (tmp_path / "leg.omoco").exists()
