"""Stored point functions: a round trip, and files that are refused with one sentence."""

from __future__ import annotations

import json

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
    assert str(path) in message
    assert "gluteweak problem" in message


def test_missing_file(tmp_path):
    refused(tmp_path / "none", "No file")


@pytest.mark.parametrize("key", ["plant", "source", "casadi"])
def test_other_origin(stored, key):
    refused(stored[0], f"made from another {key}", {**ORIGIN, key: "other"})


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_truncated_file(stored, share):
    path, _ = stored
    text = path.read_text()
    head = text.index("\n") + 1
    path.write_text(text[: head + int(share * (len(text) - head))])
    refused(path, "truncated or damaged")


def test_nothing_but_the_header(stored):
    path, _ = stored
    path.write_text(path.read_text().splitlines()[0] + "\n")
    refused(path, "truncated or damaged")


@pytest.mark.parametrize(
    "content", [b"", b"\x89HDF\r\n\x1a\n\x00\x00", b"not json\nbody", b"[1, 2]\n", b'{"format": "other"}\nbody', b"{}"]
)
def test_foreign_file(tmp_path, content):
    path = tmp_path / "problem.casadi"
    path.write_bytes(content)
    refused(path, "not a file of walking functions")


def test_header_without_origin_or_names(stored):
    path, _ = stored
    header, body = path.read_text().split("\n", 1)
    for missing in ("origin", "names"):
        entries = {k: v for k, v in json.loads(header).items() if k != missing}
        path.write_text(json.dumps(entries) + "\n" + body)
        refused(path, "not a file of walking functions")
