"""Which walks of a study to show: the sweep's words and numbers beside the posed bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.skeleton.posed import FloatArray, Posed, read_poses
from gluteweak.storage import open_file, read_file, read_value
from gluteweak.summary import weak_side

_NAMES = (
    *("scenario_id", "side", "muscle", "strength_fraction", "muscle_strength_fraction", "adaptation", "certified"),
    *("foot_strike_s", "foot_off_pct"),
)
#: Angles that pictures draw and label, as the sweep defines them.
ANGLES = ("pelvic_drop_deg", "trunk_lean_deg", "femoral_adduction_deg", "knee_frontal_projection_deg")
FULL = 1.0


@dataclass(frozen=True)
class Walk:
    """One certified scenario with its body.

    Attributes
    ----------
    scenario_id, label, adaptation, strength_fraction
        What the sweep calls it; the label is empty where the sweep has none.
    is_healthy
        Whether it is what others of its kind are compared with: every muscle at full strength, and the first such walk
        (a walk whose muscles are strong but late has full strength too).
    posed
        Its body.
    side
        Index of the side whose gait cycle counts: the weak one.
    foot_strike_s, foot_off_pct : (side,)
    angles
        Name -> curve (side, gait_cycle_pct) in deg.
    """

    scenario_id: str
    label: str
    adaptation: str
    strength_fraction: float
    is_healthy: bool
    posed: Posed
    side: int
    foot_strike_s: FloatArray
    foot_off_pct: FloatArray
    angles: dict[str, FloatArray]

    def instant(self, gait_cycle_pct: float) -> int:
        """Index of the posed instant nearest to a per cent of the gait cycle of the weak side."""
        count = len(self.posed.instant_s) - 1
        start = self.foot_strike_s[self.side] / self.posed.duration_s
        return round(count * float((start + gait_cycle_pct / 100.0) % 1.0)) % count

    def angle_deg(self, name: str, gait_cycle_pct: float) -> float:
        """An angle of the weak side at a per cent of its cycle."""
        curve = self.angles[name][self.side]
        return float(np.interp(gait_cycle_pct, np.linspace(0.0, 100.0, len(curve)), curve))

    def single_stance_pct(self) -> tuple[float, float]:
        """When the weak side's leg alone carries: from the other foot's rise to its strike, in % of the cycle."""
        other = 1 - self.side
        shift = 100.0 * (self.foot_strike_s[other] - self.foot_strike_s[self.side]) / self.posed.duration_s
        strike = shift % 100.0
        off = (shift + self.foot_off_pct[other]) % 100.0
        return off, strike


def read_walks(sweep: Path, scenarios_dir: Path) -> list[Walk]:
    """Certified scenarios of a sweep that have a ``poses.h5``, in the sweep's order.

    Raises
    ------
    InputError
        If a file is missing or broken, or there is nothing to show.
    """
    values, _ = read_file(sweep, _NAMES)
    row = weak_side(values["muscle"], values["muscle_strength_fraction"])
    walks: list[Walk] = []
    healthy: set[str] = set()
    with open_file(sweep) as file:
        labels = read_value(file["label"]) if "label" in file else values["scenario_id"]
        for i, scenario in enumerate(values["scenario_id"]):
            poses = Path(scenarios_dir) / str(scenario) / "poses.h5"
            if values["certified"][i] and poses.is_file():
                # Curves of these scenarios alone: a sweep may hold thousands.
                angles = {name: np.asarray(_dataset(file, name, sweep)[i]) for name in ANGLES}
                walk = _walk(values, i, row, read_poses(poses), angles, str(labels[i]))
                if walk.is_healthy and walk.adaptation in healthy:
                    walk = replace(walk, is_healthy=False)
                walks.append(walk)
                healthy |= {walk.adaptation} if walk.is_healthy else set()
    if not walks:
        raise InputError(
            f"No certified scenario of {sweep} has a poses.h5 in {scenarios_dir}: run 'gluteweak poses' first."
        )
    return walks


def _dataset(file: Any, name: str, path: Path) -> Any:
    if name not in file:
        raise InputError(f"{path} has no dataset '{name}': it was made by another version; make it again.")
    return file[name]


def _walk(values: dict[str, Any], i: int, row: int, posed: Posed, angles: dict[str, FloatArray], label: str) -> Walk:
    scenario = str(values["scenario_id"][i])
    return Walk(
        scenario_id=scenario,
        label="" if label == scenario else label,
        is_healthy=bool(np.all(posed.strength_fraction == FULL)),
        adaptation=str(values["adaptation"][i]),
        strength_fraction=float(values["strength_fraction"][i]),
        posed=posed,
        side=row,
        foot_strike_s=values["foot_strike_s"][i],
        foot_off_pct=values["foot_off_pct"][i],
        angles=angles,
    )


def healthy_and_weakest(walks: Sequence[Walk], most: int = 3) -> list[Walk]:
    """The healthy walk, if there is one, and the weakest of each adaptation: at most ``most`` in all.

    Where nothing is weak (muscles that are late, walks of another speed), the others as they come.
    """
    healthy = [walk for walk in walks if walk.is_healthy][:1]
    others = [walk for walk in walks if not walk.is_healthy]
    weakest: dict[str, Walk] = {}
    for walk in (walk for walk in others if np.any(walk.posed.strength_fraction < FULL)):
        known = weakest.get(walk.adaptation)
        if known is None or walk.strength_fraction < known.strength_fraction:
            weakest[walk.adaptation] = walk
    chosen = [*healthy, *(weakest.values() or others)]
    return (chosen or list(walks))[:most]
