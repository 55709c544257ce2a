"""Libraries that the page carries with it: three.js and d3, as Python packages bundle them. Nothing is imported."""

from __future__ import annotations

import io
import zipfile
from importlib import util
from pathlib import Path

from gluteweak.errors import InputError

_PAGE = Path(__file__).with_name("page")
_THREE_START = "/**\n * @license\n * Copyright 2010-"
_THREE_END = "\n(function(){"


def own(name: str) -> str:
    """One of the page's own files."""
    return (_PAGE / name).read_text(encoding="utf-8")


def three_js() -> str:
    """three.js (MIT), complete and minified, defining ``THREE``: trimesh ships it inside its viewer.

    Raises
    ------
    InputError
        If trimesh is missing or keeps it elsewhere.
    """
    archive = _inside("trimesh", "resources/templates/viewer.zip")
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as viewer:
        text = viewer.read("viewer.html.template").decode("utf-8")
    start = text.find(_THREE_START)
    end = text.find(_THREE_END, start)
    if start < 0 or end < 0:
        raise InputError(f"{archive} holds no three.js where it used to: install the version in requirements.lock.")
    return text[start:end]


def d3_js() -> str:
    """d3 (BSD-3), complete and minified, defining ``d3``: mpld3 ships it.

    Raises
    ------
    InputError
        If mpld3 is missing or keeps it elsewhere.
    """
    return _inside("mpld3", "js/d3.v5.min.js").read_text(encoding="utf-8")


def _inside(package: str, path: str) -> Path:
    found = util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"The package {package} is not installed, which the report takes a library from: install it.")
    place = Path(next(iter(found.submodule_search_locations))) / path
    if not place.is_file():
        raise InputError(f"{place} is missing: install the version of {package} in requirements.lock.")
    return place
