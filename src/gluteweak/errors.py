"""The error that users see: one sentence, no traceback, exit code 2."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def one_line(text: str) -> str:
    """Text for a terminal: what names from files carry of line breaks and control characters is shown, not obeyed."""
    words = text.replace("\n", " ")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in words)


class InputError(ValueError):
    """Bad input. The message names the thing, what was found, what would do and where to change it."""

    def __init__(self, message: str) -> None:
        """Keep the message as one line."""
        super().__init__(one_line(message))


class SolveError(RuntimeError):
    """A simulation did not converge or OpenSim did not certify it; nothing that looks like a result was written."""

    def __init__(self, message: str) -> None:
        """Keep the message as one line."""
        super().__init__(one_line(message))


#: The disk's fault, and not that of what is being computed.
_WRITING_ERRNOS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "files may not become that large here (see 'ulimit -f')",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "it may not be written to",
    errno.EPERM: "it may not be written to",
}


#: What the smallest file takes of a disk.
_A_BLOCK = 4096


def writing_problem(error: BaseException) -> str | None:
    """One sentence for an error that the disk made; None for any other.

    HDF5 reports such errors in its own words, as ``OSError`` or ``RuntimeError``, with the system's number in the text.
    """
    number = getattr(error, "errno", None)
    if number not in _WRITING_ERRNOS:
        words = str(error)
        number = next((n for n in _WRITING_ERRNOS if f"errno = {n}," in words or os.strerror(n) in words), None)
    if number is None or not isinstance(error, OSError | RuntimeError):
        return None
    where = getattr(error, "filename", None) or "the results"
    return f"Cannot write {where}: {_WRITING_ERRNOS[number]}; make room or choose another folder, and run again."


def folder_problem(folder: Path) -> str | None:
    """Why nothing can be written to a folder, which may have to be made first, as `writing_problem`; None if it can."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there, buffering=0) as file:
            file.write(bytes(_A_BLOCK))
    except OSError as error:
        error.filename = os.path.relpath(there)
        return writing_problem(error)
    return None
