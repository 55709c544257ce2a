"""The whole chain through Snakemake: real model, real solver, real certificate, in a folder of its own.

What is solved here is what a user gets from ``make sweep STUDY=config/quick.yaml``.
"""

import json
import re
import shutil
import zipfile

import h5py
import numpy as np
import pytest
import xarray
from study_files import ROOT
from workflow_run import fresh_checkout, planned, probed, probes, snakemake

from gluteweak.batch.plan import batches
from gluteweak.comparison import targets
from gluteweak.figures.walking import body_lines
from gluteweak.skeleton.walks import read_walks
from gluteweak.study import load_study

pytestmark = pytest.mark.workflow

STUDIES = sorted(path.name for path in (ROOT / "config").glob("*.yaml"))


@pytest.fixture
def checkout(tmp_path):
    return fresh_checkout(tmp_path)


def test_each_walking_speed_gets_one_healthy_gait_of_its_own(checkout):
    (checkout / "config/speeds.yaml").write_text(
        "name: speeds\nmodel: adult\ngrid:\n  - who: [glmed]\n    strength_percent: [100, 50]\n"
        "    speed_m_s: [0.9, 1.3, 1.5]\n",
        encoding="utf-8",
    )
    jobs = planned(checkout, study="config/speeds.yaml")
    assert jobs["healthy_at_speed"] == 3
    # Two adaptations, two strengths: a batch of at most five holds two chains of two, each of one speed.
    assert jobs["batch"] == 3


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_can_be_planned(checkout, name):
    listed = load_study(ROOT / "config" / name).scenarios()
    scenarios = len(batches([scenario.model_dump(mode="json") for scenario in listed]))
    jobs = planned(checkout, study=f"config/{name}")
    once = (
        "model",
        "problem",
        "healthy",
        "settle",
        "outcomes",
        "collect",
        "compensation",
        "signs_checklist",
        "overview",
        "check_results",
        "validation",
        "poses",
        "walking",
        "report",
        "all",
    )
    pictures = {
        "compare": int(bool(targets.comparison_figures(listed))),
        "chain": int(targets.shows_chain(listed)),
        "handout": len(targets.handout_languages(listed)),
        "treatments": int(any(scenario.role == "treated" for scenario in listed)),
        "treatment_figure": int(any(scenario.role == "treated" for scenario in listed)),
        "coordination_figures": int(any(scenario.coordination for scenario in listed)),
        "healthy_at_speed": len({scenario.speed_m_s for scenario in listed} - {None}),
    }
    expected = {**dict.fromkeys(once, 1), **pictures, "batch": scenarios}
    assert jobs == {rule: count for rule, count in expected.items() if count}


def test_what_if_is_a_target_of_its_own(checkout):
    motions = len(load_study(ROOT / "config" / "quick.yaml").what_if_motions())
    jobs = planned(checkout, "what_if")
    once = ("model", "problem", "healthy", "what_if_outcomes", "what_if_collect", "what_if_table", "what_if")
    fixed = ("fixed_gait", "fixed_gait_outcomes", "fixed_gait_collect")
    assert jobs == {**dict.fromkeys((*once, *fixed), 1), "what_if_motion": motions, "certify_what_if": motions}


def test_bad_study_stops_before_anything_runs(checkout):
    study = checkout / "config" / "quick.yaml"
    study.write_text(study.read_text(encoding="utf-8").replace("[glmed]", "[glmde]"), encoding="utf-8")
    said = snakemake(checkout, expect=1)
    assert "config/quick.yaml: weakness.muscles[0]: unknown muscle or group 'glmde' (did you mean 'glmed'?)" in said
    assert not (checkout / "results").exists()


def test_files_of_a_finished_study(finished):
    folder = finished[0]
    results = folder / "results" / "quick"
    for scenario in load_study(ROOT / "config" / "quick.yaml").scenarios():
        files = {path.name: path for path in (results / "scenarios" / scenario.scenario_id).iterdir()}
        assert set(files) == {
            "model.osim",
            "solution.h5",
            "solution.sto",
            "ground_reaction.sto",
            "certificate.json",
            "outcomes.h5",
            "poses.h5",
            "record.json",
            ".lock",
        }
        assert sum(path.stat().st_size for path in files.values()) <= 2_000_000
        assert json.loads(files["certificate.json"].read_text(encoding="utf-8"))["certified"] is True
        with h5py.File(files["solution.h5"]) as solution:
            assert solution.attrs["converged"] == 1
            assert solution.attrs["scenario_id"] == scenario.scenario_id
    for name in (
        "model.osim",
        "plant.h5",
        "checks.txt",
        "validation.txt",
        "validation.json",
        "figures/overview.png",
        "figures/overview.svg",
        "figures/comparison.csv",
        "figures/chain.pdf",
        "figures/dose_response.svg",
        "handout-de.pdf",
    ):
        assert (results / name).stat().st_size > 0


