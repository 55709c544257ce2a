"""A disk that is full or may not be written to: one sentence, nothing half-written, and all is well after.

Real file systems: a tmpfs of some kilobytes, which root may mount; skipped elsewhere. Oracle: a batch without trouble.
"""

import contextlib
import os
import subprocess

import h5py
import numpy as np
import pytest
from batch_files import job_in, run, scenario

from gluteweak.batch import record
from gluteweak.batch.job import Job
from gluteweak.cli import main
from gluteweak.errors import InputError, folder_problem, writing_problem
from gluteweak.storage import read_file, write_file

#: 30 kB a stage file, so that some scenarios fit and then one does not.
TEN = [scenario(f"s{i:03d}", 1 - i / 100, lines=1000) for i in range(10)]


def mount(*words):
    return subprocess.run(["mount", *map(str, words)], capture_output=True, text=True, check=False)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own; ``small_disk(options)`` changes it."""
    place = tmp_path / "disk"
    place.mkdir()
    made = mount("-t", "tmpfs", "-o", "size=700k", "tmpfs", place)
    if made.returncode:
        pytest.skip(f"a file system can be mounted by root only: {made.stderr.strip()}")

    def change(options):
        assert mount("-o", f"remount,{options}", place).returncode == 0

    change.place = place
    yield change
    subprocess.run(["umount", str(place)], check=True)


def contents(job):
    return {
        path.relative_to(job.scenarios_dir).as_posix(): path.read_bytes()
        for path in job.scenarios_dir.rglob("*")
        if path.is_file() and path.name not in (record.FILE_NAME, ".lock")
    }


@pytest.fixture
def untroubled(tmp_path):
    job = job_in(tmp_path / "untroubled")
    run(job, TEN)
    return contents(job)


def job_on(place, logs):
    return Job.from_json({**job_in(place).as_json(), "logs_dir": str(logs)})


def test_a_full_disk_is_named_and_running_again_makes_the_same_files(tmp_path, small_disk, untroubled):
    job = job_on(small_disk.place, tmp_path / "logs")
    with pytest.raises(InputError, match=r"^Cannot write .*: the disk is full; make room"):
        run(job, TEN)
    found = contents(job)
    # Whole files or none: every one has all that it should have, and no other name is there, hidden ones included.
    assert 2 < len(found) < len(untroubled)
    assert found == {name: untroubled[name] for name in found}
    small_disk("size=10m")
    result, said = run(job, TEN)
    assert (result.failed, len(result.files)) == ({}, 10)
    assert result.kept >= 1
    assert not [line for line in said if "damaged" in line]
    assert contents(job) == untroubled


def test_a_read_only_disk_is_named_and_nothing_is_lost(tmp_path, small_disk, untroubled):
    small_disk("size=10m")
    job = job_in(small_disk.place)
    run(job, TEN[:4])
    before = contents(job)
    small_disk("ro")
    kept, _ = run(job, TEN[:4])
    assert (kept.kept, kept.failed) == (4, {})
    with pytest.raises(InputError, match=r"^Cannot write .*: the file system is read-only; make room or choose"):
        run(job, TEN)
    assert contents(job) == before
    small_disk("rw")
    run(job, TEN)
    assert contents(job) == untroubled


def test_hdf5_on_a_full_disk_leaves_the_file_that_was_there(small_disk):
    path = small_disk.place / "solution.h5"
    write_file(path, {"time_s": np.arange(3.0)}, {})
    with pytest.raises(OSError, match="No space left") as raised:
        write_file(path, {"time_s": np.random.default_rng(0).normal(size=200_000)}, {})
    assert writing_problem(raised.value).endswith(
        "the disk is full; make room or choose another folder, and run again."
    )
    assert [file.name for file in small_disk.place.iterdir()] == ["solution.h5"]
    np.testing.assert_array_equal(read_file(path)[0]["time_s"], np.arange(3.0))


def fill(place):
    with (place / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(b"0" * 4096):
            pass


def write_small_sweep(path):
    with h5py.File(path, "w") as file:
        file["scenario_id"], file["side"] = ["a"], ["right", "left"]
        file["scenario_id"].attrs["dims"], file["side"].attrs["dims"] = "scenario", "side"


@pytest.mark.parametrize(
    ("options", "why"), [("ro", "the file system is read-only"), ("size=4k", "the disk is full")], ids=["ro", "full"]
)
def test_a_command_says_so_in_one_sentence(tmp_path, small_disk, capsys, options, why):
    write_small_sweep(tmp_path / "sweep.h5")
    if "size" in options:
        fill(small_disk.place)
    else:
        small_disk(options)
    code = main(["export", str(tmp_path / "sweep.h5"), "--out", str(small_disk.place / "table.csv")])
    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith("gluteweak: Cannot write ")
    assert why in said
    assert said.count("\n") == 1
    assert not [file for file in small_disk.place.iterdir() if "table" in file.name]


def test_a_folder_that_can_be_written_or_made_is_no_problem(tmp_path, small_disk):
    assert folder_problem(tmp_path / "results" / "quick") is None
    assert not list(tmp_path.glob("results*"))
    fill(small_disk.place)
    assert "the disk is full" in folder_problem(small_disk.place / "results" / "quick")
    small_disk("ro")
    assert "the file system is read-only" in folder_problem(small_disk.place)


def test_permission_bits_bind_others_than_root(tmp_path):
    """The same for a folder that the user may not write to; root, whom bits do not bind, becomes somebody else."""
    folder = tmp_path / "results"
    folder.mkdir(mode=0o555)
    tmp_path.chmod(0o755)
    child = os.fork()
    if child == 0:
        code = 0
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            try:
                write_file(folder / "x.h5", {"time_s": np.arange(3.0)}, {})
            except OSError as error:
                code = 7 if "it may not be written to" in (writing_problem(error) or "") else 8
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert list(folder.iterdir()) == []
