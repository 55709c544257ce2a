"""Two families of names, one meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from gluteweak.muscle_names import family_name, groups_of, plays
from gluteweak.walker_tables import base_name, read_tables

ADULT = Path(__file__).parents[1] / "models/adult"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("glut_med1", "glmed1"),
        ("glmed1", "glmed1"),
        ("sar", "sart"),
        ("rect_fem", "recfem"),
        ("vas_lat", "vaslat"),
        ("peri", "piri"),
        ("per_long", "perlong"),
        ("med_gas", "gasmed"),
        ("bifemlh", "bflh"),
        ("something_else2", "something_else2"),
    ],
)
def test_gait2392_names_mean_what_rajagopal_names_mean(name, expected):
    assert family_name(name) == expected


def test_names_of_the_built_in_walker_mean_themselves():
    bases = {base_name(m.muscle) for m in read_tables(ADULT).muscles}
    assert {name: family_name(name) for name in bases} == {name: name for name in bases}


def test_groups_follow_the_meaning():
    known = {"glmed1": ("glmed", "hip_abductors")}
    assert groups_of("glut_med1", known) == ("glmed", "hip_abductors")
    assert groups_of("add_mag2", known) == ("hip_adductors",)
    assert groups_of("unheard_of", known) == ()


def test_parts_are_found_with_and_without_number():
    assert plays("glut_max2_r", "glmax")
    assert plays("glmax2_l", "glmax2")
    assert not plays("glut_med2_r", "glmax")
