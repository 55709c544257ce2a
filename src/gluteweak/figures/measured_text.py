"""How large words are once they are drawn, and words wrapped to a width: measured with a renderer, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gluteweak.figures.style import MM_PER_INCH

#: Dots per inch of the measurement: fine, so that hinting of glyphs does not show.
_DPI = 600
#: Step in which lines are made shorter as long as there are no more of them.
_NARROWER = 0.97
#: Letters do not shrink quite in proportion.
_ROUNDING = 1.01


def size_mm(text: str, **look: Any) -> tuple[float, float]:
    """Width and height of a text of one or several lines, in mm; call it within `style.house_style`.

    Parameters
    ----------
    look
        As matplotlib's ``Figure.text`` takes it: ``fontsize``, ``fontweight``, ``linespacing`` ...
    """
    box = _canvas().figure.text(0, 0, text, **look)
    try:
        extent = box.get_window_extent(_canvas().get_renderer())  # type: ignore[no-untyped-call]
    finally:
        box.remove()
    return float(extent.width) / _DPI * MM_PER_INCH, float(extent.height) / _DPI * MM_PER_INCH


def wrapped(text: str, width_mm: float, **look: Any) -> str:
    """A text with line breaks between words, so that no line is wider; a word that alone is too wide is broken.

    Lines are of similar length: no word is left alone on the last one where the others can do without it.

    Parameters
    ----------
    look
        As for `size_mm`.
    """
    lines = _lines(text, width_mm, look)
    while len(lines) > 1:
        narrower = _lines(text, _NARROWER * max(size_mm(line, **look)[0] for line in lines), look)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return "\n".join(lines)


def shrunk(text: str, width_mm: float, smallest: float, **look: Any) -> dict[str, Any]:
    """How to draw a text on one line of a width: in smaller letters where needed, cut where even those are too large.

    Parameters
    ----------
    smallest
        Font size in points below which nothing is legible.
    look
        As for `size_mm`, ``fontsize`` among it.

    Returns
    -------
    dict
        ``look`` with the font size that fits, and the text as ``s``.
    """
    wide_mm = size_mm(text, **look)[0]
    size = max(smallest, min(1.0, width_mm / max(wide_mm, 1e-9)) * look["fontsize"])
    look = {**look, "fontsize": size}
    words = text.split(" ")
    while len(words) > 1 and size_mm(text, **look)[0] > width_mm * _ROUNDING:
        words.pop()
        text = " ".join([*words, "..."])
    return {**look, "s": text}


def _lines(text: str, width_mm: float, look: Mapping[str, Any]) -> list[str]:
    """As many words on each line as there is room for."""

    def fits(line: str) -> bool:
        return size_mm(line, **look)[0] <= width_mm

    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if fits(longer):
            lines[-1] = longer
            continue
        rest = word
        while not fits(rest) and len(rest) > 1:
            most = max((n for n in range(1, len(rest)) if fits(rest[:n])), default=1)
            lines.append(rest[:most])
            rest = rest[most:]
        lines.append(rest)
    return [line for line in lines if line] or [""]


@cache
def _canvas() -> FigureCanvasAgg:
    return FigureCanvasAgg(Figure(figsize=(1, 1), dpi=_DPI))
