"""Whether a sweep that is there may grow, or has to be stacked anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py

from gluteweak.errors import InputError
from gluteweak.provenance import source_fingerprint
from gluteweak.storage import open_file, read_value, study_of
from gluteweak.variables import DESCRIPTORS

#: File attribute: fingerprint of the source that stacked a sweep.
ATTRIBUTE = "collect_source_fingerprint"
#: A smaller sweep is stacked anew in seconds, and has its scenarios in the order of the study again.
SMALLEST = 200


def collect_fingerprint() -> str:
    """Fingerprint of the source that decides what a sweep looks like."""
    return source_fingerprint("gluteweak.loads", "gluteweak.storage", "gluteweak.variables")


def why_stack_anew(
    study: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]], checksums: Mapping[str, str], out: Path
) -> str | None:
    """Why a sweep cannot be kept and enlarged, as the end of a sentence; None where all that it holds still holds.

    Parameters
    ----------
    study : mapping
        The study as it is now, as JSON-like data.
    described : mapping
        Scenario name -> its ``variables.DESCRIPTORS``.
    checksums : mapping
        Scenario name -> SHA-256 of its ``outcomes.h5``, of those that are finished now.
    out : Path
        The sweep.
    """
    if not out.exists():
        return "there is none yet"
    try:
        with open_file(out) as file:
            return next(_reasons(file, study, described, checksums), None)
    except (InputError, KeyError) as error:
        return f"the one that is there cannot be read ({error})"


def _reasons(
    file: h5py.File, study: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]], checksums: Mapping[str, str]
) -> Iterator[str]:
    if file.attrs.get(ATTRIBUTE) != collect_fingerprint():
        yield "other source stacked the one that is there"
    names = [str(name) for name in read_value(file["scenario_id"])]
    if len(names) < SMALLEST:
        yield f"the one that is there has {len(names)} scenarios, which takes seconds"
    for name, found in zip(names, read_value(file["outcomes_sha256"]), strict=True):
        if name not in checksums or name not in described:
            yield f"{name} is in the one that is there, and is no finished scenario of the study"
        elif checksums[name] != found:
            yield f"{name} has other outcomes"
    for key in DESCRIPTORS:
        if any(described[name][key] != said for name, said in zip(names, read_value(file[key]), strict=True)):
            yield f"the study says another {key} of its scenarios"
    if study_of(file) != study and not checksums.keys() - set(names):
        yield "the study changed in what is no scenario"
