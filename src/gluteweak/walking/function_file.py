"""The functions of one instant in a file, so that a study builds their derivatives once.

The file is a zip archive: ``header.json`` says what the functions were made from, ``functions.casadi`` is CasADi's own
serialisation, and ``tape/`` holds the recorded instructions as plain arrays. The tapes load in milliseconds; CasADi's
functions are only read where IPOPT is needed.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

import casadi as ca
import numpy as np

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path
from gluteweak.walking.derivatives import RecordedFunction, record_all
from gluteweak.walking.tape import Tape

_FORMAT = "gluteweak walking functions"
_HEADER, _FUNCTIONS = "header.json", "functions.casadi"
_SIZES = ("n_work", "n_inputs", "n_outputs")
_ARRAYS = tuple(field.name for field in fields(Tape) if field.name not in _SIZES)


class StoredFunctions(Mapping[str, Any]):
    """Functions of a file, read when first asked for; ``recorded`` are their tapes."""

    def __init__(self, path: Path, names: tuple[str, ...], recorded: dict[str, RecordedFunction]) -> None:
        """Remember where the functions are."""
        self._path, self._names, self.recorded = path, names, recorded

    @cached_property
    def _functions(self) -> dict[str, Any]:
        try:
            with zipfile.ZipFile(self._path) as archive:
                text = archive.read(_FUNCTIONS).decode("ascii")
            deserializer = ca.StringDeserializer(text)
            return {name: deserializer.unpack() for name in self._names}
        except (RuntimeError, zipfile.BadZipFile, zlib.error, OSError, UnicodeDecodeError) as error:
            raise _damaged(self._path, error) from None

    def __getitem__(self, name: str) -> Any:
        """One function."""
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        """Names in the order of writing."""
        return iter(self._names)

    def __len__(self) -> int:
        """Number of functions."""
        return len(self._names)


def write_functions(path: Path, functions: dict[str, Any], origin: dict[str, str]) -> None:
    """Write functions with what they were made from (plant checksum, source fingerprint, versions)."""
    header = {"format": _FORMAT, "origin": origin, "names": list(functions)}
    serializer = ca.StringSerializer()
    for function in functions.values():
        serializer.pack(function)
    with (
        atomic_path(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        archive.writestr(_HEADER, json.dumps(header))
        for name, recorded in record_all(functions).items():
            _write_tape(archive, name, recorded)
        archive.writestr(_FUNCTIONS, serializer.encode())


def _write_tape(archive: zipfile.ZipFile, name: str, recorded: RecordedFunction) -> None:
    arrays = {key: getattr(recorded.tape, key) for key in _ARRAYS}
    arrays["sizes"] = np.array([getattr(recorded.tape, key) for key in _SIZES])
    arrays |= {"rows": recorded.rows, "columns": recorded.columns}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    archive.writestr(f"tape/{name}.npz", buffer.getvalue())


def _read_tape(archive: zipfile.ZipFile, name: str) -> RecordedFunction:
    with np.load(io.BytesIO(archive.read(f"tape/{name}.npz")), allow_pickle=False) as stored:
        members: dict[str, Any] = {key: stored[key] for key in _ARRAYS}
        members |= zip(_SIZES, (int(n) for n in stored["sizes"]), strict=True)
        return RecordedFunction(Tape(**members), stored["rows"], stored["columns"])


def read_functions(path: Path, origin: dict[str, str]) -> StoredFunctions:
    """Functions of a file that was made from exactly ``origin``.

    Raises
    ------
    InputError
        If the file is missing, broken, or made from something else; CasADi's own part is only checked when it is used.
    """
    if not path.is_file():
        raise InputError(f"No file {path}: make it with 'gluteweak problem'.")
    try:
        with zipfile.ZipFile(path) as archive:
            header = _read_header(archive, path)
            _check_origin(header, path, origin)
            tapes = [member[5:-4] for member in archive.namelist() if member.startswith("tape/")]
            recorded = {name: _read_tape(archive, name) for name in tapes}
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError) as error:
        raise _damaged(path, error) from None
    return StoredFunctions(path, tuple(header["names"]), recorded)


def _check_origin(header: dict[str, Any], path: Path, origin: dict[str, str]) -> None:
    for key, wanted in origin.items():
        found = header["origin"].get(key)
        if found != wanted:
            raise InputError(
                f"{path} was made from another {key} ({found}, now {wanted}): make it again with 'gluteweak problem'."
            )


def _read_header(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(archive.read(_HEADER))
    except (json.JSONDecodeError, KeyError, UnicodeDecodeError):
        header = {}
    if (
        not isinstance(header, dict)
        or header.get("format") != _FORMAT
        or not isinstance(header.get("origin"), dict)
        or not isinstance(header.get("names"), list)
    ):
        raise InputError(f"{path} is not a file of walking functions: make it with 'gluteweak problem'.")
    return header


def _damaged(path: Path, error: Exception) -> InputError:
    first = (str(error).splitlines() or ["unreadable"])[0]
    return InputError(f"{path} is foreign, truncated or damaged ({first}): make it again with 'gluteweak problem'.")
