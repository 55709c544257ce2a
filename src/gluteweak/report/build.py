"""Put the page together: words, data, libraries and scripts in one HTML file that asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path
from typing import Any

from gluteweak.report import assets
from gluteweak.report.gather import gather
from gluteweak.report.packing import script_json
from gluteweak.storage import atomic_path

_SCRIPTS = ("data.js", "walker.js", "charts.js", "chain.js", "findings.js", "app.js")
#: Escapes in a JavaScript text that would end its element.
_END = "</script"


def write_report(sweep: Path, scenarios_dir: Path, out: Path, validation: Path | None = None) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    sweep, scenarios_dir
        ``sweep.h5`` and the folder with one folder for each scenario.
    out
        What to write.
    validation
        ``validation.json``, if there is one.

    Raises
    ------
    InputError
        If a file is missing or broken, or no scenario is certified.
    """
    page = build_page(gather(sweep, scenarios_dir, validation))
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def build_page(data: dict[str, Any]) -> str:
    """The page for gathered data."""
    style = assets.own("style.css")
    scripts = [assets.three_js(), assets.d3_js(), *(assets.own(name) for name in _SCRIPTS)]
    for script in scripts:
        if _END in script.lower():
            raise ValueError("a script of the page holds the end of its own element")
    # Only these very texts may run: whatever slips into the page otherwise stays dead text.
    policy = "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(_hash(script) for script in scripts),
            "style-src " + _hash(style),
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    words = {
        "POLICY": html.escape(policy),
        "TITLE": html.escape(f"{data['study']['name']}: weak hip, walking and the knee"),
        "STYLE": style,
        "DATA": script_json(data),
        "SCRIPTS": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    page = assets.own("page.html")
    head, *parts = page.split("%%")
    # Every second part is the name of a word: nothing that is put in is looked at again.
    return head + "".join(words[part] if i % 2 == 0 else part for i, part in enumerate(parts))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
