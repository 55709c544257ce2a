"""The constant matrices of the collocation against polynomials, quadrature rules and the activation law."""

from __future__ import annotations

import numpy as np
import pytest
import swaying_walker
from hypothesis import given, settings
from hypothesis import strategies as st

from gluteweak.walking.point import PointLayout
from gluteweak.walking.solution import excitation
from gluteweak.walking.transcription import Grid, Transcription

pytestmark = pytest.mark.casadi

PLANT = swaying_walker.make()
RISE_S, FALL_S = 0.015, 0.06
N_MUSCLES = len(PLANT.muscle)


def make(intervals=4, degree=2, duration_s=1.1):
    grid = Grid(intervals, degree, duration_s)
    return Transcription(PointLayout(PLANT), grid, np.full(N_MUSCLES, RISE_S), np.full(N_MUSCLES, FALL_S))


def derivative_by_fit(grid, periodic, jump=0.0):
    """Derivative at the points by fitting each interval's polynomial anew; ``jump``: advance from cycle to cycle."""
    slopes = []
    for i in range(grid.intervals):
        inside = slice(i * grid.degree, (i + 1) * grid.degree)
        start = periodic[i * grid.degree - 1] - (jump if i == 0 else 0.0)
        time = np.concatenate([[i * grid.interval_s], grid.time_s[inside]])
        polynomial = np.polynomial.Polynomial.fit(time, [start, *periodic[inside]], grid.degree)
        slopes.append(polynomial.deriv()(grid.time_s[inside]))
    return np.concatenate(slopes)


