"""A sweep's scalars as a tidy table: one line a scenario and side, one column a quantity, units in its name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path, open_file, read_value

_ROWS = 1024
_BY_SCENARIO, _BY_SIDE = ["scenario"], ["scenario", "side"]


def export_csv(sweep: Path, out: Path) -> int:
    """Write the scalars of a sweep as CSV; returns the number of scenarios.

    Columns: ``scenario_id``, ``side``, then every quantity that is one number (or word) a scenario, repeated for both
    sides, then every quantity that is one number a side. At no time are more than 1 024 scenarios in memory.

    Raises
    ------
    InputError
        If the file is missing, broken or no sweep.
    """
    with open_file(sweep) as file:
        if "scenario_id" not in file or "side" not in file:
            raise InputError(f"{sweep} is no sweep: give the sweep.h5 that 'gluteweak collect' wrote.")
        names = [n for n, d in file.items() if _dims(d) in (_BY_SCENARIO, _BY_SIDE) and n not in _KEYS]
        names.sort(key=lambda name: (len(_dims(file[name])), name))
        with atomic_path(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as table:
            writer = csv.writer(table, lineterminator="\n")
            writer.writerow([*_KEYS, *names])
            writer.writerows(_lines(file, names))
        return int(file["scenario_id"].shape[0])


_KEYS = ("scenario_id", "side")


def _dims(dataset: h5py.Dataset) -> list[str]:
    dims = str(dataset.attrs.get("dims", "")).split()
    return [] if dataset.name == "/scenario" else dims


def _lines(file: h5py.File, names: list[str]) -> Iterator[list[Any]]:
    sides = [str(side) for side in read_value(file["side"])]
    for start in range(0, file["scenario_id"].shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        columns = {name: _read(file[name], rows) for name in ("scenario_id", *names)}
        for k, scenario in enumerate(columns["scenario_id"]):
            for s, side in enumerate(sides):
                yield [scenario, side, *(_cell(columns[name][k], s) for name in names)]


def _read(dataset: h5py.Dataset, rows: slice) -> Any:
    return dataset.asstr()[rows] if h5py.check_string_dtype(dataset.dtype) else dataset[rows]


def _cell(value: Any, side: int) -> Any:
    """A value of one side; seventeen digits, so that a double comes back unchanged."""
    single = value[side] if isinstance(value, np.ndarray) else value
    return repr(float(single)) if isinstance(single, np.floating) else single
