"""``solution.sto`` as OpenSim's MocoTrajectory reads it, ``ground_reaction.sto`` as OpenSim's tables do."""

from __future__ import annotations

import numpy as np
import pytest

osim = pytest.importorskip("opensim")
import standing_leg as leg  # noqa: E402

from gluteweak.motion_files import write_ground_reaction_sto, write_solution_sto  # noqa: E402

pytestmark = pytest.mark.opensim


@pytest.fixture
def motion():
    rng = np.random.default_rng(5)
    count = 4
    return {
        "time_s": np.array([0.1, 0.3, 0.4, 0.6]),
        "coordinate_value": rng.normal(size=(count, 6)),
        "coordinate_speed": rng.normal(size=(count, 6)),
        "coordinate_acceleration": rng.normal(size=(count, 6)),
        "muscle_activation": rng.uniform(size=(count, 3)),
        "muscle_excitation": rng.uniform(size=(count, 3)),
        "muscle_strength_fraction": np.ones(3),
        "actuator_torque_nm": rng.normal(size=(count, 1)),
    }


def test_moco_reads_back_equal_numbers(tmp_path, motion):
    path = tmp_path / "solution.sto"
    write_solution_sto(path, leg.build_plant(), motion)
    trajectory = osim.MocoTrajectory(str(path))
    assert trajectory.getNumTimes() == 4
    assert trajectory.getNumMultipliers() == trajectory.getNumParameters() == 0
    np.testing.assert_array_equal(trajectory.getTimeMat(), motion["time_s"])
    joints = ("ground_pelvis", "ground_pelvis", "ground_pelvis", "hip_r", "knee_r", "acromial_r")
    for c, (joint, name) in enumerate(zip(joints, leg.COORDINATES, strict=True)):
        stem = f"/jointset/{joint}/{name}"
        np.testing.assert_array_equal(trajectory.getStateMat(f"{stem}/value"), motion["coordinate_value"][:, c])
        np.testing.assert_array_equal(trajectory.getStateMat(f"{stem}/speed"), motion["coordinate_speed"][:, c])
        np.testing.assert_array_equal(
            trajectory.getDerivativeMat(f"{stem}/accel"), motion["coordinate_acceleration"][:, c]
        )
    for m, name in enumerate(leg.MUSCLES):
        stem = f"/forceset/{name}"
        np.testing.assert_array_equal(trajectory.getStateMat(f"{stem}/activation"), motion["muscle_activation"][:, m])
        np.testing.assert_array_equal(trajectory.getControlMat(stem), motion["muscle_excitation"][:, m])
    np.testing.assert_allclose(
        trajectory.getControlMat("/forceset/hip_flexion_r"), motion["actuator_torque_nm"][:, 0] / leg.OPTIMAL_TORQUE
    )
    kneecap = trajectory.getStateMat("/jointset/patellofemoral_r/knee_angle_r_beta/value")
    np.testing.assert_array_equal(kneecap, motion["coordinate_value"][:, 4])


def test_every_state_and_control_is_one_of_the_model(tmp_path, motion):
    path = tmp_path / "solution.sto"
    write_solution_sto(path, leg.build_plant(), motion)
    trajectory = osim.MocoTrajectory(str(path))
    model = leg.build_model()
    model.initSystem()
    known = model.getStateVariableNames()
    assert set(trajectory.getStateNames()) == {known.get(i) for i in range(known.getSize())}
    assert set(trajectory.getControlNames()) == {f"/forceset/{n}" for n in (*leg.MUSCLES, *leg.ACTUATORS)}
    assert trajectory.getNumAccelerations() == trajectory.getNumSpeeds() == trajectory.getNumValues() == 7
    assert trajectory.getNumDerivativesWithoutAccelerations() == 0
    assert trajectory.exportToStatesTrajectory(model).getSize() == 4


def test_opensim_reads_the_ground_reaction(tmp_path, motion):
    force = np.zeros((4, 2, 3))
    force[:, :, 1] = [100.0, 300.0]
    point = np.zeros((4, 2, 3))
    point[:, 1, 0] = 0.2
    path = tmp_path / "ground_reaction.sto"
    plant = leg.build_plant()
    one_each = type(plant)(**{**vars(plant), "contact_body": ("calcn_r", "calcn_l")})
    write_ground_reaction_sto(
        path, one_each, {"time_s": motion["time_s"], "contact_force_n": force, "contact_point_m": point}
    )
    table = osim.TimeSeriesTable(str(path))
    np.testing.assert_array_equal(table.getDependentColumn("ground_force_l_vy").to_numpy(), 300.0)
    np.testing.assert_allclose(table.getDependentColumn("ground_force_l_px").to_numpy(), 0.2)
