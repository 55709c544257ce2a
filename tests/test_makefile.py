"""The Makefile's own part: what Snakemake says is kept for one run, shown where it fails, and taken away."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Instead of Snakemake: a run that says what it was given, waits for a file, makes a sweep and ends as it is told.
SNAKEMAKE = """#!/bin/bash
for word in "$@"; do case "$word" in study=*) study=$(basename "${word#study=}" .yaml);; esac; done
echo "gluteweak: said of $study" >&2
touch "running-$study"
while [ ! -e "end-$study" ]; do sleep 0.05; done
if [ -e "makes-$study" ]; then mkdir -p "results/$study"; touch "results/$study/sweep.h5"; fi
exit "$(cat "end-$study")"
"""
#: Instead of gluteweak: the table is printed under its own condition.
GLUTEWEAK = """#!/bin/bash
case "$*" in
*--newer-than*) [ "results/$(basename "$3" .yaml)/sweep.h5" -nt "${@: -1}" ] && echo "table of $3" ;;
table*) echo "table of $3" ;;
esac
exit 0
"""


@pytest.fixture
def folder(tmp_path):
    """A checkout whose programs are stand-ins."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, text in (("snakemake", SNAKEMAKE), ("gluteweak", GLUTEWEAK)):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    for name in ("requirements.lock", "pyproject.toml", ".ci/find_python.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    time.sleep(0.01)
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def started(folder, study):
    process = subprocess.Popen(
        ["make", "--no-print-directory", "sweep", f"STUDY=config/{study}.yaml"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (folder / f"running-{study}").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_two_runs_side_by_side_have_their_own_notes_and_leave_none(folder):
    first, second = started(folder, "one"), started(folder, "two")
    assert len(list((folder / ".snakemake").glob("make-*.log"))) == 2
    # The other run makes its sweep meanwhile, and ends well; this one fails, without any.
    (folder / "makes-two").touch()
    (folder / "end-two").write_text("0", encoding="utf-8")
    said, complained = second.communicate(timeout=60)
    assert (second.returncode, complained) == (0, "")
    assert "table of config/two.yaml" in said
    (folder / "end-one").write_text("1", encoding="utf-8")
    said, complained = first.communicate(timeout=60)
    assert first.returncode == 2
    assert "gluteweak: said of one" in complained
    assert "two" not in said + complained
    assert "table" not in said
    assert not list((folder / ".snakemake").glob("make-*"))


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_where_some_scenarios_fail_the_table_of_the_others_is_printed(folder):
    run = started(folder, "one")
    (folder / "makes-one").touch()
    (folder / "end-one").write_text("1", encoding="utf-8")
    said, complained = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "table of config/one.yaml" in said
    assert "gluteweak: said of one" in complained
