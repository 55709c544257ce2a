"""The iliotibial band against OpenSim's own force, its derivatives, and what counts once."""

from __future__ import annotations

from dataclasses import replace

import casadi as ca
import numpy as np
import pytest
import walking_oracle

from gluteweak.loads.band import band_tension_n, with_bands
from gluteweak.walking.band import tension_n
from gluteweak.walking.point import FORCE_SCALE, build_point
from gluteweak.walking.tape import record

pytestmark = pytest.mark.casadi

SLACK_M, STIFFNESS_N, TOE = 0.55, 7000.0, 0.03
_length = ca.SX.sym("length")
_tension = tension_n(_length, SLACK_M, STIFFNESS_N, TOE)
_slope = ca.jacobian(_tension, _length)
_law = ca.Function("law", [_length], [_tension, _slope, ca.jacobian(_slope, _length)])


def law(strain):
    """Tension, and its first and second derivatives by the strain."""
    found = [float(part) for part in _law(SLACK_M * (1 + strain))]
    return found[0], found[1] * SLACK_M, found[2] * SLACK_M**2


def test_the_band_pulls_by_hand():
    assert law(-0.02) == (0.0, 0.0, 0.0)
    # Half-way through the toe: t (1/8 - 1/32) of the stiffness; at its end half the toe is lost.
    assert law(TOE / 2)[0] == pytest.approx(STIFFNESS_N * TOE * 3 / 32, rel=1e-12)
    assert law(TOE)[0] == pytest.approx(STIFFNESS_N * TOE / 2, rel=1e-12)
    assert law(0.05)[0] == pytest.approx(STIFFNESS_N * (0.05 - TOE / 2), rel=1e-12)
    assert law(0.05)[1:] == pytest.approx((STIFFNESS_N, 0.0), rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("strain", [-0.01, 0.004, 0.015, 0.029, 0.031, 0.06])
def test_derivatives_are_those_of_finite_differences(strain):
    h = 1e-6
    values = [law(strain + k * h)[0] for k in (-1, 0, 1)]
    slopes = [law(strain + k * h)[1] for k in (-1, 0, 1)]
    assert law(strain)[1] == pytest.approx((values[2] - values[0]) / (2 * h), rel=1e-6, abs=1e-4)
    assert law(strain)[2] == pytest.approx((slopes[2] - slopes[0]) / (2 * h), rel=1e-6, abs=1e-2)


@pytest.mark.parametrize("corner", [0.0, TOE])
def test_slope_and_curvature_do_not_jump(corner):
    below, above = np.array(law(corner - 1e-9)), np.array(law(corner + 1e-9))
    np.testing.assert_allclose(below, above, atol=1e-1)  # of 7000 N, and of a curvature up to 350 000 N


@pytest.fixture(scope="module")
def states(adult):
    """Random poses in the range of walking, with the hip stretched in some."""
    plant = adult.plant
    rng = np.random.default_rng(20)
    low, high = plant.coordinate_range.T
    value = low + (high - low) * rng.uniform(0.1, 0.9, (40, len(plant.coordinate)))
    return value, rng.uniform(-2, 2, value.shape)


def test_both_rooms_and_opensim_agree_on_the_tension(adult, states):
    """On the plant's polynomials the formulas are the same: to round-off."""
    plant, (value, speed) = adult.plant, states
    assert plant.band == ("iliotibial_band_r", "iliotibial_band_l")
    asked = walking_oracle.ask(
        "bands",
        model=str(adult.model_path),
        coordinate=plant.coordinate,
        band=plant.band,
        value=value,
        speed=speed,
    )
    # OpenSim's path is the wrapped one: each side is told the same length.
    own = np.array(
        [
            [
                float(ca.evalf(tension_n(length, slack, stiffness, toe)))
                for length, slack, stiffness, toe in zip(
                    row, plant.band_slack_length_m, plant.band_stiffness_n, plant.band_toe_strain, strict=True
                )
            ]
            for row in asked["length_m"]
        ]
    )
    assert (asked["tension_n"] > 20).sum() > 5
    assert (asked["tension_n"] == 0).sum() > 5
    np.testing.assert_allclose(own, asked["tension_n"], rtol=1e-9, atol=1e-9)
    # The loads' own path is the fitted one, 0.2 mm off at the most: times a stiffness of 13 N/mm.
    np.testing.assert_allclose(band_tension_n(plant, value), asked["tension_n"], atol=5.0)


def test_the_band_enters_the_equations_of_motion_once(adult, states):
    """Its generalised forces are tension times the slope of the path, and nothing else changes with it."""
    plant, (value, speed) = adult.plant, states
    without = replace(plant, band=(), band_muscle=())
    points = [build_point(p) for p in (plant, without)]
    layout = points[0].layout
    function = ca.Function("r", [points[0].z, points[0].p], [points[0].residual])
    bare = ca.Function("r", [points[1].z, points[1].p], [points[1].residual])
    free = [int(i) for i in layout.free]
    tension = band_tension_n(plant, value)
    h = 1e-6
    for row in np.flatnonzero(tension.max(axis=1) > 20)[:4]:
        z = np.zeros(layout.n_variables)
        z[layout.variables["value"]], z[layout.variables["speed"]] = value[row, free], speed[row, free]
        p = np.zeros(layout.n_parameters)
        p[layout.parameters["weights"].stop - 2] = 8.0  # friction is a power of its sharpness
        change = FORCE_SCALE * np.array(function(z, p) - bare(z, p)).ravel()
        energy_slope = np.zeros(len(free))
        for n, i in enumerate(free):
            shifted = np.array([value[row], value[row]])
            shifted[:, i] += [h, -h]
            lengths = np.array([length_m(plant, pose) for pose in shifted])
            energy_slope[n] = (lengths[0] - lengths[1]) @ tension[row] / (2 * h)
        np.testing.assert_allclose(change, energy_slope, atol=1e-5 * np.abs(energy_slope).max())


def length_m(plant, pose):
    """Lengths of the bands by the plant's polynomials, written out."""
    found = []
    for name in plant.band_muscle:
        path = plant.path_length[name]
        variables = pose[path.polynomial_coordinate_index]
        found.append(np.prod(variables**path.polynomial_exponent, axis=1) @ path.polynomial_coefficient[:, 0])
    return np.array(found)


def test_loads_add_the_band_to_its_muscles_pull_and_to_no_other(adult, states):
    plant, (value, _) = adult.plant, states
    force = np.random.default_rng(2).uniform(0, 500, (len(value), len(plant.muscle)))
    added = with_bands(plant, value, force) - force
    tensors = [plant.muscle.index(name) for name in plant.band_muscle]
    np.testing.assert_allclose(added[:, tensors], band_tension_n(plant, value), atol=1e-9)
    assert not np.delete(added, tensors, axis=1).any()


def test_hip_ligaments_give_nothing_where_the_band_carries(adult):
    """The joint torque that stops hip adduction is no second band: nil up to 15 degrees, where the band resists."""
    plant = adult.plant
    i = plant.coordinate.index("hip_adduction_r")
    value = np.zeros((1, len(plant.coordinate)))
    value[0, i] = np.radians(15)
    torque, slope, offset = (
        getattr(plant, f"passive_exponential_{name}")[i] for name in ("torque_nm", "slope", "offset_rad")
    )
    ligaments = abs(float(np.sum(torque * np.exp(slope * (value[0, i] - offset)))))
    h = 1e-5
    shifted = np.repeat(value, 2, axis=0)
    shifted[:, i] += [h, -h]
    arm = (length_m(plant, shifted[0]) - length_m(plant, shifted[1]))[0] / (2 * h)
    resists = band_tension_n(plant, value)[0, 0] * arm
    assert resists > 1.0  # N m, against adduction
    assert ligaments < 0.01 * resists


def test_recorded_functions_know_the_law():
    tape = record(_law)
    lengths = SLACK_M * (1 + np.array([-0.02, 0.01, 0.03, 0.05]))
    np.testing.assert_array_equal(tape(lengths[None])[0], [float(_law(x)[0]) for x in lengths])
