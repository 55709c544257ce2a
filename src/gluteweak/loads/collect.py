"""All scenarios in one file that xarray opens with named dimensions, written one scenario at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError
from gluteweak.loads.outcomes import IMPULSES
from gluteweak.loads.walk import walk_totals
from gluteweak.storage import atomic_path, create_variable, read_file, write_variable
from gluteweak.variables import CYCLE_VARIABLES, DESCRIPTORS

#: Dimensions that every scenario shares; each is a coordinate with names or numbers.
_SHARED = ("side", "gait_cycle_pct", "muscle")
_SCENARIO = "scenario"
#: Descriptors that are numbers; the others are words.
_NUMBERS = ("speed_m_s", "steps_walked")
#: What must agree between scenarios for a comparison to mean anything.
_SAME = ("plant_sha256", "model_sha256", "body_mass_kg", "gravity_m_s2", "patellofemoral_load")
#: What may differ when only some scenarios were solved again; every value found is listed.
_LISTED = ("versions", "source_fingerprint")


def collect_outcomes(
    study: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]], paths: Sequence[Path], out: Path
) -> None:
    """Stack ``outcomes.h5`` files; at no time are two scenarios in memory.

    Parameters
    ----------
    study : mapping
        The study as JSON-like data, kept as file attribute.
    described : mapping
        Scenario name -> its ``variables.DESCRIPTORS``.
    paths : sequence of Path
        One file a scenario.
    out : Path
        File to write, whole or not at all.

    Raises
    ------
    InputError
        If there is no scenario, a file is missing, broken or foreign to the study, or models or shapes differ.
    """
    if not paths:
        raise InputError("There is no scenario to collect: the study file must list at least one strength.")
    first, first_attributes = read_file(paths[0])
    with atomic_path(out) as temporary, h5py.File(temporary, "w") as file:
        _write_frame(file, first, len(paths))
        listed: dict[str, set[str]] = {name: set() for name in _LISTED}
        for row, path in enumerate(paths):
            values, attributes = (first, first_attributes) if row == 0 else read_file(path)
            _check_same(path, first, first_attributes, values, attributes)
            name = str(attributes["scenario_id"])
            if name not in described:
                raise InputError(f"{path} is of scenario '{name}', which the study does not have: correct the folders.")
            file[_SCENARIO][row] = name
            file["scenario_id"][row] = name
            for key in DESCRIPTORS:
                file[key][row] = described[name][key]
            for key in _stacked(first):
                file[key][row] = values[key]
            for key in _LISTED:
                listed[key].add(str(attributes.get(key, "")))
        _add_walks(file)
        file.attrs.update({key: first_attributes[key] for key in _SAME if key in first_attributes})
        file.attrs.update({key: "\n".join(sorted(found)) for key, found in listed.items()})
        file.attrs["study"] = json.dumps(study)


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
    for name in DESCRIPTORS:
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
