"""Published sources that the page names, from the project's bibliography."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_BIBLIOGRAPHY = Path(__file__).parents[3] / "docs" / "references.bib"
_ENTRY = re.compile(r"@\w+\{(?P<key>[^,\s]+),(?P<body>.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)
_ACCENTS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "c": "\u0327", "v": "\u030c"}
_MOST_AUTHORS = 3


def references(keys: Iterable[str], bibliography: Path = _BIBLIOGRAPHY) -> list[dict[str, str]]:
    """Author, year, title, where and DOI of each key, in the order given; unknown keys are named alone."""
    known = {}
    if bibliography.is_file():
        for entry in _ENTRY.finditer(bibliography.read_text(encoding="utf-8")):
            known[entry["key"]] = dict(_FIELD.findall(entry["body"]))
    return [_reference(key, known.get(key, {})) for key in dict.fromkeys(keys)]


def _reference(key: str, fields: dict[str, str]) -> dict[str, str]:
    where = " ".join(
        _plain(fields[name]) for name in ("journal", "booktitle", "publisher", "volume", "pages") if name in fields
    )
    return {
        "key": key,
        "authors": _authors(fields.get("author", "")),
        "year": fields.get("year", ""),
        "title": _plain(fields.get("title", key)),
        "where": where,
        "doi": fields.get("doi", ""),
    }


def _authors(text: str) -> str:
    names = [_plain(name).split(",")[0] for name in text.split(" and ") if name]
    if len(names) > _MOST_AUTHORS or names[-1:] == ["others"]:
        return f"{names[0]} et al."
    return ", ".join(names)


def _plain(text: str) -> str:
    """BibTeX as text: accents composed, braces and dashes resolved."""

    def accent(match: re.Match[str]) -> str:
        return unicodedata.normalize("NFC", match[2] + _ACCENTS[match[1]])

    text = re.sub(r"\{?\\(['`\"^~cv])\s*\{?(\w)\}?\}?", accent, text)
    return text.replace("--", "\N{EN DASH}").replace("{", "").replace("}", "").replace("\\", "").strip()
