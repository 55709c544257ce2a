"""Sections that every study shares: what is weakened, what a deviation costs, how it is solved and certified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Side = Literal["right", "left", "both"]
#: Suffixes of OpenSim's muscle names.
SUFFIXES: dict[Side, tuple[str, ...]] = {"right": ("_r",), "left": ("_l",), "both": ("_r", "_l")}

#: Strength in per cent of the calibrated healthy model: from a lost muscle to a well-trained one.
STRONGEST_PERCENT = 150

# Strict: YAML's true, or a number in quotes, is a mistake in a study and not one.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
Percent = Annotated[Number, Field(ge=0, le=STRONGEST_PERCENT)]


class Section(BaseModel):
    """Part of a study file: unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Weakness(Section):
    """What is weakened."""

    muscles: tuple[str, ...] = Field(
        min_length=1,
        description="Muscles (glmed1) or muscle groups (glmed) of the model that lose strength, named without side.",
    )
    side: Side = Field(description="Side of the body that is weak: right, left or both.")

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        refuse_repetition(self.muscles, "muscle")
        return self


class Weights(Section):
    """What a deviation costs: the walker minimises his own healthy cost plus posture habit plus motor habit."""

    effort: Number = Field(
        ge=0,
        description="Weight of the healthy walker's own cost (muscle effort, smooth motion, the wish to walk as "
        "measured), dimensionless.",
    )
    posture_habit: Number = Field(
        ge=0,
        description="Weight of deviating from the reference posture, in units of its normal spread, dimensionless.",
    )
    motor_habit: Number = Field(
        ge=0,
        description="Weight of deviating from the reference muscle pattern, in units of 0.05 of activation, "
        "dimensionless.",
    )

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if self.effort == self.posture_habit == self.motor_habit == 0:
            raise ValueError("effort, posture_habit and motor_habit are all 0; at least one must be positive")
        return self


class Adaptation(Weights):
    """One way of living with the weakness, by name; with strengths it is also simulated at each of them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name in lower case; becomes part of scenario names.")
    strength_percent: tuple[Percent, ...] | None = Field(
        default=None,
        min_length=1,
        description="Strengths to simulate: maximum isometric force left in the muscles of 'weakness', in % (0 to 150) "
        "of the calibrated healthy model. One scenario each. Left out where the adaptation is only defined, for grid, "
        "cases or treatment to name.",
    )

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        refuse_repetition(self.strength_percent or (), "strength")
        return self

    @property
    def weights(self) -> Weights:
        """The weights alone."""
        return Weights(**self.model_dump(include=set(Weights.model_fields)))


#: Adaptations that every study can name. The two ends are choices that span what a person may do; the one in between
#: has effort and motor habit in balance (docs/scenarios.md shows where its answers lie).
PRESETS: dict[str, Weights] = {
    "re_optimised": Weights(effort=1.0, posture_habit=1.0, motor_habit=0.0),
    "partly_adapted": Weights(effort=1.0, posture_habit=1.0, motor_habit=1.0),
    "unchanged_pattern": Weights(effort=0.01, posture_habit=0.02, motor_habit=1.0),
}


class Simulation(Section):
    """How the walking problem is discretised and solved."""

    intervals: Count = Field(default=25, ge=5, le=400, description="Mesh intervals of the gait cycle.")
    degree: Count = Field(default=2, ge=1, le=5, description="Radau collocation points in each interval.")
    tolerance: Number = Field(
        default=1e-6,
        gt=0,
        le=1e-4,
        description="IPOPT's relative tolerance, dimensionless; looser ones leave barrier error in the activations.",
    )
    max_iterations: Count = Field(default=300, ge=1, le=10_000, description="IPOPT iterations before giving up.")


class Certificate(Section):
    """What OpenSim must confirm before a scenario counts as solved."""

    largest_missing_pct: Number = Field(
        default=0.3,
        gt=0,
        le=5,
        description="Largest generalised force missing from OpenSim's equations, in % of body weight (moments: % of "
        "body weight x 1 m).",
    )


def refuse_repetition(values: Sequence[Any], what: str) -> None:
    """Raise ``ValueError`` if a value is listed twice."""
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value!r} is listed twice; list it once")
        seen.add(value)
