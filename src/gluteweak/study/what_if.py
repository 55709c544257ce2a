"""Sections of a study file about what-if motions: one change imposed on the healthy gait."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from gluteweak.errors import InputError
from gluteweak.imposed_motion import CHANGES, ChangeName, motion_id
from gluteweak.study.sections import Number, Section, Side, refuse_repetition
from gluteweak.study_text import first_problem, nearest


class WhatIfMotion(Section):
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


class WhatIf(Section):
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
        refuse_repetition([motion.scenario_id for motion in self.motions], "what-if motion")
        return self


#: What `gluteweak what-if` imposes where the study does not say: each link of the chain once.
DEFAULT_MOTIONS = (
    WhatIfMotion(change="pelvic_drop", size=4.0),
    WhatIfMotion(change="pelvic_drop_trunk_upright", size=4.0),
    WhatIfMotion(change="trunk_lean", size=10.0),
    WhatIfMotion(change="femoral_rotation", size=5.0),
    WhatIfMotion(change="femoral_rotation", size=10.0),
    WhatIfMotion(change="step_width", size=5.0),
    WhatIfMotion(change="step_width", size=-5.0),
)
NO_CHANGE = WhatIfMotion(change="none")


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
