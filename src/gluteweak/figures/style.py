"""One look for all figures: sizes, the colours of strength, and how a figure is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps, style
from matplotlib.figure import Figure

from gluteweak.storage import atomic_path

#: Text width of a printed A4 page.
WIDTH_MM = 180.0
MM_PER_INCH = 25.4
_STYLE_FILE = Path(__file__).with_name("gluteweak.mplstyle")
#: viridis grows lighter evenly, also in grey; its palest end is left out because it fades on white paper.
_COLOURS = colormaps["viridis"]
_DARKEST, _LIGHTEST = 0.0, 0.82
_THIN, _THICK = 1.0, 1.9


@contextmanager
def house_style() -> Iterator[None]:
    """Within this block figures are made in the house style."""
    with style.context(["default", str(_STYLE_FILE)]):
        yield


def new_figure(height_mm: float) -> Figure:
    """An empty figure of full text width; call it within `house_style`."""
    return Figure(figsize=(WIDTH_MM / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")


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


def save(figure: Figure, out_dir: Path, name: str, caption: str) -> None:
    """Write ``name``.png, .svg and .txt (the caption), each whole or not at all; call it within `house_style`."""
    for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
        with atomic_path(Path(out_dir) / f"{name}{suffix}") as temporary:
            # Without date and version the same data give the same file.
            figure.savefig(temporary, metadata=metadata)
    with atomic_path(Path(out_dir) / f"{name}.txt") as temporary:
        temporary.write_text(caption, encoding="utf-8")
