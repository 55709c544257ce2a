"""What a study will cost: sums by hand, earlier results before constants."""

import json

import pytest
from study_files import DEFAULT, changed_default

from gluteweak import estimate
from gluteweak.cli import main


def earlier(results, cpu_s, size, **mesh):
    folder = results / "old" / "scenarios" / f"s{len(list(results.glob('*/*/*')))}"
    folder.mkdir(parents=True)
    text = json.dumps({"solver": {"cpu_s": cpu_s}, **({"transcription": mesh} if mesh else {})})
    (folder / "certificate.json").write_text(text)
    (folder / "solution.h5").write_bytes(b"x" * (size - len(text)))


def test_without_results_the_constants_speak(tmp_path):
    cost = estimate.scenario_cost(tmp_path / "none")
    assert (round(cost.cpu_s, 1), cost.size_bytes, cost.n_earlier) == (5.5, pytest.approx(1.815e6), 0)
    # 76 s once and 100 times 5.5 s, on 2 cores: 313 s; 100 times 1.815 MB.
    said = estimate.summary("dose.yaml", 100, 2, cost)
    assert said.startswith("dose.yaml: 100 scenarios, about 5.2 min on 2 cores and 182 MB (from measured constants;")


def test_a_finer_mesh_takes_longer_and_more_room(tmp_path):
    cost = estimate.scenario_cost(tmp_path / "none", 100)
    # 3.5 s twice and 2 s; 1.15 MB and 100 times 13.3 kB.
    assert (cost.cpu_s, cost.size_bytes) == (pytest.approx(9.0), pytest.approx(2.48e6))


def test_earlier_results_on_another_mesh_are_carried_over(tmp_path):
    earlier(tmp_path, 2.0, 1_000_000, intervals=25, degree=2)
    earlier(tmp_path, 8.0, 2_000_000, intervals=50, degree=2)
    cost = estimate.scenario_cost(tmp_path, 100)
    # 2 s on half of the points are 4 s; half a solution is 50 points more.
    assert cost.cpu_s == pytest.approx((4.0 + 8.0) / 2 + 2.0)
    assert cost.size_bytes == pytest.approx((1_665_000 + 2_000_000) / 2)


def test_earlier_results_speak_before_the_constants(tmp_path):
    earlier(tmp_path, 2.0, 1000)
    earlier(tmp_path, 4.0, 3000)
    cost = estimate.scenario_cost(tmp_path)
    assert cost.cpu_s == pytest.approx(3.0 + 2.0)
    assert (cost.size_bytes, cost.n_earlier) == (2000, 2)
    assert "from 2 earlier scenarios" in estimate.summary("s", 1, 1, cost)


def test_broken_results_are_passed_over(tmp_path):
    earlier(tmp_path, 2.0, 1000)
    for text in ("", "{", "[]", '{"solver": {}}'):
        folder = tmp_path / "bad" / "scenarios" / f"s{len(text)}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "certificate.json").write_text(text)
    assert estimate.scenario_cost(tmp_path).n_earlier == 1


@pytest.mark.parametrize(
    ("seconds", "said"), [(59, "59 s"), (120, "2.0 min"), (1500, "25 min"), (9000, "2.5 h"), (400_000, "4.6 days")]
)
def test_durations(seconds, said):
    assert estimate.duration(seconds) == said


@pytest.mark.parametrize(("n_bytes", "said"), [(5e5, "0.5 MB"), (18e6, "18 MB"), (1.8e9, "1.8 GB"), (2e13, "20 TB")])
def test_sizes(n_bytes, said):
    assert estimate.size(n_bytes) == said


def test_scenarios_ends_with_time_and_space(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["scenarios", str(DEFAULT), "--cores", "4"]) == 0
    *names, blank, closing = capsys.readouterr().out.splitlines()
    assert (len(names), blank) == (10, "")
    # 76 s and 10 times 5.5 s on 4 cores.
    assert closing.startswith(f"{DEFAULT}: 10 scenarios, about 33 s on 4 cores and 18 MB (from measured constants")
    assert main(["scenarios", str(DEFAULT), "--cores", "4", "--summary"]) == 0
    assert capsys.readouterr().out == closing + "\n"


def test_no_cores_are_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["scenarios", str(DEFAULT), "--cores", "0"])
    assert caught.value.code == 2
    assert "'0' is no number of cores" in capsys.readouterr().err


#: 1001 strengths, 101 delays: 101 101 scenarios for each adaptation.
HUGE = (
    "grid:\n"
    "  - who: [glmed]\n"
    f"    strength_percent: {[i / 10 for i in range(1001)]}\n"
    f"    onset_delay_ms: {list(range(101))}\n"
    "    adaptation: [re_optimised]\n"
    "simulation:"
)


def test_huge_grid_is_refused_unless_meant(capsys, tmp_path):
    study = changed_default(tmp_path, "simulation:", HUGE)
    assert main(["scenarios", str(study), "--summary"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"gluteweak: {study}: the study has 101111 scenarios, more than 100000; give --yes")
    assert said.count("\n") == 1
