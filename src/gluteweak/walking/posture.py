"""Posture that a walker holds, or is told to show: level pelvis, upright trunk, trunk lean.

Held is what the *healthy* gait does, so that a healthy walker with any preset walks as before:

    HOLD * mean over the cycle of ((pelvis_list - healthy pelvis_list) / 1 deg)^2          pelvis_level
    HOLD * mean over the cycle of ((tan(lean) - tan(wanted lean)) / tan(1 deg))^2           trunk_upright, trunk lean

are added to the cost. ``lean`` is the inclination of the torso in ground, in the frontal plane; the wanted one is the
healthy one plus the instructed lean, which comes and goes around the stance of the weak side (``bump``). Both are
weights and no bounds: a walker who cannot comply fails by a measurable angle, and the equations stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import casadi as ca
import numpy as np

from gluteweak import parameters as literature
from gluteweak.errors import InputError
from gluteweak.plant import FloatArray
from gluteweak.walking.bump import stance_phase, window_on_grid
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import TRUNK, WEIGHTS, trunk_lean
from gluteweak.walking.problem import Programme
from gluteweak.walking.rigid_body import Tree

#: Weight of a squared degree. A walker of the adult's costs gives way by a few hundredths of a degree at most.
HOLD = 100.0
_DEGREE = np.radians(1.0)
#: Coordinate whose value is the frontal obliquity of the pelvis.
PELVIS_OBLIQUITY = "pelvis_list"
#: In whose stance an instructed lean is shown, and its sign: the torso's inclination is positive to the right.
_LEANS = {"right": ((0, 1.0),), "left": ((1, -1.0),), "both": ((0, 1.0), (1, -1.0))}


@dataclass(frozen=True)
class Posture:
    """What is held, and the lean that is shown: in degrees, towards the stance leg of ``lean_side``."""

    preset: str = "free"
    lean_deg: float = 0.0
    lean_side: str = "right"

    @property
    def holds_trunk(self) -> bool:
        """Whether the trunk is told where to be."""
        return self.preset == "trunk_upright" or self.lean_deg != 0.0

    @property
    def holds_pelvis(self) -> bool:
        """Whether the pelvis is."""
        return self.preset == "pelvis_level"


def require_posture(programme: Programme, posture: Posture, scenario_id: str) -> None:
    """Check that the model has what the posture is about.

    Raises
    ------
    InputError
        If it has not.
    """
    plant = programme.transcription.layout.plant
    if posture.holds_trunk and TRUNK not in plant.body:
        raise InputError(f"Scenario '{scenario_id}' holds the trunk, but the model has no body '{TRUNK}': use 'free'.")
    if posture.holds_pelvis and PELVIS_OBLIQUITY not in plant.free_coordinates:
        raise InputError(
            f"Scenario '{scenario_id}' holds the pelvis, but '{PELVIS_OBLIQUITY}' is no free coordinate: use 'free'."
        )


def hold_posture(
    programme: Programme, reference: Reference, posture: Posture, table: FloatArray, share: float = 1.0
) -> None:
    """Write the posture's weights and wishes into (n_points, n_parameters) ``table``.

    Parameters
    ----------
    share
        Part of the instructed lean that is asked for, 0 to 1.
    """
    where = programme.transcription.layout.parameters
    if posture.holds_pelvis:
        _hold_pelvis(programme, reference, table)
    if posture.holds_trunk:
        lean = healthy_lean(programme, reference) + share * instructed_lean(programme, reference, posture)
        table[:, where["trunk_reference"]] = np.tan(lean)[:, None]
        table[:, where["weights"].start + WEIGHTS.index("trunk_lean")] = HOLD


def _hold_pelvis(programme: Programme, reference: Reference, table: FloatArray) -> None:
    layout = programme.transcription.layout
    column = layout.plant.free_coordinates.index(PELVIS_OBLIQUITY)
    value = layout.parameters["value_reference"].start + column
    weight = layout.parameters["value_weight"].start + column
    # Two pulls on one coordinate are one pull to their weighted mean.
    hold = HOLD / _DEGREE**2
    healthy = reference.free_value(programme)[:, column]
    table[:, value] = (table[:, weight] * table[:, value] + hold * healthy) / (table[:, weight] + hold)
    table[:, weight] += hold


def healthy_lean(programme: Programme, reference: Reference) -> FloatArray:
    """(n_points,) inclination of the trunk in the healthy gait, in rad, to the right positive."""
    plant = programme.transcription.layout.plant
    value = ca.SX.sym("value", len(plant.coordinate))
    still = [ca.SX(0.0)] * len(plant.coordinate)
    tree = Tree(plant, ca.vertsplit(value), still, still)
    lean = ca.Function("lean", [value], [ca.atan(trunk_lean(tree))])
    healthy = np.asarray(reference.values["coordinate_value"])
    return np.array(lean.map(len(healthy))(healthy.T)).ravel()


def instructed_lean(programme: Programme, reference: Reference, posture: Posture) -> FloatArray:
    """(n_points,) lean that is added to the healthy one, in rad, to the right positive."""
    grid, plant = programme.transcription.grid, programme.transcription.layout.plant
    force_n = np.asarray(reference.values["ground_reaction_bw"])[:, :, 1] * plant.mass_kg * plant.gravity_m_s2
    threshold_n = float(literature.FOOT_CONTACT_THRESHOLD.value)
    lean = np.zeros(grid.n_points)
    for row, sign in _LEANS[posture.lean_side] if posture.lean_deg else ():
        # Full while the other foot swings; it comes and goes over the rest of the cycle.
        strike, off = stance_phase(grid, force_n[:, 1 - row], threshold_n)
        width = (strike - off) % 1.0
        lean += sign * np.radians(posture.lean_deg) * window_on_grid(grid, off, off + width, (1.0 - width) / 2)
    return lean


def read_posture(scenario: Mapping[str, Any]) -> Posture:
    """The posture of a study file's scenario."""
    return Posture(
        scenario.get("posture_preset", "free"),
        float(scenario.get("trunk_lean_deg", 0.0)),
        scenario.get("trunk_lean_side", "right"),
    )
