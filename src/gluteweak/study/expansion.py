"""From grids, cases and treatments to scenarios: names, muscles, weights, labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from gluteweak.errors import InputError
from gluteweak.study.axes import Case, Comparison, Endurance, Grid, Treatment, Walker
from gluteweak.study.endurance import Tiring
from gluteweak.study.names import MuscleNames
from gluteweak.study.scenario import Role, Scenario, Timing
from gluteweak.study.sections import PRESETS, STRONGEST_PERCENT, Adaptation, Weights
from gluteweak.study.timing import Bursts
from gluteweak.study.words import id_words, plain, plain_label, state_words, who_word
from gluteweak.study_text import first_problem, nearest

#: Adaptation of a case that names none, and name of the one that has weights of its own.
_DEFAULT_ADAPTATION, _OWN_WEIGHTS = "re_optimised", "own_weights"
_PER_CENT = 100.0


class _Compared(NamedTuple):
    """A walker of a comparison: word for the name, role, walker, plain words, factors on trained strengths."""

    word: str
    role: Role
    walker: Walker
    label: str
    trained: Mapping[str, float]


class Expansion:
    """Makes the scenarios of one study."""

    def __init__(
        self, names: MuscleNames, adaptations: Iterable[Adaptation], endurance: Endurance, calibration: str
    ) -> None:
        """Keep what every scenario needs."""
        self.names = names
        self.calibration = calibration
        self.endurance = endurance
        self.weights: dict[str, Weights] = PRESETS | {adaptation.name: adaptation.weights for adaptation in adaptations}
        self._tiring: Tiring | None = None
        self._bursts: Bursts | None = None

    def grid(self, grid: Grid, where: str) -> Iterator[Scenario]:
        """Every combination of a grid.

        Raises
        ------
        InputError
            If it names an unknown muscle or adaptation, or a fault leaves a muscle no time to be active.
        """
        names, values = zip(*grid.axes, strict=True)
        fixed: dict[str, Any] = {"stride_time": grid.stride_time, "other_strength_percent": grid.other_strength_percent}
        weights = {name: self._weights(name, f"{where}.adaptation[{i}]") for i, name in enumerate(grid.adaptation)}
        places = {who: f"{where}.who[{i}]" for i, who in enumerate(grid.who)}
        for combination in itertools.product(*values):
            axes = dict(zip(names, combination, strict=True))
            adaptation = axes.pop("adaptation")
            # Each value was checked on its own; checking every combination again would take seconds in a large grid.
            walker = Walker.model_construct(**axes, **fixed)
            subject, faults, rest = id_words(walker)
            words = [subject, *faults, adaptation, *rest]
            yield self._scenario(
                walker,
                adaptation,
                weights[adaptation],
                places[walker.who],
                scenario_id="-".join(words),
                group="-".join([who_word(walker), adaptation, *rest]),
                label=plain_label(walker, adaptation),
                walk=_walk(walker, adaptation) if any(grid.steps_walked) else "",
            )

    def case(self, case: Case) -> Scenario:
        """The scenario of a single case.

        Raises
        ------
        InputError
            If it names an unknown muscle or adaptation, or a fault leaves a muscle no time to be active.
        """
        where = f"case '{case.id}'"
        if case.effort is not None and case.posture_habit is not None and case.motor_habit is not None:
            adaptation = _OWN_WEIGHTS
            weights = Weights(effort=case.effort, posture_habit=case.posture_habit, motor_habit=case.motor_habit)
        else:
            adaptation = case.adaptation or _DEFAULT_ADAPTATION
            weights = self._weights(adaptation, f"{where}: adaptation")
        return self._scenario(
            case,
            adaptation,
            weights,
            f"{where}: who",
            scenario_id=case.id,
            group=case.group,
            label=case.label or plain_label(case, adaptation),
            walk=case.group,
        )

    def comparison(self, comparison: Comparison, where: str) -> Iterator[Scenario]:
        """The healthy walker, the untreated one, and one for each treatment, for each adaptation.

        Raises
        ------
        InputError
            If a name is unknown, training would end above the largest strength, or a fault leaves a muscle no time
            to be active.
        """
        untreated = Walker(**comparison.model_dump(include=set(Walker.model_fields)))
        healthy = Walker(
            who=untreated.who,
            side=untreated.side,
            speed_m_s=untreated.speed_m_s,
            stride_time=untreated.stride_time,
            steps_per_day=untreated.steps_per_day,
        )
        walkers: list[_Compared] = [
            _Compared("healthy", "healthy", healthy, "healthy", {}),
            _Compared("untreated", "untreated", untreated, f"untreated: {state_words(untreated)}", {}),
        ]
        for k, treatment in enumerate(comparison.treatments):
            trained = self._trained(untreated, treatment, f"{where}.treatments[{k}]")
            label = treatment.label or plain(treatment.name)
            walkers.append(_Compared(treatment.name, "treated", _treated(untreated, treatment), label, trained))
        for i, adaptation in enumerate(comparison.adaptation):
            weights = self._weights(adaptation, f"{where}.adaptation[{i}]")
            for one in walkers:
                yield self._scenario(
                    one.walker,
                    adaptation,
                    weights,
                    f"{where}.who",
                    scenario_id=f"{comparison.name}-{one.word}-{adaptation}",
                    group=f"{comparison.name}-{adaptation}",
                    label=f"{one.label}, {plain(adaptation)}",
                    role=one.role,
                    treatment=one.word if one.role == "treated" else "",
                    trained=one.trained,
                )

    def _weights(self, adaptation: str, where: str) -> Weights:
        if adaptation not in self.weights:
            raise InputError(
                f"{where}: unknown adaptation '{adaptation}'{nearest(adaptation, self.weights)}; known are "
                f"{', '.join(self.weights)}."
            )
        return self.weights[adaptation]

    def _trained(self, walker: Walker, treatment: Treatment, where: str) -> dict[str, float]:
        """Factors on the strength of the muscles that a treatment trains."""
        factors: dict[str, float] = {}
        for i, training in enumerate(treatment.strengthen):
            place = f"{where}.strengthen[{i}].who"
            for muscle in self.names.resolve(training.who, walker.side, place):
                if muscle in factors:
                    raise InputError(
                        f"{place}: '{muscle}' is trained twice in treatment '{treatment.name}'; once is due."
                    )
                factors[muscle] = 1.0 + training.by_percent / _PER_CENT
        return factors

    def _fresh_strength(self, walker: Walker, where: str) -> dict[str, float]:
        strength = dict.fromkeys(
            self.names.resolve(walker.who, walker.side, where), walker.strength_percent / _PER_CENT
        )
        for who, percent in walker.other_strength_percent.items():
            for muscle in self.names.resolve(who, walker.side, where.removesuffix("who") + "other_strength_percent"):
                if muscle in strength:
                    raise InputError(
                        f"{where.removesuffix('who')}other_strength_percent: '{who}' holds {muscle}, which has a "
                        "strength already; give each muscle one strength."
                    )
                strength[muscle] = percent / _PER_CENT
        return strength

    def _scenario(
        self,
        walker: Walker,
        adaptation: str,
        weights: Weights,
        where: str,
        *,
        scenario_id: str,
        group: str,
        label: str,
        role: Role | None = None,
        treatment: str = "",
        trained: Mapping[str, float] | None = None,
        walk: str = "",
    ) -> Scenario:
        muscles = self.names.resolve(walker.who, walker.side, where)
        strength = self._fresh_strength(walker, where)
        for muscle, factor in (trained or {}).items():
            strength[muscle] = strength.get(muscle, 1.0) * factor
            if strength[muscle] * _PER_CENT > STRONGEST_PERCENT:
                raise InputError(
                    f"treatment '{treatment}' trains {muscle} to {strength[muscle] * _PER_CENT:.4g} %; at most "
                    f"{STRONGEST_PERCENT} % of the healthy strength is possible, so give a smaller by_percent."
                )
        if walker.steps_walked:
            strength = self._tired(walker, strength, where)
        stride_time = walker.stride_time or ("fixed" if walker.speed_m_s is None else "free")
        timing = self._timing(walker, muscles, scenario_id, as_reference=stride_time == "fixed")
        coordination = dict.fromkeys(muscles, timing) if timing is not None else {}
        fault = any(fraction != 1 for fraction in strength.values()) or coordination
        free = walker.posture == "free" and not walker.trunk_lean_deg
        return Scenario(
            scenario_id=scenario_id,
            # The weakest of those that are named: one number for axes and legends.
            strength_fraction=min((strength[muscle] for muscle in muscles), default=1.0),
            muscle_strength=strength,
            adaptation_name=adaptation,
            weights=weights,
            posture_preset=walker.posture,
            trunk_lean_deg=walker.trunk_lean_deg,
            trunk_lean_side=walker.side,
            coordination=coordination,
            speed_m_s=walker.speed_m_s,
            stride_time=stride_time,
            steps_walked=walker.steps_walked,
            steps_per_day=walker.steps_per_day,
            role=role or ("healthy" if not fault and free else "untreated"),
            label=label,
            group=group,
            treatment=treatment,
            walk=walk,
        )

    def _timing(
        self, walker: Walker, muscles: tuple[str, ...], scenario_id: str, *, as_reference: bool
    ) -> Timing | None:
        """The walker's timing fault; one that is impossible at the reference's speed and stride time is refused."""
        if not walker.is_badly_timed:
            return None
        timing = Timing(
            onset_delay_ms=walker.onset_delay_ms,
            slower_activation=walker.slower_activation,
            activation_ceiling=walker.activation_ceiling,
            early_shutoff_ms=walker.early_shutoff_ms,
        )
        if as_reference and walker.speed_m_s is None:
            self._bursts = self._bursts or Bursts(self.names.model_dir, self.calibration)
            self._bursts.refuse_silence(scenario_id, muscles, timing)
        return timing

    def _tired(self, walker: Walker, strength: Mapping[str, float], where: str) -> dict[str, float]:
        who = self.endurance.who or walker.who
        muscles = self.names.resolve(who, walker.side, "endurance.who" if self.endurance.who else where)
        self._tiring = self._tiring or Tiring(self.names.model_dir, self.endurance)
        return self._tiring.strength(strength, muscles, walker.steps_walked)


def _walk(walker: Walker, adaptation: str) -> str:
    """Name of the walk of which a walker is one moment: everything but the number of steps."""
    subject, faults, rest = id_words(walker.model_copy(update={"steps_walked": 0.0}))
    return "-".join([subject, *faults, adaptation, *rest])


def _treated(walker: Walker, treatment: Treatment) -> Walker:
    changes: dict[str, Any] = {}
    if treatment.posture is not None:
        changes["posture"] = treatment.posture
    if treatment.trunk_lean_deg is not None:
        changes["trunk_lean_deg"] = treatment.trunk_lean_deg
    if treatment.steps_per_day is not None:
        changes["steps_per_day"] = treatment.steps_per_day
    if treatment.restore_timing:
        healthy = ("onset_delay_ms", "slower_activation", "activation_ceiling", "early_shutoff_ms")
        changes |= {name: Walker.model_fields[name].default for name in healthy}
    return walker.model_copy(update=changes)


def merged(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """The scenarios with those that several grids share listed once.

    Raises
    ------
    InputError
        If two different scenarios have one name.
    """
    found: dict[str, Scenario] = {}
    for scenario in scenarios:
        known = found.setdefault(scenario.scenario_id, scenario)
        if known != scenario:
            raise InputError(
                f"two different scenarios are named '{scenario.scenario_id}'; give one of their muscle lists a name "
                "of its own in 'groups', or one of the cases another id."
            )
    return tuple(found.values())


def read_case(data: Mapping[str, Any], where: str) -> Case:
    """A case from plain data.

    Raises
    ------
    InputError
        One sentence that begins with ``where``.
    """
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        raise InputError(f"{where}: {first_problem(error, Case)}") from None
