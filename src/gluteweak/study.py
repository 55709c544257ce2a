"""The experiment: what is weakened, by how much, and how the walker may adapt. The only reader of study files.

A study file is YAML; `config/default.yaml` is the example to copy and `config/study.schema.json`, generated from the
classes below, gives editors their completion. Every number carries its unit in its name and its bounds in its field.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gluteweak import walker_tables
from gluteweak.errors import InputError
from gluteweak.imposed_motion import CHANGES, ChangeName, motion_id
from gluteweak.study_text import first_problem, nearest, read_mapping

Side = Literal["right", "left", "both"]
_SUFFIXES: dict[Side, tuple[str, ...]] = {"right": ("_r",), "left": ("_l",), "both": ("_r", "_l")}
_SIDE_LABEL: dict[Side, str] = {"right": "r", "left": "l", "both": "both"}

#: More muscles than this are counted in a scenario's name instead of listed.
_LISTED_MUSCLES = 3

# Strict: YAML's true, or a number in quotes, is a mistake in a study and not one.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weakness(_Section):
    """What is weakened."""

    muscles: tuple[str, ...] = Field(
        min_length=1,
        description="Muscles (glmed1) or muscle groups (glmed) of the model that lose strength, named without side.",
    )
    side: Side = Field(description="Side of the body that is weak: right, left or both.")

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        _refuse_repetition(self.muscles, "muscle")
        return self


class Weights(_Section):
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
    """One way of living with the weakness, and the strengths at which it is simulated."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name in lower case; becomes part of scenario names.")
    strength_percent: tuple[Annotated[Number, Field(ge=0, le=100)], ...] = Field(
        min_length=1,
        description="Strengths to simulate: maximum isometric force left in the weak muscles, in % (0 to 100) of the "
        "calibrated healthy model. One scenario each.",
    )

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        _refuse_repetition(self.strength_percent, "strength")
        return self


class Simulation(_Section):
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


class Certificate(_Section):
    """What OpenSim must confirm before a scenario counts as solved."""

    largest_missing_pct: Number = Field(
        default=0.5,
        gt=0,
        le=5,
        description="Largest generalised force missing from OpenSim's equations, in % of body weight (moments: % of "
        "body weight x 1 m).",
    )


class WhatIfMotion(_Section):
    """One change that is imposed on the healthy gait, at full strength."""

    change: ChangeName = Field(
        description="What is imposed: " + " ".join(f"{name}: {change.sentence}" for name, change in CHANGES.items())
    )
    size: Annotated[Number, Field(ge=-45, le=45)] = Field(
        default=0.0, description="How much, in degrees, or in cm for step_width; negative for the opposite."
    )
    side: Side | None = Field(
        default=None,
        description="Whose stance is changed, right or left (default right); step_width changes both legs.",
    )

    @model_validator(mode="after")
    def _side_fits(self) -> Self:
        sides = CHANGES[self.change].sides
        if self.side is not None and self.side not in sides:
            raise ValueError(f"{self.change} has no side '{self.side}'; write {' or '.join(sides)}, or leave side out")
        if self.change == "none" and self.size:
            raise ValueError("the change 'none' has no size; leave size out")
        if self.change != "none" and not self.size:
            raise ValueError(f"size is 0; say how much {self.change}, or use the change 'none'")
        return self

    @property
    def chosen_side(self) -> Side:
        """The side, where none is named too."""
        return self.side or CHANGES[self.change].sides[0]

    @property
    def scenario_id(self) -> str:
        """Name, also of the folder that holds the results."""
        return motion_id(self.change, self.size, self.chosen_side)


class WhatIf(_Section):
    """Changes imposed on the healthy gait one at a time, to test each link of the chain by itself."""

    posture_habit: Number = Field(
        default=1.0,
        ge=0,
        description="Weight of deviating from the healthy posture in all that is not imposed, dimensionless, beside "
        "the healthy gait's own wish to walk as measured.",
    )
    motions: tuple[WhatIfMotion, ...] = Field(min_length=1, description="The changes; the healthy gait is added.")

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        _refuse_repetition([motion.scenario_id for motion in self.motions], "what-if motion")
        return self


