"""Which comparisons, pictures and handouts a study can have, by its scenarios alone: what the workflow plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gluteweak.muscle_names import whole_muscle

#: Languages of the handouts that every study gets.
LANGUAGES = ("de", "en", "es")
#: Weak muscles that a handout is about.
HIP_MUSCLES = ("glmed", "glmin", "glmax", "tfl")


class Planned(Protocol):
    """What is read of a study's scenario."""

    @property
    def strength_fraction(self) -> float:
        """Strength of the weak muscles."""

    @property
    def muscle_strength(self) -> dict[str, float]:
        """Strength of each changed muscle by OpenSim name."""

    @property
    def adaptation_name(self) -> str:
        """Name of the adaptation."""


def comparison_figures(scenarios: Iterable[Planned]) -> tuple[str, ...]:
    """Names of the figures of a comparison within the study; none where there is only one scenario."""
    listed = list(scenarios)
    if len(listed) < 2:
        return ()
    doses: dict[str, set[float]] = {}
    for scenario in listed:
        doses.setdefault(scenario.adaptation_name, set()).add(scenario.strength_fraction)
    has_doses = any(len(found) > 1 for found in doses.values())
    return ("compare_curves", "heat_map", "compensation", *(("dose_response",) if has_doses else ()))


def shows_chain(scenarios: Iterable[Planned]) -> bool:
    """Whether a weak scenario can be set against another one."""
    listed = list(scenarios)
    return len(listed) > 1 and any(weak_muscles(scenario) for scenario in listed)


def handout_languages(scenarios: Iterable[Planned]) -> tuple[str, ...]:
    """Languages of the handouts; none where no hip muscle is weak."""
    listed = list(scenarios)
    weak = {whole_muscle(name) for scenario in listed for name in weak_muscles(scenario)}
    return LANGUAGES if shows_chain(listed) and weak & set(HIP_MUSCLES) else ()


def weak_muscles(scenario: Planned) -> tuple[str, ...]:
    """Muscles that lost strength."""
    return tuple(name for name, strength in scenario.muscle_strength.items() if strength < 1.0)
