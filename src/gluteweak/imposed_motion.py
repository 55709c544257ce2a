"""Changes that can be imposed on the healthy gait: which coordinates they hold, by what share, and for how long.

Sizes are in degrees, or in centimetres for the step. A change holds each of its coordinates exactly; all others are
free. Signs are those of OpenSim's coordinates (x forward, y up, z right): ``pelvis_list`` lowers the right side,
``lumbar_bending`` leans the trunk to the right, ``hip_adduction`` and ``hip_rotation`` adduct and rotate inward on both
sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: When a change is there in full: while the chosen leg stands alone, while its foot is on the ground, or always.
Span = Literal["single_support", "stance", "cycle"]

ChangeName = Literal["none", "pelvic_drop", "pelvic_drop_trunk_upright", "trunk_lean", "femoral_rotation", "step_width"]
Side = Literal["right", "left", "both"]


@dataclass(frozen=True)
class Change:
    """One kind of change.

    ``midline`` and ``leg`` give the share of the size that each coordinate takes, for the stance of the right leg;
    for the left, midline coordinates take the opposite sign. A share of 0 holds a coordinate at its healthy value.
    """

    unit: Literal["deg", "cm"]
    span: Span
    sentence: str
    midline: Mapping[str, float] = field(default_factory=dict)
    leg: Mapping[str, float] = field(default_factory=dict)
    sides: tuple[Side, ...] = ("right", "left")


CHANGES: dict[ChangeName, Change] = {
    "none": Change("deg", "cycle", "Nothing is imposed: the healthy gait, for comparison.", sides=("both",)),
    "pelvic_drop": Change(
        "deg",
        "single_support",
        "The swing side of the pelvis hangs lower (pelvis_list); trunk and legs follow as habit allows.",
        midline={"pelvis_list": -1.0},
    ),
    "pelvic_drop_trunk_upright": Change(
        "deg",
        "single_support",
        "The swing side of the pelvis hangs lower and the trunk stays as upright as it was (lumbar_bending gives way).",
        midline={"pelvis_list": -1.0, "lumbar_bending": 1.0},
    ),
    "trunk_lean": Change(
        "deg",
        "single_support",
        "The trunk leans to the stance side (lumbar_bending) over a pelvis as level as it was (pelvis_list held).",
        midline={"lumbar_bending": 1.0, "pelvis_list": 0.0},
    ),
    "femoral_rotation": Change(
        "deg",
        "stance",
        "The femur is rotated inward (hip_rotation); the model's knee does not twist, so the foot turns in with it.",
        leg={"hip_rotation": 1.0},
    ),
    "step_width": Change(
        "cm",
        "cycle",
        "Both legs stand further apart (hip_adduction of both sides less by the same angle, all the time).",
        leg={"hip_adduction": -1.0},
        sides=("both",),
    ),
}


def motion_id(change: ChangeName, size: float, side: Side) -> str:
    """Name of a what-if motion, as ``what_if-pelvic_drop_r-4deg``; part of paths, so without points and signs."""
    kind = CHANGES[change]
    if change == "none":
        return "what_if-none"
    suffix = {"right": "_r", "left": "_l", "both": ""}[side]
    number = f"{abs(size):.10g}".replace(".", "p")
    return f"what_if-{change}{suffix}-{'minus' if size < 0 else ''}{number}{kind.unit}"
