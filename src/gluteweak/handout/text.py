"""A handout's sentences: the words of a language with the numbers of a scenario put in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from gluteweak.comparison.table import number, plain
from gluteweak.errors import InputError
from gluteweak.handout import words as translations
from gluteweak.handout.facts import Facts
from gluteweak.muscle_names import whole_muscle

#: Longer clinic names do not fit in the head of the page.
LONGEST_CLINIC = 80
#: Studies that the advice rests on, by their keys in docs/references.bib, in the order of the numbers in brackets.
SOURCES = (
    ("ferber2015", "R. Ferber et al., Journal of Athletic Training 50:366, 2015"),
    ("hott2020", "A. Hott et al., Scandinavian Journal of Medicine & Science in Sports 30:741, 2020"),
    ("kendall2010", "K. D. Kendall et al., Journal of Sport Rehabilitation 19:422, 2010"),
)
#: Who measured the loads that a computed one may lie outside of.
_MEASURED = {
    "knee": "I. Kutzner et al., Journal of Biomechanics 43:2164, 2010",
    "kneecap": "H. F. Hart et al., British Journal of Sports Medicine 56:521, 2022",
}


@dataclass(frozen=True)
class Text:
    """What is printed, ready; ``pictures`` are captions and texts for those who cannot see the pictures."""

    language: str
    title: str
    subtitle: str
    clinic: str
    does: tuple[str, str]
    shows: tuple[str, str]
    changed: str
    findings: tuple[str, ...]
    care: tuple[str, tuple[str, ...]]
    know: tuple[str, str, str]
    doubts: tuple[str, ...]
    sources: tuple[str, tuple[str, ...]]
    page: str
    captions: Mapping[str, str]
    alternatives: Mapping[str, str]

    def running_text(self) -> str:
        """Everything that is read as text, for measuring how easy it is to read."""
        parts = (self.does[1], self.shows[1], *self.findings, *self.care[1], self.know[1], self.know[2], *self.doubts)
        return " ".join(parts)


def clinic_name(name: str | None) -> str:
    """The clinic's name as one line of text.

    Raises
    ------
    InputError
        If it is too long.
    """
    said = " ".join(plain(name or "").split())
    if len(said) > LONGEST_CLINIC:
        raise InputError(
            f"The clinic's name has {len(said)} characters; --clinic takes at most {LONGEST_CLINIC}, so that it fits "
            "into one line: shorten it."
        )
    return said


def write_text(facts: Facts, language: str, clinic: str) -> Text:
    """Put the numbers of a scenario into the words of a language."""
    words = translations.load(language)

    def say(key: str, **values: Any) -> str:
        return str(words[key]).format(**values)

    def digits(value: float, decimals: int) -> str:
        return number(value, decimals).replace(".", words["decimal"])

    def both(key: str) -> tuple[str, str]:
        found = facts.findings[key]
        return digits(found.reference, found.outcome.decimals), digits(found.value, found.outcome.decimals)

    side = words[f"sides.{facts.side}"]
    findings = []
    for key in facts.findings:
        healthy, weak = both(key)
        findings.append(say(f"shows.{key}.{facts.verdict(key)}", healthy=healthy, weak=weak))
    healthy, weak = both(facts.drawn_posture)
    pairs = {key: both(key) for key in facts.findings}
    numbers = {key: len(SOURCES) + 1 + place for place, key in enumerate(facts.doubtful)}
    doubts = [
        say(
            f"doubts.{'more' if facts.findings[key].reference > high else 'less'}",
            joint=words[f"doubts.{key}"],
            value=digits(facts.findings[key].reference, 1),
            low=digits(low, 1),
            high=digits(high, 1),
            number=numbers[key],
        )
        for key, (low, high) in facts.doubtful.items()
    ]
    said_by = [*(said for _, said in SOURCES), *(_MEASURED[key] for key in facts.doubtful)]
    program = say(
        "sources.program", version=metadata.version("gluteweak"), study=facts.study, scenario=facts.scenario_id
    )
    return Text(
        language=language,
        title=words["title"],
        subtitle=words["subtitle"],
        clinic=say("from_clinic", clinic=clinic) if clinic else "",
        does=(words["does.title"], say("does.text", pull=digits(facts.pull_bw, 1))),
        shows=(
            words["shows.title"],
            say(
                "shows.text_both" if facts.both_sides else "shows.text",
                strength=digits(facts.strength_percent, 0),
                side=side,
                muscles=_muscles(facts, words),
            ),
        ),
        changed=words["shows.changed"],
        findings=tuple(findings),
        care=(words["care.title"], tuple(words[f"care.{key}"] for key in ("training", "choice", "look", "ask"))),
        know=(
            words["know.title"],
            words["know.honest"],
            say("know.text", date_words=say("date_words", study=facts.study)),
        ),
        doubts=(*doubts, *([] if facts.has_kneecap else [words["doubts.no_kneecap"]])),
        sources=(words["sources.title"], (program, *(f"[{i + 1}] {said}" for i, said in enumerate(said_by)))),
        page=words["page"],
        captions={
            "body": say("pictures.body.caption", side=side),
            "curve": say("pictures.curve.caption", quantity=words[f"pictures.curve.{facts.drawn_posture}"], side=side),
            "load": words["pictures.load.caption"],
        },
        alternatives={
            "body": say(
                "pictures.body.alt",
                lean_healthy=pairs["lean"][0],
                lean_weak=pairs["lean"][1],
                drop_healthy=pairs["drop"][0],
                drop_weak=pairs["drop"][1],
            ),
            "curve": say("pictures.curve.alt", healthy=healthy, weak=weak),
            "load": say(
                "pictures.load.alt",
                knee_healthy=pairs["knee"][0],
                knee_weak=pairs["knee"][1],
                kneecap_healthy=pairs["kneecap"][0],
                kneecap_weak=pairs["kneecap"][1],
            ),
        },
    )


def picture_words(language: str) -> dict[str, str]:
    """Words that stand in the pictures, without their common prefix, and the decimal sign."""
    words = translations.load(language)
    found = {key.removeprefix("pictures."): text for key, text in words.items() if key.startswith("pictures.")}
    return {**found, "decimal": words["decimal"]}


def _muscles(facts: Facts, words: Mapping[str, str]) -> str:
    known = [words[f"muscles.{m}"] for m in facts.muscles if f"muscles.{m}" in words]
    more = [words["muscles.others"]] if len(known) < len({whole_muscle(m) for m in facts.muscles}) else []
    return ", ".join((*known, *more))
