"""All scenarios in one file that xarray opens with named dimensions, written one scenario at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError
from gluteweak.failures import ATTRIBUTE
from gluteweak.loads import growing
from gluteweak.loads.outcomes import IMPULSES
from gluteweak.loads.walk import walk_totals
from gluteweak.provenance import sha256_file
from gluteweak.storage import (
    create_variable,
    enlarged_file,
    labels_sha256,
    new_file,
    open_file,
    read_file,
    read_value,
    write_study,
    write_variable,
)
from gluteweak.variables import CYCLE_VARIABLES, DESCRIPTORS, MAKING, TIMING

#: Dimensions that every scenario shares; each is a coordinate with names or numbers.
_SHARED = ("side", "gait_cycle_pct", "muscle")
_SCENARIO = "scenario"
#: What walks in which muscles tire add up to; made from all scenarios at once.
_WALKS = tuple(f"walk_{impulse}" for impulse in IMPULSES.values())
#: Descriptors that are numbers; the others are words.
_NUMBERS = ("speed_m_s", "steps_walked", "instructed_trunk_lean_deg", "solve_cpu_s", *TIMING)
#: Scenarios in memory at a time, about 1 MB each: a multiple of the rows of the largest quantities' chunks.
_BLOCK = 64
#: What must agree between scenarios for a comparison to mean anything.
_SAME = ("plant_sha256", "model_sha256", "body_mass_kg", "gravity_m_s2", "patellofemoral_load")
#: What may differ when only some scenarios were solved again; every value found is listed.
_LISTED = (
    *("versions", "source_fingerprint", "outcomes_source_fingerprint", "solver_settings", "host_class"),
    *("reference_sha256",),
)


def collect_outcomes(
    study: Mapping[str, Any],
    described: Mapping[str, Mapping[str, Any]],
    paths: Sequence[Path],
    out: Path,
    *,
    failed: Mapping[str, str] | None = None,
) -> None:
    """Stack ``outcomes.h5`` files; at no time are more than a block of scenarios in memory.

    Parameters
    ----------
    study : mapping
        The study as JSON-like data, kept as the dataset ``study``.
    described : mapping
        Scenario name -> its ``variables.DESCRIPTORS``.
    paths : sequence of Path
        One file a scenario.
    out : Path
        File to write, whole or not at all.
    failed : mapping, optional
        Scenarios of the study that are not among the paths, and why.

    Raises
    ------
    InputError
        If there is no scenario, a file is missing, broken or foreign to the study, or models or shapes differ.
    """
    if not paths:
        raise InputError("There is no scenario to collect: the study file must list at least one strength.")
    first, first_attributes = read_file(paths[0])
    # Left by a process that died while it added to the sweep; all that was in it is stacked here.
    aside_of(out).unlink(missing_ok=True)
    with new_file(out) as file:
        _write_frame(file, first, len(paths))
        file.attrs.update({key: first_attributes[key] for key in _SAME if key in first_attributes})
        _fill(file, 0, described, paths)
        _add_walks(file)
        _say(file, study, failed)


def _say(file: h5py.File, study: Mapping[str, Any], failed: Mapping[str, str] | None) -> None:
    """Write what the sweep is of: the study, and which of its scenarios are not there."""
    write_study(file, study)
    file.attrs[ATTRIBUTE] = json.dumps(dict(failed or {}))
    file.attrs[growing.ATTRIBUTE] = growing.collect_fingerprint()
    file.attrs["labels_sha256"] = labels_sha256(file)


def append_outcomes(
    study: Mapping[str, Any],
    described: Mapping[str, Mapping[str, Any]],
    paths: Sequence[Path],
    out: Path,
    *,
    failed: Mapping[str, str] | None = None,
) -> int:
    """Add the scenarios that a sweep does not hold yet; costs what they cost, not what is there already.

    While rows are added the file has another, hidden name, so that nothing half-written is ever seen. If the process
    dies in between, collect the whole study once.

    Parameters
    ----------
    study, described, paths, failed
        As in `collect_outcomes`, of the enlarged study. What the sweep holds already is not read again.
    out : Path
        Sweep to enlarge.

    Returns
    -------
    int
        Number of scenarios that were added, at the end.

    Raises
    ------
    InputError
        As `collect_outcomes`; then the sweep is as it was.
    """
    aside = aside_of(out)
    if aside.exists() and not out.exists():
        raise InputError(f"Adding to {out} was interrupted: delete {aside} and collect the whole study again.")
    with open_file(out) as file:
        known = set(read_value(file["scenario_id"]))
        n_known = len(known)
        new = [path for path in paths if path.parent.name not in known]
        frame = {name: read_value(file[name]) for name in _SHARED}
        shapes = {name: file[name].shape[1:] for name in _rows(file)}
        attributes = dict(file.attrs)
    for path in new:
        _check_fits(path, frame, shapes, attributes)
    if not new:
        out.touch()
        return 0
    out.replace(aside)
    with enlarged_file(aside) as file:
        for name in _WALKS:
            file.pop(name, None)
        for name in (_SCENARIO, "scenario_id", *DESCRIPTORS, *MAKING, *_rows(file)):
            file[name].resize(n_known + len(new), axis=0)
        _fill(file, n_known, described, new)
        _add_walks(file)
        _say(file, study, failed)
    aside.replace(out)
    return len(new)


def aside_of(out: Path) -> Path:
    """Name of a sweep while scenarios are added to it."""
    return out.with_name(f".{out.name}.appending")


def _rows(file: h5py.File) -> list[str]:
    """Datasets with one row a scenario that come from ``outcomes.h5``."""
    others = {*_SHARED, _SCENARIO, "scenario_id", "study", *DESCRIPTORS, *MAKING, *_WALKS}
    return [name for name in file if name not in others]


def _check_fits(path: Path, frame: Mapping[str, Any], shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    values, own = read_file(path)
    rows = {name: np.zeros(shape) for name, shape in shapes.items()}
    _check_same(path, {**frame, **rows}, attributes, values, own)


def _fill(file: h5py.File, start: int, described: Mapping[str, Mapping[str, Any]], paths: Sequence[Path]) -> None:
    """Write scenarios from row ``start`` on, a block at a time: a chunk is compressed once, and memory stays small."""
    listed = {key: set(str(file.attrs.get(key, "")).splitlines()) for key in _LISTED}
    frame: dict[str, Any] = {name: read_value(file[name]) for name in _SHARED}
    shapes = {name: file[name].shape[1:] for name in _rows(file)}
    first = {**frame, **{name: np.zeros(shape) for name, shape in shapes.items()}}
    for begin in range(0, len(paths), _BLOCK):
        block = paths[begin : begin + _BLOCK]
        names: list[str] = []
        making: dict[str, list[Any]] = {name: [] for name in MAKING}
        rows: dict[str, list[Any]] = {name: [] for name in shapes}
        for path in block:
            values, attributes = read_file(path)
            _check_same(path, first, dict(file.attrs), values, attributes)
            name = str(attributes["scenario_id"])
            if name not in described:
                raise InputError(f"{path} is of scenario '{name}', which the study does not have: correct the folders.")
            names.append(name)
            making["solve_cpu_s"].append(float(attributes.get("cpu_s", 0.0)))
            making["outcomes_sha256"].append(sha256_file(path))
            making["solve_started_utc"].append(str(attributes.get("started_utc", "")))
            for key, row in rows.items():
                row.append(values[key])
            for key, found in listed.items():
                found.add(str(attributes.get(key, "")))
        where = slice(start + begin, start + begin + len(block))
        columns: dict[str, Any] = {_SCENARIO: names, "scenario_id": names, **making}
        columns |= {key: [described[name][key] for name in names] for key in DESCRIPTORS}
        columns |= {key: np.array(row, dtype=file[key].dtype) for key, row in rows.items()}
        for key, column in columns.items():
            file[key][where] = column
    file.attrs.update({key: "\n".join(sorted(found)) for key, found in listed.items()})


def _add_walks(file: h5py.File) -> None:
    """Where muscles tire: what each walk adds up to so far."""
    if not np.any(file["steps_walked"]):
        return
    walk, steps = file["walk"].asstr()[:], file["steps_walked"][:]
    for impulse in IMPULSES.values():
        name, totals = f"walk_{impulse}", walk_totals(walk, steps, np.asarray(file[impulse]))
        create_variable(file, name, totals.shape, totals.dtype, (_SCENARIO,), table=CYCLE_VARIABLES)
        file[name][:] = totals
        for axis, dimension in enumerate((_SCENARIO, "side")):
            file[name].dims[axis].attach_scale(file[dimension])


def _stacked(first: Mapping[str, Any]) -> list[str]:
    return [name for name in first if name not in _SHARED]


def _write_frame(file: h5py.File, first: Mapping[str, Any], n_scenarios: int) -> None:
    """Make all datasets, empty, with their dimension scales."""
    text = h5py.string_dtype()
    create_variable(file, _SCENARIO, (n_scenarios,), text)
    for name in _SHARED:
        write_variable(file, name, first[name], table=CYCLE_VARIABLES)
    for name in (_SCENARIO, *_SHARED):
        file[name].make_scale(name)
    create_variable(file, "scenario_id", (n_scenarios,), text)
    for name in (*DESCRIPTORS, *MAKING):
        kind = np.dtype(np.float64) if name in _NUMBERS else text
        create_variable(file, name, (n_scenarios,), kind, (_SCENARIO,), table=CYCLE_VARIABLES)
    for name in _stacked(first):
        array = np.asarray(first[name])
        create_variable(file, name, (n_scenarios, *array.shape), array.dtype, (_SCENARIO,), table=CYCLE_VARIABLES)
    for name, dataset in file.items():
        if name in (_SCENARIO, *_SHARED):
            continue
        for axis, dimension in enumerate(dataset.attrs["dims"].split()):
            dataset.dims[axis].attach_scale(file[dimension])


def _check_same(
    path: Path,
    first: Mapping[str, Any],
    first_attributes: Mapping[str, Any],
    values: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> None:
    if "scenario_id" not in attributes:
        raise InputError(f"{path} has no attribute 'scenario_id': run 'gluteweak outcomes' again.")
    for key in _SAME:
        if attributes.get(key) != first_attributes.get(key):
            raise InputError(
                f"{path}: {key} is {attributes.get(key)}, but the first scenario has {first_attributes.get(key)}; "
                "solve the scenarios again with one model."
            )
    if set(values) != set(first):
        odd = ", ".join(sorted(set(values) ^ set(first)))
        raise InputError(
            f"{path} and the first scenario differ in what they hold ({odd}): run 'gluteweak outcomes' again."
        )
    for key, value in values.items():
        if np.shape(value) != np.shape(first[key]) or (key in _SHARED and not np.array_equal(value, first[key])):
            raise InputError(f"{path}: {key} differs from that of the first scenario; run 'gluteweak outcomes' again.")
