"""The default study, written for another walker."""

from __future__ import annotations

import re
from pathlib import Path

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path
from gluteweak.study import find_model_dir, load_study

_DEFAULT = Path(__file__).parents[2] / "config" / "default.yaml"


def write_study(model: str, name: str, out: Path | None) -> str:
    """Write ``config/<name>.yaml``: the default study with another name and walker; what to do next.

    Raises
    ------
    InputError
        If there is no such walker, it lacks the default study's muscles, or the file exists.
    """
    find_model_dir(model)
    path = out or Path("config") / f"{name}.yaml"
    if path.exists():
        raise InputError(f"{path} exists already: give another --name or --out, or edit that file.")
    local = Path("config") / "default.yaml"
    text = (local if local.is_file() else _DEFAULT).read_text(encoding="utf-8")
    for key, value in (("name", name), ("model", model)):
        text, count = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text, count=1)
        if not count:
            raise InputError(f"{local} has no line '{key}: ...': restore it, or write {path} by hand.")
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        study = load_study(temporary)  # its muscles are the walker's, or nothing is written
        count = len(study.scenarios())
    return f"{path}: {count} scenarios of walker '{model}'; run it with: make sweep STUDY={path}\n"
