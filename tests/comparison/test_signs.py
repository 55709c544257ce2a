"""Compensations and signs of a sweep made by hand: what is named, and what is not."""

import json

import numpy as np
import pytest
from comparison_sweep import MUSCLES, write_sweep

from gluteweak.cli import main
from gluteweak.comparison import compensation, reading, signs, table, words
from gluteweak.comparison.reading import read_sweep


@pytest.fixture
def path(tmp_path):
    # Active in all of stance; late (from 20 % on) and half as much in the weakest scenario of the second adaptation.
    activation = np.full((6, len(MUSCLES), 101), 0.4)
    activation[5] = np.where(np.arange(101) >= 20, 0.2, 0.0)
    return write_sweep(tmp_path / "sweep.h5", replaced={"muscle_activation": activation})


def found(path):
    sweep = read_sweep(path, compensation.NAMES)
    return {one.walk.scenario_id: one for one in compensation.compensations(sweep)}


def test_lean_of_six_degrees_is_named_and_a_drop_of_one_is_not(path):
    one = found(path)["glmed_r-s000-pattern_kept"]
    counts = {f.way.label: (round(f.change, 6), f.counts) for f in one.findings}
    assert counts["trunk lean"] == (6.0, True)
    assert counts["pelvic drop"] == (-1.0, False)
    assert counts["hip adduction"] == (-3.0, True)
    said = compensation.sentence(one)
    assert "the trunk leans towards the weak side (+6.0 deg)" in said
    assert "drops" not in said


def test_re_optimised_posture_names_no_posture_but_the_muscle_that_takes_over(path):
    one = found(path)["glmed_r-s000-re_optimised"]
    assert not any(f.counts for f in one.findings if f.way.unit == "deg")
    assert one.helpers[0][0] == "gluteus minimus"
    assert one.side == "right"


def test_healthy_walk_is_compared_with_nothing(path):
    assert not [name for name in found(path) if "s100" in name]


def test_sway_width_and_co_contraction_are_named_with_their_size(tmp_path):
    """Six scenarios; the last one (pattern kept, 0 %) sways 1.4 cm more, and its hip muscles oppose each other more."""
    co = np.full((6, 2), 20.0)
    co[5] = 30.0, 20.0
    replaced = {
        "center_of_mass_sway_cm": np.array([4.0, 4.0, 4.0, 4.0, 4.0, 5.4]),
        "step_width_cm": np.array([10.0, 10.0, 10.0, 10.0, 10.0, 9.2]),
        "hip_co_contraction_index_pct": co,
        "hip_co_contraction_nm_kg": np.full((6, 2, 101), 0.08) * np.where(np.arange(6) == 5, 1.2, 1.0)[:, None, None],
    }
    one = found(write_sweep(tmp_path / "sweep.h5", replaced=replaced))["glmed_r-s000-pattern_kept"]
    numbers = {f.way.short: (round(f.change, 6), f.counts) for f in one.findings}
    assert numbers["sway"] == (1.4, True)
    assert numbers["step width"] == (-0.8, False)
    assert numbers["co-contr. hip"] == (10.0, True)
    assert numbers["co-contr. knee"] == (0.0, False)
    # 400 of 700 N less are 5.7 yardsticks, six degrees of lean three, ten points of the index two.
    named = ["muscle force", "lean", "co-contr. hip", "hip adduction", "sway"]
    assert [f.way.short for f in one.named] == named
    assert "the body sways more (+1.4 cm)" in compensation.sentence(one)
    # The left leg's index is another one.
    assert one.side == "right"


def test_an_index_that_rises_because_one_side_got_weak_is_no_co_contraction(tmp_path):
    """The index goes from 20 to 30 %, but the muscles spend the same moment on each other."""
    co = np.full((6, 2), 20.0)
    co[5] = 30.0, 20.0
    one = found(write_sweep(tmp_path / "sweep.h5", replaced={"hip_co_contraction_index_pct": co}))
    (hip,) = [f for f in one["glmed_r-s000-pattern_kept"].findings if f.way.short == "co-contr. hip"]
    assert (hip.change, hip.counts) == (10.0, False)


def test_table_has_every_size_and_marks_what_is_named(path):
    lines = compensation.as_table(list(found(path).values()), {"glmed_r-s000-pattern_kept": "3 of 12"}, "signs").split(
        "\n"
    )
    assert lines[0].split()[-1] == "signs"
    last = next(line for line in lines if line.startswith("glmed_r-s000-pattern_kept"))
    assert last.split()[1:4] == ["\N{MINUS SIGN}1.0", "+6.0*", "\N{MINUS SIGN}3.0*"]
    assert last.endswith("3 of 12")


