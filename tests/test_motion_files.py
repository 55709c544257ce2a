"""Motion tables: hand-written files, a hand calculation of the centre of pressure, and round trips."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gluteweak.errors import InputError
from gluteweak.motion_files import (
    coordinate_paths,
    ground_reactions,
    read_motion,
    write_ground_reaction_sto,
    write_motion,
    write_solution_sto,
)
from gluteweak.plant import Plant

GOOD = (
    "walk\nversion=1\nnRows=3\nnColumns=3\ninDegrees=yes\nendheader\ntime\tknee\thip\n0\t1\t2\n0.5 3 4\n1\t5e0\tNaN\n"
)


def written(tmp_path, text):
    path = tmp_path / "walk.mot"
    path.write_text(text)
    return path


def test_reads_tabs_spaces_and_header(tmp_path):
    table = read_motion(written(tmp_path, GOOD))
    assert table.labels == ("knee", "hip")
    assert table.in_degrees
    np.testing.assert_array_equal(table.time_s, [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(table.column("knee"), [1.0, 3.0, 5.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("endheader\n", ""), "no line 'endheader'"),
        (("0.5 3 4\n", "0.5 3\n"), "line 9: 2 numbers for 3 columns"),
        (("0.5 3 4\n", "0.5 3 four\n"), "line 9: could not convert string to float: 'four'"),
        (("1\t5e0\tNaN\n", ""), "2 rows of numbers, but its header announces 3"),
        (("0.5 3 4", "0 3 4"), "time must increase from row to row; row 2 has 0 s"),
        (("0.5 3 4", "nan 3 4"), "time must increase"),
        (("time\t", "frame\t"), "'time' first"),
        (("knee\thip", "knee\tknee"), "column 'knee' stands there twice"),
        (("0\t1\t2\n0.5 3 4\n1\t5e0\tNaN\n", ""), "no rows of numbers"),
    ],
)
def test_broken_files_are_told_in_one_sentence(tmp_path, change, message):
    assert change[0] in GOOD
    path = written(tmp_path, GOOD.replace(*change))
    with pytest.raises(InputError, match=message) as error:
        read_motion(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_nan_and_missing_columns_are_told_when_asked_for(tmp_path):
    table = read_motion(written(tmp_path, GOOD))
    with pytest.raises(InputError, match="column 'hip' holds nan at 1 s"):
        table.column("hip")
    with pytest.raises(InputError, match=r"no column 'ankle' \(it has knee, hip\)"):
        table.column("ankle")


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(InputError, match="No file"):
        read_motion(tmp_path / "none.mot")
    binary = tmp_path / "binary.mot"
    binary.write_bytes(b"\x89HDF\r\n\x1a\n\xff\xfe")
    with pytest.raises(InputError, match="not a text table"):
        read_motion(binary)


@settings(deadline=None, max_examples=30)
@given(values=arrays(np.float64, (4, 2), elements=st.floats(-1e9, 1e9)))
def test_round_trip_keeps_every_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("motion") / "a.sto"
    time = np.array([0.0, 0.1, 0.3, 1 / 3])
    write_motion(path, ["a", "b"], time, values)
    table = read_motion(path)
    np.testing.assert_array_equal(table.time_s, time)
    np.testing.assert_array_equal(table.values, values)
    assert not table.in_degrees


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="finite"):
        write_motion(tmp_path / "a.sto", ["a"], np.array([0.0]), np.array([[np.nan]]))
    with pytest.raises(ValueError, match="labels"):
        write_motion(tmp_path / "a.sto", ["a", "b"], np.array([0.0]), np.array([[1.0]]))
    assert list(tmp_path.iterdir()) == []


def small_plant(**given_fields):
    """A plant in which only the named fields are filled."""
    given_fields.setdefault("attributes", {})
    empty = {field.name: np.zeros(0) for field in fields(Plant)}
    return Plant(**{**empty, **given_fields})


@pytest.fixture
def knee_plant():
    return small_plant(
        coordinate=("lift", "knee_r"),
        joint=("root", "knee_joint", "patella_joint"),
        axis_joint_index=np.array([0, 0, 1, 2, 2]),
        axis_coordinate_index=np.array([-1, 0, 1, 1, 1]),
        muscle=("vasti",),
        actuator=("lumbar",),
        actuator_optimal_force_nm=np.array([50.0]),
        contact_body=("foot_r", "foot_r", "foot_l"),
    )


def test_the_patella_follows_the_knee_under_its_own_name(knee_plant):
    assert coordinate_paths(knee_plant) == {
        "lift": "/jointset/root/lift",
        "knee_r": "/jointset/knee_joint/knee_r",
        "knee_r_beta": "/jointset/patella_joint/knee_r_beta",
    }


def test_solution_columns_and_values(tmp_path, knee_plant):
    values = {
        "time_s": np.array([0.1, 0.2]),
        "coordinate_value": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "coordinate_speed": np.array([[5.0, 6.0], [7.0, 8.0]]),
        "coordinate_acceleration": np.array([[9.0, 10.0], [11.0, 12.0]]),
        "muscle_activation": np.array([[0.1], [0.2]]),
        "muscle_excitation": np.array([[0.3], [0.4]]),
        "muscle_strength_fraction": np.array([0.5]),
        "actuator_torque_nm": np.array([[25.0], [-5.0]]),
    }
    path = tmp_path / "solution.sto"
    write_solution_sto(path, knee_plant, values)
    table = read_motion(path)
    np.testing.assert_array_equal(table.column("/jointset/patella_joint/knee_r_beta/value"), [2.0, 4.0])
    np.testing.assert_array_equal(table.column("/jointset/patella_joint/knee_r_beta/accel"), [10.0, 12.0])
    np.testing.assert_array_equal(table.column("/jointset/root/lift/speed"), [5.0, 7.0])
    np.testing.assert_array_equal(table.column("/forceset/vasti/activation"), [0.05, 0.1])
    np.testing.assert_array_equal(table.column("/forceset/vasti"), [0.15, 0.2])
    np.testing.assert_array_equal(table.column("/forceset/lumbar"), [0.5, -0.1])


def test_center_of_pressure_by_hand():
    # Two spheres of the right foot at x = 0 and 0.2 carry 100 and 300 N: centre at 0.15. Lateral 10 N at the front,
    # 0.05 m ahead of the centre, and -10 N at the back, 0.15 m behind it: about y -(0.05 * 10 + 0.15 * 10) = -2 Nm.
    force = np.array([[[0.0, 100.0, -10.0], [0.0, 300.0, 10.0], [0.0, 0.0, 0.0]]])
    point = np.array([[[0.0, 0.0, 0.3], [0.2, 0.0, 0.3], [1.0, 0.1, -0.2]]])
    feet = ground_reactions(("calcn_r", "toes_r", "calcn_l"), force, point)
    total, center, moment = feet["r"]
    np.testing.assert_allclose(total, [[0.0, 400.0, 0.0]])
    np.testing.assert_allclose(center, [[0.15, 0.0, 0.3]])
    np.testing.assert_allclose(moment, [[0.0, -2.0, 0.0]], atol=1e-12)
    _, in_the_air, nothing = feet["l"]
    np.testing.assert_array_equal(in_the_air, [[1.0, 0.0, -0.2]])
    np.testing.assert_array_equal(nothing, np.zeros((1, 3)))


@settings(deadline=None)
@given(
    force=arrays(np.float64, (3, 2, 3), elements=st.floats(-1e3, 1e3)),
    point=arrays(np.float64, (3, 2, 3), elements=st.floats(-2.0, 2.0)),
)
def test_ground_reaction_keeps_force_and_moment_about_any_point(force, point):
    about = np.array([0.3, -0.7, 0.2])
    feet = ground_reactions(("a_r", "b_l"), force, point)
    for i, side in enumerate("rl"):
        total, center, moment = feet[side]
        expected = np.cross(point[:, i] - about, force[:, i])
        np.testing.assert_allclose(moment + np.cross(center - about, total), expected, rtol=1e-9, atol=1e-8)


def test_ground_reaction_file_has_external_load_columns(tmp_path, knee_plant):
    rng = np.random.default_rng(3)
    values = {
        "time_s": np.array([0.0, 0.5]),
        "contact_point_m": np.zeros((2, 3, 3)),
        "contact_force_n": np.ones((2, 3, 3)),
    }
    values["contact_force_n"] = rng.uniform(1.0, 2.0, (2, 3, 3))
    path = tmp_path / "ground_reaction.sto"
    write_ground_reaction_sto(path, knee_plant, values)
    table = read_motion(path)
    for label in ("ground_force_r_vy", "ground_force_r_px", "ground_torque_l_y"):
        assert label in table.labels
    np.testing.assert_allclose(table.column("ground_force_r_vy"), values["contact_force_n"][:, :2, 1].sum(axis=1))
    np.testing.assert_allclose(table.column("ground_force_l_vz"), values["contact_force_n"][:, 2, 2])


def test_a_foot_without_spheres_is_an_input_error():
    with pytest.raises(InputError, match="'_l'"):
        ground_reactions(("calcn_r",), np.zeros((1, 1, 3)), np.zeros((1, 1, 3)))
