"""A person by mass, height and sex against the donor and the published shares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.motion_files import read_motion
from gluteweak.scaled_walker import write_scaled
from gluteweak.walker_tables import read_rows, read_tables

ADULT = Path(__file__).parents[1] / "models/adult"


@pytest.fixture(scope="module")
def woman(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "w60"
    folder.mkdir()
    write_scaled(ADULT, folder, mass_kg=60.0, height_m=1.65, sex="female", speed_m_s=1.1)
    return folder


def test_mass_and_leg_length_are_those_of_the_person(woman):
    tables = read_tables(woman)
    assert tables.mass_kg == pytest.approx(60.0)
    at = {j.child_body: np.asarray(j.parent_translation_m) for j in tables.joints}
    leg = np.linalg.norm(at["tibia_r"])
    donor = {j.child_body: np.asarray(j.parent_translation_m) for j in read_tables(ADULT).joints}
    # Winter: thigh and shank make 0.491 of the height; the donor's own proportion of thigh to shank stays.
    shank = donor["talus_r"] - next(
        np.asarray(j.child_translation_m) for j in read_tables(ADULT).joints if j.child_body == "tibia_r"
    )
    whole = np.linalg.norm(donor["tibia_r"]) + np.linalg.norm(shank)
    assert leg == pytest.approx(0.491 * 1.65 * np.linalg.norm(donor["tibia_r"]) / whole)


def test_a_woman_has_more_of_her_mass_in_the_thighs(woman):
    def share(tables):
        return sum(b.mass_kg for b in tables.bodies if b.body.startswith("femur")) / tables.mass_kg

    # de Leva 1996: 14.78 against 14.16 % a thigh.
    assert share(read_tables(woman)) / share(read_tables(ADULT)) == pytest.approx(14.78 / 14.16, rel=0.01)


def test_strength_goes_with_muscle_volume_over_length(woman):
    ours, donor = (next(m for m in read_tables(f).muscles if m.muscle == "soleus_r") for f in (woman, ADULT))
    size = ours.optimal_fiber_length_m / donor.optimal_fiber_length_m
    height = 1.65 / size
    volume = (47.0 * 60.0 * 1.65 + 1285.0) / (47.0 * read_tables(ADULT).mass_kg * height + 1285.0)
    assert ours.max_isometric_force_n / donor.max_isometric_force_n == pytest.approx(volume / size)


def test_the_gait_has_the_speed_that_was_asked_for(woman):
    motion = read_motion(woman / "coordinates.sto")
    x = motion.column("pelvis_tx")
    assert (x[-1] - x[0]) / (motion.time_s[-1] - motion.time_s[0]) == pytest.approx(1.1)
    force = read_motion(woman / "ground_reactions.sto")
    mean = sum(np.trapezoid(force.column(f"ground_force_{s}_vy"), force.time_s) for s in "rl") / force.time_s[-1]
    assert mean == pytest.approx(60.0 * 9.80665, rel=0.05)
    assert json.loads((woman / "import.json").read_text())["sex"] == "female"


def test_the_donor_itself_comes_back(tmp_path):
    rows = read_rows(ADULT)
    donor = read_tables(ADULT)
    at = {j.child_body: np.asarray(j.parent_translation_m) for j in rows["joints"]}
    back = {j.child_body: np.asarray(j.child_translation_m) for j in rows["joints"]}
    leg = np.linalg.norm(at["tibia_r"]) + np.linalg.norm(at["talus_r"] - back["tibia_r"])
    write_scaled(ADULT, tmp_path, mass_kg=donor.mass_kg, height_m=leg / 0.491, sex="male", speed_m_s=None)
    again = read_tables(tmp_path)
    for ours, theirs in zip(again.muscles, donor.muscles, strict=True):
        assert ours.max_isometric_force_n == pytest.approx(theirs.max_isometric_force_n, rel=1e-9)
    assert [b.mass_kg for b in again.bodies] == pytest.approx([b.mass_kg for b in donor.bodies], rel=1e-9)
    assert [s.stiffness_pa for s in again.contact_spheres] == pytest.approx(
        [s.stiffness_pa for s in donor.contact_spheres]
    )


def test_a_run_is_no_walk(tmp_path):
    with pytest.raises(InputError, match=r"--speed is 2\.5 m/s"):
        write_scaled(ADULT, tmp_path, mass_kg=60.0, height_m=1.65, sex="female", speed_m_s=2.5)
