"""The PDF: text and pictures set by typst, fonts embedded, tagged for screen readers (PDF/UA where glyphs allow)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile
from typing import Literal

import typst

from gluteweak.errors import InputError
from gluteweak.handout.text import Text
from gluteweak.storage import atomic_path

_TEMPLATE = Path(__file__).with_name("template.typ")
PAPERS = {"a4": "a4", "letter": "us-letter"}
#: PDF/UA first; a character without a glyph is a breach of it, and tagged all the same without it.
_STANDARDS: tuple[Literal["ua-1"] | None, ...] = ("ua-1", None)
#: Sizes of letters, the largest first with which everything fits on the two pages; below 10 pt nothing is readable.
_SIZES_PT = (12.0, 11.5, 11.0, 10.5, 10.0)
_PAGES = 2


def write_pdf(text: Text, pictures: Mapping[str, bytes], fonts: Path, paper: str, out: Path) -> None:
    """Write the handout, whole or not at all.

    Parameters
    ----------
    text : Text
    pictures : mapping
        ``body``, ``curve`` and ``load`` as SVG.
    fonts : Path
        Folder with the fonts to embed.
    paper : str
        ``a4`` or ``letter``.
    out : Path
        File to write (.pdf).

    Raises
    ------
    InputError
        If the paper is unknown, or the text cannot be set.
    """
    if paper not in PAPERS:
        raise InputError(f"Unknown paper '{paper}': give --paper {' or '.join(PAPERS)}.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copyfile(_TEMPLATE, folder / "handout.typ")
        for picture, drawn in pictures.items():
            (folder / f"{picture}.svg").write_bytes(drawn)
        compiler = typst.Compiler(folder / "handout.typ", root=folder, font_paths=[fonts])
        for size_pt in _SIZES_PT:
            data = {**_data(text, paper), "size": size_pt}
            (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
            if _pages(compiler) <= _PAGES:
                break
        made = _compile(compiler)
    with atomic_path(out) as temporary:
        temporary.write_bytes(made)


def _pages(compiler: typst.Compiler) -> int:
    return int(json.loads(compiler.query("<pages>", field="value", one=True)))


def _compile(compiler: typst.Compiler) -> bytes:
    """Accessible by the standard if every character has a glyph; else tagged all the same, with a box for it."""
    problem = ""
    for standards in _STANDARDS:
        try:
            made = compiler.compile(format="pdf", pdf_standards=standards)
        except typst.TypstError as error:
            problem = error.message
        else:
            if isinstance(made, bytes):
                return made
    raise InputError(f"The handout cannot be set as a PDF ({problem}): simplify the clinic's name.")


def _data(text: Text, paper: str) -> dict[str, object]:
    return {
        "language": text.language,
        "paper": PAPERS[paper],
        "title": text.title,
        "author": "gluteweak",
        "subtitle": text.subtitle,
        "clinic": text.clinic,
        "does": text.does,
        "shows": text.shows,
        "changed": text.changed,
        "findings": text.findings,
        "care": text.care,
        "know": text.know,
        "doubts": text.doubts,
        "honest": text.know[1],
        "sources": text.sources,
        "page": text.page,
        "captions": dict(text.captions),
        "alternatives": dict(text.alternatives),
    }
