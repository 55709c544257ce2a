"""The built model against the original file (golden numbers), and its abduction strength against hand calculation."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

osim = pytest.importorskip("opensim")

from gluteweak.errors import InputError  # noqa: E402
from gluteweak.opensim_model.build import build_opensim_model, passive_torque_expression  # noqa: E402
from gluteweak.opensim_model.calibrate import abduction_capacity_nm_kg, calibrate_abductors  # noqa: E402
from gluteweak.opensim_model.commands import build_model  # noqa: E402
from gluteweak.walker_tables import read_tables  # noqa: E402

pytestmark = pytest.mark.opensim

ROOT = Path(__file__).parents[2]
ADULT = ROOT / "models/adult"
GOLDEN = ROOT / "tests/golden"
ORIGINAL = Path(os.environ.get("GLUTEWEAK_SHARED_DATA", ROOT.parent / "shared/data")) / "rajagopal_walk"


def load_recipe():
    spec = importlib.util.spec_from_file_location("recipe", GOLDEN / "make_subject_walk_scaled.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recipe = load_recipe()


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "subject_walk_scaled.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def tables():
    return read_tables(ADULT)


@pytest.fixture(scope="module")
def model(tables):
    return build_opensim_model(tables)


@pytest.fixture(scope="module")
def calibrated(tables):
    built = build_opensim_model(tables)
    return built, calibrate_abductors(built, tables)


def test_mass_and_geometry_are_those_of_the_original(model, golden):
    pairs = [tuple(pair) for pair in golden["pair"].tolist()]
    center, length, arm = recipe.observe(
        model, golden["coordinate"].tolist(), golden["pose"], golden["muscle"].tolist(), pairs
    )
    assert model.getTotalMass(model.initSystem()) == pytest.approx(float(golden["mass_kg"]), abs=1e-9)
    np.testing.assert_allclose(center, golden["mass_center_m"], atol=1e-9)
    assert length.shape == (50, 80)
    assert len({muscle for muscle, _ in pairs}) == 80
    # 0.01 mm are required; with 12 digits in the tables, a tenth of a micrometre holds.
    np.testing.assert_allclose(length, golden["length_m"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(arm, golden["moment_arm_m"], rtol=0, atol=1e-7)


@pytest.mark.skipif(not ORIGINAL.is_dir(), reason="the original model is not here (GLUTEWEAK_SHARED_DATA)")
def test_golden_numbers_are_what_the_original_gives(golden):
    again = recipe.observe_original(ORIGINAL)
    assert set(again) == set(golden)
    for name, value in again.items():
        if np.asarray(value).dtype.kind == "f":
            np.testing.assert_allclose(value, golden[name], rtol=0, atol=1e-9)
        else:
            assert np.array_equal(value, golden[name])


def test_model_survives_a_round_trip_through_its_file(model, golden, tmp_path):
    path = tmp_path / "model.osim"
    model.printToXML(str(path))
    pairs = [("glmed1_r", "hip_adduction_r"), ("recfem_l", "knee_angle_l")]
    muscles = ["psoas_r", "gaslat_l", "vaslat_r", "glmed1_r", "recfem_l"]
    args = (golden["coordinate"].tolist(), golden["pose"][:5], muscles, pairs)
    for ours, read in zip(recipe.observe(model, *args), recipe.observe(osim.Model(str(path)), *args), strict=True):
        np.testing.assert_allclose(read, ours, rtol=0, atol=1e-9)


def test_muscles_have_passive_fibres_and_rigid_tendons(model, tables):
    muscles = [osim.DeGrooteFregly2016Muscle.safeDownCast(model.getMuscles().get(i)) for i in range(80)]
    assert all(m.get_ignore_tendon_compliance() and not m.get_ignore_passive_fiber_force() for m in muscles)
    strain = {m.getName(): m.get_passive_fiber_strain_at_one_norm_force() for m in muscles}
    assert strain == {m.muscle: m.passive_fiber_strain for m in tables.muscles}
    assert {m.get_active_force_width_scale() for m in muscles} == {1.5}
    assert {m.get_fiber_damping() for m in muscles} == {0.01}
    assert {m.get_activation_time_constant() for m in muscles} == {0.015}
    assert {m.get_deactivation_time_constant() for m in muscles} == {0.06}


def test_passive_torques_act_as_their_formula_says(model, tables):
    state = model.initSystem()
    rng = np.random.default_rng(3)
    for row in tables.passive_torques:
        coordinate = model.getCoordinateSet().get(row.coordinate)
        q, speed = rng.uniform(-0.4, 0.4), rng.uniform(-3.0, 3.0)
        coordinate.setValue(state, q, False)
        coordinate.setSpeedValue(state, speed)
        model.realizeVelocity(state)
        force = osim.ExpressionBasedCoordinateForce.safeDownCast(model.getForceSet().get(f"passive_{row.coordinate}"))
        expected = (
            row.torque_1_nm * np.exp(row.slope_1_per_rad * (q - row.offset_1_rad))
            + row.torque_2_nm * np.exp(row.slope_2_per_rad * (q - row.offset_2_rad))
            - row.stiffness_nm_rad * q
            - row.damping_nms_rad * speed
        )
        assert force.calcExpressionForce(state) == pytest.approx(expected, rel=1e-12), passive_torque_expression(row)


def test_knee_passive_torque_resists_hyperextension(tables):
    # Read from the source by hand: 6.09*exp(33.94*(-q-0.13))-11.03*exp(-11.33*(-q+2.40))-0.1*qdot
    row = next(p for p in tables.passive_torques if p.coordinate == "knee_angle_r")
    assert row.torque_1_nm * np.exp(row.slope_1_per_rad * (-0.2 - row.offset_1_rad)) == pytest.approx(
        6.09 * np.exp(33.94 * (0.2 - 0.13))
    )


def active_force_length(normalised_length, width_scale=1.5):
    """De Groote et al. 2016, supplementary material, with OpenSim's constants (three Gaussian-like bells)."""
    bells = [
        (0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465),
        (0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188),
        (0.1, 1.0, 0.353553390593274, 0.0),
    ]
    x = (normalised_length - 1.0) / width_scale + 1.0
    return sum(b1 * np.exp(-0.5 * ((x - b2) / (b3 + b4 * x)) ** 2) for b1, b2, b3, b4 in bells)


