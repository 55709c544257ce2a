"""A disk on which nothing can be written stops the workflow before its first job, in one sentence."""

import contextlib
import re
import subprocess

import pytest
from study_files import ROOT
from workflow_run import fresh_checkout, snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose results lie on a small disk of their own; skipped where nobody may mount one."""
    folder = fresh_checkout(tmp_path)
    results = folder / "results"
    results.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(results)]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a file system can be mounted by root only: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(results)], check=True)


@pytest.mark.parametrize("why", ["the file system is read-only", "the disk is full"])
def test_a_disk_that_takes_nothing_is_named_before_the_first_job(checkout, why):
    results = checkout / "results"
    if "full" in why:
        with (results / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(4096)):
                pass
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(results)], check=True)
    said = snakemake(checkout, "--quiet", "host", "progress", "reason", "rules", expect=1, cores=1)
    # What the Makefile leaves of it.
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    noise = [
        re.search(rf"^{name} := (.*)$", makefile, re.MULTILINE)[1] for name in ("SNAKEMAKE_NOISE", "SNAKEMAKE_MORE")
    ]
    pattern = re.compile("|".join(noise).replace("$$", "$"))
    assert [line for line in said.splitlines() if not pattern.match(line)] == [
        f"gluteweak: Cannot write results: {why}; make room or choose another folder, and run again."
    ]
    assert [path.name for path in results.iterdir()] == ["filler"] * ("full" in why)
