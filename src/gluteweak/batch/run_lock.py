"""Which run of the workflow works on a study: one at a time, and a dead one is in nobody's way.

Snakemake notes in files that it is at work; killed, it leaves them, and every later run stops until somebody removes
them by hand. A lock of the operating system ends with its process, however that ends. So a run that gets this lock
knows that Snakemake's own notes about the study are those of a dead run, and takes them away.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

#: Open files whose locks this process holds till it ends, by study.
_held: dict[str, int] = {}


def hold(study: str, snakemake_dir: Path = Path(".snakemake")) -> bool:
    """Become the run of a study, if no other process is: true, and what a dead run left of Snakemake's locks is gone.

    Otherwise one sentence on stderr says who is at work; Snakemake, which sees its own notes, refuses to run or, asked
    for a plan only, goes on.
    """
    if study in _held:
        return True
    try:
        snakemake_dir.mkdir(exist_ok=True)
        handle = os.open(snakemake_dir / f"{study}.running", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:  # a folder without permission to write: Snakemake will say so
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(handle, 100, 0).decode("utf-8", "replace").strip() or "unknown"
        os.close(handle)
        sys.stderr.write(
            f"gluteweak: study '{study}' is being run here already (process {owner}): wait until that run has ended, "
            "or end it.\n"
        )
        return False
    except OSError:  # a file system without locks: Snakemake's own have to do
        os.close(handle)
        return False
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    _held[study] = handle
    for note in snakemake_dir.glob("locks/*.lock"):
        if any(line.startswith(f"results/{study}/") for line in note.read_text(encoding="utf-8").splitlines()):
            note.unlink(missing_ok=True)
    return True
