"""The axes of a study: grids, single cases and treatments, as a study file holds them."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from gluteweak.parameters import (
    FATIGUE_RATE,
    FATIGUE_RECOVERY_RATE,
    FATIGUE_REST_ACTIVATION,
    FATIGUE_REST_RECOVERY_FACTOR,
    WALKING_SPEED_RANGE,
)
from gluteweak.study.scenario import DAILY_STEPS, ID_PATTERN, LONGEST_ID, PosturePreset, StrideTime
from gluteweak.study.sections import Number, Percent, Section, Side, refuse_repetition

Delay = Annotated[Number, Field(ge=0, le=500)]
Slower = Annotated[Number, Field(ge=1, le=20)]
Ceiling = Annotated[Number, Field(ge=0.01, le=1)]
Speed = Annotated[Number, Field(ge=WALKING_SPEED_RANGE.value[0], le=WALKING_SPEED_RANGE.value[1])]
Steps = Annotated[Number, Field(ge=0, le=100_000)]
StepsPerDay = Annotated[Number, Field(gt=0, le=100_000)]
Lean = Annotated[Number, Field(ge=-20, le=20)]
Weight = Annotated[Number, Field(ge=0)]
Identifier = Annotated[str, Field(pattern=ID_PATTERN, max_length=LONGEST_ID)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]

_WHO = (
    "Muscles (glmed1) or groups (glmed, glmed_anterior, abductors, superior_gluteal_nerve, quadriceps ...) without "
    "side; + joins what changes together: glmed+tfl."
)
_STRENGTH = "Maximum isometric force left, in % (0 to 150) of the calibrated healthy model."
_ONSET = "Time after its own foot strike before which the muscle stays silent, in ms; 0: no fault. Strength untouched."
_SLOWER = "Factor (1 to 20) on the time constants of activation; 1: no fault."
_CEILING = "Largest activation that the muscle reaches (0.01 to 1); 1: no fault. Strength untouched."
_SHUTOFF = "Time by which the muscle falls silent before the end of its healthy burst, in ms; 0: no fault."
_ADAPTATION = "re_optimised, partly_adapted, unchanged_pattern, or a name from 'adaptation'."
_POSTURE = "What is held as in the healthy gait: free (nothing), trunk_upright, or pelvis_level."
_LEAN = "Instructed trunk lean towards the stance leg of the weak side, in degrees (-20 to 20); 0: none."
_SPEED = "Walking speed in m/s (0.9 to 1.5); left out: that of the reference gait."
_STRIDE = "Stride time: fixed (the reference's) or free. Left out: free where a speed is given, fixed elsewhere."
_WALKED = "Steps of both feet walked so far: strength falls with them as 'endurance' says; 0: fresh."
_DAY = "Steps of both feet in a day, for loads per day."
_OTHERS = "Strengths of further muscles or groups of the same side, in % (0 to 150): {quadriceps: 120}."


class Walker(Section):
    """One walker: who is weak, late or tired, and how the walker walks."""

    who: str = Field(default="", description=_WHO)
    side: Side = Field(default="right", description="Side of the body that is meant: right, left or both.")
    strength_percent: Percent = Field(default=100.0, description=_STRENGTH)
    other_strength_percent: dict[str, Percent] = Field(default_factory=dict, description=_OTHERS)
    onset_delay_ms: Delay = Field(default=0.0, description=_ONSET)
    slower_activation: Slower = Field(default=1.0, description=_SLOWER)
    activation_ceiling: Ceiling = Field(default=1.0, description=_CEILING)
    early_shutoff_ms: Delay = Field(default=0.0, description=_SHUTOFF)
    posture: PosturePreset = Field(default="free", description=_POSTURE)
    trunk_lean_deg: Lean = Field(default=0.0, description=_LEAN)
    speed_m_s: Speed | None = Field(default=None, description=_SPEED)
    stride_time: StrideTime | None = Field(default=None, description=_STRIDE)
    steps_walked: Steps = Field(default=0.0, description=_WALKED)
    steps_per_day: StepsPerDay = Field(default=DAILY_STEPS, description=_DAY)

    @property
    def is_badly_timed(self) -> bool:
        """Whether any timing fault is set."""
        return bool(
            self.onset_delay_ms or self.slower_activation != 1 or self.activation_ceiling != 1 or self.early_shutoff_ms
        )

    @model_validator(mode="after")
    def _axes_agree(self) -> Self:
        if not self.who:
            changed = {
                "strength_percent": self.strength_percent != 100,
                "onset_delay_ms": self.onset_delay_ms > 0,
                "slower_activation": self.slower_activation != 1,
                "activation_ceiling": self.activation_ceiling != 1,
                "early_shutoff_ms": self.early_shutoff_ms > 0,
                "steps_walked": self.steps_walked > 0,
            }
            _require_who([name for name, is_changed in changed.items() if is_changed])
        _refuse_two_leans(self.posture == "trunk_upright", bool(self.trunk_lean_deg))
        return self


class Case(Walker):
    """One scenario by its own name, in a list or in a line of a sheet."""

    id: Identifier = Field(description="Name of the scenario, and of its folder: letters, digits, - and _.")
    label: str = Field(default="", description="The scenario in plain words; made from the axes if left out.")
    group: str = Field(default="", description="Comparison that the scenario belongs to, any word.")
    adaptation: str | None = Field(default=None, description=_ADAPTATION + " Left out: re_optimised.")
    effort: Weight | None = Field(default=None, description="Own weights instead of 'adaptation': of effort.")
    posture_habit: Weight | None = Field(default=None, description="Own weights: of posture habit.")
    motor_habit: Weight | None = Field(default=None, description="Own weights: of motor habit.")

    @model_validator(mode="after")
    def _one_adaptation(self) -> Self:
        own = {name: getattr(self, name) for name in ("effort", "posture_habit", "motor_habit")}
        given = [name for name, value in own.items() if value is not None]
        if given and self.adaptation is not None:
            raise ValueError(
                f"adaptation '{self.adaptation}' and {given[0]} are both given; name an adaptation or give weights"
            )
        if given and len(given) < len(own):
            missing = next(name for name in own if name not in given)
            raise ValueError(f"{given[0]} is given without {missing}; give all three weights, or name an adaptation")
        if given and not any(own.values()):
            raise ValueError("effort, posture_habit and motor_habit are all 0; at least one must be positive")
        return self


class Grid(Section):
    """All combinations of what its axes list; an axis that is left out has the value of the healthy walker."""

    who: tuple[str, ...] = Field(default=("",), min_length=1, description="One after the other: " + _WHO)
    side: tuple[Side, ...] = Field(default=("right",), min_length=1, description="Sides: right, left, both.")
    strength_percent: tuple[Percent, ...] = Field(default=(100.0,), min_length=1, description=_STRENGTH)
    onset_delay_ms: tuple[Delay, ...] = Field(default=(0.0,), min_length=1, description=_ONSET)
    slower_activation: tuple[Slower, ...] = Field(default=(1.0,), min_length=1, description=_SLOWER)
    activation_ceiling: tuple[Ceiling, ...] = Field(default=(1.0,), min_length=1, description=_CEILING)
    early_shutoff_ms: tuple[Delay, ...] = Field(default=(0.0,), min_length=1, description=_SHUTOFF)
    adaptation: tuple[str, ...] = Field(
        default=("re_optimised", "unchanged_pattern"), min_length=1, description=_ADAPTATION + " Left out: both ends."
    )
    posture: tuple[PosturePreset, ...] = Field(default=("free",), min_length=1, description=_POSTURE)
    trunk_lean_deg: tuple[Lean, ...] = Field(default=(0.0,), min_length=1, description=_LEAN)
    speed_m_s: tuple[Speed, ...] | None = Field(default=None, min_length=1, description=_SPEED)
    stride_time: StrideTime | None = Field(default=None, description=_STRIDE)
    steps_walked: tuple[Steps, ...] = Field(default=(0.0,), min_length=1, description=_WALKED)
    steps_per_day: tuple[StepsPerDay, ...] = Field(default=(DAILY_STEPS,), min_length=1, description=_DAY)
    other_strength_percent: dict[str, Percent] = Field(default_factory=dict, description=_OTHERS)

    @property
    def axes(self) -> tuple[tuple[str, tuple[object, ...]], ...]:
        """Axes and their values, from the outermost loop to the innermost."""
        speeds: tuple[object, ...] = self.speed_m_s or (None,)
        return (
            ("adaptation", self.adaptation),
            ("who", self.who),
            ("side", self.side),
            ("posture", self.posture),
            ("trunk_lean_deg", self.trunk_lean_deg),
            ("speed_m_s", speeds),
            ("onset_delay_ms", self.onset_delay_ms),
            ("slower_activation", self.slower_activation),
            ("activation_ceiling", self.activation_ceiling),
            ("early_shutoff_ms", self.early_shutoff_ms),
            ("strength_percent", self.strength_percent),
            ("steps_walked", self.steps_walked),
            ("steps_per_day", self.steps_per_day),
        )

    @property
    def size(self) -> int:
        """Number of combinations."""
        return math.prod(len(values) for _, values in self.axes)

    @model_validator(mode="after")
    def _axes_agree(self) -> Self:
        for name, values in self.axes:
            refuse_repetition(values, name)
        if "" in self.who:
            healthy = {
                "strength_percent": 100.0,
                "onset_delay_ms": 0.0,
                "slower_activation": 1.0,
                "activation_ceiling": 1.0,
                "early_shutoff_ms": 0.0,
                "steps_walked": 0.0,
            }
            _require_who([name for name, values in self.axes if name in healthy and values != (healthy[name],)])
        _refuse_two_leans("trunk_upright" in self.posture, any(self.trunk_lean_deg))
        return self


class Strengthening(Section):
    """Training of some muscles."""

    who: str = Field(min_length=1, description=_WHO)
    by_percent: Annotated[Number, Field(gt=0, le=300)] = Field(
        description="Gain in % of the strength that the muscles have: 25 turns 40 % into 50 %."
    )


class Treatment(Section):
    """What is done to a walker; several keys together are one combined treatment."""

    name: Name = Field(description="Name in lower case; becomes part of scenario names.")
    label: str = Field(default="", description="The treatment in plain words; its name if left out.")
    strengthen: tuple[Strengthening, ...] = Field(default=(), description="Muscles of the weak side that are trained.")
    posture: PosturePreset | None = Field(
        default=None, description="Posture that the walker is told to keep: trunk_upright or pelvis_level."
    )
    trunk_lean_deg: Lean | None = Field(
        default=None, description="Lean that the walker is told to walk with, in degrees."
    )
    restore_timing: bool = Field(default=False, strict=True, description="true: the timing faults are gone.")
    steps_per_day: StepsPerDay | None = Field(default=None, description=_DAY + " Fewer: walk less.")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        done = (self.strengthen, self.posture, self.trunk_lean_deg, self.restore_timing, self.steps_per_day)
        if not any(done):
            raise ValueError(
                f"treatment '{self.name}' does nothing; give strengthen, posture, trunk_lean_deg, restore_timing or "
                "steps_per_day"
            )
        _refuse_two_leans(self.posture == "trunk_upright", bool(self.trunk_lean_deg))
        return self


class Comparison(Walker):
    """A walker untreated, each treatment of this walker, and the healthy walker beside them."""

    name: Identifier = Field(description="Name of the comparison; scenario names begin with it.")
    adaptation: tuple[str, ...] = Field(
        default=("re_optimised", "unchanged_pattern"), min_length=1, description=_ADAPTATION + " Left out: both ends."
    )
    treatments: tuple[Treatment, ...] = Field(min_length=1, description="Treatments to compare, one scenario each.")

    @property
    def size(self) -> int:
        """Number of scenarios."""
        return (len(self.treatments) + 2) * len(self.adaptation)

    @model_validator(mode="after")
    def _treatments_apply(self) -> Self:
        refuse_repetition([t.name for t in self.treatments], "treatment")
        refuse_repetition(self.adaptation, "adaptation")
        for treatment in self.treatments:
            if treatment.name in {"healthy", "untreated"}:
                raise ValueError(f"a treatment cannot be named '{treatment.name}'; that scenario is added by itself")
            if treatment.restore_timing and not self.is_badly_timed:
                raise ValueError(
                    f"treatment '{treatment.name}' restores timing, but the walker has no timing fault; give one "
                    "(onset_delay_ms, slower_activation, activation_ceiling or early_shutoff_ms) or leave it out"
                )
            posture = treatment.posture or self.posture
            lean = self.trunk_lean_deg if treatment.trunk_lean_deg is None else treatment.trunk_lean_deg
            _refuse_two_leans(posture == "trunk_upright", bool(lean))
        return self


class Endurance(Section):
    """How strength falls over a walk: three-compartment law of fatigue; too fast for walking (docs/scenarios.md)."""

    who: str = Field(default="", description="Muscles that tire; left out: those of each scenario's 'who'. " + _WHO)
    fatigue_per_s: Annotated[Number, Field(ge=0, le=1)] = Field(
        default=float(FATIGUE_RATE.value),
        description="Rate F at which active muscle tires, in 1/s.",
    )
    recovery_per_s: Annotated[Number, Field(ge=0, le=1)] = Field(
        default=float(FATIGUE_RECOVERY_RATE.value),
        description="Rate R at which tired muscle recovers, in 1/s.",
    )
    rest_recovery_factor: Annotated[Number, Field(ge=1, le=100)] = Field(
        default=float(FATIGUE_REST_RECOVERY_FACTOR.value),
        description="Factor r by which recovery is faster while the muscle rests, dimensionless.",
    )
    rest_below: Annotated[Number, Field(ge=0, le=1)] = Field(
        default=float(FATIGUE_REST_ACTIVATION.value),
        description="Activation below which a muscle counts as resting, 0 to 1.",
    )


def _require_who(changed: list[str]) -> None:
    if changed:
        raise ValueError(f"{changed[0]} is given, but nobody is named; add 'who' (muscles or groups), or leave it out")


def _refuse_two_leans(upright: bool, leaning: bool) -> None:
    if upright and leaning:
        raise ValueError(
            "posture trunk_upright and an instructed trunk_lean_deg contradict each other; leave one of them out"
        )
