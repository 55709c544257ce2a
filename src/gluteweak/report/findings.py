"""What the page says of each scenario in words: the compensation that was found, and the checklist of signs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gluteweak.comparison import compensation, sensitivity, signs
from gluteweak.comparison.compensation import Compensation
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.sensitivity import Sensitivity
from gluteweak.comparison.signs import Checklist
from gluteweak.comparison.table import plain

#: Datasets that the compensation needs; files of older versions lack some.
COPING, SIGNS = compensation.NAMES, (*signs.NAMES, *signs.OUTCOMES)


def coping(sweep: Sweep, walks: Sequence[Walk]) -> dict[str, dict[str, Any]]:
    """By scenario: the compensation in a sentence, each way to cope with its size, and the helpers."""
    if not all(name in sweep.values for name in COPING):
        return {}
    found = compensation.compensations(sweep, walks)
    return {one.walk.scenario_id: _coping(one) for one in found}


def _coping(one: Compensation) -> dict[str, Any]:
    named = [finding.words for finding in one.named]
    return {
        "named": named,
        "rows": [
            {
                "label": finding.way.label,
                "unit": finding.way.unit.replace("deg", "°"),
                "decimals": finding.way.decimals,
                "from": finding.healthy,
                "to": finding.value,
                "named": finding.counts,
                "yardstick": finding.yardstick,
                "source": finding.way.smallest.source,
            }
            for finding in one.findings
        ],
        "helpers": [{"name": plain(name), "more": more} for name, more in one.helpers],
    }


def checklists(sweep: Sweep, walks: Sequence[Walk]) -> dict[str, dict[str, Any]]:
    """By scenario: the signs, each with its number, what is normal, and the source."""
    return {one.scenario_id: _checklist(one) for one in signs.checklists(sweep, walks)}


def _checklist(one: Checklist) -> dict[str, Any]:
    return {
        "count": one.count,
        "rows": [
            {
                "label": sign.label,
                "unit": "" if sign.unit == "1" else sign.unit.replace("deg", "°"),
                "decimals": sign.decimals,
                "value": sign.value,
                "low": sign.low,
                "high": sign.high,
                "normal": sign.normal,
                "source": sign.source,
                "present": sign.present,
                "confirm": sign.to_be_confirmed,
            }
            for sign in one.signs
        ],
    }


def muscles(walks: Sequence[Walk], scenarios_dir: Path) -> dict[str, list[dict[str, Any]]]:
    """By scenario, where ``sensitivity.h5`` lies in its folder: the muscles that matter most for each outcome."""
    found = {}
    for walk in walks:
        path = Path(scenarios_dir) / walk.scenario_id / "sensitivity.h5"
        if path.is_file():
            found[walk.scenario_id] = _muscles(sensitivity.read_sensitivity(path))
    return found


def _muscles(data: Sensitivity) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "unit": unit.replace("deg", "°"),
            "decimals": decimals,
            "value": float(data.value[panel]),
            "rows": [
                {
                    "name": plain(sensitivity.in_words(data.muscle[i])),
                    "change": float(data.change[panel, i]),
                    "doubtful": bool(data.is_doubtful[panel, i]),
                }
                for i in sensitivity.ranked(data, panel)
            ],
        }
        for panel, (_, title, unit, decimals) in enumerate(data.panels)
    ]


def sources(found: dict[str, dict[str, Any]]) -> list[str]:
    """Keys of all sources, each once."""
    return list(dict.fromkeys(str(row["source"]) for one in found.values() for row in one["rows"]))
