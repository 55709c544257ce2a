"""gluteweak verify, on a sweep made by hand whose every flaw is put there by the test."""

import json

import h5py
import numpy as np
import pytest
from batch_files import job_in, scenario
from batch_files import run as run_batch

from gluteweak import verify
from gluteweak.errors import InputError
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