def test_of_many_scenarios_the_largest_deviation_of_each_adaptation_is_shown(path):
    shown = compensation.most_telling(list(found(path).values()), most=3)
    assert [one.walk.scenario_id for one in shown] == ["glmed_r-s000-re_optimised", "glmed_r-s000-pattern_kept"]


def test_scenarios_in_blocks_are_those_of_one_block_and_what_all_share_is_worked_out_once(path, monkeypatch):
    sweep = read_sweep(path, compensation.NAMES, signs.OUTCOMES)
    at_once = compensation.compensations(sweep), signs.checklists(sweep)
    for module in (compensation, signs):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    asked = []
    monkeypatch.setattr(reading, "weak_side", lambda *args, whole=reading.weak_side: asked.append(1) or whole(*args))
    again = read_sweep(path, compensation.NAMES, signs.OUTCOMES)
    assert (compensation.compensations(again), signs.checklists(again)) == at_once
    # Once a scenario would make the time of a sweep grow with the square of their number.
    assert len(asked) == 1


def test_of_many_scenarios_a_few_with_the_most_signs_are_read(path):
    lists = signs.checklists(read_sweep(path, signs.NAMES, signs.OUTCOMES))
    most = max(one.n_present for one in lists)
    (worst, *_) = (one for one in lists if one.n_present == most)
    assert signs.most_telling(lists, most=len(lists), few=1) == lists
    assert signs.most_telling(lists, most=len(lists) - 1, few=1) == [worst]


def test_json_of_many_scenarios_has_a_line_for_each_and_says_the_same(path, monkeypatch):
    lists = signs.checklists(read_sweep(path, signs.NAMES, signs.OUTCOMES))
    indented = signs.as_json(lists)
    monkeypatch.setattr(table, "MOST_READ", len(lists) - 1)
    lines = signs.as_json(lists)
    assert json.loads(lines) == json.loads(indented)
    assert len(lines.splitlines()) == len(lists) + 2


def test_badly_timed_walkers_on_the_left_are_seen_on_the_left(tmp_path):
    strong = np.ones((6, len(MUSCLES)))
    late = np.array(["", "glmed1_l glmed2_l", "", "", "", "glmed1_l glmed2_l"], dtype=object)
    delay = np.array([0.0, 50.0, 0.0, 0.0, 0.0, 50.0])
    role = np.array(["healthy", "untreated", "healthy"] * 2, dtype=object)
    replaced = {
        **{"muscle_strength_fraction": strong, "strength_fraction": np.ones(6), "badly_timed": late},
        **{"onset_delay_ms": delay, "role": role},
    }
    sweep = read_sweep(write_sweep(tmp_path / "sweep.h5", replaced=replaced), compensation.NAMES, signs.OUTCOMES)
    assert sweep.side[sweep.weak_row] == "left"
    assert sweep.walks[1].timing == (("onset_delay_ms", 50.0),)
    assert sweep.walks[0].timing == ()
    assert words.fault(sweep.walks[1:2]) == "badly timed"
    assert words.healthy(sweep.walks[1:2]) == "Healthy"
    assert compensation.compensations(sweep)[0].side == "left"


def test_activity_that_begins_before_foot_strike_is_early_not_never():
    curve = np.zeros(101)
    curve[:30] = 0.3
    curve[95:100] = 0.3
    assert signs._start_pct(curve) == -5.0
    curve[:10] = 0.0
    assert signs._start_pct(curve) == 10.0
    assert signs._start_pct(np.zeros(101)) == 100.0


def test_signs_beyond_published_bands_and_changes(path):
    lists = {one.scenario_id: one for one in signs.checklists(read_sweep(path, signs.NAMES, signs.OUTCOMES))}
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
    assert sorted(p.name for p in out.iterdir()) == [
        *("compensation.json", "compensation.txt", "signs.json", "signs.txt"),
    ]
    capsys.readouterr()
    one, other = "glmed_r-s000-pattern_kept", "glmed_r-s050-pattern_kept"
    assert main(["signs", str(path), "--scenario", one, "--scenario", other, "--json"]) == 0
    assert [s["scenario_id"] for s in json.loads(capsys.readouterr().out)["scenarios"]] == [one, other]
    assert main(["compensation", str(path), "--scenario", one, "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert next(f for f in said["findings"] if f["outcome"] == "peak_trunk_lean_deg")["change"] == 6.0
    assert main(["signs", str(path), "--scenario", "glmed_r-s000-patern_kept"]) == 2
    assert one in capsys.readouterr().err
    assert main(["signs", str(tmp_path / "none.h5")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
