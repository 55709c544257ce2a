"""The certificate: OpenSim's forward dynamics as the oracle, a standing leg as the good case, and ways to fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

osim = pytest.importorskip("opensim")
import standing_leg as leg  # noqa: E402

from gluteweak.errors import InputError, SolveError  # noqa: E402
from gluteweak.opensim_model.commands import certify  # noqa: E402
from gluteweak.opensim_model.function_paths import path_slopes, replace_muscle_paths  # noqa: E402
from gluteweak.opensim_model.loading import load_model  # noqa: E402
from gluteweak.opensim_model.replay import Motion, Replay  # noqa: E402

pytestmark = pytest.mark.opensim


@pytest.fixture
def moving():
    """Random states with contact, and the accelerations that OpenSim's forward dynamics gives them."""
    plant = leg.build_plant()
    model = leg.build_model()
    replace_muscle_paths(model, plant)
    state = model.initSystem()
    rng = np.random.default_rng(7)
    count = 5
    value = np.array([-0.1, 0.0, 0.787, 0.5, -0.4, 0.3]) + rng.uniform(-0.02, 0.02, (count, 6))
    speed = rng.uniform(-1.0, 1.0, (count, 6))
    activation = rng.uniform(0.1, 0.9, (count, 3))
    torque = rng.uniform(-40.0, 40.0, (count, 1))
    acceleration = np.array(
        [leg.forward(model, state, *row) for row in zip(value, speed, activation, torque[:, 0], strict=True)]
    )
    labels = {
        "coordinate": leg.COORDINATES,
        "muscle": leg.MUSCLES,
        "actuator": leg.ACTUATORS,
        "contact_sphere": leg.SPHERES,
    }
    series = {"value": value, "speed": speed, "acceleration": acceleration, "activation": activation}
    return SimpleNamespace(plant=plant, model=model, motion={**labels, **series, "actuator_torque_nm": torque})


def judged(moving, **changes):
    return Replay(moving.model, Motion(**{**moving.motion, **changes})).judge()


def test_nothing_is_missing_where_opensim_itself_moves_the_model(moving):
    verdict = judged(moving)
    # Forces of the states are a thousand newtons; the coupled kneecap and the arm are in the sum.
    assert np.abs(verdict.missing).max() < 1e-6
    assert verdict.contact_force_n[:, :, 1].max() > 100.0


def force_length(x):
    """Active force-length curve of De Groote et al. 2016 (eq. 13 with the coefficients of its supplement)."""
    rows = (
        (0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465),
        (0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188),
        (0.1, 1.0, 0.353553390593274, 0.0),
    )
    return sum(b1 * np.exp(-0.5 * ((x - b2) / (b3 + b4 * x)) ** 2) for b1, b2, b3, b4 in rows)


def force_velocity(v):
    """Force-velocity curve of De Groote et al. 2016, with OpenSim's d4 that makes it 1 at rest."""
    d1, d2, d3 = -0.3211346127989808, -8.149, -0.374
    curve = d1 * np.log(d2 * v + d3 + np.sqrt((d2 * v + d3) ** 2 + 1))
    return curve + 1.0 - d1 * np.log(d3 + np.sqrt(d3**2 + 1))


def test_a_wrong_activation_misses_moment_arm_times_force(moving):
    activation = moving.motion["activation"].copy()
    activation[2, 2] += 0.2
    change = judged(moving, activation=activation).missing - judged(moving).missing
    knee, rate = moving.motion["value"][2, 4], moving.motion["speed"][2, 4]
    length = sum(c * knee**k for k, c in enumerate(leg.fitted(leg.vasti_length, 4).polynomial_coefficient[:, 0]))
    slope = path_slopes(moving.plant, moving.motion["value"])[2, 2, 4]
    along, width = length - leg.SLACK_LENGTH["vasti_r"], leg.OPTIMAL_LENGTH * np.sin(leg.PENNATION)
    fibre = np.hypot(along, width)
    velocity = slope * rate * along / fibre / (leg.OPTIMAL_LENGTH * leg.MAX_VELOCITY)
    force = leg.MAX_FORCE["vasti_r"] * 0.2 * force_length(fibre / leg.OPTIMAL_LENGTH) * force_velocity(velocity)
    expected = np.zeros_like(change)
    # The arm is -slope: OpenSim now has too much of arm * force, so that much less is missing.
    expected[2, 4] = slope * force * along / fibre
    assert abs(expected[2, 4]) > 5.0
    np.testing.assert_allclose(change, expected, rtol=1e-6, atol=1e-8)