#: What `gluteweak what-if` imposes where the study does not say: each link of the chain once.
_DEFAULT_MOTIONS = (
    WhatIfMotion(change="pelvic_drop", size=4.0),
    WhatIfMotion(change="pelvic_drop_trunk_upright", size=4.0),
    WhatIfMotion(change="trunk_lean", size=10.0),
    WhatIfMotion(change="femoral_rotation", size=5.0),
    WhatIfMotion(change="femoral_rotation", size=10.0),
    WhatIfMotion(change="step_width", size=5.0),
    WhatIfMotion(change="step_width", size=-5.0),
)
_NO_CHANGE = WhatIfMotion(change="none")


class Scenario(BaseModel):
    """One simulation of the study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario_id: str = Field(description="Name, also of the folder that holds the results.")
    strength_fraction: float = Field(ge=0, le=1, description="Strength of the weak muscles; 1 is the healthy model.")
    muscle_strength: dict[str, float] = Field(description="Strength fraction of each weak muscle by OpenSim name.")
    adaptation_name: str = Field(description="Name of the adaptation in the study file.")
    weights: Weights = Field(description="Weights of the cost.")


class Study(_Section):
    """A whole study: one model, one weakness, several adaptations."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="Name of the study; results go to results/<name>/."
    )
    model: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="Folder below models/ with the walker.")
    calibration: Literal["measured", "none"] = Field(
        default="measured",
        description="measured: hip-abduction capacity is scaled to measured strength before weakening; none: as built.",
    )
    weakness: Weakness = Field(description="Which muscles are weak, and on which side.")
    adaptation: tuple[Adaptation, ...] = Field(
        min_length=1, description="Ways of living with the weakness, each with the strengths to simulate."
    )
    simulation: Simulation = Field(default=Simulation(), description="Discretisation and solver.")
    certificate: Certificate = Field(default=Certificate(), description="Bounds of OpenSim's check.")
    what_if: WhatIf = Field(
        default_factory=lambda: WhatIf(motions=_DEFAULT_MOTIONS),
        description="Changes imposed on the healthy gait ('make what-if'); drop, lean, rotation and step if left out.",
    )

    @model_validator(mode="after")
    def _no_repetition(self) -> Self:
        _refuse_repetition([adaptation.name for adaptation in self.adaptation], "adaptation")
        return self

    @property
    def model_dir(self) -> Path:
        """Folder with the walker's tables."""
        return find_model_dir(self.model)

    @property
    def results_dir(self) -> Path:
        """Folder that the workflow writes to, relative to the checkout."""
        return Path("results") / self.name

    def weak_muscles(self) -> tuple[str, ...]:
        """OpenSim names of the muscles that lose strength, in the order of the study file.

        Raises
        ------
        InputError
            If a name is neither a muscle nor a group of the model.
        """
        groups = walker_tables.muscle_groups(self.model_dir)
        bases = tuple(dict.fromkeys(map(walker_tables.base_name, walker_tables.muscle_names(self.model_dir))))
        found: dict[str, None] = {}
        for i, name in enumerate(self.weakness.muscles):
            if name not in groups and name not in bases:
                raise InputError(
                    f"weakness.muscles[{i}]: unknown muscle or group '{name}'{nearest(name, (*groups, *bases))}. "
                    f"models/{self.model} has the groups {', '.join(groups)} and the muscles {', '.join(bases)}."
                )
            found.update(dict.fromkeys(groups.get(name, (name,))))
        return tuple(base + suffix for suffix in _SUFFIXES[self.weakness.side] for base in found)

    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario, in the order of the study file."""
        muscles = self.weak_muscles()
        return tuple(
            Scenario(
                scenario_id=f"{self._weakness_label()}-s{_percent_label(percent)}-{adaptation.name}",
                strength_fraction=percent / 100,
                muscle_strength=dict.fromkeys(muscles, percent / 100),
                adaptation_name=adaptation.name,
                weights=Weights(**adaptation.model_dump(include=set(Weights.model_fields))),
            )
            for adaptation in self.adaptation
            for percent in adaptation.strength_percent
        )

    def scenario(self, scenario_id: str) -> Scenario:
        """The scenario of that name.

        Raises
        ------
        InputError
            If the study has no such scenario.
        """
        known = {scenario.scenario_id: scenario for scenario in self.scenarios()}
        if scenario_id not in known:
            raise InputError(
                f"Study '{self.name}' has no scenario '{scenario_id}'{nearest(scenario_id, known)}. "
                f"It has {', '.join(known)}."
            )
        return known[scenario_id]

    def what_if_motions(self) -> dict[str, WhatIfMotion]:
        """What-if motions by name; the first is the healthy gait itself, which the others are compared with."""
        motions = (_NO_CHANGE, *(motion for motion in self.what_if.motions if motion != _NO_CHANGE))
        return {motion.scenario_id: motion for motion in motions}

    def what_if_motion(self, scenario_id: str) -> WhatIfMotion:
        """The what-if motion of that name.

        Raises
        ------
        InputError
            If the study has no such motion.
        """
        known = self.what_if_motions()
        if scenario_id not in known:
            raise InputError(
                f"Study '{self.name}' has no what-if motion '{scenario_id}'{nearest(scenario_id, known)}. "
                f"It has {', '.join(known)}."
            )
        return known[scenario_id]

    def strength_percents(self) -> tuple[float, ...]:
        """Every strength that any adaptation lists, from strong to weak."""
        return tuple(sorted({p for adaptation in self.adaptation for p in adaptation.strength_percent}, reverse=True))

    def fixed_gait_runs(self, percents: Sequence[float] | None = None) -> list[dict[str, Any]]:
        """Names, strengths and muscles of fixed-gait runs at these strengths, or at all that the study lists.

        Raises
        ------
        InputError
            If a strength is not within 0 to 100 %.
        """
        wanted = self.strength_percents() if not percents else tuple(dict.fromkeys(percents))
        for percent in wanted:
            if not 0 <= percent <= 100:
                raise InputError(f"Strength {percent:g} % is not possible: give --strength-percent from 0 to 100.")
        muscles = self.weak_muscles()
        return [
            {
                "scenario_id": self.fixed_gait_id(percent),
                "strength_fraction": percent / 100,
                "muscle_strength": dict.fromkeys(muscles, percent / 100),
            }
            for percent in wanted
        ]

    def fixed_gait_id(self, percent: float) -> str:
        """Name of the fixed-gait run at a strength."""
        return f"fixed_gait-{self._weakness_label()}-s{_percent_label(percent)}"

    def _weakness_label(self) -> str:
        muscles = self.weakness.muscles
        listed = "_".join(muscles) if len(muscles) <= _LISTED_MUSCLES else f"{len(muscles)}_muscles"
        return f"{listed}_{_SIDE_LABEL[self.weakness.side]}"


def load_study(path: Path) -> Study:
    """Read and check a study file, its muscle names included.

    Raises
    ------
    InputError
        One sentence that names the file, the key and what would do, for whatever is wrong with the file.
    """
    data = read_mapping(path)
    try:
        study = Study.model_validate(data)
        study.scenarios()
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error, Study)}") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return study


def what_if_motion(change: str, size: float | None, side: str | None) -> WhatIfMotion:
    """A what-if motion that no study file holds.

    Raises
    ------
    InputError
        If there is no such change, or size or side do not fit it.
    """
    if change not in CHANGES:
        raise InputError(f"Unknown change '{change}'{nearest(change, CHANGES)}: give one of {', '.join(CHANGES)}.")
    try:
        return WhatIfMotion.model_validate({"change": change, "size": size or 0.0, "side": side})
    except ValidationError as error:
        raise InputError(f"What-if motion: {first_problem(error, WhatIfMotion)}") from None


def schema_text() -> str:
    """JSON schema of study files, as committed in config/study.schema.json."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"


def find_model_dir(name: str) -> Path:
    """Folder of a walker: below models/ of the working directory, or of the checkout that gluteweak runs from.

    Raises
    ------
    InputError
        If there is no such walker.
    """
    roots = (Path("models"), Path(__file__).parents[2] / "models")
    for root in roots:
        if (root / name / "muscles.csv").is_file():
            return root / name
    known = sorted({table.parent.name for root in roots for table in root.glob("*/muscles.csv")})
    raise InputError(
        f"Unknown model '{name}'{nearest(name, known)}: there is no models/{name}/muscles.csv. "
        f"Known models: {', '.join(known) or 'none'}."
    )


def _percent_label(percent: float) -> str:
    """Three digits, so that folders sort by strength; a decimal point would look like a file suffix."""
    whole, _, decimals = f"{percent:.10g}".partition(".")
    return f"{int(whole):03d}" + (f"p{decimals}" if decimals else "")


def _refuse_repetition(values: tuple[Any, ...] | list[Any], what: str) -> None:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise ValueError(f"{what} {value!r} is listed twice; list it once")
