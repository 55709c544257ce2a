"""The cache of built functions: filled, used, damaged, shared, unwritable, turned off."""

from __future__ import annotations

import ast
from pathlib import Path

import casadi as ca
import pytest

import gluteweak
from gluteweak.provenance import FUNCTION_SOURCES
from gluteweak.walking import function_cache
from gluteweak.walking.function_cache import fetch_or_build
from gluteweak.walking.function_file import read_functions, write_functions

pytestmark = pytest.mark.casadi

ORIGIN = {"plant": "p", "source": "s", "casadi": ca.__version__}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GLUTEWEAK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Counts how often it builds."""

    def __init__(self, origin=ORIGIN):
        self.times, self.origin = 0, origin

    def __call__(self, path):
        self.times += 1
        x = ca.SX.sym("x")
        write_functions(path, {"square": ca.Function("square", [x], [x**2])}, self.origin)


def test_second_study_takes_what_the_first_built(cache, tmp_path):
    build = Builder()
    for name in ("one", "two"):
        fetch_or_build(tmp_path / name, ORIGIN, build)
    assert build.times == 1
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert float(read_functions(tmp_path / "two", ORIGIN)["square"](3.0)) == 9.0
    assert len(list(cache.iterdir())) == 1


def test_other_origins_do_not_meet(cache, tmp_path):
    other = {**ORIGIN, "plant": "another"}
    builders = Builder(), Builder(other)
    for build in builders:
        fetch_or_build(tmp_path / "out", build.origin, build)
    assert [build.times for build in builders] == [1, 1]
    read_functions(tmp_path / "out", other)


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:-400] + bytes([b[-400] ^ 255]) + b[-399:]])
def test_damaged_files_are_built_again(cache, tmp_path, damage):
    build = Builder()
    fetch_or_build(tmp_path / "out", ORIGIN, build)
    whole = (tmp_path / "out").read_bytes()
    (kept,) = cache.iterdir()
    kept.write_bytes(damage(whole))
    fetch_or_build(tmp_path / "out", ORIGIN, build)
    assert build.times == 2
    assert (tmp_path / "out").read_bytes() == kept.read_bytes()
    read_functions(tmp_path / "out", ORIGIN)


def test_cache_that_cannot_be_written_or_is_off(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("GLUTEWEAK_CACHE", str(tmp_path / "file"))
    build = Builder()
    fetch_or_build(tmp_path / "out", ORIGIN, build)
    assert "were not kept" in capsys.readouterr().out
    monkeypatch.setenv("GLUTEWEAK_CACHE", "")
    fetch_or_build(tmp_path / "out", ORIGIN, build)
    assert build.times == 2
    monkeypatch.delenv("GLUTEWEAK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert function_cache.cache_dir() == Path("/somewhere/gluteweak")


def test_only_the_latest_are_kept(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(function_cache, "_KEPT", 2)
    for n in range(4):
        origin = {**ORIGIN, "plant": str(n)}
        fetch_or_build(tmp_path / "out", origin, Builder(origin))
    assert len(list(cache.iterdir())) == 2


#: Imported by the sources of the functions, but unable to change a number in them.
HARMLESS = {"gluteweak.errors", "gluteweak.storage", "gluteweak.variables", "gluteweak.walking.staged_kkt"}
#: Gives sizes and shapes of whole problems to ``derivatives``, which here only records.
HARMLESS |= {"gluteweak.walking.transcription"}


def test_fingerprint_counts_every_module_that_shapes_the_functions():
    """Whatever ``point`` and ``function_file`` import is in FUNCTION_SOURCES, or named here as harmless."""
    root = Path(gluteweak.__file__).parent
    found, todo = set(), ["gluteweak.walking.point", "gluteweak.walking.function_file"]
    while todo:
        name = todo.pop()
        if name in found or name in HARMLESS:
            continue
        found.add(name)
        place = root.joinpath(*name.split(".")[1:])
        tree = ast.parse(place.with_suffix(".py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gluteweak"):
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                modules = [m for m in inside if (root.joinpath(*m.split(".")[1:])).with_suffix(".py").is_file()]
                todo += modules or [node.module]
    assert found == set(FUNCTION_SOURCES)
