"""Sway, step width and co-contraction against hand calculation."""

import numpy as np
import pytest
import synthetic_walker as walker

from gluteweak.loads import co_contraction, lateral
from gluteweak.loads.dynamics import body_kinematics, rigid_model
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.plant import Polynomial

PLANT = walker.two_legged_plant()


def coordinate(name):
    return PLANT.coordinate.index(name)


def test_a_body_that_is_carried_sideways_sways_by_as_much():
    solution = walker.periodic_solution(PLANT)
    value = np.zeros_like(solution.coordinate_value)
    phase = 2 * np.pi * solution.time_s / solution.duration_s
    value[:, coordinate("pelvis_tz")] = 0.5 + 0.03 * np.sin(phase)
    found = compute_outcomes(PLANT, walker.still(solution, value))
    # Peak to peak of 3 cm to either side; the 101 samples miss the tops by cos(1.8 deg) at the most.
    assert found["center_of_mass_sway_cm"] == pytest.approx(6.0, abs=0.01)
    assert found["trunk_sway_cm"] == pytest.approx(6.0, abs=0.01)
    right, left = found["center_of_mass_lateral_cm"]
    # To the right positive on the right, seen from each side's own cycle; the mean is taken off.
    assert right.max() == pytest.approx(3.0, abs=0.01)
    assert left.min() == pytest.approx(-3.0, abs=0.01)
    start = found["foot_strike_s"][0] / solution.duration_s
    assert right[0] == pytest.approx(3.0 * np.sin(2 * np.pi * start), abs=0.01)


def test_a_bending_trunk_sways_by_its_share_of_the_mass():
    """Lumbar bending alone by b: the torso's mass centre, h above the joint, goes h sin b; the body's its share."""
    solution = walker.periodic_solution(PLANT)
    value = np.zeros_like(solution.coordinate_value)
    bend = np.radians(10.0) * np.sin(2 * np.pi * solution.time_s / solution.duration_s)
    value[:, coordinate("lumbar_bending")] = bend
    found = compute_outcomes(PLANT, walker.still(solution, value))
    torso = PLANT.body.index("torso")
    height = PLANT.body_mass_center_m[torso][1]
    way_cm = 100 * 2 * height * np.sin(np.radians(10.0))
    assert found["trunk_sway_cm"] == pytest.approx(way_cm, rel=2e-3)
    share = PLANT.body_mass_kg[torso] / PLANT.mass_kg
    assert found["center_of_mass_sway_cm"] == pytest.approx(share * way_cm, rel=2e-3)


def test_mass_centre_of_any_tree_against_a_sum_over_bodies():
    plant = walker.random_tree_plant(5)
    rng = np.random.default_rng(2)
    value = rng.normal(size=(7, len(plant.coordinate)))
    rigid = rigid_model(plant)
    motion = body_kinematics(rigid.tree, value, np.zeros_like(value), np.zeros_like(value))
    places = motion.origin[:, 1:] + np.einsum("tbij,bj->tbi", motion.rotation[:, 1:], plant.body_mass_center_m)
    by_hand = np.einsum("b,tbi->ti", plant.body_mass_kg, places)[:, 2] / plant.body_mass_kg.sum()
    np.testing.assert_allclose(lateral.mass_center_z_m(rigid.inertia, motion), by_hand, atol=1e-12)


def test_step_width_counts_instants_by_load():
    # 700 N at 8 cm and 100 N at 12 cm: (56 + 12) Nm / 800 N = 8.5 cm; nothing counts where nothing is carried.
    force = np.array([700.0, 100.0, 0.0])
    assert lateral.mean_pressure_z_m(force, force * np.array([0.08, 0.12, 9.0])) == pytest.approx(0.085)
    with pytest.raises(ValueError, match="carries 0"):
        lateral.mean_pressure_z_m(np.zeros(3), np.zeros(3))


def test_step_width_of_a_walk():
    solution = walker.periodic_solution(PLANT)
    point = solution.contact_point_m.copy()
    point[:, :, 2] = [0.09 if body.endswith("_r") else -0.05 for body in PLANT.contact_body]
    found = compute_outcomes(PLANT, walker.still(solution, contact_point_m=point))
    assert found["step_width_cm"] == pytest.approx(14.0, abs=1e-9)


def test_moments_on_both_sides_of_an_axis_by_hand():
    """Three muscles of L = L0 + a q with a = 0.04, 0.02 and -0.03 m: moments -F a about q."""
    plant = walker.two_legged_plant()
    hip = coordinate("hip_adduction_r")
    arms = {"glmed_r": 0.04, "tfl_r": 0.02, "vasti_r": -0.03}
    for muscle, arm in arms.items():
        plant.path_length[muscle] = Polynomial(np.array([hip]), np.array([[0], [1]]), np.array([[0.3], [arm]]))
    spanning = co_contraction.find_spanning(plant, "hip_adduction_r")
    tension = np.zeros((2, len(plant.muscle)))
    tension[0, [plant.muscle.index(m) for m in arms]] = 500.0, 100.0, 200.0
    lowering, raising = co_contraction.opposed_nm(spanning, np.zeros((2, len(plant.coordinate))), tension)
    np.testing.assert_allclose(lowering, [22.0, 0.0])
    np.testing.assert_allclose(raising, [6.0, 0.0])


def test_index_of_falconer_and_winter_by_hand():
    one = np.array([[22.0, 10.0, 99.0], [5.0, 5.0, 5.0], [0.0, 0.0, 0.0]])
    other = np.array([[6.0, 10.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    counted = np.array([[True, True, False]] * 3)
    # 2 (6 + 10) / (28 + 20) = 66.7 %; one group alone: 0; nobody: 0.
    np.testing.assert_allclose(co_contraction.index_pct(one, other, counted), [200 / 3, 0.0, 0.0])
    np.testing.assert_allclose(co_contraction.index_pct(one, one, counted)[:2], 100.0)


def test_co_contraction_grows_with_all_forces_and_its_index_does_not():
    solution = walker.periodic_solution(PLANT)
    weak, strong = (
        compute_outcomes(PLANT, walker.still(solution, muscle_tendon_force_n=k * solution.muscle_tendon_force_n))
        for k in (1.0, 2.0)
    )
    for joint in ("hip", "knee"):
        name = f"{joint}_co_contraction_nm_kg"
        np.testing.assert_allclose(strong[name], 2 * weak[name], rtol=1e-9, atol=1e-12)
        name = f"{joint}_co_contraction_index_pct"
        np.testing.assert_allclose(strong[name], weak[name], rtol=1e-9)
    # In the synthetic walker tensor fasciae latae flexes the knee against the vasti; nothing adducts the hip.
    assert (weak["knee_co_contraction_index_pct"] > 0).all()
    np.testing.assert_array_equal(weak["hip_co_contraction_index_pct"], 0.0)