def test_a_missing_torque_and_a_wrong_acceleration_show_where_they_are(moving):
    torque = moving.motion["actuator_torque_nm"] - 3.0
    expected = np.zeros((5, 6))
    expected[:, 3] = 3.0
    np.testing.assert_allclose(judged(moving, actuator_torque_nm=torque).missing, expected, atol=1e-6)
    faster = moving.motion["acceleration"] + np.array([0, 0, 1.0, 0, 0, 0])
    # Lifting the root 1 m/s^2 faster needs the whole mass of 45.3 kg times that.
    assert judged(moving, acceleration=faster).missing[:, 2] == pytest.approx(45.3)


def test_values_beyond_a_clamped_range_are_kept(moving):
    model = leg.build_model()
    model.getCoordinateSet().get("knee_angle_r").setRangeMax(-0.5)
    model.getCoordinateSet().get("knee_angle_r").setDefaultValue(-0.6)
    model.getCoordinateSet().get("knee_angle_r").setDefaultClamped(True)
    geometry = Replay(model, Motion(**moving.motion)).path_geometry()
    np.testing.assert_allclose(geometry.length[:, 2], leg.vasti_length(moving.motion["value"][:, 4]), atol=1e-12)


def test_lengths_and_slopes_of_geometry_by_hand(moving):
    geometry = Replay(leg.build_model(), Motion(**moving.motion)).path_geometry()
    hip, knee = moving.motion["value"][:, 3], moving.motion["value"][:, 4]
    np.testing.assert_allclose(geometry.length[:, 0], leg.glut_length(hip), atol=1e-12)
    np.testing.assert_allclose(geometry.length[:, 2], leg.vasti_length(knee), atol=1e-12)
    np.testing.assert_allclose(geometry.pull[:, 2, 4], leg.vasti_slope(knee), atol=1e-12)
    np.testing.assert_allclose(geometry.slope[:, 2, 4], leg.vasti_slope(knee), atol=1e-8)
    np.testing.assert_allclose(geometry.slope[:, 2, :4], 0.0, atol=1e-8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"muscle": ("glut_r", "rect_r", "vastus_r")}, "no muscle 'vastus_r'"),
        ({"contact_sphere": ("heel_r", "ball_r")}, "no contact sphere 'ball_r'"),
        ({"actuator": ("knee_angle_r",)}, "no actuator of coordinate 'knee_angle_r'"),
        ({"coordinate": (*leg.COORDINATES[:5], "elbow_flex_r")}, "'arm_flex_r' of the model"),
    ],
)
def test_names_that_the_model_lacks_are_input_errors(moving, changes, message):
    with pytest.raises(InputError, match=message):
        judged(moving, **changes)


def run(folder, **options):
    certify(
        folder / "model.osim",
        folder / "plant.h5",
        folder / "solution.h5",
        folder / "out/model.osim",
        folder / "out/certificate.json",
        **options,
    )


def left_behind(folder):
    return sorted(path.name for path in (folder / "out").iterdir())


