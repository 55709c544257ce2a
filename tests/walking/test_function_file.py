"""Stored point functions: a round trip, and files that are refused with one sentence."""

from __future__ import annotations

import json
import zipfile

import casadi as ca
import numpy as np
import pytest

from gluteweak.errors import InputError
from gluteweak.walking.function_file import read_functions, write_functions

pytestmark = pytest.mark.casadi

ORIGIN = {"plant": "p", "source": "s", "casadi": ca.__version__}


@pytest.fixture
def stored(tmp_path):
    x, y = ca.SX.sym("x", 3), ca.SX.sym("y")
    functions = {
        "first": ca.Function("first", [x, y], [ca.sin(x) * y, ca.jacobian(x**2, x)]),
        "second": ca.Function("second", [x], [ca.sumsqr(x)]),
    }
    path = tmp_path / "problem.casadi"
    write_functions(path, functions, ORIGIN)
    return path, functions


def test_round_trip(stored):
    path, functions = stored
    found = read_functions(path, ORIGIN)
    assert list(found) == list(functions)
    x = np.array([0.1, -2.0, 3.0])
    for name, arguments in (("first", (x, 0.7)), ("second", (x,))):
        ours, theirs = (f.call([ca.DM(a) for a in arguments]) for f in (found[name], functions[name]))
        for a, b in zip(ours, theirs, strict=True):
            assert a.sparsity() == b.sparsity()
            np.testing.assert_array_equal(np.array(a), np.array(b))
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def refused(path, match, origin=ORIGIN):
    with pytest.raises(InputError, match=match) as caught:
        read_functions(path, origin)
    message = str(caught.value)
    assert "\n" not in message
    assert message.count("gluteweak problem") == 1
    assert str(path) in message


def test_missing_file(tmp_path):
    refused(tmp_path / "none", "No file")


@pytest.mark.parametrize("key", ["plant", "source", "casadi"])
def test_other_origin(stored, key):
    refused(stored[0], f"made from another {key}", {**ORIGIN, key: "other"})


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_truncated_file(stored, share):
    path, _ = stored
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    refused(path, "truncated or damaged")


def rewritten(path, change):
    """The archive with its members as ``change`` (name -> bytes) leaves them."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_damaged_functions_are_noticed_when_they_are_used(stored):
    path, _ = stored
    rewritten(path, lambda members: members.update({"functions.casadi": members["functions.casadi"][:100]}))
    found = read_functions(path, ORIGIN)
    with pytest.raises(InputError, match="truncated or damaged"):
        found["first"]


def test_flipped_byte_in_a_tape(tmp_path):
    x = ca.SX.sym("x", 2)
    path = tmp_path / "problem.casadi"
    write_functions(path, {"cost": ca.Function("cost", [x], [ca.sumsqr(x)])}, ORIGIN)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("tape/cost.npz").header_offset
    content = bytearray(path.read_bytes())
    content[start + 100] ^= 0xFF
    path.write_bytes(bytes(content))
    refused(path, "truncated or damaged")


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n\x00\x00", b"not json\nbody", b"{}"])
def test_foreign_file(tmp_path, content):
    path = tmp_path / "problem.casadi"
    path.write_bytes(content)
    refused(path, "foreign, truncated or damaged")


@pytest.mark.parametrize("header", [b"[1, 2]", b'{"format": "other"}', b"{}", b"no json", None])
def test_foreign_archive(stored, header):
    path, _ = stored
    rewritten(path, lambda members: members.update({"header.json": header}) if header else members.pop("header.json"))
    refused(path, "not a file of walking functions")


@pytest.mark.parametrize("missing", ["origin", "names"])
def test_header_without_origin_or_names(stored, missing):
    path, _ = stored

    def drop(members):
        entries = json.loads(members["header.json"])
        members["header.json"] = json.dumps({k: v for k, v in entries.items() if k != missing}).encode()

    rewritten(path, drop)
    refused(path, "not a file of walking functions")
