"""Batches whose scenarios fail, crash, hang, are killed or damaged. Oracle: what a batch without trouble leaves."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from batch_files import WORKER, job_in, run, scenario

from gluteweak.batch import driver, manifest, record
from gluteweak.errors import InputError, SolveError

HUNDRED = [scenario(f"s{i:03d}", 1 - i / 100) for i in range(100)]


def contents(job):
    """Bytes of every file of every scenario but the records, whose times differ."""
    return {
        path.relative_to(job.scenarios_dir).as_posix(): path.read_bytes()
        for path in job.scenarios_dir.rglob("*")
        if path.is_file() and path.name not in (record.FILE_NAME, ".lock", "is_running")
    }


def visible(folder):
    return {path.name for path in folder.iterdir()} - {".lock"}


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory):
    """Files of a hundred scenarios that nothing happened to."""
    job = job_in(tmp_path_factory.mktemp("untroubled"))
    result, said = run(job, HUNDRED)
    assert not result.failed
    assert len(said) == 100
    return contents(job)


def test_a_second_run_does_nothing_and_starts_no_process(tmp_path):
    job = job_in(tmp_path)
    first, _ = run(job, HUNDRED[:3])
    again, said = run(job, HUNDRED[:3])
    assert (first.done, first.kept) == (3, 0)
    assert (again.done, again.kept) == (0, 3)
    assert again.files == first.files
    assert said == []


def test_chains_start_from_the_nearest_solved_neighbour(tmp_path):
    job = job_in(tmp_path)
    run(job, [scenario("a", 0.9), scenario("b", 0.5), scenario("c", 0.45)])
    started = {name: (job.folder(name) / "started_from").read_text(encoding="utf-8") for name in "abc"}
    assert started == {"a": "healthy", "b": "a", "c": "b"}


def test_later_stages_need_no_more_of_a_scenario_than_its_name(tmp_path):
    job = job_in(tmp_path)
    run(job, [scenario("a", 0.9), scenario("b", 0.5)])
    names = [{"scenario_id": name} for name in "ab"]
    result = driver.run(job, names, (record.OUTCOMES,), lambda _: None, worker=WORKER)
    assert (result.done, result.failed) == (2, {})


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("raise", "ZeroDivisionError: a bug"),
        ("diverge", "no start converged"),
        ("die", "killed by SIGKILL"),
    ],
)
def test_one_scenario_fails_and_99_are_kept(tmp_path, untroubled, does, said):
    job = job_in(tmp_path)
    troubled = [*HUNDRED[:40], {**HUNDRED[40], "does": does}, *HUNDRED[41:]]
    result, lines = run(job, troubled)
    assert set(result.failed) == {"s040"}
    assert said in result.failed["s040"]
    assert sum(line.startswith("s040: FAILED") for line in lines) == 1
    assert len(result.files) == 99
    # Nothing that looks like a result; the others left what they leave without trouble (s041 starts from s039).
    assert visible(job.folder("s040")) <= {record.FILE_NAME}
    left = {name: data for name, data in contents(job).items() if not name.endswith("started_from")}
    assert left == {
        name: data for name, data in untroubled.items() if not name.startswith("s040/") and "started_from" not in name
    }
    with pytest.raises(SolveError, match=r"1 of 100 scenarios failed, the others are kept: s040 \(solve: .*logs/solve"):
        result.raise_failures()
    cured, _ = run(job, HUNDRED)
    assert (cured.done, cured.kept) == (1, 99)
    assert {name: data for name, data in contents(job).items() if "started_from" not in name} == {
        name: data for name, data in untroubled.items() if "started_from" not in name
    }


def test_a_scenario_that_is_not_certified_keeps_its_motion_but_counts_for_nothing(tmp_path):
    job = job_in(tmp_path)
    result, _ = run(job, [scenario("a", does="doubt"), scenario("b")])
    assert result.failed["a"].startswith("certify: OpenSim does not certify it")
    assert set(result.files) == {"b"}
    assert not (job.folder("a") / "certificate.json").exists()
    assert not (job.folder("a") / "model.osim").exists()


def test_a_scenario_that_hangs_is_stopped(tmp_path):
    job = job_in(tmp_path)
    result, _ = run(job, [scenario("a", 0.9, does="sleep 300"), scenario("b")], patience_s=20.0)
    assert "no answer within 20 s" in result.failed["a"]
    assert set(result.files) == {"b"}


def damage_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("harm", [damage_bit, truncate, lambda path: path.unlink()], ids=["bit", "cut", "gone"])
@pytest.mark.parametrize("name", ["solution.h5", "certificate.json"])
def test_damage_is_found_named_and_made_good(tmp_path, harm, name):
    job = job_in(tmp_path)
    whole, _ = run(job, HUNDRED[:3])
    harm(job.folder("s001") / name)
    mended, said = run(job, HUNDRED[:3])
    assert (mended.done, mended.kept) == (1, 2)
    assert mended.files == whole.files
    assert any(line.startswith(f"s001: {name} is ") for line in said)


def test_damaged_motions_are_not_used_for_outcomes(tmp_path):
    job = job_in(tmp_path)
    run(job, HUNDRED[:2])
    damage_bit(job.folder("s001") / "solution.h5")
    result, _ = run(job, HUNDRED[:2], (record.OUTCOMES,))
    assert set(result.failed) == {"s001"}
    assert not (job.folder("s001") / "outcomes.h5").exists()
    assert set(result.files) == {"s000"}


def test_what_changed_is_made_again_and_nothing_else(tmp_path):
    job = job_in(tmp_path)
    run(job, HUNDRED[:3])
    stronger = [HUNDRED[0], {**HUNDRED[1], "muscle_strength": {"glmed1_r": 0.985}}, HUNDRED[2]]
    assert run(job, stronger)[0].done == 1
    job.plant.write_text("another plant", encoding="utf-8")
    assert run(job_with_same_files(job), stronger)[0].done == 3


def job_with_same_files(job):
    """The job as a new process sees it."""
    return type(job).from_json(job.as_json())


def test_another_bound_certifies_again_without_solving(tmp_path):
    job = job_in(tmp_path)
    run(job, HUNDRED[:2])
    before = (job.folder("s001") / "solution.h5").stat().st_mtime_ns
    stricter = type(job).from_json({**job.as_json(), "largest_missing_pct": 0.3})
    assert run(stricter, HUNDRED[:2])[0].done == 2
    assert (job.folder("s001") / "solution.h5").stat().st_mtime_ns == before


def test_a_job_survives_json(tmp_path):
    job = job_in(tmp_path)
    assert job_with_same_files(job) == job


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", ".hidden", "-o", "a\nb", "a" * 201, "ä", "a b"])
def test_a_scenario_name_leads_nowhere_else(tmp_path, name):
    job = job_in(tmp_path)
    with pytest.raises(InputError, match="no folder name"):
        run(job, [scenario(name)])
    assert not job.scenarios_dir.exists()


def batch_process(job, scenarios, **options):
    """A batch in a process of its own, as Snakemake starts it."""
    words = json.dumps({"job": job.as_json(), "scenarios": scenarios, "worker": WORKER})
    code = (
        "import json, sys\n"
        "from gluteweak.batch import driver, record\n"
        "from gluteweak.batch.job import Job\n"
        "said = json.loads(sys.argv[1])\n"
        "result = driver.run(Job.from_json(said['job']), said['scenarios'], (record.SOLVE, record.CERTIFY), print,"
        " worker=said['worker'])\n"
        "print(result.done, result.kept, len(result.failed))\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, words], stdout=subprocess.PIPE, text=True, **options)


def wait_for(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_killed_in_mid_solve_it_goes_on_where_it_stopped(tmp_path):
    job, undisturbed = job_in(tmp_path / "killed"), job_in(tmp_path / "undisturbed")
    slow = [*HUNDRED[:5], {**HUNDRED[5], "does": "sleep 4"}, *HUNDRED[6:10]]
    process = batch_process(job, slow, start_new_session=True)
    wait_for(job.folder("s005") / "is_running")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert visible(job.folder("s005")) == {"is_running"}
    result, _ = run(job, slow)
    assert (result.done, result.kept) == (5, 5)
    run(undisturbed, slow)
    assert contents(job) == contents(undisturbed)


def test_an_orphaned_worker_and_a_new_run_do_not_meet_in_a_file(tmp_path):
    job = job_in(tmp_path)
    slow = [{**HUNDRED[0], "does": "sleep 3"}, HUNDRED[1]]
    process = batch_process(job, slow)
    wait_for(job.folder("s000") / "is_running")
    process.kill()  # the worker goes on, and holds the scenario's lock
    process.wait()
    process.stdout.close()
    result, _ = run(job, slow)
    # The orphan finished its scenario; the new run waited and found it done.
    assert set(result.files) == {"s000", "s001"}
    assert run(job, slow)[0].kept == 2


def test_two_runs_at_once_share_the_work(tmp_path, untroubled):
    job = job_in(tmp_path)
    found = {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: run(job, HUNDRED[:30])[0]})) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0].files == found[1].files
    assert contents(job) == {name: data for name, data in untroubled.items() if name < "s030"}
    assert run(job, HUNDRED[:30])[0].kept == 30


def test_half_written_files_of_the_dead_are_cleared_away(tmp_path):
    job = job_in(tmp_path)
    job.folder("s000").mkdir(parents=True)
    left = job.folder("s000") / ".solution.h5.k1ll3d.h5"
    left.write_text("half", encoding="utf-8")
    run(job, HUNDRED[:1])
    assert not left.exists()


def test_a_manifest_comes_back_and_counts_failures(tmp_path):
    path, files = tmp_path / "m.json", {"a": {"solution.h5": "0"}}
    manifest.write(path, files, {})
    assert manifest.read(path) == manifest.Manifest(files, {})
    assert manifest.times_failed(path) == 0
    for times in (1, 2):
        manifest.write(path, files, {"b": "solve: no start converged"})
        assert manifest.read(path).failed == {"b": "solve: no start converged"}
        assert manifest.times_failed(path) == times
    manifest.write(path, files, {})
    assert manifest.times_failed(path) == 2
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="no list of finished scenarios"):
        manifest.read(path)


def test_a_job_is_asked_to_look_at_its_files_again(tmp_path):
    made = {"batches/0": "a", "batches/1": "b", "outcomes/0": "a"}
    for name, scenario_id in made.items():
        manifest.write(tmp_path / f"{name}.json", {scenario_id: {}}, {})
    manifest.ask_again(tmp_path, {"a"})
    asked = {
        name: manifest.times_failed(tmp_path / f"{name}.json") for name in ("batches/0", "batches/1", "outcomes/0")
    }
    assert asked == {"batches/0": 1, "batches/1": 0, "outcomes/0": 1}
