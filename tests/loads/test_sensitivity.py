"""Derivatives of outcomes along motions whose effect is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_walker import MUSCLES, periodic_solution, two_legged_plant

from gluteweak.errors import InputError
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.loads.sensitivity import MotionSensitivity, outcome_sensitivity, read_motion_sensitivity
from gluteweak.storage import write_file
from gluteweak.variables import DIFFERENTIATED, SENSITIVITY, VARIABLES

FIELDS = (
    *("coordinate_value", "coordinate_speed", "coordinate_acceleration", "muscle_activation"),
    *("muscle_tendon_force_n", "contact_force_n", "contact_point_m"),
)
#: Which muscle stands for which change of the motion.
FORCES, REACTIONS, LEAN, NOTHING = 0, 1, 2, 3


@pytest.fixture(scope="module")
def walker():
    return two_legged_plant()


@pytest.fixture(scope="module")
def motion(walker):
    return periodic_solution(walker)


def derivative(solution, **changes):
    """Zero but for ``changes``: (field, muscle) -> derivative."""
    moved = {field: np.zeros((len(MUSCLES), *getattr(solution, field).shape)) for field in FIELDS}
    for (field, muscle), array in changes.pop("moved").items():
        moved[field][muscle] = array
    share = np.zeros(len(MUSCLES))
    share[FORCES] = 2.0
    return MotionSensitivity(MUSCLES, moved, share, {})


@pytest.fixture(scope="module")
def found(walker, motion):
    list_ = walker.coordinate.index("pelvis_list")
    lean = np.zeros_like(motion.coordinate_value)
    lean[:, list_] = 0.1
    moved = {
        ("muscle_tendon_force_n", FORCES): motion.muscle_tendon_force_n,
        ("contact_force_n", REACTIONS): motion.contact_force_n,
        ("coordinate_value", LEAN): lean,
    }
    return outcome_sensitivity(walker, motion, derivative(motion, moved=moved))


def test_what_is_proportional_to_the_forces_changes_by_itself(found):
    values, error = found
    assert error < 1e-5
    for name in ("peak_iliotibial_force_n", "peak_quadriceps_force_n", "iliotibial_impulse_n_s"):
        np.testing.assert_allclose(values[f"{name}_per_strength"][:, FORCES], values[name], rtol=1e-7, err_msg=name)
        # A stronger muscle that changes no force changes none of these.
        np.testing.assert_allclose(values[f"{name}_per_strength"][:, NOTHING], 0.0, atol=1e-9)


def test_what_is_proportional_to_the_ground_reaction_changes_by_itself(found):
    values, _ = found
    for name in ("peak_knee_adduction_moment_nm_kg", "knee_adduction_impulse_nm_s_kg"):
        # Stance lengthens a little as more force passes the threshold; left, the peak lies well inside it.
        assert values[f"{name}_per_strength"][1, REACTIONS] == pytest.approx(values[name][1], rel=1e-2), name


def test_a_lean_of_the_pelvis_shows_in_degrees_and_with_opposite_signs(found):
    values, _ = found
    slope = values["peak_pelvic_drop_deg_per_strength"][:, LEAN]
    # pelvis_list > 0 lowers the right side: the left leg's stance sees a drop. Tilt and rotation make it a little less.
    np.testing.assert_allclose(slope, np.degrees([-0.1, 0.1]), rtol=0.05)


def test_capacity_grows_with_the_strength_itself(walker, motion, found):
    values, _ = found
    step = 1e-3
    k = MUSCLES.index("glmed_l")
    strength = motion.muscle_strength_fraction.copy()
    strength[k] += step
    name = "peak_abductor_demand_over_capacity"
    changed = compute_outcomes(walker, type(motion)(**{**motion.__dict__, "muscle_strength_fraction": strength}))[name]
    assert values[f"{name}_per_strength"][1, k] == pytest.approx((changed - values[name])[1] / step, rel=1e-2)
    assert values[f"{name}_per_strength"][1, k] < 0
    assert values[f"{name}_per_strength"][0, k] == pytest.approx(0.0, abs=1e-12)


def test_a_peak_that_jumps_is_flagged(walker, motion):
    """Two equal humps of tension: more of one raises the peak, less of it leaves the peak to the other."""
    phase = 2 * np.pi * motion.time_s / motion.duration_s
    tension = np.full_like(motion.muscle_tendon_force_n, 10.0)
    k = MUSCLES.index("vasti_r")
    tension[:, k] += 500 * np.maximum(np.sin(2 * phase - 1.0), 0.0) ** 2
    two_humps = type(motion)(**{**motion.__dict__, "muscle_tendon_force_n": tension})
    first = np.where(phase < np.pi, 1.0, 0.0)
    more = np.zeros_like(tension)
    more[:, k] = 100 * first * np.maximum(np.sin(2 * phase - 1.0), 0.0) ** 2
    moved = {("muscle_tendon_force_n", FORCES): more, ("muscle_tendon_force_n", NOTHING): 100 * np.ones_like(tension)}
    values, _ = outcome_sensitivity(walker, two_humps, derivative(motion, moved=moved))
    name = "peak_quadriceps_force_n"
    assert values[f"{name}_has_kink"][0, FORCES] == 1
    assert values[f"{name}_has_kink"][0, NOTHING] == 0
    assert values[f"{name}_per_strength"][0, NOTHING] == pytest.approx(100.0)


def test_undecided_bounds_are_flagged(found):
    values, _ = found
    assert values["bounds_undecided"][FORCES] == 1
    assert values["bounds_undecided"][REACTIONS] == 0


def test_everything_found_is_registered(found):
    values, _ = found
    assert set(values) <= set(SENSITIVITY)
    assert {f"{name}_per_strength" for name in DIFFERENTIATED} <= set(values)


# Bad files -----------------------------------------------------------------------------------------------------------


def write(path, motion, **attributes):
    values = {f"{field}_per_strength": np.zeros((len(MUSCLES), *getattr(motion, field).shape)) for field in FIELDS}
    values |= {"strength_muscle": np.array(MUSCLES, dtype=object), "bound_share_of_motion": np.zeros(len(MUSCLES))}
    values |= attributes.pop("values", {})
    write_file(path, values, {"solution_sha256": "mine", **attributes}, table=VARIABLES)
    return path


def test_derivatives_of_another_solution(walker, motion, tmp_path):
    path = write(tmp_path / "motion_sensitivity.h5", motion)
    assert read_motion_sensitivity(path, walker, motion, "mine").muscle == MUSCLES
    with pytest.raises(InputError, match="made from another solution"):
        read_motion_sensitivity(path, walker, motion, "other")


def test_derivatives_of_another_mesh(walker, motion, tmp_path):
    short = {
        f"{field}_per_strength": np.zeros((len(MUSCLES), 3, *getattr(motion, field).shape[1:])) for field in FIELDS
    }
    path = write(tmp_path / "motion_sensitivity.h5", motion, values=short)
    with pytest.raises(InputError, match=r"_per_strength has shape \(6, 3, "):
        read_motion_sensitivity(path, walker, motion, "mine")
