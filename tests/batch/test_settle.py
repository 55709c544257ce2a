"""Costs that rise with strength are settled: solved again from neighbours, the better minimum kept, the other named."""

import pytest
from batch_files import WORKER, job_in, run, scenario

from gluteweak import nested
from gluteweak.batch import driver, record, stages
from gluteweak.errors import SolveError


def chain(**of_s075):
    """Strengths 100, 75 and 50 %; 75 % cost 3 where 50 % cost 2, unless something else is said."""
    weights = {"weights": {"effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.0}}
    return [
        scenario("s100", 1.0, cost=1.0, **weights),
        scenario("s075", 0.75, **{"cost": 3.0, **weights, **of_s075}),
        scenario("s050", 0.5, cost=2.0, **weights),
    ]


def cost(folder):
    return float((folder / "solution.h5").read_text(encoding="utf-8").split()[2])


@pytest.fixture(autouse=True)
def _stand_in_words(monkeypatch):
    """What stand-ins are told is no difference between scenarios."""
    monkeypatch.setattr(nested, "_MAY_DIFFER", nested._MAY_DIFFER | {"cost", "better", "does"})


def test_the_better_minimum_is_kept_certified_and_both_are_named(tmp_path):
    job = job_in(tmp_path)
    result, said = run(job, chain(better=1.5), cost=cost)
    assert not result.failed
    text = (job.folder("s075") / "solution.h5").read_text(encoding="utf-8")
    assert text == "s075 cost 1.5 from s050 s100\n"
    # OpenSim judged the new motion, and the record is of it.
    assert (job.folder("s075") / "certificate.json").read_text(encoding="utf-8") == text.upper()
    entries = record.read(job.folder("s075"))
    assert result.files["s075"] == {**entries["solve"]["files"], **entries["certify"]["files"]}
    assert any("s075: its cost 3 is above the 2 of s050" in line for line in said)
    assert any("kept is a minimum of cost 1.5; the other, 3, is noted" in line for line in said)
    again, said = run(job, chain(better=1.5), cost=cost)
    assert (again.done, again.kept, said) == (0, 3, [])


def test_a_rise_across_batches_is_settled_afterwards(tmp_path):
    job = job_in(tmp_path)
    scenarios = chain(better=1.5)
    for one in scenarios:
        assert not run(job, [one], cost=cost)[0].failed  # three batches: none sees a rise
    said = []
    stages = record.SOLVE, record.CERTIFY
    result = driver.settle(job, scenarios, stages, said.append, cost=cost, worker=WORKER)
    assert list(result.files) == ["s075"]
    assert cost(job.folder("s075")) == 1.5
    assert (job.folder("s075") / "certificate.json").is_file()
    assert driver.settle(job, scenarios, stages, said.append, cost=cost, worker=WORKER).files == {}


def test_a_better_minimum_shows_that_a_stronger_one_is_bad(tmp_path):
    job = job_in(tmp_path)
    scenarios = chain(better=0.5)
    scenarios[0] = {**scenarios[0], "better": 0.25}
    run(job, scenarios, cost=cost)
    assert [cost(job.folder(name)) for name in ("s100", "s075", "s050")] == [0.25, 0.5, 2.0]


@pytest.mark.parametrize("change", [{}, {"does": "refuse"}])
def test_where_nothing_better_is_found_nothing_changes(tmp_path, change):
    job, undisturbed = job_in(tmp_path / "a"), job_in(tmp_path / "b")
    result, said = run(job, chain(**change), cost=cost)
    run(undisturbed, chain(**change))
    assert not result.failed
    assert any("nothing better was found" in line for line in said)
    for name in (*record.SOLVE.files, *record.CERTIFY.files):
        assert (job.folder("s075") / name).read_bytes() == (undisturbed.folder("s075") / name).read_bytes()
    assert not list(job.folder("s075").glob(".better.*"))


@pytest.mark.parametrize("does", ["doubt_better", "die_again"])
def test_what_fails_while_it_is_solved_again_is_named_and_tried_again(tmp_path, does):
    job, broken = job_in(tmp_path), tmp_path / "broken"
    scenarios = chain(better=1.5, does=f"{does} {broken}")
    for one in scenarios:
        assert not run(job, [one], cost=cost)[0].failed  # three batches: none sees a rise
    stages = record.SOLVE, record.CERTIFY
    broken.touch()
    for _ in range(2):
        said = []
        result = driver.settle(job, scenarios, stages, said.append, cost=cost, worker=WORKER)
        assert list(result.failed) == ["s075"]
        assert not result.files
        why = {"doubt_better": "OpenSim does not certify it", "die_again": "killed by SIGKILL"}[does]
        assert any("s075: FAILED" in line and why in line for line in said)
    broken.unlink()
    result = driver.settle(job, scenarios, stages, said.append, cost=cost, worker=WORKER)
    assert (list(result.files), result.failed) == (["s075"], {})
    assert cost(job.folder("s075")) == 1.5
    assert (job.folder("s075") / "certificate.json").is_file()
    assert driver.settle(job, scenarios, stages, said.append, cost=cost, worker=WORKER).files == {}


def test_a_process_that_breaks_while_it_solves_again_makes_its_batch_name_the_scenario(tmp_path):
    job, broken = job_in(tmp_path), tmp_path / "broken"
    broken.touch()
    scenarios = chain(better=1.5, does=f"die_again {broken}")
    result, _ = run(job, scenarios, cost=cost)
    assert (sorted(result.files), list(result.failed)) == (["s050", "s100"], ["s075"])
    broken.unlink()
    result, _ = run(job, scenarios, cost=cost)
    assert (sorted(result.files), result.failed) == (["s050", "s075", "s100"], {})


def test_with_motor_habit_a_rise_is_none(tmp_path):
    habit = {"effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.1}
    scenarios = [{**one, "weights": habit} for one in chain(better=1.5)]
    _, said = run(job_in(tmp_path), scenarios, cost=cost)
    assert said == ["s100 [1/3]", "s075 [2/3]", "s050 [3/3]"]


def test_nothing_to_improve_on_is_an_error(tmp_path):
    job = job_in(tmp_path)
    with pytest.raises(SolveError, match="no whole result to improve on"):
        stages.improve(job, chain()[1], [], lambda *_: True)
