"""One simulation, with everything that the solver and the tables need to know about it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gluteweak.parameters import STEPS_PER_DAY
from gluteweak.study.sections import Side, Weights

PosturePreset = Literal["free", "trunk_upright", "pelvis_level"]
StrideTime = Literal["fixed", "free"]
#: ``untreated`` is everybody who is not healthy and to whom nothing is done.
Role = Literal["healthy", "untreated", "treated"]

#: Scenario names become names of folders: nothing that leads out of one.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
LONGEST_ID = 200

#: Steps of both feet, as a step counter counts them; each limb makes half of them.
LIMBS = 2
DAILY_STEPS = LIMBS * float(STEPS_PER_DAY.value)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Timing(_Frozen):
    """How badly one muscle is timed; its strength is untouched. The defaults are no fault."""

    onset_delay_ms: float = Field(
        default=0.0, ge=0, description="The muscle stays silent until so long after its own foot strike; 0: no fault."
    )
    slower_activation: float = Field(default=1.0, ge=1, description="Factor on both activation time constants.")
    activation_ceiling: float = Field(default=1.0, gt=0, le=1, description="Largest activation that can be reached.")
    early_shutoff_ms: float = Field(
        default=0.0,
        ge=0,
        description="The muscle falls silent so long before its healthy burst ends; 0: no fault.",
    )


class Scenario(_Frozen):
    """One simulation of the study. Every field after ``weights`` has a default that changes nothing."""

    scenario_id: str = Field(description="Name, also of the folder that holds the results.")
    strength_fraction: float = Field(ge=0, le=1.5, description="Strength of the weak muscles; 1 is the healthy model.")
    muscle_strength: dict[str, float] = Field(description="Strength fraction of each changed muscle by OpenSim name.")
    adaptation_name: str = Field(description="Name of the adaptation in the study file.")
    weights: Weights = Field(description="Weights of the cost.")
    posture_preset: PosturePreset = Field(default="free", description="Part of the healthy posture that is held.")
    trunk_lean_deg: float = Field(default=0.0, description="Instructed trunk lean towards the stance leg, in degrees.")
    trunk_lean_side: Side = Field(default="right", description="In whose stance the trunk leans as instructed.")
    coordination: dict[str, Timing] = Field(
        default_factory=dict, description="Timing fault of each badly timed muscle by OpenSim name."
    )
    speed_m_s: float | None = Field(default=None, gt=0, description="Walking speed; none: that of the reference gait.")
    stride_time: StrideTime = Field(default="fixed", description="Whether the stride time is the reference's or free.")
    steps_walked: float = Field(default=0.0, ge=0, description="Steps of both feet walked so far, where muscles tire.")
    steps_per_day: float = Field(default=DAILY_STEPS, gt=0, description="Steps of both feet in a day.")
    role: Role = Field(default="untreated", description="healthy, untreated or treated.")
    label: str = Field(default="", description="The scenario in plain words.")
    group: str = Field(default="", description="Comparison that the scenario belongs to.")
    treatment: str = Field(default="", description="Name of the treatment, if there is one.")

    walk: str = Field(default="", description="Walk of which this is one moment, where muscles tire.")

    def solver_json(self) -> str:
        """What a simulation depends on, as JSON: all but the words for people."""
        return self.model_dump_json(exclude={"role", "label", "group", "treatment", "walk"})
