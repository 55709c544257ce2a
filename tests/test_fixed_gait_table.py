"""The tables of a held gait say what its solutions hold."""

import csv

import numpy as np
import pytest

from gluteweak import fixed_gait_table
from gluteweak.errors import InputError
from gluteweak.storage import write_file


def write_run(parent, percent, activation, force_n, reserve_nm, *, possible, least):
    """A run of three equally long instants, two muscles and two coordinates."""
    values = {
        "muscle": np.array(["glmed1_r", "tfl_r"], dtype=object),
        "coordinate": np.array(["hip_flexion_r", "hip_adduction_r"], dtype=object),
        "time_s": np.array([0.1, 0.2, 0.3]),
        "quadrature_weight": np.full(3, 1 / 3),
        "muscle_activation": np.array(activation),
        "muscle_tendon_force_n": np.array(force_n),
        "muscle_strength_fraction": np.array([percent / 100, 1.0]),
        "reserve_torque_nm": np.array(reserve_nm),
    }
    attributes = {
        "scenario_id": f"fixed_gait-glmed_r-s{percent:03d}",
        "strength_fraction": percent / 100,
        "gait_possible": int(possible),
        "least_peak_reserve_nm_kg": least,
        "least_possible_percent": 41.2,
        "objective": 0.05,
    }
    write_file(parent / f"s{percent}" / "solution.h5", values, attributes)
    return parent / f"s{percent}"


@pytest.fixture
def folders(tmp_path):
    none = np.zeros((3, 2))
    reserve = none.copy()
    reserve[1, 1] = -20.0
    return [
        write_run(tmp_path, 100, [[0.5, 0.1]] * 3, [[900.0, 60.0]] * 3, none, possible=True, least=0.0),
        write_run(
            tmp_path, 0, [[0.96, 1.0], [0.5, 1.0], [0.5, 0.2]], [[0.0, 300.0], [0.0, 300.0], [0.0, 60.0]], reserve,
            possible=False, least=0.25,
        ),
    ]  # fmt: skip


def read(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_runs_by_strength(folders, tmp_path):
    text = fixed_gait_table.write(folders, tmp_path)
    strong, weak = read(tmp_path / "fixed_gait.csv")
    assert (strong["gait_possible"], weak["gait_possible"]) == ("1", "0")
    assert strong["largest_reserve_at"] == ""
    assert (weak["largest_reserve_at"], weak["largest_reserve_s"]) == ("hip_adduction_r", "0.2")
    # Saturated: glmed1 for a third of the cycle, tfl for two thirds; the longer one first.
    assert (weak["saturated_muscles"], weak["saturated_longest"]) == ("2", "tfl_r glmed1_r")
    # Mean force of tfl: (300 + 300 + 60) / 3 - 60.
    assert weak["take_over"] == "tfl_r:+160N"
    assert "41.2 %" in text.splitlines()[-1]
    assert [line.split()[1] for line in text.splitlines()[3:5]] == ["yes", "no"]


def test_muscles_by_strength(folders, tmp_path):
    fixed_gait_table.write(folders, tmp_path)
    rows = {(row["strength_percent"], row["muscle"]): row for row in read(tmp_path / "fixed_gait_muscles.csv")}
    taker, weak = rows["0", "tfl_r"], rows["0", "glmed1_r"]
    assert float(taker["mean_force_change_n"]) == pytest.approx(160)
    assert float(taker["peak_force_change_n"]) == pytest.approx(240)
    assert float(taker["saturated_share_of_cycle"]) == pytest.approx(2 / 3, rel=1e-5)
    assert float(weak["mean_force_change_n"]) == pytest.approx(-900)
    assert float(weak["muscle_strength_fraction"]) == 0.0


def test_a_missing_run_is_named(folders, tmp_path):
    with pytest.raises(InputError, match="No file"):
        fixed_gait_table.write([*folders, tmp_path / "s50"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
