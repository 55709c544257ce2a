"""Provenance against the standard tools: sha256sum's test vector, installed metadata, changes of real files."""

import json
import subprocess
import sys
from importlib import metadata

import pytest

from gluteweak import provenance


def test_sha256_of_the_standard_test_vector(tmp_path):
    # FIPS 180-2, appendix B.1: SHA-256 of "abc".
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert provenance.sha256_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_versions_are_those_of_the_installed_packages():
    versions = json.loads(provenance.versions_json(("numpy", "no-such-package")))
    assert versions == {"numpy": metadata.version("numpy"), "no-such-package": "not installed"}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a room and a module, in place of gluteweak's own source."""
    (tmp_path / "room" / "deep").mkdir(parents=True)
    for name in ("room/__init__.py", "room/a.py", "room/deep/b.py", "room/a.mplstyle", "module.py", "other.py"):
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("changed", ["room/__init__.py", "room/a.py", "room/deep/b.py", "room/a.mplstyle", "module.py"])
def test_fingerprint_follows_the_named_sources(package, changed):
    before = provenance.source_fingerprint("gluteweak.room", "gluteweak.module")
    (package / changed).write_text("# changed\n", encoding="utf-8")
    assert provenance.source_fingerprint("gluteweak.room", "gluteweak.module") != before


def test_fingerprint_ignores_everything_else(package):
    before = provenance.source_fingerprint("gluteweak.room", "gluteweak.module")
    (package / "other.py").write_text("# changed\n", encoding="utf-8")
    (package / "room" / "a.pyc").write_bytes(b"cache")
    assert provenance.source_fingerprint("gluteweak.module", "gluteweak.room", "gluteweak.room.a") == before


def test_moved_code_is_changed_code(package):
    before = provenance.source_fingerprint("gluteweak.room")
    (package / "room" / "a.py").rename(package / "room" / "c.py")
    assert provenance.source_fingerprint("gluteweak.room") != before


@pytest.mark.parametrize("modules", [(), ("gluteweak.nothing",), ("numpy",)])
def test_fingerprint_needs_known_modules(package, modules):
    with pytest.raises(ValueError, match="module"):
        provenance.source_fingerprint(*modules)


def test_fingerprint_imports_nothing():
    code = (
        "import sys; from gluteweak.provenance import source_fingerprint as f;"
        "f('gluteweak.walking', 'gluteweak.opensim_model', 'gluteweak.loads', 'gluteweak.figures');"
        "print([m for m in ('gluteweak.walking', 'casadi', 'opensim', 'numba', 'matplotlib') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
