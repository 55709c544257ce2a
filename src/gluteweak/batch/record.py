"""What a scenario's files were made from: ``record.json`` beside them, one entry for each stage.

An entry holds a key (SHA-256 of everything that went in), the checksum of every file that came out, and where and
when. A stage is done if its entry has the key that is due and every file has its checksum; anything else (a missing,
truncated or changed file, another key) means to do it again. So a killed job goes on where it stopped, a damaged file
is found before it is used, and a study that shares scenarios with its former self solves only what is new.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gluteweak.provenance import host_class, sha256_file, utc_now
from gluteweak.storage import atomic_path

FILE_NAME = "record.json"
_LOCK_NAME = ".lock"
#: Beginning of the name of a folder in which a scenario is solved again.
BETTER = ".better."


@dataclass(frozen=True)
class Stage:
    """A step of a scenario and the files that it leaves in the scenario's folder."""

    name: str
    files: tuple[str, ...]


SOLVE = Stage("solve", ("solution.h5", "solution.sto", "ground_reaction.sto"))
CERTIFY = Stage("certify", ("model.osim", "certificate.json"))
OUTCOMES = Stage("outcomes", ("outcomes.h5",))
#: In the order in which each uses the one before it.
STAGES = (SOLVE, CERTIFY, OUTCOMES)


def read(folder: Path) -> dict[str, Any]:
    """Entries by stage name; an unreadable record is no record."""
    try:
        stages = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))["stages"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: entry for name, entry in stages.items() if _is_entry(entry)} if isinstance(stages, dict) else {}


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("key"), str) and isinstance(entry.get("files"), dict)


def why_not_done(folder: Path, stage: Stage, key: str) -> str | None:
    """Why a stage has to be done (again), as the end of a sentence; None where it is done."""
    entry = read(folder).get(stage.name)
    if entry is None:
        return "not done yet"
    damage = damaged(folder, stage, entry)
    if damage is not None:
        return damage
    return None if entry["key"] == key else "made from something else"


def damaged(folder: Path, stage: Stage, entry: Mapping[str, Any]) -> str | None:
    """What is wrong with the files of a recorded stage, as the end of a sentence; None where they are whole."""
    for name in stage.files:
        path, due = folder / name, entry["files"].get(name)
        if not path.is_file():
            return f"{name} is missing"
        found = sha256_file(path)
        if found != due:
            return f"{name} is damaged (its SHA-256 is {found[:12]}, recorded is {str(due)[:12]})"
    return None


def begin(folder: Path, stage: Stage) -> None:
    """Take away what a stage and the later ones left, so that nothing stale is left if it fails."""
    stages = read(folder)
    for later in STAGES[STAGES.index(stage) :]:
        stages.pop(later.name, None)
    # The record first: files without an entry count for nothing, an entry without files would be called damage.
    if (folder / FILE_NAME).exists():
        _write(folder, stages)
    for later in STAGES[STAGES.index(stage) :]:
        for name in later.files:
            (folder / name).unlink(missing_ok=True)


def finish(folder: Path, stage: Stage, key: str, made_from: Mapping[str, Any]) -> dict[str, str]:
    """Record a stage that is done; returns the checksums of its files."""
    checksums = {name: sha256_file(folder / name) for name in stage.files}
    entry = {
        "key": key,
        "files": checksums,
        "made_from": dict(made_from),
        "host_class": host_class(),
        "finished_utc": utc_now(),
    }
    _write(folder, {**read(folder), stage.name: entry})
    return checksums


def _write(folder: Path, stages: Mapping[str, Any]) -> None:
    with atomic_path(folder / FILE_NAME) as temporary:
        temporary.write_text(json.dumps({"stages": stages}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that works on a scenario; waits for another one to finish.

    The operating system frees the lock when its owner dies, however it dies; so half-written files that are found here
    belong to nobody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for stage in STAGES:
            for name in (*stage.files, FILE_NAME):
                for left_over in folder.glob(f".{name}.*"):
                    left_over.unlink(missing_ok=True)
        for left_over in folder.glob(f"{BETTER}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        yield
    finally:
        os.close(handle)
