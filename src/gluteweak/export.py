"""A sweep handed on: its scalars as a tidy table (CSV, Parquet), and motions for OpenSim's GUI.

A tidy table has one line a scenario and side and one column a quantity, with the unit in its name.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.batch.job import scenario_folder
from gluteweak.errors import InputError
from gluteweak.motion_files import read_motion, write_motion
from gluteweak.storage import atomic_path, open_file, read_file, read_value
from gluteweak.verify import scenario_problems

_ROWS = 1024
_BY_SCENARIO, _BY_SIDE = ["scenario"], ["scenario", "side"]
_KEYS = ("scenario_id", "side")
#: End of a coordinate's column in ``solution.sto``.
_VALUE = "/value"


def export_table(sweep: Path, out: Path) -> int:
    """Write the scalars of a sweep as ``.csv`` or ``.parquet``; returns the number of scenarios.

    Columns: ``scenario_id``, ``side``, then every quantity that is one number (or word) a scenario, repeated for both
    sides, then every quantity that is one number a side. At no time are more than 1 024 scenarios in memory. Parquet
    carries units, descriptions and signs as JSON under the key ``gluteweak``.

    Raises
    ------
    InputError
        If the file is missing, broken or no sweep, or ``out`` is named as something else.
    """
    writers: dict[str, Callable[[h5py.File, list[str], Path], None]] = {".csv": _write_csv, ".parquet": _write_parquet}
    if out.suffix.lower() not in writers:
        raise InputError(f"Cannot write {out}: name a table that ends in {' or '.join(writers)}.")
    with open_file(sweep) as file:
        if "scenario_id" not in file or "side" not in file:
            raise InputError(f"{sweep} is no sweep: give the sweep.h5 that 'gluteweak collect' wrote.")
        names = [n for n, d in file.items() if _dims(d) in (_BY_SCENARIO, _BY_SIDE) and n not in _KEYS]
        names.sort(key=lambda name: (len(_dims(file[name])), name))
        with atomic_path(out) as temporary:
            writers[out.suffix.lower()](file, names, temporary)
        return int(file["scenario_id"].shape[0])


def _write_csv(file: h5py.File, names: list[str], out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow([*_KEYS, *names])
        for columns in _blocks(file, names):
            writer.writerows(zip(*(map(_cell, column) for column in columns.values()), strict=True))


def _write_parquet(file: h5py.File, names: list[str], out: Path) -> None:
    try:
        import fastparquet  # noqa: PLC0415  (optional, and slow to import)
        import pandas as pd  # noqa: PLC0415
    except ImportError:
        raise InputError(
            "Parquet needs the packages fastparquet and pandas, which are not installed: 'pip install "
            "gluteweak[parquet]', or export a .csv."
        ) from None
    said = {
        name: {key: str(file[name].attrs.get(key, "")) for key in ("unit", "description", "sign")} for name in names
    }
    for number, columns in enumerate(_blocks(file, names)):
        fastparquet.write(
            str(out),
            pd.DataFrame(columns),
            append=number > 0,
            object_encoding="utf8",
            custom_metadata={"gluteweak": json.dumps(said)},
        )


def _dims(dataset: h5py.Dataset) -> list[str]:
    dims = str(dataset.attrs.get("dims", "")).split()
    return [] if dataset.name == "/scenario" else dims


def _blocks(file: h5py.File, names: list[str]) -> Iterator[dict[str, Any]]:
    """Columns of some scenarios at a time, each scenario once a side."""
    sides = [str(side) for side in read_value(file["side"])]
    for start in range(0, max(file["scenario_id"].shape[0], 1), _ROWS):
        rows = slice(start, start + _ROWS)
        scenario = _read(file["scenario_id"], rows)
        columns = {
            "scenario_id": np.repeat(scenario, len(sides)),
            "side": np.array(sides * len(scenario), dtype=object),
        }
        for name in names:
            values = np.asarray(_read(file[name], rows))
            columns[name] = values.ravel() if values.ndim > 1 else np.repeat(values, len(sides))
        yield columns


def _read(dataset: h5py.Dataset, rows: slice) -> Any:
    return dataset.asstr()[rows] if h5py.check_string_dtype(dataset.dtype) else dataset[rows]


def _cell(value: Any) -> Any:
    """Seventeen digits, so that a double comes back unchanged."""
    return repr(float(value)) if isinstance(value, np.floating) else value


def export_motion(sweep: Path, scenario_id: str, out_dir: Path) -> list[Path]:
    """Write a scenario for OpenSim's GUI; returns the files.

    ``<scenario>.osim`` the model, ``<scenario>.mot`` all coordinates (angles in degrees), ``<scenario>_states.sto`` the
    same motion with speeds, activations, controls and accelerations as ``MocoTrajectory`` reads it, and
    ``<scenario>_ground_reaction.mot`` forces on both feet as an external-loads file has them. Times are the collocation
    points of one gait cycle; nothing is interpolated.

    Raises
    ------
    InputError
        If the sweep lacks the scenario, or the scenario's files are missing, damaged or not certified.
    """
    with open_file(sweep) as file:
        known = [str(name) for name in read_value(file["scenario_id"])]
    folder = scenario_folder(sweep.parent / "scenarios", scenario_id)
    if scenario_id not in known:
        raise InputError(f"{sweep} has no scenario '{scenario_id}': take one of those that 'gluteweak table' lists.")
    problems = scenario_problems(folder)
    if problems:
        raise InputError(
            f"Scenario '{scenario_id}' cannot be exported ({'; '.join(problems)}): run the study again first."
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    model, motion, states, reaction = (
        out_dir / f"{scenario_id}{end}" for end in (".osim", ".mot", "_states.sto", "_ground_reaction.mot")
    )
    _write_coordinates(folder / "solution.sto", sweep.parent / "plant.h5", motion)
    for source, target in (
        (folder / "model.osim", model),
        (folder / "solution.sto", states),
        (folder / "ground_reaction.sto", reaction),
    ):
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
    return [model, motion, states, reaction]


def _write_coordinates(solution: Path, plant: Path, out: Path) -> None:
    """All coordinates of a motion by their own names, as files of motion have them: angles in degrees, metres.

    OpenSim converts coordinates that are plain angles. Those that follow another one through a coupled joint (the
    patella's) it takes as they are, in radians, whatever the header says.
    """
    walker, _ = read_file(plant, ("coordinate", "coordinate_is_rotation"))
    rotates = dict(zip(walker["coordinate"], walker["coordinate_is_rotation"], strict=True))
    table = read_motion(solution)
    columns = {label: label.removesuffix(_VALUE).rpartition("/")[2] for label in table.labels if label.endswith(_VALUE)}
    values = np.column_stack(
        [
            np.degrees(table.column(label)) if rotates.get(name) else table.column(label)
            for label, name in columns.items()
        ]
    )
    write_motion(out, list(columns.values()), table.time_s, values, {"inDegrees": "yes"})
