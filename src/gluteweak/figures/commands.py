"""What the command line calls: one function a figure."""

from __future__ import annotations

from pathlib import Path

from gluteweak.figures import style
from gluteweak.figures.overview import caption, draw_overview, read_overview


def overview(sweep: Path, out_dir: Path) -> None:
    """Draw the overview of a sweep: ``overview.png``, ``overview.svg`` and the caption ``overview.txt``.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5``.
    out_dir : Path
        Folder for the three files.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no certified scenario.
    """
    data = read_overview(sweep)
    with style.house_style():
        style.save(draw_overview(data), out_dir, "overview", caption(data))
