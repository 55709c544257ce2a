"""Short words for muscles and adaptations, for figures and pages alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gluteweak.comparison.reading import Walk
from gluteweak.muscle_names import whole_muscle

#: Whole muscles by the names of `muscle_names.whole_muscle`. Others show as they are.
_MUSCLES = {
    "glmed": "Gluteus medius",
    "glmin": "Gluteus minimus",
    "glmax": "Gluteus maximus",
    "tfl": "Tensor fasciae latae",
    "piri": "Piriformis",
    "sart": "Sartorius",
    "recfem": "Rectus femoris",
    "vasint": "Vastus intermedius",
    "vaslat": "Vastus lateralis",
    "vasmed": "Vastus medialis",
    "psoas": "Psoas",
    "iliacus": "Iliacus",
    "bflh": "Biceps femoris, long head",
    "bfsh": "Biceps femoris, short head",
    "semimem": "Semimembranosus",
    "semiten": "Semitendinosus",
    "grac": "Gracilis",
    "addbrev": "Adductor brevis",
    "addlong": "Adductor longus",
    "addmag": "Adductor magnus",
    "gasmed": "Gastrocnemius, medial",
    "gaslat": "Gastrocnemius, lateral",
    "soleus": "Soleus",
    "tibant": "Tibialis anterior",
    "tibpost": "Tibialis posterior",
    "perlong": "Peroneus longus",
    "perbrev": "Peroneus brevis",
    "edl": "Extensor digitorum",
    "ehl": "Extensor hallucis",
    "fdl": "Flexor digitorum",
    "fhl": "Flexor hallucis",
}

#: Column titles of the adaptations that come with gluteweak; others show their own name.
ADAPTATIONS = {
    "re_optimised": "Muscles used anew, posture kept",
    "partly_adapted": "In between",
    "unchanged_pattern": "Muscle pattern kept, posture gives",
    "pattern_kept": "Muscle pattern kept, posture gives",
    "fixed_gait": "Gait held as it was",
}
#: How a label says the strength.
_STRENGTH = re.compile(r" at [0-9.]+ % strength\b")
_PATTERN_KEPT = "The muscles are switched on as before; the way of moving changes."
#: What they mean.
_MEANINGS = {
    "re_optimised": "The body moves as before as well as it can; other muscles help out.",
    "partly_adapted": "Muscles and way of moving both give a little.",
    "unchanged_pattern": _PATTERN_KEPT,
    "pattern_kept": _PATTERN_KEPT,
}


def muscle(base: str) -> str:
    """A muscle's name in words."""
    return _MUSCLES.get(base, base)


def adaptation(name: str) -> str:
    """An adaptation's name in words."""
    return ADAPTATIONS.get(name, name.replace("_", " "))


def meaning(name: str) -> str:
    """What an adaptation that comes with gluteweak means, in a sentence; empty for others."""
    return _MEANINGS.get(name, "")


def explained(adaptations: Sequence[str]) -> list[str]:
    """Title and meaning of each adaptation that has one, for captions; each once."""
    named = dict.fromkeys(name for name in adaptations if meaning(name))
    return [f"{adaptation(name)}: {meaning(name)[:1].lower()}{meaning(name)[1:]}" for name in named]


def without_adaptation(label: str, name: str) -> str:
    """A scenario's words without the adaptation at their end, for where that stands elsewhere."""
    for said in _as_written(name):
        label = label.removesuffix(f", {said}")
    return label


def _as_written(adaptation_name: str) -> tuple[str, ...]:
    """An adaptation as labels have it."""
    spaced = adaptation_name.replace("_", " ")
    return adaptation_name, spaced, adaptation_name.replace("re_optimised", "re-optimised").replace("_", " ")


def dose_group(walk: Walk) -> str:
    """The walker of several strengths that a scenario is one of: its words without strength and adaptation."""
    if walk.label == walk.scenario_id:
        return walk.comparison.replace(f"-{walk.adaptation}", "").replace("_", " ")
    said = [part for part in walk.label.split(", ") if part not in _as_written(walk.adaptation)]
    return _STRENGTH.sub("", ", ".join(said)).replace("_", " ")


def weakness(muscles: Sequence[str]) -> str:
    """Weak muscles in words, each muscle once, with its sides."""
    sides: dict[str, set[str]] = {}
    for name in muscles:
        sides.setdefault(muscle(whole_muscle(name)).lower(), set()).add("left" if name.endswith("_l") else "right")
    said = [
        f"{base} of both sides" if len(found) > 1 else f"{next(iter(found))} {base}" for base, found in sides.items()
    ]
    if len(said) > 1 and all(len(found) > 1 for found in sides.values()):
        return f"{', '.join(sides)} of both sides"
    return ", ".join(said) or "no muscle"


def fault(walks: Sequence[Walk]) -> str:
    """What is wrong with some walkers, in a word for a legend: weakened, badly timed, treated, or merely changed."""
    if all(walk.role == "treated" for walk in walks):
        return "treated"
    weak, late = (
        [bool(walk.strength_fraction < 1.0) for walk in walks],
        [bool(walk.badly_timed) for walk in walks],
    )
    if any(weak) and any(late):
        return "weak or badly timed"
    if any(late):
        return "badly timed"
    return "weakened" if any(weak) else "changed"


def healthy(others: Sequence[Walk]) -> str:
    """What to call the walk that others are compared with: being badly timed, too, is walking at full strength."""
    return "Full strength" if fault(others) == "weakened" else "Healthy"
