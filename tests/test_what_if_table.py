"""The comparison of what-if motions says what their files hold."""

import csv

import numpy as np
import pytest
from what_if_files import three, write_motion

from gluteweak import what_if_table
from gluteweak.errors import InputError
from gluteweak.storage import write_file


def test_change_is_that_of_the_side_that_is_changed(tmp_path):
    found = what_if_table.compare(three(tmp_path))
    assert found.side == ("right", "left", "right")
    assert found.certified == (True, False, True)
    change = {
        (m, link.name): found.change[i, j] for i, m in enumerate(found.motion) for j, link in enumerate(found.links)
    }
    assert change["what_if-pelvic_drop_r-4deg", "peak_pelvic_drop_deg"] == pytest.approx(4.0)
    assert change["what_if-pelvic_drop_r-4deg", "peak_hip_abduction_moment_nm_kg"] == pytest.approx(0.2)
    # The left side changes ten times as much, and is compared with the healthy left side.
    assert change["what_if-trunk_lean_l-10deg", "peak_trunk_lean_deg"] == pytest.approx(10.0)
    assert change["what_if-trunk_lean_l-10deg", "peak_hip_abduction_moment_nm_kg"] == pytest.approx(-0.3)
    assert change["what_if-step_width-minus5cm", "step_width_cm"] == pytest.approx(-5.0)
    assert found.healthy[0, 0] == pytest.approx(15.0)


def test_text_and_csv_hold_the_same_numbers(tmp_path):
    found = what_if_table.compare(three(tmp_path))
    lines = what_if_table.text(found).splitlines()
    row = next(line for line in lines if line.startswith("hip abduction moment"))
    assert row.split() == ["hip", "abduction", "moment", "(Nm/kg)", "0.80", "+0.20", "-0.30", "+0.00"]
    assert next(line for line in lines if line.startswith("certified")).split() == ["certified", "yes", "NO", "yes"]
    assert "2: trunk_lean_l-10deg" in lines
    what_if_table.write(found, tmp_path / "what_if.csv")
    with (tmp_path / "what_if.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found.motion) * len(found.links)
    for entry in rows:
        i, j = found.motion.index(entry["motion"]), [link.name for link in found.links].index(entry["link"])
        assert float(entry["change"]) == pytest.approx(found.change[i, j], abs=1e-9)
        assert float(entry["value"]) - float(entry["healthy"]) == pytest.approx(float(entry["change"]), abs=1e-4)
        assert entry["certified"] == str(int(found.certified[i]))


def test_links_that_no_file_has_are_left_out(tmp_path):
    names = [link.name for link in what_if_table.compare(three(tmp_path)).links]
    assert "peak_patellofemoral_stress_mpa" in names
    assert "peak_hip_contact_force_bw" not in names
    assert names == [link.name for link in what_if_table.LINKS if link.name in names]


def test_files_that_do_not_fit_are_refused(tmp_path):
    folders = three(tmp_path)
    with pytest.raises(InputError, match="no what-if motion to compare"):
        what_if_table.compare(folders[:1])
    with pytest.raises(InputError, match="No file"):
        what_if_table.compare([*folders, tmp_path / "missing"])
    foreign = write_motion(tmp_path, "other", "none", 0.0, "both", peaks={})
    solution = {
        "foot_lateral_m": np.zeros((2, 2)),
        "contact_force_n": np.zeros((2, 2, 3)),
        "contact_sphere": np.array(["heel_r", "heel_l"], dtype=object),
    }
    write_file(foreign / "solution.h5", solution, {})
    with pytest.raises(InputError, match="is no what-if motion"):
        what_if_table.compare([folders[0], foreign])