def test_radau_points_and_weights_by_hand():
    # Two-stage Radau IIA (Hairer & Wanner, Solving ODEs II, table IV.5.5): points 1/3 and 1, weights 3/4 and 1/4.
    grid = Grid(2, 2, 3.0)
    np.testing.assert_allclose(grid.time_s, [0.5, 1.5, 2.0, 3.0], rtol=1e-14)
    np.testing.assert_allclose(grid.quadrature, [0.375, 0.125, 0.375, 0.125], rtol=1e-14)
    # Lagrange polynomials through 0, 1/3, 1, differentiated by hand.
    np.testing.assert_allclose(grid.differentiation, [[-2.0, 2.0], [1.5, -4.5], [0.5, 2.5]], rtol=1e-13)


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("intervals", [1, 4])
def test_derivative_is_exact_for_polynomials_of_its_degree_in_each_interval(intervals, degree):
    grid = Grid(intervals, degree, 0.9)
    x = np.random.default_rng(degree).normal(size=grid.n_points)
    np.testing.assert_allclose(grid.derivative @ x, derivative_by_fit(grid, x), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(grid.derivative @ np.ones(grid.n_points), 0.0, atol=1e-12)


def test_derivative_of_a_sine_converges_with_the_mesh():
    def error(intervals):
        grid = Grid(intervals, 2, 2.0)
        phase = np.pi * grid.time_s
        return np.abs(grid.derivative @ np.sin(phase) - np.pi * np.cos(phase)).max()

    assert error(40) < error(20) / 3.5  # second order at the worst point
    assert error(40) < 0.02


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_quadrature_is_exact_to_its_degree_and_not_beyond(degree):
    grid = Grid(3, degree, 1.3)
    assert grid.quadrature.sum() == pytest.approx(1.0, rel=1e-14)
    for power in range(2 * degree):
        mean = 1.3**power / (power + 1)
        found = grid.quadrature @ grid.time_s**power
        if power <= 2 * degree - 2:
            assert found == pytest.approx(mean, rel=1e-13)
        else:
            assert abs(found - mean) > 1e-6


def test_expansion_adds_the_derivative_of_the_speeds():
    tr = make()
    w = np.random.default_rng(3).normal(size=tr.n_unknowns)
    local = (tr.expansion @ w).reshape(tr.grid.n_points, -1)
    parts, where = tr.unpack(w), tr.layout.variables
    for name in ("value", "speed", "activation", "control"):
        np.testing.assert_array_equal(local[:, where[name]], parts[name])
    for k in range(tr.layout.n_free):
        expected = derivative_by_fit(tr.grid, parts["speed"][:, k])
        np.testing.assert_allclose(20.0 * local[:, where["acceleration"]][:, k], expected, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("intervals", [1, 5])
def test_defects_of_a_steady_walk_meet_their_target(intervals):
    tr = make(intervals, 2, 0.8)
    speed_m_s, n_free = 1.4, tr.layout.n_free
    column = PLANT.free_coordinates.index("pelvis_tx")
    value, speed = np.zeros((2, tr.grid.n_points, n_free))
    value[:, column], speed[:, column] = 5.0 + speed_m_s * tr.grid.time_s, speed_m_s
    nothing = np.zeros((tr.grid.n_points, N_MUSCLES)), np.zeros((tr.grid.n_points, 1))
    defect = tr.speed_defect @ tr.pack(value, speed, *nothing) - tr.speed_defect_target(speed_m_s * 0.8)
    np.testing.assert_allclose(defect, 0.0, atol=1e-13)


def test_defects_are_the_interval_times_what_the_speed_misses():
    tr, distance = make(3, 2, 0.8), 0.7
    w = np.random.default_rng(9).normal(size=tr.n_unknowns)
    parts = tr.unpack(w)
    column = PLANT.free_coordinates.index("pelvis_tx")
    found = (tr.speed_defect @ w - tr.speed_defect_target(distance)).reshape(tr.grid.n_points, -1)
    for k in range(tr.layout.n_free):
        rate = derivative_by_fit(tr.grid, parts["value"][:, k], distance if k == column else 0.0)
        expected = tr.grid.interval_s * (rate - parts["speed"][:, k])
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-10, atol=1e-10)


def test_pack_and_unpack_are_inverse():
    tr, rng = make(), np.random.default_rng(1)
    sizes = {"value": tr.layout.n_free, "speed": tr.layout.n_free, "activation": N_MUSCLES, "control": 1}
    parts = {name: rng.normal(size=(tr.grid.n_points, size)) for name, size in sizes.items()}
    w = tr.pack(**parts)
    assert w.shape == (tr.n_unknowns,)
    for name, part in tr.unpack(w).items():
        np.testing.assert_array_equal(part, parts[name])
    np.testing.assert_array_equal(tr.pack(**tr.unpack(w)), w)


def test_cost_of_activation_rate_is_its_mean_square():
    tr = make()
    w = np.random.default_rng(2).normal(size=tr.n_unknowns)
    activation = tr.unpack(w)["activation"]
    rate = np.column_stack([derivative_by_fit(tr.grid, a) for a in activation.T])
    expected = tr.grid.quadrature @ np.mean((0.1 * rate) ** 2, axis=1)
    assert w @ tr.weighted_activation_rate @ w / 2 == pytest.approx(expected, rel=1e-10)


# Activation: da/dt = (e - a) (e / rise + (1 - e) / fall), De Groote et al. (2009).


def law(activation, e):
    return (e - activation) * (e / RISE_S + (1 - e) / FALL_S)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_activation_limits_say_where_the_rate_lies(seed):
    """Row by row: rate between that of no and of full excitation; then an excitation in [0, 1] exists."""
    rng = np.random.default_rng(seed)
    tr = make(3)
    activation = (
        rng.uniform(0.3, 0.7, (tr.grid.n_points, N_MUSCLES))
        if seed % 2
        else rng.uniform(0, 1, (1, N_MUSCLES)) + rng.uniform(-0.05, 0.05, (tr.grid.n_points, N_MUSCLES))
    )
    activation = np.clip(activation, 0, 1)
    free = np.zeros((tr.grid.n_points, tr.layout.n_free))
    w = tr.pack(free, free, activation, np.zeros((tr.grid.n_points, 1)))
    rate = (tr.activation_rate @ w).reshape(activation.shape)
    np.testing.assert_allclose(
        rate, np.column_stack([derivative_by_fit(tr.grid, a) for a in activation.T]), rtol=1e-9, atol=1e-9
    )
    lower, upper = (tr.activation_limits @ w).reshape(2, *activation.shape)
    margin = 1e-9
    np.testing.assert_array_equal(lower > margin, rate - law(activation, 0.0) > margin / FALL_S)
    np.testing.assert_array_equal(upper < 1 - margin, law(activation, 1.0) - rate > margin / RISE_S)
    grid = np.linspace(0, 1, 201)[:, None, None]
    reached = law(activation[None], grid)
    held = (lower > margin) & (upper < 1 - margin)
    assert (reached.min(axis=0)[held] <= rate[held]).all()
    assert (reached.max(axis=0)[held] >= rate[held]).all()
    # Above the limit no excitation exists at all.
    assert (reached.max(axis=0)[upper > 1 + margin] < rate[upper > 1 + margin]).all()


@settings(deadline=None, max_examples=200)
@given(st.floats(0, 1), st.floats(0, 1))
def test_excitation_is_the_inverse_of_the_activation_law(activation, share):
    """Between the limits the excitation lies within [0, 1] and gives the rate back."""
    rate = (1 - share) * law(activation, 0.0) + share * law(activation, 1.0)
    e = excitation(np.array([[activation]]), np.array([[rate]]), np.array([RISE_S]), np.array([FALL_S]))[0, 0]
    assert -1e-12 <= e <= 1 + 1e-12
    assert law(activation, e) == pytest.approx(rate, abs=1e-10)


@pytest.mark.parametrize(("e", "activation"), [(0.0, 0.3), (1.0, 0.3), (0.6, 0.6), (1.0, 1.0), (0.0, 0.0), (0.9, 0.2)])
def test_excitation_of_known_rates(e, activation):
    rate = np.array([[law(activation, e)]])
    found = excitation(np.array([[activation]]), rate, np.array([RISE_S]), np.array([FALL_S]))
    assert found[0, 0] == pytest.approx(e, abs=1e-12)


def test_excitation_of_equal_time_constants():
    # The law is linear then: da/dt = (e - a) / tau.
    found = excitation(np.array([[0.4]]), np.array([[5.0]]), np.array([0.04]), np.array([0.04]))
    assert found[0, 0] == pytest.approx(0.4 + 5.0 * 0.04, rel=1e-14)
