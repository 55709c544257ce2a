"""gluteweak verify and export, on a sweep made by hand whose every flaw is put there by the test."""

import csv
import json

import h5py
import numpy as np
import pytest
from batch_files import job_in, scenario
from batch_files import run as run_batch

from gluteweak import verify
from gluteweak.errors import InputError
from gluteweak.export import export_csv
from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES

ATTRIBUTES = {"versions": "{}", "plant_sha256": "0", "source_fingerprint": "0", "study": "{}"}


@pytest.fixture
def outcomes(tmp_path):
    """A whole ``outcomes.h5`` with its certificate."""
    values = {
        "side": np.array(["right", "left"], dtype=object),
        "peak_pelvic_drop_deg": np.array([3.25, 1 / 3]),
        "strength_fraction": 0.5,
        "solved": 1,
        "certified": 1,
    }
    write_file(tmp_path / "outcomes.h5", values, ATTRIBUTES, table=CYCLE_VARIABLES)
    (tmp_path / "certificate.json").write_text(json.dumps({"certified": True}), encoding="utf-8")
    return tmp_path / "outcomes.h5"


def flaw(path, change):
    with h5py.File(path, "r+") as file:
        change(file)


def other_unit(file):
    file["peak_pelvic_drop_deg"].attrs["unit"] = "rad"


def not_a_number(file):
    file["peak_pelvic_drop_deg"][0] = np.nan


def unknown(file):
    file["mystery"] = 1.0


def uncertified(file):
    file["certified"][()] = 0


def unsourced(file):
    del file.attrs["source_fingerprint"]


FLAWS = {
    other_unit: "peak_pelvic_drop_deg: its unit is not that of the registry",
    not_a_number: "peak_pelvic_drop_deg holds NaN",
    unknown: "mystery is not in the registry",
    uncertified: "not everything in it is certified",
    unsourced: "it does not say its source_fingerprint",
}


def only_this(problems):
    """Problems but the missing record, which a file made by hand does not have."""
    return [p for p in problems if "record.json is missing" not in p]


def test_what_is_whole_verifies(outcomes):
    assert only_this(verify.verify(outcomes)) == []


@pytest.mark.parametrize("change", FLAWS, ids=lambda change: change.__name__)
def test_every_flaw_is_named(outcomes, change):
    flaw(outcomes, change)
    assert only_this(verify.verify(outcomes)) == [FLAWS[change]]


def test_a_truncated_file_is_bad_input(outcomes):
    outcomes.write_bytes(outcomes.read_bytes()[:-100])
    with pytest.raises(InputError):
        verify.verify(outcomes)


def test_checksums_of_a_scenario_are_compared(tmp_path):
    job = job_in(tmp_path)
    run_batch(job, [scenario("a")])
    folder = job.folder("a")
    (folder / "certificate.json").write_text('{"certified": true}', encoding="utf-8")
    said = verify.scenario_problems(folder)
    assert said[0].startswith("certificate.json is damaged (its SHA-256 is ")
    assert said[1] == "its certificate is about another solution.h5"


def test_a_table_has_one_line_a_scenario_and_side_and_every_digit(tmp_path):
    sweep = tmp_path / "sweep.h5"
    with h5py.File(sweep, "w") as file:
        file["scenario_id"] = ["a", "b, c"]
        file["scenario_id"].attrs["dims"] = "scenario"
        file["side"] = ["right", "left"]
        file["side"].attrs["dims"] = "side"
        file["strength_fraction"] = np.array([1.0, 0.1])
        file["strength_fraction"].attrs["dims"] = "scenario"
        file["peak_pelvic_drop_deg"] = np.array([[1 / 3, 2.0], [3.0, 4.0]])
        file["peak_pelvic_drop_deg"].attrs["dims"] = "scenario side"
        file["pelvic_drop_deg"] = np.zeros((2, 2, 101))
        file["pelvic_drop_deg"].attrs["dims"] = "scenario side gait_cycle_pct"
    assert export_csv(sweep, tmp_path / "t.csv") == 2
    rows = list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["scenario_id", "side", "strength_fraction", "peak_pelvic_drop_deg"]
    assert rows[2] == ["a", "left", "1.0", "2.0"]
    assert rows[3] == ["b, c", "right", "0.1", "3.0"]
    assert float(rows[1][3]) == 1 / 3
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["other"] = 1
    with pytest.raises(InputError, match="is no sweep"):
        export_csv(tmp_path / "x.h5", tmp_path / "t2.csv")
