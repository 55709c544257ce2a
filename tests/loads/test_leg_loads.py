"""Loads of one leg against cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import synthetic_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak import parameters
from gluteweak.errors import InputError
from gluteweak.loads.abductors import abduction_capacity_nm, find_abductors
from gluteweak.loads.anatomy import LEGS
from gluteweak.loads.dynamics import solve_mechanics
from gluteweak.loads.leg_loads import band_strain_pct, leg_loads, load_model
from gluteweak.loads.outcomes import PART_JOINTS, compute_outcomes
from gluteweak.loads.step import daily_knee_adduction_knm_s, stance_impulse, stance_loading_rate

PLANT = walker.two_legged_plant()
MODEL = load_model(PLANT)
SOLUTION = walker.periodic_solution(PLANT)


def standing(**changes):
    """The walker upright and still."""
    return walker.still(SOLUTION, **changes)


def loads(solution, side=0, plant=PLANT, model=MODEL):
    return leg_loads(model.legs[side], solve_mechanics(plant, solution), solution)


@pytest.mark.parametrize(("side", "outward"), [(0, 1.0), (1, -1.0)])
def test_ground_reaction_medial_of_the_knee_adducts_it(side, outward):
    # Oracle: 500 N upward, 30 mm nearer the midline than the knee joint centre: 15 N m of adduction.
    force, point = np.zeros_like(SOLUTION.contact_force_n), np.zeros_like(SOLUTION.contact_point_m)
    spheres = MODEL.legs[side].spheres
    force[:, spheres[0], 1] = 500.0
    still = standing(contact_force_n=force)
    mechanics = solve_mechanics(PLANT, still)
    knee = mechanics.motion.joint_center[:, mechanics.joint_rank[MODEL.legs[side].knee.joint]]
    point[:, spheres[0]] = knee - np.array([0.0, 0.4, outward * 0.03])
    found = loads(standing(contact_force_n=force, contact_point_m=point), side)
    np.testing.assert_allclose(outward * found.ground_moment_nm[:, 0], 15.0, rtol=1e-9)


def test_internal_knee_moment_is_the_external_one_where_the_leg_weighs_nothing():
    light = PLANT.body_mass_kg * np.array([not b.startswith(("tibia", "talus")) for b in PLANT.body])
    inertia = PLANT.body_inertia_kg_m2 * (light > 0)[:, None, None]
    plant = replace(PLANT, body_mass_kg=light, body_inertia_kg_m2=inertia)
    model = load_model(plant)
    for side in range(2):
        found = loads(SOLUTION, side, plant, model)
        np.testing.assert_allclose(found.net_moment_nm, -found.ground_moment_nm, atol=1e-8)


@pytest.mark.parametrize(("side", "outward"), [(0, 1.0), (1, -1.0)])
def test_dynamic_q_angle_by_hand(side, outward):
    # Oracle: frontal-plane coordinates (outward, up) of spine, kneecap and tuberosity of the upright synthetic walker.
    hip = np.array([0.08, -0.08])
    knee = hip + np.array([-0.002, -0.40])
    kneecap = hip + np.array([-0.003 + 0.002, -0.397 - 0.011 + 0.001])
    tuberosity = knee - np.array([-0.002, -0.004]) + np.array([0.004, -0.06])
    spine = np.array([0.12, 0.0])
    upper, lower = spine - kneecap, kneecap - tuberosity
    expected = np.arctan2(*upper) - np.arctan2(*lower)
    np.testing.assert_allclose(loads(standing(), side).q_angle_rad, expected, atol=1e-12)
    assert expected > 0.0


def test_femoral_internal_rotation_widens_the_q_angle():
    """With the hip bent, turning the thigh inward shows the spine further out on the femur's frontal plane."""
    value = np.zeros_like(SOLUTION.coordinate_value)
    value[:, PLANT.coordinate.index("hip_flexion_r")] = 0.4
    bent = loads(standing(value=value)).q_angle_rad[0]
    value = value.copy()
    # Internal rotation of the right thigh turns its front to the left, about the long axis (y up): positive.
    value[:, PLANT.coordinate.index("hip_rotation_r")] = 0.2
    turned = loads(standing(value=value)).q_angle_rad[0]
    assert turned > bent + np.radians(1.0)


def test_band_and_quadriceps_by_hand():
    tension = np.zeros_like(SOLUTION.muscle_tendon_force_n)
    tension[:, PLANT.muscle.index("tfl_r")] = 200.0
    tension[:, PLANT.muscle.index("vasti_r")] = 700.0
    found = loads(standing(muscle_tendon_force_n=tension))
    np.testing.assert_allclose(found.band_n, 200.0)
    np.testing.assert_allclose(found.quadriceps_n, 700.0)
    np.testing.assert_allclose(band_strain_pct(found.band_length_m, MODEL.legs[0].band_standing_m), 0.0, atol=1e-12)
    value = np.zeros_like(SOLUTION.coordinate_value)
    value[:, PLANT.coordinate.index("hip_adduction_r")] = 0.25  # 0.06 m/rad on 0.5 m: 3 %
    moved = loads(standing(value=value)).band_length_m
    np.testing.assert_allclose(band_strain_pct(moved, MODEL.legs[0].band_standing_m), 3.0)


