"""The table of a sweep says what the sweep holds."""

import json

import h5py
import numpy as np
import pytest

from gluteweak import summary
from gluteweak.errors import InputError
from gluteweak.storage import write_file
from gluteweak.variables import LABELS, Variable

VALUES = {
    "peak_pelvic_drop_deg": [[2.84, 9.9], [-0.04, 9.9]],
    "peak_trunk_lean_deg": [[2.1, 9.9], [10.44, 9.9]],
    "peak_hip_adduction_deg": [[3.9, 9.9], [0.0, 9.9]],
    "peak_hip_abduction_moment_nm_kg": [[0.714, 9.9], [0.286, 9.9]],
    "peak_knee_adduction_moment_nm_kg": [[0.312, 9.9], [0.25, 9.9]],
    "peak_hip_contact_force_bw": [[3.14, 9.9], [2.5, 9.9]],
    "peak_medial_compartment_force_bw": [[2.0, 9.9], [1.666, 9.9]],
    "peak_patellofemoral_contact_force_bw": [[0.9, 9.9], [1.256, 9.9]],
}


def write_sweep(path, strength=((1.0, 1.0), (0.0, 1.0))):
    values = {
        "scenario_id": np.array(["glmed_r-s100-posture_kept", "glmed_r-s000-pattern_kept"], dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "muscle": np.array(["glmed1_r", "glmed1_l"], dtype=object),
        "muscle_strength_fraction": np.array(strength),
        "strength_fraction": np.array([1.0, 0.0]),
        "certified": np.array([1, 0]),
        **{name: np.array(value) for name, value in VALUES.items()},
    }
    # The registry's dims, with the scenario in front as in a sweep.
    table = {
        name: LABELS.get(name, Variable(name, "1", tuple(f"d{i}" for i in range(value.ndim)), "test"))
        for name, value in values.items()
    }
    write_file(path, values, {}, table=table)
    return path


def test_table_has_a_line_for_each_scenario(tmp_path):
    lines = summary.table(write_sweep(tmp_path / "sweep.h5")).splitlines()
    assert "right leg" in lines[0]
    assert lines[3].split() == ["%", "deg", "deg", "deg", "Nm/kg", "Nm/kg", "BW", "BW", "BW"]
    assert lines[5].split() == [
        "glmed_r-s100-posture_kept",
        "100",
        "2.8",
        "2.1",
        "3.9",
        "0.71",
        "0.31",
        "3.14",
        "2.00",
        "0.90",
        "yes",
    ]
    assert lines[6].split() == [
        "glmed_r-s000-pattern_kept",
        "0",
        "0.0",
        "10.4",
        "0.0",
        "0.29",
        "0.25",
        "2.50",
        "1.67",
        "1.26",
        "NO",
    ]
    assert str(tmp_path / "sweep.h5") in lines[-3]
    assert lines[-1].endswith("figures/")


def test_columns_are_aligned(tmp_path):
    lines = summary.table(write_sweep(tmp_path / "sweep.h5")).splitlines()
    rule = lines[4]
    ends = [i for i in range(len(rule)) if rule[i] == "-" and (i + 1 == len(rule) or rule[i + 1] == " ")]
    for line in (lines[5], lines[6]):
        # Each number but the first column's text ends where its column's rule ends.
        assert all(line[end] != " " and line[end + 1 : end + 2] in ("", " ") for end in ends[1:])


def test_the_weak_side_is_shown(tmp_path):
    lines = summary.table(write_sweep(tmp_path / "sweep.h5", strength=((1.0, 1.0), (1.0, 0.2)))).splitlines()
    assert "left leg" in lines[0]
    assert lines[5].split()[2] == "9.9"


def test_a_missing_sweep_is_refused(tmp_path):
    with pytest.raises(InputError, match="No file"):
        summary.table(tmp_path / "sweep.h5")


def test_scenarios_that_failed_are_named_below_the_table(tmp_path):
    path = write_sweep(tmp_path / "sweep.h5")
    assert "INCOMPLETE" not in summary.table(path)
    with h5py.File(path, "r+") as file:
        file.attrs["failed"] = json.dumps({"glmed_r-s050-posture_kept": "solve: no start converged"})
    lines = summary.table(path).splitlines()
    at = lines.index("INCOMPLETE: 1 of 3 scenarios failed and are not in this table:")
    assert lines[at + 1] == "  glmed_r-s050-posture_kept: solve: no start converged"
    with h5py.File(path, "r+") as file:
        file.attrs["failed"] = "[1"
    with pytest.raises(InputError, match="list of failed scenarios is damaged"):
        summary.table(path)


def test_of_more_scenarios_than_one_reads_an_even_choice_is_listed_and_the_rest_is_counted(tmp_path):
    path = tmp_path / "sweep.h5"
    n = 9
    names = [f"glmed_r-s{i}" for i in range(n)]
    values = {
        "scenario_id": np.array(names, dtype=object),
        "side": np.array(["right", "left"], dtype=object),
        "muscle": np.array(["glmed1_r", "glmed1_l"], dtype=object),
        "muscle_strength_fraction": np.ones((n, 2)),
        "strength_fraction": np.linspace(1.0, 0.0, n),
        "certified": np.array([1, 1, 1, 0, 1, 0, 1, 1, 1]),
        **{name: np.ones((n, 2)) for name in VALUES},
    }
    table = {
        name: LABELS.get(name, Variable(name, "1", tuple(f"d{i}" for i in range(value.ndim)), "test"))
        for name, value in values.items()
    }
    write_file(path, values, {}, table=table)

    def listed(text):
        return [line.split()[0] for line in text.splitlines() if line.startswith("glmed_r")]

    text = summary.table(path, most=3)
    assert listed(text) == ["glmed_r-s0", "glmed_r-s4", "glmed_r-s8"]
    assert "3 of 9 scenarios, 2 of them not certified" in text
    assert f"gluteweak export {path}" in text
    assert listed(summary.table(path, most=None)) == names
    assert listed(summary.table(path)) == names
    assert "even choice" not in summary.table(path)
