"""Scenarios that differ in strength alone, as rows for a slider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gluteweak.comparison.reading import Walk
from gluteweak.comparison.words import adaptation, meaning

#: Strength in a scenario's name: -s050, -s012p5.
_STRENGTH = re.compile(r"(?:^|-)s\d{3}(?:p\d+)?(?=-|$)")


@dataclass(frozen=True)
class Family:
    """One row: what it is called, what it means, and its members from strong to weak (indices)."""

    key: str
    title: str
    meaning: str
    members: tuple[int, ...]


def families(walks: Sequence[Walk], words: Sequence[str]) -> list[Family]:
    """Group scenarios by their names without the strength in them; ``words`` are their labels.

    A strength that appears twice makes a row of its own for each further scenario.
    """
    rows: dict[str, list[int]] = {}
    for index, walk in enumerate(walks):
        key = _STRENGTH.sub("", walk.scenario_id) or walk.scenario_id
        while any(walks[i].strength_fraction == walk.strength_fraction for i in rows.get(key, ())):
            key += "+"
        rows.setdefault(key, []).append(index)
    counted = [walks[members[0]].adaptation for members in rows.values()]
    found = []
    for key, members in rows.items():
        first = walks[members[0]]
        title = adaptation(first.adaptation)
        # Where the adaptation alone does not tell rows apart, or a row is one scenario, the scenario's words do.
        if counted.count(first.adaptation) > 1 or not title:
            title = words[members[0]] if len(members) == 1 else _title(key, first.adaptation, title)
        ordered = tuple(sorted(members, key=lambda i: -walks[i].strength_fraction))
        found.append(Family(key, title, meaning(first.adaptation), ordered))
    return found


def _title(key: str, name: str, words: str) -> str:
    """The adaptation in words, and what else tells this row from others."""
    rest = [part.replace("_", " ") for part in key.replace(name, "").split("-") if part] if name else [key]
    return f"{words}: {', '.join(rest)}" if words and rest else words or key
