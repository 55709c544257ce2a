"""Measured cycles: units, what is missing or wrong, and the periodic motion of prescribed coordinates."""

from __future__ import annotations

import numpy as np
import pytest
import swaying_walker as walker

from gluteweak.errors import InputError
from gluteweak.walking.measurement import MeasuredCycle, read_cycle, sample_cycle, stored_cycle
from gluteweak.walking.transcription import Grid

pytestmark = pytest.mark.casadi

PLANT = walker.make()
NECK = PLANT.coordinate.index("neck")
TX = PLANT.coordinate.index("pelvis_tx")


def read(folder, start=walker.START_S, end=walker.END_S, **changes):
    return read_cycle(PLANT, *walker.write_measurement(folder, PLANT, **changes), start, end)


@pytest.mark.parametrize("degrees", [False, True])
def test_cycle_in_radians_or_degrees(tmp_path, degrees):
    cycle = read(tmp_path, degrees=degrees)
    expected = walker.sway(walker.START_S + cycle.time_s)
    assert cycle.duration_s == pytest.approx(1.0, rel=1e-12)
    assert cycle.distance_m(PLANT) == pytest.approx(walker.DISTANCE_M, rel=1e-9)
    assert cycle.is_measured.all()
    for i, name in enumerate(PLANT.coordinate):
        start = expected[name][0] if name == "pelvis_tx" else 0.0  # the walk starts at x = 0
        np.testing.assert_allclose(cycle.value[:, i], expected[name] - start, atol=2e-7, err_msg=name)
    np.testing.assert_allclose(cycle.ground_reaction_bw.sum(axis=1), np.tile([0, 1, 0], (201, 1)), atol=1e-12)


def test_right_before_left_and_axes_in_order(tmp_path):
    def change(_, forces):
        for k, name in enumerate(sorted(forces)):  # l before r, x y z
            forces[name][:] = 100.0 * (k + 1)

    found = read(tmp_path, change=change).ground_reaction_bw * PLANT.mass_kg * PLANT.gravity_m_s2
    np.testing.assert_allclose(found[0], [[400.0, 500.0, 600.0], [100.0, 200.0, 300.0]], rtol=1e-12)


def test_unmeasured_coordinate_is_marked(tmp_path):
    cycle = read(tmp_path, without=("pelvis_list",))
    i = PLANT.coordinate.index("pelvis_list")
    assert not cycle.is_measured[i]
    assert cycle.is_measured.sum() == len(PLANT.coordinate) - 1
    assert not cycle.value[:, i].any()


def test_stored_cycle_comes_back(tmp_path):
    cycle = read(tmp_path, without=("neck",))
    again = stored_cycle(cycle.datasets())
    for name in ("time_s", "value", "is_measured", "ground_reaction_bw"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cycle, name))
    assert again.is_measured.dtype == bool


def test_estimated_reactions_guide_but_are_not_called_measured(tmp_path):
    motion, forces = walker.write_measurement(tmp_path, PLANT)
    measured = read_cycle(PLANT, motion, forces, walker.START_S, walker.END_S)
    cycle = read_cycle(PLANT, motion, None, walker.START_S, walker.END_S, forces)
    assert not cycle.ground_reaction_bw.any()
    np.testing.assert_allclose(cycle.estimated_reaction_bw, measured.ground_reaction_bw)
    again = stored_cycle(cycle.datasets())
    np.testing.assert_array_equal(again.estimated_reaction_bw, cycle.estimated_reaction_bw)
    grid = Grid(4, 2, cycle.duration_s)
    ours, theirs = (sample_cycle(PLANT, c, grid) for c in (again, measured))
    np.testing.assert_allclose(ours.ground_reaction_bw, theirs.ground_reaction_bw)
    assert ours.ground_moment_bw_m is None, "where an estimated force passes is not told"


def refused(match, *arguments, **changes):
    with pytest.raises(InputError, match=match) as caught:
        read(*arguments, **changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("start", "end"), [(0.1, 1.0), (0.5, 1.9), (3.0, 4.0), (-1.0, 0.5)])
def test_times_outside_the_trial(tmp_path, start, end):
    refused("covers 0.2 to 1.8 s, not the cycle", tmp_path, start, end)


@pytest.mark.parametrize("end", [0.5, 0.3])
def test_end_before_start(tmp_path, end):
    refused("not after its start", tmp_path, 0.5, end)


def test_missing_force_column(tmp_path):
    refused("no column 'ground_force_l_vz'", tmp_path, without=("ground_force_l_vz",))


def test_missing_progression(tmp_path):
    refused("'pelvis_tx' is missing or does not grow", tmp_path, without=("pelvis_tx",))