def test_a_standing_leg_is_certified(tmp_path):
    leg.write_case(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/certificate.failed.json").write_text("{}")
    run(tmp_path)
    assert left_behind(tmp_path) == ["certificate.json", "model.osim"]
    found = json.loads((tmp_path / "out/certificate.json").read_text())
    assert found["certified"] is True
    assert found["objections"] == []
    assert found["bound_pct"] == 0.3
    assert found["body_weight_n"] == pytest.approx(45.3 * leg.GRAVITY)
    assert found["largest_missing_force_pct_bw"] < 1e-4
    assert found["largest_missing_moment_pct_bw_m"] < 1e-4
    assert found["missing"]["not_counted"] == ["arm_flex_r"]
    assert "arm_flex_r" not in found["missing"]["coordinates"]
    assert found["sha256"]["scenario_model"] == leg.sha256(tmp_path / "out/model.osim")
    assert found["solver"]["iterations"] == 7
    assert found["transcription"]["degree"] == 2
    assert found["transcription"]["defect"]["value"]["periodicity"] == 0.0
    # rect_r of the plant is not the geometry of rect_r, the others are.
    assert found["path_fit"]["worst_length_rms_m"]["muscle"] == "rect_r"
    assert found["path_fit"]["muscles"]["vasti_r"]["length_rms_m"] < 1e-6
    assert found["path_fit"]["muscles"]["vasti_r"]["moment_arm_max_m"] < 1e-5


def test_joint_moment_of_a_wrong_path_by_hand(tmp_path):
    _, values = leg.write_case(tmp_path)
    run(tmp_path)
    found = json.loads((tmp_path / "out/certificate.json").read_text())["path_fit"]["largest_joint_moment_error"]
    hip, knee = values["coordinate_value"][0, 3:5]
    # rect_r in the pelvis: from (0.05, 0.02) to (0.05, -0.05) of the shank, turned by the knee, then by the hip.
    shank = np.add(turned(knee, [0.05, -0.05]), [0.0, -0.4])
    line = turned(hip, shank) - [0.05, 0.02]
    slope = line @ turned(hip + np.pi / 2, shank) / np.linalg.norm(line)
    expected = (0.03 + 0.01 * knee**2 - slope) * values["muscle_tendon_force_n"][0, 1]
    assert found["coordinate"] == "hip_flexion_r"
    assert found["error_nm"] == pytest.approx(expected, rel=1e-5)


def turned(angle, point):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ point


def test_the_scenario_model_opens_in_opensim_and_moco(tmp_path):
    leg.write_case(tmp_path)
    run(tmp_path)
    path = str(tmp_path / "out/model.osim")
    model = osim.Model(path)
    model.initSystem()
    assert model.getName() == "standing_leg_standing"
    assert model.getMuscles().get("vasti_r").getPath().getConcreteClassName() == "FunctionBasedPath"
    study = osim.MocoStudy()
    study.updProblem().setModelAsCopy(model)
    study.updProblem().setTimeBounds(0.0, 1.0)
    names = study.initCasADiSolver().createGuess("bounds").getStateNames()
    assert "/forceset/vasti_r/activation" in names


def test_strengths_reach_the_scenario_model(tmp_path):
    def paralysed(values):
        values["muscle_strength_fraction"][:] = [0.0, 0.5, 1.0]

    leg.write_case(tmp_path, paralysed)
    # A leg that stood with its gluteus does not stand without it: this is what is reported.
    with pytest.raises(SolveError, match="hip_flexion_r misses"):
        run(tmp_path)
    found = json.loads((tmp_path / "out/certificate.failed.json").read_text())
    assert found["strength_fraction"] == {"glut_r": 0.0, "rect_r": 0.5}
    assert np.isfinite(found["largest_missing_moment_pct_bw_m"])


def add(name, place, amount):
    def change(values):
        values[name][place] += amount

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            add("muscle_activation", (slice(None), 2), 0.2),
            r"coordinate knee_angle_r misses -?\d.* % of body weight x m",
        ),
        (add("coordinate_value", (slice(None), 4), 0.02), "the pelvis misses"),
        (add("actuator_torque_nm", (3, 0), 5.0), "hip_flexion_r misses -5 N m .* at 0.600 s"),
        (
            add("coordinate_speed", (slice(None), 1), 0.01),
            "the value of pelvis_tx differs from the integral of its rate by 0.00[0-9]* at",
        ),
        (
            add("muscle_activation_rate", (2, 0), 0.1),
            "the activation of glut_r differs from the integral of its rate by 0.0225 at 0.600 s",
        ),
        (add("muscle_activation", (slice(4, None), 0), 0.001), "the activation of glut_r differs .* by 0.001"),
        (add("muscle_tendon_force_n", (1, 2), 30.0), "stored force of vasti_r differs from OpenSim's by -30 N"),
        (add("contact_force_n", (1, 0, 1), 30.0), "stored force of heel_r differs from OpenSim's by 30 N"),
        (add("time_s", 3, 0.01), "no Radau grid"),
        (lambda values: values["muscle_activation"].__setitem__((0, 1), 1.01), "activations reach"),
    ],
)
def test_a_wrong_motion_leaves_only_its_failed_certificate(tmp_path, change, message):
    leg.write_case(tmp_path, change)
    (tmp_path / "out").mkdir()
    for stale in ("model.osim", "certificate.json"):
        (tmp_path / "out" / stale).write_text("from an earlier run")
    with pytest.raises(SolveError) as error:
        run(tmp_path)
    found = json.loads((tmp_path / "out/certificate.failed.json").read_text())
    assert left_behind(tmp_path) == ["certificate.failed.json"]
    assert found["certified"] is False
    assert found["objections"][0] in str(error.value)
    assert "\n" not in str(error.value)
    assert any(re.search(message, text) for text in found["objections"])