def test_gluteus_maximus_gives_the_band_its_share():
    renamed = tuple("glmax1_r" if name == "vasti_l" else name for name in PLANT.muscle)
    share = MODEL.legs[0].band_share
    np.testing.assert_array_equal(share, [float(name == "tfl_r") for name in PLANT.muscle])
    pulls = {k: p for k, p in PLANT.joint_pull.items() if not k.endswith("vasti_l")}
    pulls |= {f"{joint}_l/tfl_l": PLANT.joint_pull[f"{joint}_l/vasti_l"] for joint in ("walker_knee", "patellofemoral")}
    moments = {"walker_knee_l/tfl_l": PLANT.joint_pull_moment["walker_knee_l/vasti_l"]}
    moments |= {k: p for k, p in PLANT.joint_pull_moment.items() if not k.endswith("vasti_l")}
    lengths = {k: p for k, p in PLANT.path_length.items() if k != "vasti_l"}
    plant = replace(PLANT, muscle=renamed, joint_pull=pulls, joint_pull_moment=moments, path_length=lengths)
    share = load_model(plant).legs[0].band_share
    assert share[renamed.index("glmax1_r")] == parameters.GLUTEUS_MAXIMUS_BAND_SHARE.value


def test_capacity_by_hand():
    # glmed_r at 0.1 rad: length 0.18 + 0.005 - 0.0001, arm 0.05 - 0.002; tendon 0.1, fibre along it, no pennation.
    abductors = find_abductors(PLANT, LEGS[0])
    value = np.zeros((1, len(PLANT.coordinate)))
    value[0, PLANT.coordinate.index("hip_adduction_r")] = 0.1
    x = (0.18 + 0.005 - 0.0001 - 0.1) / 0.1
    gaussian = np.reshape(parameters.ACTIVE_FORCE_LENGTH.value, (3, 4))
    glmed = 0.048 * 1000.0 * sum(a * np.exp(-0.5 * ((x - b) / (c + d * x)) ** 2) for a, b, c, d in gaussian)
    x = (0.5 + 0.006 - 0.1) / 0.1
    tfl = 0.06 * 1000.0 * sum(a * np.exp(-0.5 * ((x - b) / (c + d * x)) ** 2) for a, b, c, d in gaussian)
    full = abduction_capacity_nm(abductors, value, np.ones(6))
    np.testing.assert_allclose(full, glmed + tfl, rtol=1e-10)
    strength = np.where([name == "glmed_r" for name in PLANT.muscle], 0.25, 1.0)
    np.testing.assert_allclose(abduction_capacity_nm(abductors, value, strength), 0.25 * glmed + tfl, rtol=1e-10)
    with pytest.raises(ValueError, match="one a muscle"):
        abduction_capacity_nm(abductors, value, np.ones(1))


@settings(deadline=None, max_examples=10)
@given(scale=st.floats(0.1, 4.0))
def test_what_muscles_add_to_contact_is_linear_in_their_force(scale):
    def contact(factor):
        found = loads(replace(SOLUTION, muscle_tendon_force_n=factor * SOLUTION.muscle_tendon_force_n))
        return [
            getattr(found, f"{name}") for name in ("hip_contact_n", "knee_contact_n", "kneecap_contact_n", "band_n")
        ]

    for none, once, scaled in zip(contact(0.0), contact(1.0), contact(scale), strict=True):
        np.testing.assert_allclose(scaled - none, scale * (once - none), rtol=1e-8, atol=1e-8)


def test_outcomes_fit_together():
    values = compute_outcomes(PLANT, SOLUTION)
    compartments = values["medial_compartment_force_bw"] + values["lateral_compartment_force_bw"]
    np.testing.assert_allclose(
        compartments - values["knee_lift_off_tension_bw"], values["tibiofemoral_compression_bw"], atol=1e-12
    )
    ratio = values["abductor_demand_over_capacity"] * values["hip_abduction_capacity_nm_kg"]
    np.testing.assert_allclose(ratio, np.maximum(values["hip_abduction_moment_nm_kg"], 0.0), atol=1e-12)
    for joint in PART_JOINTS:
        part = values[f"{joint}_contact_part_bw"]
        assert part.shape == (6, 101)
        assert np.abs(part).max() > 0.05
    np.testing.assert_allclose(values["iliotibial_force_n"], values["muscle_force_n"][[2, 5]], rtol=1e-9, atol=1e-9)


def test_a_step_by_hand():
    # A force of 2 held to 50 % of a 1.2 s cycle, after rising from 0 in the first per cent; negative later.
    curve = np.concatenate([[0.0], np.full(50, 2.0), np.full(50, -5.0)])[None]
    foot_off = np.array([50.0])
    # 0.012 s of ramp at mean 1, 49 intervals at 2, and half an interval as the trapezoid goes down to 0.
    expected = 0.012 * (1.0 + 49 * 2.0 + 1.0)
    np.testing.assert_allclose(stance_impulse(curve, foot_off, 1.2), [expected])
    np.testing.assert_allclose(stance_loading_rate(curve, foot_off, 1.2), [2.0 / 0.012])
    # 0.13 N m s/kg x 75 kg x 3500 steps = 34 kN m s.
    np.testing.assert_allclose(daily_knee_adduction_knm_s(np.array([0.13]), 75.0, 3500.0), [34.125])


def test_missing_landmark_is_named():
    plant = replace(PLANT, landmark=("", *PLANT.landmark[1:]))
    with pytest.raises(InputError, match="no landmark"):
        load_model(plant)
