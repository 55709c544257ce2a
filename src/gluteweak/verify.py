"""Is a result file whole, what the registry says, and confirmed? Checks of a sweep, a solution or outcomes.

Everything is read piece by piece, so that a sweep of any size can be verified.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.batch import record
from gluteweak.batch.job import scenario_folder
from gluteweak.failures import failed_in
from gluteweak.provenance import sha256_file
from gluteweak.storage import labels_sha256, open_file, read_value
from gluteweak.variables import CYCLE_VARIABLES, LABELS, VARIABLES, Variable

#: What every result says about its making.
PROVENANCE = ("versions", "plant_sha256", "source_fingerprint")
_ROWS = 256
#: Problems that the closing sentence spells out.
_SPELT_OUT = 10


def verify(path: Path, broken: set[str] | None = None) -> list[str]:
    """Everything that is wrong with a result file; empty where all is well.

    Parameters
    ----------
    path
        ``sweep.h5`` (its scenarios' files are checked too, where they are), or ``solution.h5`` or ``outcomes.h5`` of a
        scenario.
    broken
        Gets the scenarios of a sweep whose own files are not in order.

    Raises
    ------
    InputError
        If there is no such file, it is no HDF5, or it cannot be read to its end.
    """
    with open_file(path) as file:
        problems = [
            *_provenance_problems(file),
            *_label_problems(file),
            *_registry_problems(file),
            *_value_problems(file),
        ]
        problems += [f"scenario {name} of the study is not in it: {why}" for name, why in failed_in(file.attrs).items()]
        names = [str(name) for name in read_value(file["scenario_id"])] if "scenario_id" in file else []
    if names:
        folders = path.parent / "scenarios"
        for name in names if folders.is_dir() else ():
            found = scenario_problems(scenario_folder(folders, name))
            problems += [f"scenario {name}: {problem}" for problem in found]
            if found and broken is not None:
                broken.add(name)
    else:
        problems += scenario_problems(path.parent)
    return problems


def closing_sentence(path: Path, problems: list[str]) -> str:
    """The problems in one sentence."""
    listed = "; ".join(problems[:_SPELT_OUT])
    more = len(problems) - _SPELT_OUT
    return (
        f"{path} does not verify, {len(problems)} problem{'s' if len(problems) > 1 else ''}: {listed}"
        + (f"; and {more} more" if more > 0 else "")
        + "; run the study again, which makes anew what is damaged."
    )


def _provenance_problems(file: h5py.File) -> Iterator[str]:
    for name in PROVENANCE:
        if not str(file.attrs.get(name, "")):
            yield f"it does not say its {name}"


def _label_problems(file: h5py.File) -> Iterator[str]:
    """Names and words of a sweep, which carry no checksums of their own as its numbers do."""
    if "scenario" in file and file.attrs.get("labels_sha256") != labels_sha256(file):
        yield "its names and words are not those that were written (labels_sha256)"


def _registry_problems(file: h5py.File) -> Iterator[str]:
    stacked = "scenario" in file
    for name, dataset in file.items():
        variable = _registered(name, dataset)
        if variable is None:
            yield f"{name} is not in the registry"
            continue
        dims = variable.dims if "scenario" in variable.dims or not stacked else ("scenario", *variable.dims)
        lengths = (
            len(dims) if stacked and name not in ("side", "gait_cycle_pct", "muscle", "study") else len(variable.dims)
        )
        if dataset.ndim != lengths:
            yield f"{name} has {dataset.ndim} dimensions, the registry says {lengths}"
        for what in ("unit", "description", "sign"):
            if str(dataset.attrs.get(what)) != getattr(variable, what):
                yield f"{name}: its {what} is not that of the registry"


def _registered(name: str, dataset: h5py.Dataset) -> Variable | None:
    """The registered quantity of that name; where two tables have one, that whose unit the dataset has."""
    found = [table[name] for table in (CYCLE_VARIABLES, VARIABLES) if name in table]
    return next((v for v in found if v.description == dataset.attrs.get("description")), found[0] if found else None)


def _value_problems(file: h5py.File) -> Iterator[str]:
    for name, dataset in file.items():
        if name in LABELS or dataset.dtype.kind != "f":
            continue
        pieces = [()] if dataset.ndim == 0 else [slice(row, row + _ROWS) for row in range(0, dataset.shape[0], _ROWS)]
        if any(np.isnan(dataset[piece]).any() for piece in pieces):
            yield f"{name} holds NaN"
    for name in ("solved", "certified"):
        if name in file and not np.all(np.asarray(file[name]) == 1):
            yield f"not everything in it is {name}"
    if "converged" in file.attrs and int(file.attrs["converged"]) != 1:
        yield "its motion did not converge"


def scenario_problems(folder: Path) -> list[str]:
    """What is wrong with the files of a scenario: checksums, and OpenSim's verdict on this very motion."""
    entries = record.read(folder)
    problems = [
        damage
        for stage in record.STAGES
        if stage.name in entries and (damage := record.damaged(folder, stage, entries[stage.name])) is not None
    ]
    if not entries and (folder / "certificate.json").is_file():
        problems.append(f"{record.FILE_NAME} is missing, so that checksums cannot be compared")
    certificate = _certificate(folder)
    if certificate is None:
        problems.append("certificate.json is missing or no certificate")
    elif certificate.get("certified") is not True:
        problems.append("OpenSim does not certify it")
    elif (folder / "solution.h5").is_file():
        judged = certificate.get("sha256")
        if not isinstance(judged, dict) or judged.get("solution") != sha256_file(folder / "solution.h5"):
            problems.append("its certificate is about another solution.h5")
    return problems


def _certificate(folder: Path) -> Mapping[str, Any] | None:
    try:
        content = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
