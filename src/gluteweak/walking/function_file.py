"""The functions of one instant in a file, so that a study builds their derivatives once.

One line of JSON says what the functions were made from; the rest is CasADi's own serialisation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import casadi as ca

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path

_FORMAT = "gluteweak walking functions"


def write_functions(path: Path, functions: dict[str, Any], origin: dict[str, str]) -> None:
    """Write functions with what they were made from (plant checksum, source fingerprint, versions)."""
    header = {"format": _FORMAT, "origin": origin, "names": list(functions)}
    serializer = ca.StringSerializer()
    for function in functions.values():
        serializer.pack(function)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(header) + "\n" + serializer.encode(), encoding="ascii")


def read_functions(path: Path, origin: dict[str, str]) -> dict[str, Any]:
    """Functions of a file that was made from exactly ``origin``.

    Raises
    ------
    InputError
        If the file is missing, broken, or made from something else.
    """
    if not path.is_file():
        raise InputError(f"No file {path}: make it with 'gluteweak problem'.")
    with path.open(encoding="ascii", errors="replace") as file:
        first, body = file.readline(), file.read()
    try:
        header = json.loads(first)
    except json.JSONDecodeError:
        header = {}
    whole = isinstance(header, dict) and {"format", "origin", "names"} <= header.keys()
    if not whole or header["format"] != _FORMAT:
        raise InputError(f"{path} is not a file of walking functions: make it with 'gluteweak problem'.")
    for key, wanted in origin.items():
        if header["origin"].get(key) != wanted:
            raise InputError(
                f"{path} was made from another {key} ({header['origin'].get(key)}, now {wanted}): "
                "make it again with 'gluteweak problem'."
            )
    try:
        deserializer = ca.StringDeserializer(body)
        return {name: deserializer.unpack() for name in header["names"]}
    except RuntimeError as error:
        raise InputError(
            f"{path} is truncated or damaged ({str(error).splitlines()[0]}): make it again with 'gluteweak problem'."
        ) from None
