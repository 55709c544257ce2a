"""Treatments against numbers that the synthetic sweep states."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from comparison_sweep import peak, values, write_sweep

from gluteweak.cli import main
from gluteweak.comparison import treatments
from gluteweak.comparison.reading import read_sweep
from gluteweak.errors import InputError

#: Strengths of the synthetic sweep as a treatment study: healthy, trained, untreated.
ROLES = {1.0: ("healthy", ""), 0.5: ("treated", "hip"), 0.0: ("untreated", "")}
NAMES = [outcome.name for outcome in treatments.LINKS]


@pytest.fixture
def sweep(tmp_path):
    made = values()
    told = [ROLES[float(strength)] for strength in made["strength_fraction"]]
    made["role"] = np.array([role for role, _ in told], dtype=object)
    made["treatment"] = np.array([treatment for _, treatment in told], dtype=object)
    made["comparison"] = np.array([f"weak-{name}" for name in made["adaptation"]], dtype=object)
    told = {name: made[name] for name in ("role", "treatment", "comparison")}
    return write_sweep(tmp_path / "sweep.h5", replaced=told)


def test_each_walker_is_held_against_the_right_one(sweep):
    kept, anew = sorted(treatments.read_treatments(read_sweep(sweep, (), NAMES)), key=lambda one: one.name)
    assert (kept.name, anew.name) == ("weak-pattern_kept", "weak-re_optimised")
    lean = kept.untreated.of("peak_trunk_lean_deg")
    assert (lean.reference, lean.value) == (peak("peak_trunk_lean_deg", "pattern_kept", 1.0), 8.0)
    assert lean.change == pytest.approx(6.0)
    (hip,) = kept.treated
    lean = hip.of("peak_trunk_lean_deg")
    # Half of the strength: a lean of 5 instead of 8 degrees.
    assert (lean.reference, lean.value, lean.counts) == (8.0, 5.0, True)
    daily = hip.of("daily_knee_adduction_impulse_knm_s")
    # 24 instead of 18 kNm s: less than the smallest meaningful 9.67.
    assert daily.change == pytest.approx(6.0)
    assert not daily.counts
    assert anew.treated[0].of("peak_tibiofemoral_contact_force_bw").change == pytest.approx(-0.25)


def test_files_say_the_same_and_what_they_are(sweep, capsys):
    assert main(["treatments", "--sweep", str(sweep), "--out-dir", str(sweep.parent / "out")]) == 0
    said = capsys.readouterr().out
    assert said == (sweep.parent / "out/treatments.txt").read_text(encoding="utf-8")
    for word in ("mechanical prediction", "similar pain", "Ferber 2015", "untreated", "hip", "9.67"):
        assert word in said
    assert "8.0 (+6.0)*" in said  # untreated lean, pattern kept
    assert "5.0 (\N{MINUS SIGN}3.0)*" in said  # and with half of the strength
    table = (sweep.parent / "out/treatments.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    # The made sweep lacks some sums of a step and of a day.
    made = set(read_sweep(sweep, (), NAMES).values)
    assert len(rows) == 2 * 2 * sum(outcome.name in made for outcome in treatments.LINKS)
    assert said.index("each step:") < said.index("Kneecap load (BW s)") < said.index("each day:")
    assert said.index("each day:") < said.index("Kneecap load, daily")
    row = next(r for r in rows if r["adaptation"] == "pattern_kept" and r["treatment"] and "lean" in r["outcome"])
    assert (float(row["value"]), float(row["difference"]), row["counts"]) == (5.0, -3.0, "1")


def test_a_study_without_treatments_is_one_sentence(tmp_path, capsys):
    path = write_sweep(tmp_path / "sweep.h5")
    assert main(["treatments", "--sweep", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no treated walker" in said
    assert "config/treatment.yaml" in said


def test_an_untreated_walker_that_was_not_certified_is_named(tmp_path, sweep):
    import h5py  # noqa: PLC0415

    with h5py.File(sweep, "a") as file:
        file["certified"][2] = 0
        file["certified"][5] = 0
    with pytest.raises(InputError, match="has no untreated walker that was solved and certified"):
        treatments.read_treatments(read_sweep(sweep, (), NAMES))
