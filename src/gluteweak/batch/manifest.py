"""What a job made, for the jobs after it: checksums of the scenarios that are done, reasons of those that failed.

A job that lists failures ends well, so that everything after it is made of the other scenarios; ``gluteweak check``
fails at the end. How often a job had failures is kept in a file of its own beside the list: Snakemake's rules have it
as a parameter, so that a job with failures is tried again when the study is run again, and one without is not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path


@dataclass(frozen=True)
class Manifest:
    """``files`` has checksums by scenario and file, ``failed`` the reason by scenario."""

    files: dict[str, dict[str, str]]
    failed: dict[str, str]


def write(path: Path, files: Mapping[str, Mapping[str, str]], failed: Mapping[str, str]) -> None:
    """Write what came of each scenario, and count the failure if there is one."""
    if failed:
        _write(_counter(path), str(times_failed(path) + 1))
    content = {"failed": failed, "scenarios": files}
    _write(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def read(path: Path) -> Manifest:
    """What came of each scenario, in the order of the file.

    Raises
    ------
    InputError
        If the file is missing or is no manifest.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Manifest(dict(content["scenarios"]), dict(content.get("failed", {})))
    except OSError:
        raise InputError(f"No file {path}: run the step that makes it, or correct the path.") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path} is no list of finished scenarios: delete it and run the step again.") from None
    return found


def times_failed(path: Path) -> int:
    """How often the job that writes this manifest had a scenario that failed."""
    try:
        return int(_counter(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def ask_again(results_dir: Path, scenarios: Collection[str]) -> None:
    """Have the next run of a study look at the files of some scenarios again, as if their jobs had had failures.

    A job compares every file with its checksum, and makes anew what is missing or damaged; but Snakemake, which does
    not know of these files, sees no reason to start it.
    """
    for path in sorted([*results_dir.glob("batches/*.json"), *results_dir.glob("outcomes/*.json")]):
        if not read(path).files.keys().isdisjoint(scenarios):
            _write(_counter(path), str(times_failed(path) + 1))


def _counter(path: Path) -> Path:
    return path.with_suffix(".failures")


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
