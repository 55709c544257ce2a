"""Keep what libraries print out of sight: a job's output goes to its log, its few own words to the terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True)
class Terminal:
    """Where a person reads."""

    out: TextIO
    err: TextIO


@contextlib.contextmanager
def output_to(log: Path | None) -> Iterator[Terminal]:
    """Send everything that the process prints to ``log``; without a log, nothing changes.

    OpenSim and IPOPT print from compiled code, past ``sys.stdout``: the file descriptors themselves are exchanged.
    """
    if log is None:
        yield Terminal(sys.stdout, sys.stderr)
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    saved = os.dup(1), os.dup(2)
    with log.open("w", encoding="utf-8") as file, os.fdopen(saved[0], "w") as out, os.fdopen(saved[1], "w") as err:
        _point_to(file.fileno(), file.fileno())
        try:
            yield Terminal(out, err)
        finally:
            out.flush()
            err.flush()
            _point_to(*saved)


def _point_to(out: int, err: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(out, 1)
    os.dup2(err, 2)
