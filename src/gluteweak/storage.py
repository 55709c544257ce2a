"""HDF5 in and out, always through ``variables`` and always whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError
from gluteweak.variables import LABELS, VARIABLES, Variable, describe

_FILTERS = {"compression": "gzip", "shuffle": True}
#: HDF5 1.10 and later: many small datasets take a third less room than in the oldest layout, h5py's default.
_LAYOUT = ("v110", "v110")
#: Arrays of at most this many numbers are stored as they are.
_SMALL = 64
#: Size of a chunk of stacked scenarios before compression: a few of them fit HDF5's cache of 1 MiB.
_CHUNK_BYTES = 1 << 18


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of ``path`` that takes its name only when the block ends without an error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # mkstemp files are private to their owner; results are to be read by the group as any other file.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def kneecap_note(path: Path) -> str:
    """What readers must know of the kneecap loads in a file of outcomes; empty if they are joint reactions."""
    path = Path(path) / "sweep.h5" if Path(path).is_dir() else Path(path)
    if not path.is_file():
        return ""
    with open_file(path) as file:
        said = str(file.attrs.get("patellofemoral_load", ""))
    return f"Kneecap load: {said}." if "no patella" in said else ""


#: Dataset of a sweep that holds its study. An attribute would do for 64 KiB: a few hundred scenarios of a sheet.
_STUDY = "study"


def write_study(file: h5py.File, study: Mapping[str, Any]) -> None:
    """Write the study that a sweep answers, as JSON of any length, in place of one that is there."""
    if _STUDY in file:
        del file[_STUDY]
    data = np.array(json.dumps(study), dtype=object)
    _annotated(file.create_dataset(_STUDY, data=data, dtype=h5py.string_dtype()), describe(_STUDY), ())


def study_of(file: h5py.File) -> dict[str, Any]:
    """The study that an open sweep answers; from the attribute that small sweeps had; empty where nothing is said."""
    text = file[_STUDY].asstr()[()] if _STUDY in file else file.attrs.get(_STUDY, "{}")
    try:
        study = json.loads(str(text))
    except ValueError:
        return {}
    return study if isinstance(study, dict) else {}


def read_study(path: Path) -> dict[str, Any]:
    """`study_of` a file.

    Raises
    ------
    InputError
        If the file is missing or broken.
    """
    with open_file(path) as file:
        return study_of(file)


def write_variable(
    group: h5py.Group,
    name: str,
    value: Any,
    leading_dims: tuple[str, ...] = (),
    *,
    table: Mapping[str, Variable] = VARIABLES,
) -> h5py.Dataset:
    """Write one registered quantity with its unit, description and sign; ``leading_dims`` go before its own.

    Raises
    ------
    KeyError
        If ``name`` is not registered.
    ValueError
        If the array does not have the registered number of dimensions.
    """
    array = np.asarray(value)
    variable, dims = _registered(name, array.shape, leading_dims, table)
    text = array.dtype.kind in "UO"
    data = array.astype(h5py.string_dtype()) if text else array
    # Small arrays and text gain nothing from filters; scalars cannot have them.
    filters = _FILTERS if not text and array.size > _SMALL else {}
    return _annotated(group.create_dataset(name, data=data, **filters), variable, dims)


def create_variable(
    group: h5py.Group,
    name: str,
    shape: tuple[int, ...],
    dtype: Any,
    leading_dims: tuple[str, ...] = (),
    *,
    table: Mapping[str, Variable] = VARIABLES,
) -> h5py.Dataset:
    """Make room for one registered quantity that is filled block by block and may grow along its first dimension.

    A chunk holds as many rows as fit `_CHUNK_BYTES`, so that one quantity of all scenarios is read in few pieces.
    Otherwise as `write_variable`.
    """
    variable, dims = _registered(name, shape, leading_dims, table)
    numbers = int(np.prod(shape[1:], dtype=np.int64))
    chunks = (rows_in_chunk(shape[0], numbers), *shape[1:])
    filters = _FILTERS if numbers > _SMALL else {}
    dataset = group.create_dataset(
        name, shape=shape, dtype=dtype, chunks=chunks, maxshape=(None, *shape[1:]), **filters
    )
    return _annotated(dataset, variable, dims)


def rows_in_chunk(n_rows: int, numbers_in_row: int) -> int:
    """Rows in a chunk of a quantity with so many numbers in a row."""
    return max(1, min(n_rows, _CHUNK_BYTES // (8 * max(numbers_in_row, 1))))


def _registered(
    name: str, shape: tuple[int, ...], leading_dims: tuple[str, ...], table: Mapping[str, Variable]
) -> tuple[Variable, tuple[str, ...]]:
    variable = describe(name, table)
    dims = (*leading_dims, *variable.dims)
    if len(shape) != len(dims):
        raise ValueError(f"{name}: shape {shape} does not fit the dims {dims}")
    return variable, dims


def _annotated(dataset: h5py.Dataset, variable: Variable, dims: tuple[str, ...]) -> h5py.Dataset:
    dataset.attrs["unit"] = variable.unit
    dataset.attrs["description"] = variable.description
    dataset.attrs["sign"] = variable.sign
    dataset.attrs["dims"] = " ".join(dims)
    return dataset


def write_file(
    path: Path,
    values: Mapping[str, Any],
    attributes: Mapping[str, Any],
    *,
    table: Mapping[str, Variable] = VARIABLES,
) -> None:
    """Write registered quantities and file attributes to ``path``, whole or not at all."""
    with atomic_path(path) as temporary, h5py.File(temporary, "w", libver=_LAYOUT) as file:
        for name, value in values.items():
            write_variable(file, name, value, table=table)
        file.attrs.update(attributes)


@contextlib.contextmanager
def open_file(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; a missing, truncated or foreign file is an ``InputError``."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"No file {path}: run the step that makes it, or correct the path.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            f"{path} is not a whole HDF5 file ({error}): delete it and run the step that makes it again."
        ) from None
    with file:
        yield file


def read_value(dataset: h5py.Dataset) -> Any:
    """The dataset as an array; text comes as ``str`` objects."""
    return dataset.asstr()[()] if h5py.check_string_dtype(dataset.dtype) else dataset[()]


def read_file(path: Path, names: tuple[str, ...] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Datasets (all, or the named ones) and file attributes.

    Raises
    ------
    InputError
        If the file is missing, broken, lacks a named dataset, or holds NaN where numbers are due.
    """
    with open_file(path) as file:
        wanted = names if names is not None else tuple(k for k, v in file.items() if isinstance(v, h5py.Dataset))
        values = {}
        for name in wanted:
            if name not in file:
                raise InputError(f"{path} has no dataset '{name}': it was made by another version; make it again.")
            values[name] = read_value(file[name])
            array = values[name]
            if (
                name not in LABELS
                and isinstance(array, np.ndarray)
                and array.dtype.kind == "f"
                and np.isnan(array).any()
            ):
                raise InputError(f"{path}: dataset '{name}' holds NaN; make the file again from complete data.")
        return values, dict(file.attrs)
