"""Functions of one instant that were built before, for any study of the same walker and the same equations.

Building them takes five seconds, reading them milliseconds. The cache lies in ``$GLUTEWEAK_CACHE``, else in
``$XDG_CACHE_HOME/gluteweak``, else in ``~/.cache/gluteweak``; an empty ``$GLUTEWEAK_CACHE`` turns it off. A file's name
is a checksum of all that it was made from, it appears whole or not at all, and it is read through before it is used;
so processes may share the folder, and nothing in it is ever needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path
from gluteweak.walking.function_file import read_functions

#: Files that are kept; the ones that were used longest ago go.
_KEPT = 8
_SUFFIX = ".casadi"


def cache_dir() -> Path | None:
    """Folder of the cache; None where it is turned off."""
    chosen = os.environ.get("GLUTEWEAK_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gluteweak"


def fetch_or_build(out: Path, origin: dict[str, str], build: Callable[[Path], None]) -> None:
    """Write the functions of ``origin`` to ``out``: from the cache, or by ``build``, which then fills the cache.

    Parameters
    ----------
    build
        Writes the functions to a path.
    """
    folder = cache_dir()
    if folder is None:
        build(out)
        return
    stored = folder / (hashlib.sha256(json.dumps(origin, sort_keys=True).encode()).hexdigest() + _SUFFIX)
    if _is_sound(stored, origin):
        with atomic_path(out) as temporary:
            shutil.copyfile(stored, temporary)
        return
    build(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(stored) as temporary:
            shutil.copyfile(out, temporary)
        _prune(folder)
    except OSError as error:
        # A cache that cannot be written costs time and nothing else.
        sys.stdout.write(f"the equations were not kept for other studies: {error}\n")


def _is_sound(path: Path, origin: dict[str, str]) -> bool:
    """Whether a cached file is there, of that origin, and undamaged to its last byte; a damaged one is removed."""
    if not path.is_file():
        return False
    try:
        read_functions(path, origin)
        with zipfile.ZipFile(path) as archive:
            sound = archive.testzip() is None
    except (InputError, OSError, zipfile.BadZipFile, zlib.error):
        sound = False
    try:
        if sound:
            os.utime(path)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        # Another user's cache may be read and not changed.
        return sound
    return sound


def _prune(folder: Path) -> None:
    files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in files[_KEPT:]:
        old.unlink(missing_ok=True)
