"""Tables of a walker: both sides, groups, and one clear sentence for each kind of bad table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gluteweak.errors import InputError
from gluteweak.walker_tables import (
    base_name,
    muscle_groups,
    muscle_names,
    other_side,
    read_tables,
)

ADULT = Path(__file__).parents[1] / "models/adult"


@pytest.fixture
def walker(tmp_path):
    return Path(shutil.copytree(ADULT, tmp_path / "walker"))


def edit(walker, table, old, new):
    path = walker / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def drop_lines(walker, table, word):
    path = walker / f"{table}.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if word not in line), encoding="utf-8")


@pytest.mark.parametrize(
    ("right", "left"),
    [
        ("knee_angle_r_beta", "knee_angle_l_beta"),
        ("arm_rot_r", "arm_rot_l"),
        ("pelvis_rotation", "pelvis_rotation"),
        ("recfem_r", "recfem_l"),
    ],
)
def test_names_of_the_other_side(right, left):
    assert other_side(right) == left
    assert base_name("glmed1_l") == "glmed1"


def test_the_adult_is_complete():
    tables = read_tables(ADULT)
    # Counts of the original model: 22 bodies and joints, 33 coordinates, 80 muscles, 12 contact spheres.
    assert [len(t) for t in (tables.bodies, tables.joints, tables.coordinates, tables.muscles)] == [22, 22, 33, 80]
    assert len(tables.contact_spheres) == 12
    assert len(set(muscle_names(ADULT))) == 80


def test_left_side_is_the_mirror_image():
    tables = read_tables(ADULT)
    hip = {j.joint: j for j in tables.joints}
    right, left = hip["hip_r"], hip["hip_l"]
    x, y, z = right.parent_translation_m
    assert left.parent_translation_m == (x, y, -z)
    ankle = {j.joint: j.parent_orientation_rad for j in tables.joints}
    a, b, c = ankle["ankle_r"]
    assert ankle["ankle_l"] == (-a, -b, c)
    # Adduction turns about +x on the right, about -x on the left (OpenSim's own left hip has the factor -1 there).
    assert tables.axes_of("hip_l")["rotation2"].direction == (-1.0, 0.0, 0.0)
    # A sideways shift of the knee goes the other way.
    assert tables.axes_of("walker_knee_l")["translation3"].direction == (0.0, 0.0, -1.0)


def test_spread_sources_are_not_taken_for_names():
    assert {c.spread_source for c in read_tables(ADULT).coordinates if c.coordinate == "mtp_angle_l"} == {"assumed"}


def test_groups_hold_base_names():
    groups = muscle_groups(ADULT)
    assert groups["glmed"] == ("glmed1", "glmed2", "glmed3")
    assert set(groups["quadriceps"]) == {"recfem", "vasint", "vaslat", "vasmed"}
    known = {base_name(name) for name in muscle_names(ADULT)}
    assert all(set(names) <= known for names in groups.values())


def test_a_walker_without_patella_is_refused(walker):
    for table in ("bodies", "joints", "transform_axes", "coordinates", "path_points"):
        drop_lines(walker, table, "patella")
    with pytest.raises(InputError, match=r"has no joint patellofemoral_r: gluteweak needs patellae"):
        read_tables(walker)


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("bodies", "mass_kg", "mass", "has no column 'mass_kg'"),
        ("bodies", "10.5345686739", "heavy", "bodies.csv line 3: 'heavy' is not a value for mass_kg"),
        ("bodies", "10.5345686739", "nan", "bodies.csv line 3: 'nan' is not a value for mass_kg"),
        ("bodies", "10.5345686739,", "", "bodies.csv line 3"),
        ("path_points", "glmed1_r,pelvis", "glmed9_r,pelvis", "Unknown muscle 'glmed9_r'"),
        ("path_points", "glmed1_r,pelvis", "glmed1_r,pelvic", "Unknown body 'pelvic'"),
        ("coordinates", "hip_flexion_r,hip_r,free", "hip_flexion_r,hip_r,fre", "Unknown role 'fre'"),
        ("joints", "hip_r,custom", "hip_r,ball", "Unknown kind 'ball'"),
    ],
)
def test_bad_tables_are_named(walker, table, old, new, message):
    edit(walker, table, old, new)
    with pytest.raises(InputError) as caught:
        read_tables(walker)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_tables_are_named(walker):
    (walker / "muscles.csv").unlink()
    with pytest.raises(InputError, match=r"No table .*muscles\.csv"):
        read_tables(walker)
    with pytest.raises(InputError, match="No walker at"):
        read_tables(walker / "nobody")


def test_a_binary_table_is_refused(walker):
    (walker / "bodies.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not a text table"):
        read_tables(walker)


def test_every_axis_of_a_custom_joint_is_needed(walker):
    drop_lines(walker, "transform_axes", "hip_r,rotation2")
    with pytest.raises(InputError, match="Joint 'hip_r' has no axis 'rotation2'"):
        read_tables(walker)


def test_a_muscle_of_one_point_is_refused(walker):
    drop_lines(walker, "path_points", "soleus_r,calcn_r")
    with pytest.raises(InputError, match="Muscle 'soleus_r' needs at least two points"):
        read_tables(walker)