def test_sweep_opens_with_named_dimensions(finished):
    folder = finished[0]
    with xarray.open_dataset(folder / "results" / "quick" / "sweep.h5", engine="h5netcdf") as sweep:
        assert dict(sweep.sizes)["scenario"] == 2
        assert sweep.sizes["gait_cycle_pct"] == 101
        assert list(sweep["strength_fraction"].values) == [1.0, 0.5]
        assert sweep["pelvic_drop_deg"].dims == ("scenario", "side", "gait_cycle_pct")
        for variable in sweep.data_vars.values():
            assert variable.attrs["unit"]
            assert variable.attrs["description"]
            assert "sign" in variable.attrs


def test_pictures_draw_the_angles_that_the_sweep_holds(finished):
    """Bones are posed by OpenSim, angles computed from the plant: two ways to the same posture."""
    folder = finished[0] / "results" / "quick"
    for walk in read_walks(folder / "sweep.h5", folder / "scenarios"):
        right = walk.posed.side[walk.side] == "right"
        for instant in range(0, 100, 7):
            lines = body_lines(walk, instant)
            start = walk.foot_strike_s[walk.side]
            pct = 100.0 * ((walk.posed.instant_s[instant] - start) / walk.posed.duration_s % 1.0)
            trunk = lines["trunk"][1] - lines["trunk"][0]
            across = lines["pelvis"][0] - lines["pelvis"][1]
            thigh = lines["leg"][0] - lines["leg"][1]
            for name, up, side in (
                ("pelvic_drop_deg", across[2], across[1]),
                ("trunk_lean_deg", trunk[1], trunk[2]),
                ("femoral_adduction_deg", thigh[1], thigh[2]),
            ):
                drawn = np.degrees(np.arctan2(side, up)) * (1.0 if right else -1.0)
                # Half a degree a per cent of the cycle, in the fastest turn of the thigh, between two samples.
                assert drawn == pytest.approx(walk.angle_deg(name, pct), abs=0.25), (walk.scenario_id, name, pct)


def test_snakemakes_own_report_carries_figures_and_captions(finished, tmp_path):
    folder = finished[0]
    snakemake(folder, "--report", str(tmp_path / "report.zip"))
    with zipfile.ZipFile(tmp_path / "report.zip") as report:
        names = report.namelist()
        text = "".join(
            report.read(name).decode("utf-8", "replace") for name in names if name.endswith((".html", ".js"))
        )
    for figure in ("chain", "compare_curves", "compensation", "dose_response", "heat_map", "overview", "handout-es"):
        assert any(f"/{figure}." in name for name in names), figure
    for caption in ("the link did not show", "Who takes over when muscles are weak, quick study", "for a patient (es)"):
        assert caption in " ".join(text.replace("\\n", " ").split()), caption


def test_one_line_for_each_scenario(finished):
    said = finished[1]
    for scenario in load_study(ROOT / "config" / "quick.yaml").scenarios():
        assert len(re.findall(rf"^{scenario.scenario_id}: solved in \d+ iteration", said, re.MULTILINE)) == 1


def test_run_again_it_does_nothing(finished):
    folder = finished[0]
    assert planned(folder) == {}


def test_changed_strength_solves_one_scenario(finished):
    folder = finished[0]
    study = folder / "config" / "quick.yaml"
    before = study.read_text(encoding="utf-8")
    try:
        study.write_text(before.replace("[100, 50]", "[100, 60]"), encoding="utf-8")
        jobs = planned(folder)
    finally:
        study.write_text(before, encoding="utf-8")
    assert jobs == {
        "all": 1,
        "batch": 1,
        "settle": 1,
        "outcomes": 1,
        "collect": 1,
        "compensation": 1,
        "signs_checklist": 1,
        "overview": 1,
        "check_results": 1,
        "validation": 1,
        "poses": 1,
        "walking": 1,
        "report": 1,
        "compare": 1,
        "chain": 1,
        "handout": 3,
    }


