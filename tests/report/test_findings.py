"""What the page says of each scenario: compensation, signs, muscles that matter; and the tables of some studies."""

import numpy as np
import posed_walker as walker
import pytest
import sensitivity_files
from comparison_sweep import write_sweep
from scenario_sweeps import write_coordination, write_treatments

from gluteweak.comparison import compensation, signs
from gluteweak.comparison.outcomes import COMPARED
from gluteweak.comparison.reading import read_sweep
from gluteweak.comparison.treatments import CAVEAT
from gluteweak.report import findings, studies
from gluteweak.report.gather import gather

EVERYTHING = (*findings.COPING, *(outcome.name for outcome in COMPARED))


def read(path):
    return read_sweep(path, (), (*EVERYTHING, *findings.SIGNS))


def test_the_compensation_is_named_with_its_size_and_the_others_are_listed(tmp_path):
    width = np.array([10.0, 10.0, 10.0, 10.0, 11.5, 12.0])
    sweep = read(write_sweep(tmp_path / "sweep.h5", replaced={"step_width_cm": width}))
    found = findings.coping(sweep, sweep.usable())
    one = found["glmed_r-s000-pattern_kept"]
    # 400 of 700 N are 5.7 yardsticks, 6 deg more lean three, 2 cm of step width two, 3 deg less adduction 1.5.
    assert one["named"] == [
        "the muscles of that leg pull less in all (\N{MINUS SIGN}400 N)",
        "the trunk leans towards the weak side (+6.0 deg)",
        "the steps get wider (+2.0 cm)",
        "the hip adducts less (\N{MINUS SIGN}3.0 deg)",
    ]
    rows = {row["label"]: row for row in one["rows"]}
    assert len(rows) == len(compensation.WAYS) + 1
    assert (rows["pelvic drop"]["to"] - rows["pelvic drop"]["from"], rows["pelvic drop"]["named"]) == (-1.0, False)
    assert rows["step width"]["unit"] == "cm"
    assert one["helpers"] == []
    helped = found["glmed_r-s000-re_optimised"]["helpers"]
    assert helped == [{"name": "gluteus minimus", "more": 300.0}, {"name": "rectus femoris", "more": 100.0}]
    assert "glmed_r-s100-pattern_kept" not in found


def test_every_scenario_has_its_checklist(tmp_path):
    activation = np.full((6, 8, 101), 0.4)
    sweep = read(write_sweep(tmp_path / "sweep.h5", replaced={"muscle_activation": activation}))
    found = findings.checklists(sweep, sweep.usable())
    assert set(found) == {walk.scenario_id for walk in sweep.walks}
    one = found["glmed_r-s000-pattern_kept"]
    present = [row["label"] for row in one["rows"] if row["present"]]
    due = next(c for c in signs.checklists(sweep) if c.scenario_id == "glmed_r-s000-pattern_kept")
    assert present == [sign.label for sign in due.signs if sign.present]
    assert "trunk lean" in present
    assert one["count"] == due.count


def test_old_sweeps_say_nothing_of_it_instead_of_failing(tmp_path):
    sweep = read_sweep(write_sweep(tmp_path / "sweep.h5", leave_out=("step_width_cm",)), (), EVERYTHING)
    assert findings.coping(sweep, sweep.usable()) == {}


def test_muscles_that_matter_where_they_were_looked_for(tmp_path):
    sweep = read(write_sweep(tmp_path / "sweep.h5"))
    walk = sweep.walks[1]
    folder = tmp_path / "scenarios" / walk.scenario_id
    folder.mkdir(parents=True)
    sensitivity_files.write(folder / "sensitivity.h5")
    found = findings.muscles(sweep.usable(), tmp_path / "scenarios")
    assert set(found) == {walk.scenario_id}
    drop = found[walk.scenario_id][0]
    assert (drop["title"], drop["value"], drop["unit"]) == ("Pelvic drop", 3.2, "°")
    # Slopes of 2 and 1 by the two parts: a tenth less of both takes 0.3 away.
    first = drop["rows"][0]
    assert (first["name"], first["doubtful"]) == ("right gluteus medius", False)
    assert first["change"] == pytest.approx(-0.3)


def test_treatments_as_a_table(tmp_path):
    same = np.full((6, 2), 0.2)
    found = studies.treatment_tables(
        read(write_treatments(tmp_path / "sweep.h5", patellofemoral_contact_impulse_bw_s=same))
    )
    assert found["note"] == CAVEAT
    anew, kept = found["tables"]
    assert (anew["title"], kept["title"]) == (
        "Muscles used anew, posture kept",
        "Muscle pattern kept, posture gives",
    )
    assert [row["name"] for row in kept["rows"]] == ["Healthy", "Untreated", "Hip"]
    lean = [row["cells"][0] for row in kept["rows"]]
    assert [(c["value"], c["change"], c["counts"]) for c in lean] == [
        (2.0, 0.0, False),
        (8.0, 6.0, True),
        (5.0, -3.0, True),
    ]
    # 3.0 body weights untreated, 2.75 trained: not a tenth.
    assert anew["rows"][2]["note"] == "nothing changes that counts"
    assert kept["rows"][1]["note"] == "against healthy"


def test_timing_faults_as_a_table(tmp_path):
    sweep = read(write_coordination(tmp_path / "sweep.h5"))
    found = studies.timing_tables(sweep, sweep.usable())
    assert [table["title"] for table in found["tables"]] == [
        "Muscles used anew, posture kept",
        "Muscle pattern kept, posture gives",
    ]
    lean = [row["cells"][0]["value"] for row in found["tables"][1]["rows"]]
    assert lean == pytest.approx([2.0, 5.0, 8.0])


def test_studies_without_them_have_no_such_tables(tmp_path):
    sweep = read(write_sweep(tmp_path / "sweep.h5"))
    assert studies.treatment_tables(sweep) == {}
    assert studies.timing_tables(sweep, sweep.usable()) == {}


def test_the_page_carries_all_of_it(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS)
    sensitivity_files.write(tmp_path / "scenarios" / walker.HALF / "sensitivity.h5")
    data = gather(tmp_path / "sweep.h5", tmp_path / "scenarios")
    by_id = {one["id"]: one for one in data["scenarios"]}
    assert by_id[walker.FULL]["coping"] is None
    # The only walk of its adaptation has none to be compared with.
    assert by_id[walker.KEPT]["coping"] is None
    assert by_id[walker.NONE]["coping"]["rows"]
    assert by_id[walker.KEPT]["signs"]["rows"]
    assert by_id[walker.HALF]["muscles"][0]["title"] == "Pelvic drop"
    assert (data["treatments"], data["timing"]) == ({}, {})
    keys = {reference["key"] for reference in data["references"]}
    assert {row["source"] for row in by_id[walker.KEPT]["signs"]["rows"]} & keys
