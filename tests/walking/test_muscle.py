"""Muscle curves and tendon forces against OpenSim's DeGrooteFregly2016Muscle, on the built adult."""

from __future__ import annotations

from dataclasses import replace

import casadi as ca
import numpy as np
import pytest
import walking_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_walker import two_legged_plant

from gluteweak.plant import Polynomial
from gluteweak.walking import muscle

pytestmark = pytest.mark.casadi

STATES = 6


@pytest.fixture(scope="module")
def opensim(adult):
    """States of the adult over the whole range of its paths, and what OpenSim's muscles make of them."""
    plant, rng = adult.plant, np.random.default_rng(8)
    low, high = plant.coordinate_range.T
    value = low + (high - low) * rng.uniform(0.05, 0.95, (STATES, len(low)))
    speed = rng.uniform(-6, 6, value.shape)
    activation = rng.uniform(0.02, 1.0, (STATES, len(plant.muscle)))
    answer = walking_oracle.ask(
        "muscles",
        model=str(adult.model_path),
        coordinate=plant.coordinate,
        muscle=plant.muscle,
        value=value,
        speed=speed,
        activation=activation,
    )
    return answer | {"activation": activation}


def evaluate(function, *arrays):
    """A casadi expression of scalars, element by element."""
    symbols = [ca.SX.sym("x") for _ in arrays]
    compiled = ca.Function("f", symbols, [function(*symbols)])
    return np.array(compiled.map(arrays[0].size)(*(np.ravel(a)[None, :] for a in arrays))).reshape(arrays[0].shape)


def test_active_force_length_is_opensims(adult, opensim):
    found = np.column_stack(
        [
            evaluate(lambda length, w=width: muscle.active_force_length(length, w), opensim["fibre_length"][:, k])
            for k, width in enumerate(adult.plant.muscle_active_force_width_scale)
        ]
    )
    assert np.ptp(opensim["fibre_length"]) > 0.5
    np.testing.assert_allclose(found, opensim["active_force_length"], rtol=1e-13, atol=1e-14)


def test_force_velocity_is_opensims(adult, opensim):
    plant = adult.plant
    # Fibre speed of a rigid tendon: along the path, by the cosine of the pennation angle.
    along = opensim["length_m"] - plant.muscle_tendon_slack_length_m
    thickness = plant.muscle_optimal_fiber_length_m * np.sin(plant.muscle_pennation_angle_rad)
    fastest = plant.muscle_optimal_fiber_length_m * plant.muscle_max_contraction_velocity_per_s
    speed = opensim["speed_m_s"] * along / np.hypot(along, thickness) / fastest
    found = evaluate(muscle.force_velocity, speed)
    assert np.ptp(speed) > 0.5
    np.testing.assert_allclose(found, opensim["force_velocity"], rtol=1e-12)


def test_tendon_force_is_opensims(adult, opensim):
    plant = adult.plant
    found = np.column_stack(
        [
            evaluate(
                lambda *x, k=k: muscle.tendon_force_n(plant, k, *x, 1.0),
                *(opensim[name][:, k] for name in ("length_m", "speed_m_s", "activation")),
            )
            for k in range(len(plant.muscle))
        ]
    )
    assert (opensim["tendon_force_n"].max(axis=0) > 1.0).all()
    scale = plant.muscle_max_isometric_force_n
    np.testing.assert_allclose(found / scale, opensim["tendon_force_n"] / scale, rtol=0, atol=1e-13)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.05, 0.3), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 2))
def test_strength_scales_what_activation_adds_and_leaves_the_tissue(stretch, speed, activation, strength):
    plant = two_legged_plant()
    plant = replace(plant, muscle_passive_fiber_strain=np.full(len(plant.muscle), 0.6))
    length = plant.muscle_tendon_slack_length_m[0] + stretch

    def force(driven, fraction):
        return float(muscle.tendon_force_n(plant, 0, length, speed, driven, fraction))

    tissue = force(0.0, 1.0)
    assert force(0.0, strength) == tissue
    expected = tissue + strength * (force(activation, 1.0) - tissue)
    assert force(activation, strength) == pytest.approx(expected, rel=1e-12, abs=1e-9)
    # What OpenSim is told: the same muscle, driven less far.
    assert force(strength * activation, 1.0) == pytest.approx(force(activation, strength), rel=1e-12, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_path_length_is_the_polynomial(seed, n_variables):
    rng = np.random.default_rng(seed)
    index = rng.choice(8, n_variables, replace=False)
    exponent, coefficient = rng.integers(0, 5, (7, n_variables)), rng.normal(size=(7, 1))
    value = rng.normal(size=8)
    symbol = ca.SX.sym("q", 8)
    length = muscle.path_length_m(Polynomial(index, exponent, coefficient), symbol)
    found = float(ca.Function("length", [symbol], [length])(value))
    expected = sum(c * np.prod(value[index] ** e) for e, c in zip(exponent, coefficient[:, 0], strict=True))
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)
