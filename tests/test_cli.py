"""The command line: light to start, and one sentence with exit code 2 for bad input."""

import json
import subprocess
import sys
from importlib import metadata

import h5py
import numpy as np
import pytest
from study_files import DEFAULT, ROOT, changed_default
from synthetic_walker import two_legged_plant
from validation_sweep import scenario
from validation_sweep import write_sweep as write_validation_sweep

from gluteweak.cli import build_parser, main
from gluteweak.plant import write_plant
from gluteweak.storage import write_file
from gluteweak.study import schema_text

HEAVY = ("opensim", "casadi", "numba", "matplotlib")


def in_own_process(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "gluteweak.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def one_sentence(captured):
    assert captured.err.startswith("gluteweak")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    return captured.err


@pytest.mark.parametrize("code", ["import gluteweak", "from gluteweak.cli import main\nmain(['--help'])"])
def test_nothing_heavy_is_loaded(code):
    script = (
        f"import sys\ntry:\n  exec({code!r})\nexcept SystemExit:\n  pass\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    for command in ("build-model", "reference", "simulate", "certify", "outcomes", "collect", "figure", "table"):
        assert f"\n    {command}" in text


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"gluteweak {metadata.version('gluteweak')}\n"


def test_every_rule_calls_a_command_that_exists():
    used = {
        line.split()[1]
        for path in (ROOT / "workflows").glob("*.smk")
        for line in path.read_text(encoding="utf-8").replace('"', "").splitlines()
        if line.strip().startswith("gluteweak ")
    }
    known = next(
        action.choices for action in build_parser()._actions if action.choices and "simulate" in action.choices
    )
    assert used
    assert used <= set(known)


def test_scenarios_lists_names_only(capsys):
    assert main(["scenarios", str(DEFAULT)]) == 0
    assert capsys.readouterr().out.splitlines()[3] == "glmed_r-s025-re_optimised"


def test_schema(capsys):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()


BAD_STUDIES = [
    ("[glmed]", "[glmde]"),  # unknown muscle or group
    ("side:", "sied:"),  # unknown key
    ("100, 75", "151, 75"),  # strength above 100
    ("100, 75", "100, -1"),  # strength below 0
    ("[100, 75, 50, 25, 0]", "[]"),  # no scenarios
]


@pytest.mark.parametrize(("old", "new"), BAD_STUDIES, ids=[new for _, new in BAD_STUDIES])
@pytest.mark.parametrize("command", ["scenarios", "check"])
def test_bad_study(tmp_path, capsys, command, old, new):
    study = changed_default(tmp_path, old, new)
    out = tmp_path / "out"
    arguments = {
        "scenarios": [study],
        "check": ["--study", study, "--scenarios-dir", tmp_path, "--sweep", tmp_path / "sweep.h5", "--out", out],
    }[command]
    assert main([command, *map(str, arguments)]) == 2
    assert str(study) in one_sentence(capsys.readouterr())
    assert sorted(tmp_path.iterdir()) == [study]


@pytest.mark.parametrize(
    "arguments", [[], ["bla"], ["simulate"], ["reference", "--start-s", "now"], ["scenarios", "a", "b"]]
)
def test_wrong_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    one_sentence(capsys.readouterr())


@pytest.mark.parametrize("content", [None, b"", b"\x89HDF\r\n\x1a\n cut short"], ids=["missing", "empty", "truncated"])
def test_broken_hdf5(tmp_path, capsys, content):
    solution = tmp_path / "glmed_r-s100-re_optimised" / "solution.h5"
    solution.parent.mkdir()
    if content is not None:
        solution.write_bytes(content)
    out, sweep = tmp_path / "checks.txt", tmp_path / "sweep.h5"
    with h5py.File(sweep, "w") as file:
        file["scenario_id"] = ["glmed_r-s100-re_optimised"]
        file.update({name: [1] for name in ("strength_fraction", "solved", "certified")})
        file.attrs["study"] = "{}"
    arguments = ["--study", DEFAULT, "--scenarios-dir", tmp_path, "--sweep", sweep, "--out", out]
    assert main(["check", *map(str, arguments)]) == 2
    assert str(solution) in one_sentence(capsys.readouterr())
    assert not out.exists()


def test_unexpected_error_is_not_hidden(tmp_path, monkeypatch):
    def broken(_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("gluteweak.study.load_study", broken)
    with pytest.raises(ZeroDivisionError):
        main(["scenarios", str(DEFAULT)])


def test_no_traceback_for_the_user():
    result = in_own_process("scenarios", "config/none.yaml")
    assert result.returncode == 2
    assert (
        result.stderr
        == "gluteweak: No study file config/none.yaml: give the path of one, for instance config/default.yaml.\n"
    )
    assert result.stdout == ""


def test_timing_that_leaves_no_burst_is_refused_before_anything_runs(tmp_path):
    study = tmp_path / "mute.yaml"
    grid = "{who: [glmed], onset_delay_ms: [0, 400], early_shutoff_ms: [0, 400]}"
    study.write_text(f"name: mute\nmodel: adult\ngrid:\n  - {grid}\n", encoding="utf-8")
    result = in_own_process("scenarios", study)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(f"gluteweak: {study}: scenario 'glmed_r-s100-late400-early400-re_optimised': ")
    assert "less than 595 ms" in result.stderr
    assert sorted(tmp_path.iterdir()) == [study]


def test_log_holds_the_sentence_too(tmp_path):
    log = tmp_path / "logs" / "job.log"
    result = in_own_process("scenarios", "config/none.yaml", "--log", log)
    assert result.returncode == 2
    assert result.stderr == f"gluteweak: {log.read_text(encoding='utf-8')}"


def test_answer_reaches_the_terminal_past_the_log(tmp_path):
    log = tmp_path / "job.log"
    result = in_own_process("scenarios", DEFAULT, "--log", log)
    *names, blank, _ = result.stdout.splitlines()
    assert (len(names), blank) == (10, "")
    assert log.read_text(encoding="utf-8") == ""


@pytest.mark.casadi
def test_nan_in_a_reference(tmp_path):
    plant, reference, out = (tmp_path / name for name in ("plant.h5", "reference_gait.h5", "healthy_gait.h5"))
    write_plant(plant, two_legged_plant())
    write_file(reference, {"time_s": np.array([0.1, np.nan])}, {})
    arguments = ["--study", DEFAULT, "--plant", plant, "--problem", tmp_path / "problem", "--out", out]
    result = in_own_process("healthy", "--reference", reference, *arguments)
    assert result.returncode == 2, result.stderr
    assert f"{reference}: dataset 'time_s' holds NaN" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not out.exists()


@pytest.mark.opensim
def test_model_without_patellae(tmp_path):
    tables = ROOT / "models" / "adult"
    walker = tmp_path / "models" / "kneecapless"
    walker.mkdir(parents=True)
    for table in tables.glob("*.csv"):
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        (walker / table.name).write_text(
            "".join(line for line in lines if not line.startswith("patellofemoral_r,")), encoding="utf-8"
        )
    result = in_own_process("build-model", "kneecapless", "--out", "m.osim", "--plant", "p.h5", cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert "patella" in result.stderr
    assert result.stderr.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["models"]


def test_validate_reports_outside_values_with_exit_code_zero(tmp_path, capsys):
    sweep = write_validation_sweep(tmp_path / "sweep.h5", healthy=scenario(pelvic_drop_deg=np.zeros(101)))
    assert main(["validate", str(sweep), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {row["verdict"] for row in printed["comparisons"] if row["key"] == "drop_peak"} == {"inside", "outside"}
    assert main(["validate", str(sweep), "--out-dir", str(tmp_path / "out"), "--docs", str(tmp_path / "docs")]) == 0
    assert capsys.readouterr().out == (tmp_path / "out/validation.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out/validation.json").read_text(encoding="utf-8")) == printed
    assert sorted(path.name for path in (tmp_path / "docs").iterdir()) == ["validation.md", "validation.png"]


def test_validate_refuses_a_missing_sweep(tmp_path, capsys):
    assert main(["validate", str(tmp_path / "sweep.h5"), "--out-dir", str(tmp_path / "out")]) == 2
    assert "No file" in one_sentence(capsys.readouterr())
    assert not (tmp_path / "out").exists()


def test_validate_loads_nothing_heavy(tmp_path):
    sweep = write_validation_sweep(tmp_path / "sweep.h5")
    script = (
        f"import sys\nfrom gluteweak.cli import main\nmain(['validate', {str(sweep)!r}])\n"
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