@pytest.mark.parametrize("side", ["r", "l"])
def test_calibrated_capacity_is_1_8_nm_per_kg_by_hand(calibrated, tables, side):
    model, factors = calibrated
    state = model.initSystem()
    for s in "rl":
        model.getCoordinateSet().get(f"hip_adduction_{s}").setValue(state, np.deg2rad(5.0), False)
    model.realizePosition(state)
    hip = model.getCoordinateSet().get(f"hip_adduction_{side}")
    torque = 0.0
    for m in tables.muscles:
        bodies = {p.body for p in tables.path_points if p.muscle == m.muscle}
        if not m.muscle.endswith(f"_{side}") or "pelvis" not in bodies:
            continue
        path = osim.Muscle.safeDownCast(model.getMuscles().get(m.muscle)).getPath()
        # Rigid tendon: the fibre spans what the tendon leaves, at constant thickness.
        along = path.getLength(state) - m.tendon_slack_length_m
        fiber = np.hypot(along, m.optimal_fiber_length_m * np.sin(m.pennation_angle_rad))
        force = m.max_isometric_force_n * factors[m.muscle] * active_force_length(fiber / m.optimal_fiber_length_m)
        arm = -path.computeMomentArm(state, hip)
        torque += max(arm, 0.0) * force * along / fiber
    assert torque / tables.mass_kg == pytest.approx(1.8, rel=2e-3)


def test_calibration_scales_abductors_alike_and_nothing_else(calibrated, tables):
    model, factors = calibrated
    scaled = {name for name, factor in factors.items() if factor != 1.0}
    assert {name[:-2] for name in scaled} == {
        *("glmed1", "glmed2", "glmed3", "glmin1", "glmin2", "glmin3", "tfl", "piri", "sart", "glmax1", "glmax2")
    }
    assert len({factors[name] for name in scaled}) == 1
    for m in tables.muscles:
        force = model.getMuscles().get(m.muscle).getMaxIsometricForce()
        assert force == pytest.approx(m.max_isometric_force_n * factors[m.muscle], rel=1e-12)


def test_without_calibration_the_model_keeps_its_strength(model, tables, tmp_path):
    build_model(ADULT, tmp_path / "model.osim", None, calibration="none")
    built = osim.Model(str(tmp_path / "model.osim"))
    for m in tables.muscles:
        assert built.getMuscles().get(m.muscle).getMaxIsometricForce() == pytest.approx(m.max_isometric_force_n)
    # The published range of this family of generic models is 3.0 to 3.5 Nm/kg.
    assert 3.0 < abduction_capacity_nm_kg(model, tables, "r") < 3.5


def test_unknown_calibration_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match=r"Unknown calibration 'guess'.*use 'measured' or 'none'"):
        build_model(ADULT, tmp_path / "model.osim", tmp_path / "plant.h5", calibration="guess")
    assert not list(tmp_path.iterdir())


def test_abductors_that_cannot_reach_the_measurement_are_named(tables):
    bare = replace(tables, muscles=tuple(replace(m, groups=()) for m in tables.muscles))
    with pytest.raises(InputError, match=r"cannot be scaled to 1\.8 Nm/kg"):
        calibrate_abductors(build_opensim_model(bare), bare)
