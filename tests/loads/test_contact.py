"""Joint contact and the knee's compartments against equilibrium written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import synthetic_walker as walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.errors import InputError
from gluteweak.loads import contact

PLANT = walker.two_legged_plant()
POSE = np.zeros((1, len(PLANT.coordinate)))
NO_TURN = np.eye(3)[None]


def tension(muscle, newton):
    force = np.zeros((1, len(PLANT.muscle)))
    force[0, PLANT.muscle.index(muscle)] = newton
    return force


def test_one_muscle_by_hand():
    # At knee angle 0 the tendon pulls the shank by (0.2, 0.97, 0.05) per newton, with (0.002, -0.001, 0.045) N m.
    pulls = contact.joint_pulls(PLANT, "walker_knee_r", moment=True)
    net = np.array([[10.0, 700.0, -20.0]])
    force, part = contact.contact_n(pulls, net, NO_TURN, POSE, tension("vasti_r", 1000.0))
    expected = net[0] - 1000.0 * np.array([0.2, 0.97, 0.05])
    np.testing.assert_allclose(force[0], expected)
    size = np.linalg.norm(expected)
    np.testing.assert_allclose(part[0], [-1000.0 * np.array([0.2, 0.97, 0.05]) @ expected / size])
    moment = contact.contact_moment_nm(pulls, np.array([[5.0, 0.0, 30.0]]), NO_TURN, POSE, tension("vasti_r", 1000.0))
    np.testing.assert_allclose(moment[0], [5.0 - 2.0, 1.0, 30.0 - 45.0])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_parts_and_the_net_force_add_up_to_the_size(seed):
    rng = np.random.default_rng(seed)
    pulls = contact.joint_pulls(PLANT, "hip_l")
    net, rotation = rng.normal(0, 500, (4, 3)), walker.rotation(np.array([0.6, 0.0, 0.8]), rng.uniform(-2, 2))
    muscles = rng.uniform(0, 1000, (4, len(PLANT.muscle)))
    value = rng.normal(0, 0.3, (4, len(PLANT.coordinate)))
    force, part = contact.contact_n(pulls, net, np.tile(rotation, (4, 1, 1)), value, muscles)
    size = np.linalg.norm(force, axis=1)
    of_net = np.sum((net @ rotation) * force, axis=1) / size
    np.testing.assert_allclose(part.sum(axis=1) + of_net, size, rtol=1e-10)


def test_zero_in_zero_out():
    pulls = contact.joint_pulls(PLANT, "walker_knee_l", moment=True)
    nothing = np.zeros((1, 3))
    force, part = contact.contact_n(pulls, nothing, NO_TURN, POSE, tension("vasti_l", 0.0))
    assert not force.any()
    assert not part.any()
    split = contact.compartments(np.zeros(2), np.zeros(2), 0.04)
    assert not np.any([split.medial, split.lateral, split.lift_off_tension])


@pytest.mark.parametrize(
    ("compression", "moment", "offset", "medial", "lateral", "tension_"),
    [
        (1000.0, 0.0, 0.0, 500.0, 500.0, 0.0),
        (1000.0, 10.0, 0.0, 750.0, 250.0, 0.0),  # 10 N m over 40 mm shift 250 N
        (1000.0, -10.0, 0.0, 250.0, 750.0, 0.0),
        (1000.0, 30.0, 0.0, 1250.0, 0.0, 250.0),  # the lateral side lifts off: 250 N of tension hold it
        (1000.0, -30.0, 0.0, 0.0, 1250.0, 250.0),
        (1000.0, 0.0, 0.004, 600.0, 400.0, 0.0),  # contacts lie 4 mm further out: the load line nears the medial one
        (-100.0, 0.0, 0.0, 0.0, 0.0, 100.0),  # pulled apart
    ],
)
def test_compartments_by_hand(compression, moment, offset, medial, lateral, tension_):
    split = contact.compartments(np.array([compression]), np.array([moment]), 0.04, offset)
    found = [split.medial[0], split.lateral[0], split.lift_off_tension[0]]
    np.testing.assert_allclose(found, [medial, lateral, tension_], atol=1e-9)


@settings(deadline=None)
@given(
    compression=st.floats(-500, 5000), moment=st.floats(-80, 80), spacing=st.floats(0.02, 0.06), scale=st.floats(0.1, 5)
)
def test_compartments_balance_force_and_moment_and_scale_with_force(compression, moment, spacing, scale):
    def split(factor):
        return contact.compartments(np.array([factor * compression]), np.array([factor * moment]), spacing)

    once, scaled = split(1.0), split(scale)
    # Where one side lifts off its tension pulls at the same lever as its contact would press.
    lifted = np.array([moment / spacing + 0.5 * compression, 0.5 * compression - moment / spacing])
    pressed = np.array([once.medial[0], once.lateral[0]])
    assert pressed.sum() - once.lift_off_tension[0] == pytest.approx(compression, abs=1e-9)
    assert np.diff(np.where(lifted < 0, lifted, pressed))[0] * -0.5 * spacing == pytest.approx(moment, abs=1e-9)
    for name in ("medial", "lateral", "lift_off_tension"):
        assert getattr(scaled, name)[0] == pytest.approx(scale * getattr(once, name)[0], abs=1e-8)


def test_bad_input_is_refused():
    pulls = contact.joint_pulls(PLANT, "hip_r")
    net = np.zeros((2, 3))
    with pytest.raises(ValueError, match="do not fit each other at 'hip_r'"):
        contact.contact_n(pulls, net, np.zeros((1, 3, 3)), np.zeros((2, 19)), np.zeros((2, 6)))
    with pytest.raises(ValueError, match="do not fit each other"):
        contact.contact_n(pulls, net, np.zeros((2, 3, 3)), np.zeros((2, 19)), np.zeros((2, 0)))
    with pytest.raises(ValueError, match="without moments"):
        contact.contact_moment_nm(pulls, net, np.zeros((2, 3, 3)), np.zeros((2, 19)), np.zeros((2, 6)))
    with pytest.raises(InputError, match="no muscle pull with a moment at joint 'hip_r'"):
        contact.joint_pulls(PLANT, "hip_r", moment=True)
    with pytest.raises(ValueError, match="expected the same"):
        contact.compartments(np.zeros(3), np.zeros(2), 0.04)
    with pytest.raises(ValueError, match="expected more than 0"):
        contact.compartments(np.zeros(3), np.zeros(3), 0.0)
