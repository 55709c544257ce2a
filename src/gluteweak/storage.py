"""HDF5 in and out, always through ``variables`` and always whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gluteweak.errors import InputError, SolveError, writing_problem
from gluteweak.variables import CYCLE_VARIABLES, LABELS, POSE_VARIABLES, VARIABLES, WORDS, Variable, describe

_FILTERS = {"compression": "gzip", "shuffle": True}
#: HDF5 1.10 and later: names, shapes and attributes carry checksums, attributes may be large, and many small datasets
#: take a third less room than in the oldest layout, h5py's default.
LAYOUT = ("v110", "v110")
#: Arrays of at most this many numbers are stored as they are.
_SMALL = 64
#: Size of a chunk of stacked scenarios before compression: a few of them fit HDF5's cache of 1 MiB.
_CHUNK_BYTES = 1 << 18
#: Bytes in memory for one on disk: deflate cannot do better than 1 032, so a dataset that claims more is damaged.
_LARGEST_RATIO = 1100
_NUMBER_KINDS = "fiub"
_REGISTERED = frozenset({*VARIABLES, *CYCLE_VARIABLES, *POSE_VARIABLES})
#: What h5py raises on damage depends on which of the file's bytes are wrong.
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError, OverflowError)


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
    # An empty list of words has no words that say so: numpy takes it for numbers.
    text = array.dtype.kind in "UO" or (array.size == 0 and name in WORDS)
    if text != (name in WORDS):
        raise ValueError(f"{name}: the registry says {'words' if name in WORDS else 'numbers'} (variables.WORDS)")
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

    A chunk holds as many rows as fit `_CHUNK_BYTES`, so that one quantity of all scenarios is read in few pieces, and
    carries a checksum, so that damage is found when it is read.
    Otherwise as `write_variable`.
    """
    variable, dims = _registered(name, shape, leading_dims, table)
    numbers = int(np.prod(shape[1:], dtype=np.int64))
    chunks = (rows_in_chunk(shape[0], numbers), *shape[1:])
    filters = _FILTERS if numbers > _SMALL else {}
    # Text lies elsewhere in the file, where a chunk's checksum does not reach: `labels_sha256` is for that.
    summed = not h5py.check_string_dtype(np.dtype(dtype))
    dataset = group.create_dataset(
        name, shape=shape, dtype=dtype, chunks=chunks, maxshape=(None, *shape[1:]), fletcher32=summed, **filters
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
    with new_file(path) as file:
        for name, value in values.items():
            write_variable(file, name, value, table=table)
        file.attrs.update(attributes)


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[h5py.File]:
    """Yield an HDF5 file that takes the name ``path`` when the block ends without an error and all is on the disk.

    Raises
    ------
    OSError
        If it cannot be written whole (`errors.writing_problem` says why).
    """
    with atomic_path(path) as temporary, _on_disk(temporary, "w") as file:
        yield file


@contextlib.contextmanager
def enlarged_file(path: Path) -> Iterator[h5py.File]:
    """Yield an HDF5 file to change where it is; as `new_file` otherwise."""
    with _on_disk(path, "r+") as file:
        yield file


class _Disk(io.FileIO):
    """A file whose first failed write is kept for later.

    On a full disk HDF5 fails while it closes datasets, tells nobody, leaves a file that looks whole, or crashes. So it
    never learns that a write failed, and `_on_disk` raises what happened.
    """

    problem: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all of ``data``, unless a write has failed before."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest and self.problem is None:
                rest = rest[super().write(rest) or 0 :]
        except OSError as error:
            self.problem = error
        return size


@contextlib.contextmanager
def _on_disk(path: Path, mode: str) -> Iterator[h5py.File]:
    with _Disk(path, "w+" if mode == "w" else "r+") as disk:
        try:
            with h5py.File(disk, mode, libver=LAYOUT) as file:
                yield file
            os.fsync(disk.fileno())
        finally:
            # Whatever else HDF5 stumbled over came from that.
            if disk.problem is not None:
                disk.problem.filename = str(path.parent)
                raise disk.problem


@contextlib.contextmanager
def open_file(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; a missing, truncated, damaged or foreign file is an ``InputError``.

    Damage often shows only when a dataset is read, so whatever HDF5 meets inside the block counts too.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"No file {path}: run the step that makes it, or correct the path.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(
            f"{path} is not a whole HDF5 file ({_words(error)}): delete it and run the step that makes it again."
        ) from None
    try:
        with file:
            yield file
    except (InputError, SolveError):
        raise
    except _DAMAGE as error:
        # What is written meanwhile (a table from a sweep) may meet a full disk: not this file's fault.
        if writing_problem(error) is not None:
            raise
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> InputError:
    return InputError(
        f"{path} is damaged or made by another version ({_words(error)}): delete it and run the step that makes it "
        "again."
    )


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def read_value(dataset: h5py.Dataset) -> Any:
    """The dataset as an array; text comes as ``str`` objects.

    Raises
    ------
    InputError
        If the file cannot hold what the dataset claims: a damaged shape must not take all memory.
    """
    if not isinstance(dataset, h5py.Dataset):
        raise InputError(f"{dataset.file.filename}: '{dataset.name}' is no dataset; make the file again.")
    path, name = Path(dataset.file.filename), dataset.name.rpartition("/")[2]
    if path.is_file() and dataset.nbytes > _LARGEST_RATIO * path.stat().st_size:
        raise InputError(
            f"{path} is damaged ('{name}' claims {dataset.nbytes} bytes): delete it and run the step that makes it "
            "again."
        )
    is_text = h5py.check_string_dtype(dataset.dtype) is not None
    if name in _REGISTERED and (is_text != (name in WORDS) or not (is_text or dataset.dtype.kind in _NUMBER_KINDS)):
        found = "words" if is_text else f"of type {dataset.dtype}"
        raise InputError(f"{path}: dataset '{name}' is {found}: it is damaged or of another version; make it again.")
    return dataset.asstr()[()] if is_text else dataset[()]


def _check_dims(path: Path, dataset: h5py.Dataset, sizes: dict[str, int]) -> None:
    """Compare a dataset's shape with the dimensions that it names, and these with those of the others.

    Raises
    ------
    InputError
        If they do not fit.
    """
    if "dims" not in dataset.attrs:
        return
    dims = str(dataset.attrs["dims"]).split()
    if len(dims) != dataset.ndim or any(sizes.setdefault(d, n) != n for d, n in zip(dims, dataset.shape, strict=True)):
        known = ", ".join(f"{dim} {sizes[dim]}" if dim in sizes else dim for dim in dims)
        raise InputError(
            f"{path}: dataset '{dataset.name.lstrip('/')}' has the shape {dataset.shape}, which does not fit its "
            f"dimensions ({known or 'none'}): it is damaged or of another version; make it again."
        )


#: File attributes that are numbers; readers compute with them.
_NUMBERS_OF_FILE = (
    *("body_mass_kg", "gravity_m_s2", "duration_s", "distance_m", "strength_fraction", "converged", "iterations"),
    *("objective", "intervals", "degree", "wall_s", "cpu_s", "minimum_activation", "steps_per_day"),
)


def attributes_of(file: h5py.File) -> dict[str, Any]:
    """File attributes; those that are numbers are finite numbers.

    Raises
    ------
    InputError
        If one is not.
    """
    attributes = dict(file.attrs)
    for name in _NUMBERS_OF_FILE:
        value = np.asarray(attributes.get(name, 0.0))
        if value.ndim or value.dtype.kind not in _NUMBER_KINDS or not np.isfinite(value):
            raise InputError(
                f"{file.filename}: its {name} is {value.tolist()!r}, not a number: it is damaged or of another "
                "version; make it again."
            )
    return attributes


def labels_sha256(file: h5py.File) -> str:
    """SHA-256 over the datasets that carry no checksum of their own: text, and arrays that are not chunked."""
    digest = hashlib.sha256()
    for name in sorted(file):
        dataset = file[name]
        if h5py.check_string_dtype(dataset.dtype) or dataset.chunks is None:
            digest.update(f"{name}\0{np.asarray(read_value(dataset)).tolist()!r}\n".encode())
    return digest.hexdigest()


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
        sizes: dict[str, int] = {}
        for name in wanted:
            if name not in file:
                raise InputError(f"{path} has no dataset '{name}': it was made by another version; make it again.")
            values[name] = read_value(file[name])
            _check_dims(path, file[name], sizes)
            array = values[name]
            if (
                name not in LABELS
                and isinstance(array, np.ndarray)
                and array.dtype.kind == "f"
                and np.isnan(array).any()
            ):
                raise InputError(f"{path}: dataset '{name}' holds NaN; make the file again from complete data.")
        return values, attributes_of(file)