def edited_source(folder, module):
    """A copy of the package with one module edited, and the environment that finds it first."""
    copied = folder / "gluteweak"
    shutil.copytree(ROOT / "src" / "gluteweak", copied, ignore=shutil.ignore_patterns("__pycache__"))
    with (copied / module).open("a", encoding="utf-8") as file:
        file.write("# Edited.\n")
    return {"PYTHONPATH": str(copied.parent)}


@pytest.mark.parametrize(
    ("module", "due", "solving"),
    [
        ("figures/overview.py", {"overview"}, set()),
        ("loads/patellofemoral_kernels.py", {"outcomes", "collect"}, set()),
        ("walking/muscle.py", {"outcomes", "collect"}, {"problem", "healthy", "batch"}),
        ("comparison/words.py", {"compare", "chain", "handout"}, set()),
    ],
    ids=["figure", "load kernel", "dynamics", "words"],
)
def test_edited_source_runs_what_depends_on_it(finished, tmp_path, module, due, solving):
    folder = finished[0]
    jobs = set(planned(folder, environment=edited_source(tmp_path, module)))
    assert due <= jobs
    assert jobs & {"model", "problem", "healthy", "batch"} == solving


def test_changed_strength_solves_that_scenario_and_keeps_the_other(finished, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(finished[0], folder)
    study = folder / "config" / "quick.yaml"
    study.write_text(study.read_text(encoding="utf-8").replace("[100, 50]", "[100, 60]"), encoding="utf-8")
    scenarios = folder / "results" / "quick" / "scenarios"
    kept = scenarios / "glmed_r-s100-re_optimised" / "solution.h5"
    before = kept.stat().st_mtime_ns
    said = snakemake(folder, "--quiet", "host", "progress", "reason", "rules", "--", "results/quick/batches/00000.json")
    assert len(re.findall(r"solved in \d+ iteration", said)) == 1
    assert "glmed_r-s060-re_optimised: solved" in said
    assert "1 of 2 scenarios were there already" in said
    assert kept.stat().st_mtime_ns == before
    assert (scenarios / "glmed_r-s060-re_optimised" / "certificate.json").is_file()


def test_edited_caption_runs_nothing(finished):
    folder = finished[0]
    caption = folder / "workflows" / "captions" / "overview.rst"
    before = caption.read_text(encoding="utf-8")
    caption.write_text(before + "\nEdited.\n", encoding="utf-8")
    try:
        assert planned(folder) == {}
    finally:
        caption.write_text(before, encoding="utf-8")


def test_touched_study_file_solves_nothing(finished):
    folder = finished[0]
    (folder / "config" / "quick.yaml").touch()
    assert planned(folder) == {}


def test_no_process_takes_more_than_the_one_thread_that_it_is_given(finished):
    """In an environment that limits nothing; each process says so itself when it ends."""
    left = probes(finished[2])
    loaded = {library for probe in left for library in probe["libraries"]}
    assert loaded == {"casadi", "matplotlib", "numba", "numpy", "opensim", "typst"}
    for probe in left:
        # typst works in a thread of its own, for which the first one waits.
        assert probe["threads"] == 1 + ("typst" in probe["libraries"]), probe
        assert probe["numba_threads"] in {None, 1}, probe
        assert set(probe["given"].values()) == {"1"}, probe


def test_threads_that_snakemake_gives_reach_the_solver_and_numba(finished, tmp_path):
    folder, left = tmp_path / "threads", tmp_path / "left"
    shutil.copytree(finished[0], folder)
    kept = folder / "results" / "quick"
    for path in (kept / "scenarios").glob("*/*"):
        if path.name in {"outcomes.h5", "record.json"}:
            path.unlink()
    snakemake(
        folder,
        "--forcerun",
        "batch",
        "outcomes",
        "--set-threads",
        "batch=2",
        "outcomes=2",
        "--",
        "results/quick/outcomes/00000.json",
        environment=probed(left),
    )
    workers = [probe for probe in probes(left) if probe["libraries"] and "worker" in probe["command"][0]]
    assert {library for probe in workers for library in probe["libraries"]} >= {"casadi", "numba", "opensim"}
    for probe in workers:
        assert set(probe["given"].values()) == {"2"}, probe
        assert probe["numba_threads"] in {None, 2}, probe
