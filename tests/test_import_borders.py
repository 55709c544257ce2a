"""Who may import what. import-linter reads the import graph; this reads the source, lazy imports included."""

import ast

import pytest
from study_files import ROOT

SOURCE = ROOT / "src" / "gluteweak"
ROOMS = ("opensim_model", "walking", "loads", "figures", "report", "handout")
OWNERS = {
    "opensim": {"opensim_model"},
    "casadi": {"walking"},
    "numba": {"loads", "walking"},
    "matplotlib": {"figures"},
    "typst": {"handout"},
}
FILES = sorted(SOURCE.rglob("*.py"))


def imported(path):
    """Dotted names that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(SOURCE).parts[0]


@pytest.mark.parametrize("library", OWNERS)
def test_library_is_imported_by_its_owners_only(library):
    importers = {room(path) for path in FILES for name in imported(path) if name.split(".")[0] == library}
    assert importers <= OWNERS[library]


@pytest.mark.parametrize("of", ROOMS)
def test_rooms_meet_in_files_only(of):
    others = tuple(f"gluteweak.{other}" for other in ROOMS if other != of)
    found = [
        (path.name, name)
        for path in (SOURCE / of).rglob("*.py")
        for name in imported(path)
        if name.startswith(tuple(f"{o}." for o in others)) or name in others
    ]
    assert found == []
