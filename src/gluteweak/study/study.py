"""A whole study, and what it makes of its axes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from gluteweak.errors import InputError
from gluteweak.study.axes import Case, Comparison, Endurance, Grid, Identifier, Name
from gluteweak.study.expansion import Expansion, merged
from gluteweak.study.names import TOGETHER, MuscleNames, find_model_dir, parts, percent_label, who_label
from gluteweak.study.scenario import Scenario
from gluteweak.study.sections import (
    STRONGEST_PERCENT,
    Adaptation,
    Certificate,
    Section,
    Side,
    Simulation,
    Weakness,
    refuse_repetition,
)
from gluteweak.study.what_if import DEFAULT_MOTIONS, NO_CHANGE, WhatIf, WhatIfMotion
from gluteweak.study_text import nearest


class Study(Section):
    """A whole study: one walker, and the scenarios that weakness, grids, cases and treatments make."""

    name: Identifier = Field(description="Name of the study; results go to results/<name>/.")
    model: Identifier = Field(description="Folder below models/ with the walker.")
    calibration: Literal["measured", "none"] = Field(
        default="measured",
        description="measured: hip-abduction capacity is scaled to measured strength before weakening; none: as built.",
    )
    groups: dict[Name, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Own names for lists of muscles or groups: {outer: [piri, glmed_posterior]}.",
    )
    weakness: Weakness | None = Field(
        default=None,
        description="Muscles that weaken, and their side: one scenario for each strength that an adaptation lists.",
    )
    adaptation: tuple[Adaptation, ...] = Field(
        default=(),
        description="Ways of living with a fault: with strengths, simulated for 'weakness'; without, only defined.",
    )
    grid: tuple[Grid, ...] = Field(default=(), description="Grids: all combinations of what their axes list.")
    cases: tuple[Case, ...] = Field(default=(), description="Single scenarios, each with a name of its own.")
    sheet: str | None = Field(
        default=None, description="CSV file with one case a line, from the folder of the study file."
    )
    treatment: tuple[Comparison, ...] = Field(
        default=(), description="Walkers, what is done to them, and the healthy walker to compare them with."
    )
    endurance: Endurance = Field(default=Endurance(), description="How strength falls where steps_walked is given.")
    simulation: Simulation = Field(default=Simulation(), description="Discretisation and solver.")
    certificate: Certificate = Field(default=Certificate(), description="Bounds of OpenSim's check.")
    what_if: WhatIf = Field(
        default_factory=lambda: WhatIf(motions=DEFAULT_MOTIONS),
        description="Changes imposed on the healthy gait ('make what-if'); drop, lean, rotation and step if left out.",
    )

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        refuse_repetition([adaptation.name for adaptation in self.adaptation], "adaptation")
        refuse_repetition([case.id for case in self.cases], "case id")
        refuse_repetition([comparison.name for comparison in self.treatment], "treatment comparison")
        listing = [adaptation for adaptation in self.adaptation if adaptation.strength_percent]
        if listing and self.weakness is None:
            raise ValueError(
                f"adaptation '{listing[0].name}' lists strengths, but 'weakness' does not say of which muscles; add "
                "weakness, or list the strengths in 'grid'"
            )
        if self.weakness is not None and not listing:
            raise ValueError("'weakness' is given, but no adaptation lists strengths: it has no scenarios; list some")
        if not self.size:
            raise ValueError("the study has no scenarios; add weakness and adaptation, grid, cases, sheet or treatment")
        return self

    @property
    def size(self) -> int:
        """Number of scenarios before those that several grids share are listed once; counted without making them."""
        return (
            sum(len(adaptation.strength_percent or ()) for adaptation in self.adaptation)
            + sum(grid.size for grid in self.grid)
            + len(self.cases)
            + sum(comparison.size for comparison in self.treatment)
        )

    @property
    def model_dir(self) -> Path:
        """Folder with the walker's tables."""
        return find_model_dir(self.model)

    @property
    def results_dir(self) -> Path:
        """Folder that the workflow writes to, relative to the checkout."""
        return Path("results") / self.name

    @property
    def checksum(self) -> str:
        """SHA-256 of all that the study says: what a workflow remembers of it, whose text may be megabytes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def weak_muscles(self) -> tuple[str, ...]:
        """OpenSim names of the muscles that 'weakness' names, in the order of the study file; none without it.

        Raises
        ------
        InputError
            If a name is neither a muscle nor a group of the model.
        """
        if self.weakness is None:
            return ()
        return self._names.resolve_list(self.weakness.muscles, self.weakness.side, "weakness.muscles")

    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario, in the order of the study file: weakness, grids, cases, treatments.

        Raises
        ------
        InputError
            If a muscle, group or adaptation is unknown, a timing fault leaves a muscle no time to be active, or two
            different scenarios have one name.
        """
        return self._scenarios

    @cached_property
    def _names(self) -> MuscleNames:
        return MuscleNames(self.model, self.groups)

    @cached_property
    def _scenarios(self) -> tuple[Scenario, ...]:
        self.weak_muscles()
        expansion = Expansion(self._names, self.adaptation, self.endurance, self.calibration)
        return merged(self._expanded(expansion))

    def _expanded(self, expansion: Expansion) -> Iterator[Scenario]:
        for grid, where in self._grids():
            yield from expansion.grid(grid, where)
        for case in self.cases:
            yield expansion.case(case)
        for i, comparison in enumerate(self.treatment):
            yield from expansion.comparison(comparison, f"treatment[{i}]")

    def _grids(self) -> Iterator[tuple[Grid, str]]:
        """All grids with their keys in the study file; an adaptation with strengths is one."""
        for i, adaptation in enumerate(self.adaptation):
            if self.weakness is not None and adaptation.strength_percent:
                grid = Grid(
                    who=(TOGETHER.join(self.weakness.muscles),),
                    side=(self.weakness.side,),
                    strength_percent=adaptation.strength_percent,
                    adaptation=(adaptation.name,),
                )
                yield grid, f"adaptation[{i}]"
        for i, grid in enumerate(self.grid):
            yield grid, f"grid[{i}]"

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
        motions = (NO_CHANGE, *(motion for motion in self.what_if.motions if motion != NO_CHANGE))
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
        """Every strength of the fixed-gait runs, from strong to weak."""
        _, _, percents = self._fixed_gait_subject()
        return tuple(sorted(set(percents), reverse=True))

    def fixed_gait_runs(self, percents: Sequence[float] | None = None) -> list[dict[str, Any]]:
        """Names, strengths and muscles of fixed-gait runs at these strengths, or at all that the study lists.

        Raises
        ------
        InputError
            If a strength is not possible.
        """
        wanted = self.strength_percents() if not percents else tuple(dict.fromkeys(percents))
        for percent in wanted:
            if not 0 <= percent <= STRONGEST_PERCENT:
                raise InputError(
                    f"Strength {percent:g} % is not possible: give --strength-percent from 0 to {STRONGEST_PERCENT}."
                )
        names, side, _ = self._fixed_gait_subject()
        muscles = self._names.resolve_list(names, side, "who")
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
        names, side, _ = self._fixed_gait_subject()
        return f"fixed_gait-{who_label(names, side)}-s{percent_label(percent)}"

    def _fixed_gait_subject(self) -> tuple[tuple[str, ...], Side, tuple[float, ...]]:
        """Whose strength falls while the gait is held: 'weakness', or the first that the study names."""
        if self.weakness is not None:
            listed = [p for adaptation in self.adaptation for p in adaptation.strength_percent or ()]
            return self.weakness.muscles, self.weakness.side, tuple(listed)
        for grid in self.grid:
            if grid.who[0]:
                return parts(grid.who[0]), grid.side[0], grid.strength_percent
        for walker in (*self.treatment, *self.cases):
            if walker.who:
                return parts(walker.who), walker.side, (100.0, walker.strength_percent)
        return ("glmed",), "right", (100.0,)