def test_prescribed_coordinates_need_not_be_integrals_of_their_speeds(tmp_path):
    leg.write_case(tmp_path, add("coordinate_speed", (slice(None), 5), 1e-3))
    run(tmp_path)
    found = json.loads((tmp_path / "out/certificate.json").read_text())
    assert found["transcription"]["defect"]["value"]["largest"] == 0.0


def test_the_bound_is_the_callers(tmp_path):
    # 5 N m of 45.3 kg are 1.13 % of body weight x m.
    leg.write_case(tmp_path, add("actuator_torque_nm", (3, 0), 5.0))
    run(tmp_path, largest_missing_pct=1.2)
    found = json.loads((tmp_path / "out/certificate.json").read_text())
    assert found["largest_missing_moment_pct_bw_m"] == pytest.approx(100 * 5 / (45.3 * leg.GRAVITY), rel=1e-4)
    assert found["missing"]["coordinates"]["hip_flexion_r"]["nm_per_kg"] == pytest.approx(5 / 45.3, rel=1e-4)
    assert found["missing"]["coordinates"]["hip_flexion_r"]["time_s"] == pytest.approx(0.6)


def test_a_solver_that_did_not_converge_is_not_certified(tmp_path):
    leg.write_case(tmp_path, attributes={"converged": 0})
    with pytest.raises(SolveError, match="the solver did not converge"):
        run(tmp_path)


def test_share_of_time_close_to_saturation(tmp_path):
    # The first point of each interval weighs 3/4 of it: one of three intervals, a quarter of the cycle.
    leg.write_case(tmp_path, lambda values: values["muscle_activation"].__setitem__((2, 0), 0.97))
    with pytest.raises(SolveError):
        run(tmp_path)
    found = json.loads((tmp_path / "out/certificate.failed.json").read_text())["activation"]
    assert found["worst_muscle"] == "glut_r"
    assert found["share_of_time_high_worst_muscle"] == pytest.approx(0.25)
    assert found["share_of_time_high_all_muscles"] == pytest.approx(0.25 / 3)


@pytest.mark.parametrize(
    ("change", "attributes", "message"),
    [
        (None, {"plant_sha256": "0" * 64}, "made from another version of"),
        (lambda v: v.__setitem__("muscle", np.array(["a", "b", "c"], dtype=object)), {}, "differ in muscle"),
        (lambda v: v["coordinate_value"].__setitem__((0, 0), np.nan), {}, "'coordinate_value' holds NaN"),
        (lambda v: v.__setitem__("coordinate_speed", np.zeros((6, 5))), {}, "'coordinate_speed' has the shape"),
        (lambda v: v.pop("muscle_activation_rate"), {}, "no dataset 'muscle_activation_rate'"),
    ],
)
def test_files_that_do_not_fit_are_input_errors_and_nothing_is_written(tmp_path, change, attributes, message):
    leg.write_case(tmp_path, change, attributes)
    with pytest.raises(InputError, match=message):
        run(tmp_path)
    assert not (tmp_path / "out").exists()


def test_certifying_loads_no_more_than_it_needs():
    """Every job of a study starts a process for it; scipy's statistics alone would take a second of each."""
    code = "import sys; import gluteweak.opensim_model.certify; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_and_broken_models(tmp_path):
    leg.write_case(tmp_path)
    good = (tmp_path / "model.osim").read_text()
    (tmp_path / "model.osim").unlink()
    with pytest.raises(InputError, match="No model file"):
        run(tmp_path)
    (tmp_path / "model.osim").write_text(good + " ")
    with pytest.raises(InputError, match="another version of"):
        run(tmp_path)


def test_an_osim_file_that_is_none(tmp_path):
    (tmp_path / "broken.osim").write_text("<OpenSimDocument><Mod")
    with pytest.raises(InputError, match="OpenSim cannot open") as error:
        load_model(tmp_path / "broken.osim")
    assert "\n" not in str(error.value)