def test_wrong_direction(tmp_path):
    def backwards(columns, _):
        columns["pelvis_tx"] *= -1

    refused("'pelvis_tx' is missing or does not grow", tmp_path, change=backwards)


@pytest.mark.parametrize("where", [0, 1])
def test_gap_in_the_measurement(tmp_path, where):
    paths = walker.write_measurement(tmp_path, PLANT)
    lines = paths[where].read_text().splitlines()
    cells = lines[-40].split("\t")
    cells[-1] = "nan"
    lines[-40] = "\t".join(cells)
    paths[where].write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="holds nan"):
        read_cycle(PLANT, *paths, walker.START_S, walker.END_S)


def cycle_of(neck):
    """A cycle of one second in which the neck moves as given at 201 times."""
    time = np.linspace(0, 1, 201)
    value = np.zeros((201, len(PLANT.coordinate)))
    value[:, NECK], value[:, TX] = neck(time), time
    return MeasuredCycle(time, value, np.ones(len(PLANT.coordinate), dtype=bool), np.zeros((201, 2, 3)))


def test_prescribed_harmonics_come_back_with_their_exact_derivatives():
    w = 2 * np.pi
    grid = Grid(7, 2, 1.0)
    t = grid.time_s
    cycle = cycle_of(lambda s: 0.1 + 0.3 * np.cos(w * s) - 0.2 * np.sin(3 * w * s))
    expected = (
        0.1 + 0.3 * np.cos(w * t) - 0.2 * np.sin(3 * w * t),
        -0.3 * w * np.sin(w * t) - 0.6 * w * np.cos(3 * w * t),
        -0.3 * w**2 * np.cos(w * t) + 1.8 * w**2 * np.sin(3 * w * t),
    )
    for found, series in zip(sample_cycle(PLANT, cycle, grid).prescribed, expected, strict=True):
        np.testing.assert_allclose(found[:, 0], series, atol=1e-11 * np.abs(series).max())


def test_difference_between_two_steps_is_spread_over_the_cycle():
    # An arm that drifts by 0.2 rad from one step to the next swings around the middle of the drift.
    def swing(s):
        return 0.3 * np.cos(2 * np.pi * s)

    grid = Grid(7, 2, 1.0)
    sampled = sample_cycle(PLANT, cycle_of(lambda s: swing(s) + 0.2 * (s - 0.5)), grid)
    np.testing.assert_allclose(sampled.prescribed[0][:, 0], swing(grid.time_s), atol=1e-12)


def test_prescribed_motion_is_periodic_when_the_measured_is_not():
    # Values, speeds and accelerations at the end of the cycle are those at its start: one series of harmonics.
    grid = Grid(40, 3, 1.0)
    value, speed, acceleration = (
        series[:, 0]
        for series in sample_cycle(PLANT, cycle_of(lambda s: 0.2 * np.sin(5 * s) + 0.3 * s**2), grid).prescribed
    )
    orders = 2 * np.pi * np.arange(1, 5)
    phase = np.outer(grid.time_s, orders)
    basis = np.hstack([np.ones((len(phase), 1)), np.cos(phase), np.sin(phase)])
    coefficients, residual, *_ = np.linalg.lstsq(basis, value, rcond=None)
    assert residual[0] < 1e-24
    a, b = np.split(coefficients[1:], 2)
    np.testing.assert_allclose(speed, -np.sin(phase) @ (orders * a) + np.cos(phase) @ (orders * b), atol=1e-11)
    again = -np.cos(phase) @ (orders**2 * a) - np.sin(phase) @ (orders**2 * b)
    np.testing.assert_allclose(acceleration, again, atol=1e-10)


def test_free_coordinates_are_sampled_where_the_mesh_has_its_points(tmp_path):
    cycle, grid = read(tmp_path, without=("pelvis_list",)), Grid(6, 2, 1.0)
    sampled = sample_cycle(PLANT, cycle, grid)
    expected = walker.sway(walker.START_S + grid.time_s)
    lumbar = PLANT.free_coordinates.index("lumbar_extension")
    np.testing.assert_allclose(sampled.value[:, lumbar], expected["lumbar_extension"], atol=1e-6)
    speed = -0.1 * 2 * np.pi * np.sin(2 * np.pi * grid.time_s)
    np.testing.assert_allclose(sampled.speed[:, lumbar], speed, atol=1e-4)
    assert not sampled.is_measured[PLANT.free_coordinates.index("pelvis_list")]
    assert sampled.ground_reaction_bw.shape == (12, 2, 3)
    np.testing.assert_allclose(sampled.ground_reaction_bw[:, :, 1], 0.5, rtol=1e-12)
