"""Contact forces against OpenSim's, and properties of the smooth friction law."""

from __future__ import annotations

from dataclasses import replace

import casadi as ca
import numpy as np
import pytest
import walking_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_walker import two_legged_plant

from gluteweak.walking import contact
from gluteweak.walking.setup import SMOOTH_FRICTION

pytestmark = pytest.mark.casadi

#: Typical numbers, each different, so that no two can be mixed up unseen.
SPHERE = {
    "radius_m": 0.032,
    "stiffness_pa": 1e6,
    "dissipation_s_m": 2.0,
    "static_friction": 0.9,
    "dynamic_friction": 0.7,
    "viscous_friction_s_m": 0.5,
    "transition_velocity_m_s": 0.2,
    "hertz_smoothing": 300.0,
    "hunt_crossley_smoothing": 50.0,
}
V_T = SPHERE["transition_velocity_m_s"]
PLANT = replace(two_legged_plant(), **{f"contact_{name}": np.full(4, value) for name, value in SPHERE.items()})

_indentation, _velocity, _sharpness = ca.SX.sym("i"), ca.SX.sym("v", 3), ca.SX.sym("n")
_force = contact.sphere_force_n(PLANT, 0, _indentation, _velocity, _sharpness)
_arguments = [_indentation, _velocity, _sharpness]
force_function = ca.Function("force", _arguments, [_force, ca.jacobian(_force, _velocity)])


def force_n(indentation, velocity, sharpness=SMOOTH_FRICTION):
    return np.array(force_function(indentation, velocity, sharpness)[0]).ravel()


@pytest.fixture(scope="module")
def random_contacts():
    """Indentation, velocity and OpenSim's force of 400 contacts, in the air and in the ground, slow and fast."""
    rng = np.random.default_rng(4)
    count = 400
    indentation = rng.uniform(-0.02, 0.015, count)
    velocity = rng.normal(0, 1, (count, 3)) * 10.0 ** rng.uniform(-3, 0.5, (count, 1))
    names = {key: key.removesuffix("_pa").removesuffix("_s_m").removesuffix("_m_s") for key in SPHERE}
    answer = walking_oracle.ask(
        "contact",
        height_m=SPHERE["radius_m"] - indentation,
        velocity_m_s=velocity,
        **{names[key]: value for key, value in SPHERE.items()},
    )
    return indentation, velocity, answer["force_n"]


def slip_ratio(velocity):
    """Slip over transition velocity as OpenSim's law sees it, its root kept smooth by 1e-5."""
    return np.sqrt(velocity[:, 0] ** 2 + velocity[:, 2] ** 2 + 1e-5) / V_T


def errors(contacts, sharpness):
    """Difference from OpenSim in units of the normal force (of 1 N where it is less), (contact, axis)."""
    indentation, velocity, expected = contacts
    found = np.array([force_n(i, v, sharpness) for i, v in zip(indentation, velocity, strict=True)])
    return np.abs(found - expected) / np.maximum(expected[:, 1:2], 1.0)


def test_normal_force_is_opensims_to_round_off(random_contacts):
    assert np.abs(random_contacts[2][:, 1]).max() > 1000
    assert errors(random_contacts, SMOOTH_FRICTION)[:, 1].max() < 1e-13


def test_friction_becomes_opensims_as_the_transition_sharpens(random_contacts):
    # By the formula the friction is low by 1 - (1 + min(x, 1/x)^n)^(-1/n) at a slip of x transition velocities.
    ratio = slip_ratio(random_contacts[1])
    nearness = np.minimum(ratio, 1 / ratio)
    for sharpness in (8.0, 30.0, 100.0):
        found = errors(random_contacts, sharpness)[:, [0, 2]].max(axis=1)
        low = 1 - (1 + nearness**sharpness) ** (-1 / sharpness)
        # Largest friction of the law: static coefficient plus viscous part.
        largest = SPHERE["static_friction"] + SPHERE["viscous_friction_s_m"] * ratio * V_T
        assert (found <= low * largest + 1e-12).all()
    assert errors(random_contacts, 100.0)[nearness < 0.7].max() < 1e-13


def test_documented_loss_at_the_transition_velocity():
    # At v = v_t the smooth minimum is 2^(-1/n) of the sharp one: 8 % low at n = 8. No viscous part here.
    slip = np.sqrt(V_T**2 - 1e-5)
    smooth, sharp = (abs(force_n(0.01, [slip, 0, 0], n)[0]) for n in (8.0, 1e4))
    viscous = SPHERE["viscous_friction_s_m"] * V_T * force_n(0.01, [slip, 0, 0])[1]
    assert 1 - (smooth - viscous) / (sharp - viscous) == pytest.approx(1 - 2 ** (-1 / 8), abs=1e-4)
    assert 1 - 2 ** (-1 / 8) < 0.085


@settings(deadline=None, max_examples=50)
@given(st.floats(0.02, 0.5), st.floats(-2, 2), st.floats(-3, 3), st.floats(-3, 3))
def test_no_force_in_the_air(height, x, y, z):
    # By the formula a lifted sphere keeps exp(-2 * 300/m * height) of the force at equal depth: 6e-6 at 2 cm.
    force = np.abs(force_n(-height, [x, y, z]))
    assert force.max() <= 7e-6 * np.abs(force_n(height, [x, y, z])).max()


@settings(deadline=None, max_examples=100)
@given(st.floats(0, 0.02), st.floats(-3, 3), st.floats(-0.3, 0.3), st.floats(-3, 3), st.floats(4, 50))
def test_friction_opposes_slip_within_its_cone(indentation, x, y, z, sharpness):
    fx, normal, fz = force_n(indentation, [x, y, z], sharpness)
    assert normal > 0
    assert fx * x + fz * z <= 0
    assert fx * z - fz * x == pytest.approx(0, abs=1e-9 * normal)  # along the slip, no force across
    slip = np.sqrt(x**2 + z**2 + 1e-5)
    assert np.hypot(fx, fz) <= (SPHERE["static_friction"] + SPHERE["viscous_friction_s_m"] * slip) * normal


def test_friction_has_no_kink_at_the_transition_velocity():
    # OpenSim's min(v / v_t, 1) has a jump in slope of the order of friction / v_t there; ours must not.
    def slope(v, sharpness):
        return float(force_function(0.01, [v, 0, 0], sharpness)[1][0, 0])

    v, step = np.sqrt(V_T**2 - 1e-5), 1e-7
    friction = abs(force_n(0.01, [v, 0, 0])[0])
    assert abs(slope(v + step, 8.0) - slope(v - step, 8.0)) < 1e-4 * friction / V_T
    assert abs(slope(v * 1.01, 1e4) - slope(v * 0.99, 1e4)) > 0.5 * friction / V_T  # the test can see a kink
    finite = (force_n(0.01, [v + step, 0, 0])[0] - force_n(0.01, [v - step, 0, 0])[0]) / (2 * step)
    assert slope(v, 8.0) == pytest.approx(finite, rel=1e-6)
