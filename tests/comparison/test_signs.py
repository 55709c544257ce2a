"""Compensations and signs of a sweep made by hand: what is named, and what is not."""

import json

import numpy as np
import pytest
from comparison_sweep import MUSCLES, write_sweep

from gluteweak.cli import main
from gluteweak.comparison import compensation, signs
from gluteweak.comparison.reading import read_sweep
from gluteweak.storage import write_file


@pytest.fixture
def path(tmp_path):
    # Active in all of stance; late (from 20 % on) and half as much in the weakest scenario of the second adaptation.
    activation = np.full((6, len(MUSCLES), 101), 0.4)
    activation[5] = np.where(np.arange(101) >= 20, 0.2, 0.0)
    return write_sweep(tmp_path / "sweep.h5", replaced={"muscle_activation": activation})


def found(path, scenarios_dir=None):
    sweep = read_sweep(path, (*compensation.OUTCOMES, "gait_cycle_pct", "foot_off_pct"))
    return {one.walk.scenario_id: one for one in compensation.compensations(sweep, scenarios_dir)}


def test_lean_of_six_degrees_is_named_and_a_drop_of_one_is_not(path):
    one = found(path)["glmed_r-s000-pattern_kept"]
    counts = {f.label: (round(f.change, 6), f.counts) for f in one.findings}
    assert counts["trunk lean"] == (6.0, True)
    assert counts["pelvic drop"] == (-1.0, False)
    assert counts["hip adduction"] == (-3.0, True)
    said = compensation.sentence(one)
    assert "the trunk leans towards the weak side (+6.0 deg)" in said
    assert "drops" not in said


def test_re_optimised_posture_names_no_posture_but_the_muscle_that_takes_over(path):
    one = found(path)["glmed_r-s000-re_optimised"]
    assert not any(f.counts for f in one.findings if f.unit == "deg")
    assert one.helpers[0][0] == "gluteus minimus"
    assert one.side == "right"


def test_healthy_walk_is_compared_with_nothing(path):
    assert not [name for name in found(path) if "s100" in name]


def test_sway_and_step_width_by_hand(tmp_path, path):
    def write(name, sway_m, width_m):
        value = np.zeros((4, 1))
        value[:, 0] = sway_m / 2 * np.array([0.0, 1.0, 0.0, -1.0])
        force = np.zeros((4, 2, 3))
        force[:2, 0, 1], force[2:, 1, 1] = 700.0, 350.0
        point = np.zeros((4, 2, 3))
        point[:, 0, 2], point[:, 1, 2] = width_m / 2, -width_m / 2
        point[2:, 0, 2] = 9.0  # in the air: carries nothing, counts nothing
        values = {
            "coordinate": np.array(["pelvis_tz"], dtype=object),
            "coordinate_value": value,
            "contact_sphere": np.array(["heel_r", "heel_l"], dtype=object),
            "contact_force_n": force,
            "contact_point_m": point,
        }
        write_file(tmp_path / "scenarios" / name / "solution.h5", values, {})

    for strength in ("100", "050", "000"):
        for name in ("re_optimised", "pattern_kept"):
            write(f"glmed_r-s{strength}-{name}", 0.04 if strength == "100" else 0.07, 0.10)
    one = found(path, tmp_path / "scenarios")["glmed_r-s000-re_optimised"]
    numbers = {f.label: (round(f.healthy, 6), round(f.value, 6), f.counts) for f in one.findings}
    assert numbers["lateral sway of the pelvis"] == (4.0, 7.0, True)
    assert numbers["step width"] == (10.0, 10.0, False)


def test_signs_beyond_published_bands_and_changes(path):
    lists = {one.scenario_id: one for one in signs.checklists(read_sweep(path, ("gait_cycle_pct",), signs.OUTCOMES))}
    present = {name: [s.label for s in one.signs if s.present] for name, one in lists.items()}
    assert present["glmed_r-s100-re_optimised"] == []
    # Lean 2 + 6 deg lies above 1.6 + 2 x 2.0; the drop of 3 deg below 4.4 + 2 x 1.1.
    assert present["glmed_r-s000-pattern_kept"] == [
        "trunk lean",
        "gluteus medius, mean activity 0 to 40 %",
        "gluteus medius, first active",
    ]
    lean = next(s for s in lists["glmed_r-s000-pattern_kept"].signs if s.label == "trunk lean")
    assert (lean.value, round(lean.high, 6), lean.source, lean.to_be_confirmed) == (8.0, 5.6, "leboeuf2019", True)


def test_commands_write_text_and_json(path, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["signs", str(path), "--json", "--out-dir", str(out)]) == 0
    assert "diagnoses nobody" in json.loads(capsys.readouterr().out)["note"]
    assert main(["compensation", str(path), "--out-dir", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["compensation.txt", "signs.json", "signs.txt"]
    assert main(["signs", str(tmp_path / "none.h5")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
