"""One look for all figures: sizes, the colours of strength, and how a figure is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps, style
from matplotlib.figure import Figure

from gluteweak import storage
from gluteweak.storage import atomic_path

#: Text width of a printed A4 page, which is also a journal's double column; and a journal's single column.
WIDTH_MM = 180.0
COLUMN_MM = 88.0
MM_PER_INCH, POINTS_PER_INCH = 25.4, 72.0
#: What a figure for a paper is written as.
VECTORS = (".svg", ".pdf", ".png")
_STYLE_FILE = Path(__file__).with_name("gluteweak.mplstyle")
#: viridis grows lighter evenly, also in grey; its palest end is left out because it fades on white paper.
_COLOURS = colormaps["viridis"]
_DARKEST, _LIGHTEST = 0.0, 0.82
#: Share of a figure's height for a note at its foot.
_NOTE = 0.018
_THIN, _THICK = 1.0, 1.9


@contextmanager
def house_style() -> Iterator[None]:
    """Within this block figures are made in the house style."""
    with style.context(["default", str(_STYLE_FILE)]):
        yield


def new_figure(height_mm: float, width_mm: float = WIDTH_MM) -> Figure:
    """An empty figure, of full text width where nothing else is said; call it within `house_style`."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")


#: Okabe and Ito's colours from dark to light, told apart without red and green; dashes and markers say it once more,
#: so that two of like grey are not mistaken for each other in print.
_SERIES: tuple[dict[str, Any], ...] = (
    {"color": "#D55E00", "linestyle": "-", "marker": "o"},
    {"color": "#0072B2", "linestyle": (0, (5, 1.5)), "marker": "s"},
    {"color": "#009E73", "linestyle": (0, (5, 1.2, 1.2, 1.2)), "marker": "^"},
    {"color": "#CC79A7", "linestyle": (0, (1.2, 1.2)), "marker": "D"},
    {"color": "#E69F00", "linestyle": (0, (8, 2, 2, 2)), "marker": "v"},
    {"color": "#56B4E9", "linestyle": (0, (3, 1)), "marker": "P"},
)
#: How many series a reader can tell apart.
MOST_SERIES = len(_SERIES)
#: What everything is compared with.
REFERENCE: dict[str, Any] = {"color": "black", "linewidth": 1.0, "linestyle": (0, (3.5, 1.5))}


def series(index: int) -> dict[str, Any]:
    """Colour, dashes and marker of the n-th of a few series."""
    return dict(_SERIES[index % MOST_SERIES])


def strength_line(strength_fraction: float) -> dict[str, Any]:
    """Line of a strength: the weaker, the darker and thicker; full strength is dashed.

    Lightness carries the order, so that it survives a grey printer; width and dashes say it once more.
    """
    weakness = 1.0 - float(np.clip(strength_fraction, 0.0, 1.0))
    return {
        "color": _COLOURS(_LIGHTEST + (_DARKEST - _LIGHTEST) * weakness),
        "linewidth": _THIN + (_THICK - _THIN) * weakness,
        "linestyle": (0, (3.5, 1.5)) if weakness == 0.0 else "-",
    }


def write_kneecap_note(figure: Figure, source: Path) -> str:
    """At the foot of a figure, if the loads in its file are no reaction of a kneecap joint; the note, empty if none."""
    note = storage.kneecap_note(source)
    if note:
        engine = figure.get_layout_engine()
        if engine is not None:  # room for one small line
            engine.set(rect=(0.0, _NOTE, 1.0, 1.0 - _NOTE))  # type: ignore[call-arg]
        figure.text(0.995, 0.002, note, ha="right", va="bottom", fontsize=5.5, color="0.3")
    return note


def save(
    figure: Figure,
    out_dir: Path,
    name: str,
    caption: str,
    suffixes: tuple[str, ...] = (".png", ".svg"),
    source: Path | None = None,
) -> None:
    """Write ``name`` with each suffix and .txt (the caption), each whole or not at all, within `house_style`.

    Vector files carry title and caption, for screen readers and for whoever finds the file alone. If the file
    ``source`` says that its kneecap loads are no joint reaction, figure and caption say so too.
    """
    note = write_kneecap_note(figure, source) if source is not None else ""
    if note:
        caption = f"{caption.rstrip()}\n{note}\n"
    title, said = name.replace("_", " ").capitalize(), " ".join(caption.split())
    # Without date and version the same data give the same file.
    metadata: dict[str, dict[str, Any]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Title": title, "Description": said},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None, "Title": title, "Subject": said},
    }
    for suffix in suffixes:
        with atomic_path(Path(out_dir) / f"{name}{suffix}") as temporary:
            figure.savefig(temporary, metadata=metadata[suffix])
    with atomic_path(Path(out_dir) / f"{name}.txt") as temporary:
        temporary.write_text(caption, encoding="utf-8")
