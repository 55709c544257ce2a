"""Bands of uncertain outcomes against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_walker as walker

from gluteweak import parameters
from gluteweak.loads.monte_carlo import bands, draw_inputs
from gluteweak.loads.outcomes import compute_outcomes
from gluteweak.variables import BANDED

PLANT = walker.two_legged_plant()
VALUES = compute_outcomes(PLANT, walker.periodic_solution(PLANT))
#: 95 % quantile of the standard normal distribution.
Z95 = 1.6448536269514722


def number(parameter):
    return float(np.asarray(parameter.value))


def log_sigma(variation):
    return np.sqrt(np.log(1.0 + variation**2))


def test_log_normal_outcomes_have_their_closed_form():
    found = bands(VALUES, gravity_m_s2=walker.GRAVITY)
    lever, area = (
        log_sigma(number(p)) for p in (parameters.PATELLAR_LEVER_VARIATION, parameters.PATELLOFEMORAL_AREA_VARIATION)
    )
    steps = log_sigma(number(parameters.STEPS_PER_DAY_RETEST_ERROR) / number(parameters.STEPS_PER_DAY))
    for name, sigma in (
        ("peak_patellofemoral_contact_force_bw", lever),
        ("peak_patellofemoral_stress_mpa", np.hypot(lever, area)),
        ("daily_knee_adduction_impulse_knm_s", steps),
        ("daily_patellofemoral_contact_impulse_bw_s", np.hypot(lever, steps)),
    ):
        for suffix, z in (("p05", -Z95), ("p50", 0.0), ("p95", Z95)):
            # 10 000 draws know a 5 % quantile to about 2 sigma / 100.
            np.testing.assert_allclose(found[f"{name}_{suffix}"], VALUES[name] * np.exp(z * sigma), rtol=0.05 * sigma)


def test_compartments_follow_a_normal_offset():
    # One constant load: medial = C / 2 + C offset / spacing is normal when the spacing is not drawn.
    draws = draw_inputs()
    fixed = type(draws)(**{**draws.__dict__, "spacing_m": np.full_like(draws.spacing_m, 0.04)})
    constant = {**VALUES, "tibiofemoral_compression_bw": np.full((2, 101), 2.0)}
    constant["tibiofemoral_frontal_moment_nm_kg"] = np.zeros((2, 101))
    found = bands(constant, gravity_m_s2=walker.GRAVITY, draws=fixed)
    spread = 2.0 * number(parameters.COMPARTMENT_OFFSET_SD) / 0.04
    for name, sign in (("peak_medial_compartment_force_bw", 1.0), ("peak_lateral_compartment_force_bw", -1.0)):
        for suffix, z in (("p05", -Z95), ("p50", 0.0), ("p95", Z95)):
            np.testing.assert_allclose(found[f"{name}_{suffix}"], 1.0 + abs(sign) * z * spread, atol=0.05 * spread)


def test_certain_inputs_give_the_nominal_outcome():
    ones = np.ones(3)
    spacing = number(parameters.COMPARTMENT_SPACING)
    certain = type(draw_inputs(1))(ones, ones, ones, ones, spacing * ones, 0.0 * ones)
    found = bands(VALUES, gravity_m_s2=walker.GRAVITY, draws=certain)
    for name in BANDED:
        for suffix in ("p05", "p50", "p95"):
            np.testing.assert_allclose(found[f"{name}_{suffix}"], VALUES[name], rtol=1e-10, err_msg=name)


def test_the_same_seed_gives_the_same_bands():
    one, other = (bands(VALUES, gravity_m_s2=walker.GRAVITY) for _ in range(2))
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])
    assert (draw_inputs(seed=1).area_factor != draw_inputs(seed=2).area_factor).all()


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        draw_inputs(0)
