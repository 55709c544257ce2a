"""What-if motions: part of the posture is imposed, everything else is solved for.

The imposed coordinates keep ``healthy value + share * size * bump`` exactly, by equal lower and upper bounds at every
collocation point. Muscles, contact and all other coordinates follow from the scenario's own problem at full strength,
``J + posture_habit * |posture - posture0|^2``, so that nothing of the mechanics is waived and no residual force helps.
At size 0 the healthy gait is the solution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy  # a submodule loads when it is first used: 0.2 s that scenarios do not need

from gluteweak import parameters as literature
from gluteweak.errors import InputError, SolveError
from gluteweak.imposed_motion import CHANGES, Change
from gluteweak.plant import FloatArray
from gluteweak.walking import setup
from gluteweak.walking.bump import smooth_window, stance_phase, window_on_grid
from gluteweak.walking.friction import solve_sharp
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import ACCELERATION_SCALE, SIDES, WEIGHTS
from gluteweak.walking.problem import Programme
from gluteweak.walking.scenario import Scenario, scenario_parameters
from gluteweak.walking.solution import evaluate_report
from gluteweak.walking.solve import Bounds, Solution, Start

_SIDE_ROW = {"right": 0, "left": 1}
_CM = 0.01
#: Weight of effort in a what-if motion; motor habit is nothing: muscles are used as the motion needs them.
_EFFORT = 1.0
#: Weight of accelerations that deviate from the healthy gait's.
_SMOOTHNESS = 1.0
#: Into how many steps of equal size an imposed change is cut, one number after the other until it arrives.
_CONTINUATION_STEPS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Imposed:
    """What is held: offsets from the healthy gait at full size, and what goes with them.

    ``offset`` maps free coordinates to (n_points,) in rad; ``foot_m`` (n_sides,) moves where habit wants the feet;
    ``bump_rms_error`` is how far the bump that the grid represents lies from the exact one, as a share of its height.
    """

    offset: Mapping[str, FloatArray]
    foot_m: FloatArray
    bump_rms_error: float

    def scaled(self, factor: float) -> Imposed:
        """The same change in another size."""
        return replace(
            self, offset={name: factor * series for name, series in self.offset.items()}, foot_m=factor * self.foot_m
        )


def imposed_change(programme: Programme, report: Any, reference: Reference, motion: Mapping[str, Any]) -> Imposed:
    """The offsets of a what-if motion (``study.WhatIfMotion`` as a mapping).

    Parameters
    ----------
    report
        The point function of that name, or its recorded tape.

    Raises
    ------
    InputError
        If the model lacks a coordinate of the change, or it leaves the range in which muscle paths are known.
    """
    change, side = CHANGES[motion["change"]], str(motion["side"])
    share = {name: (1.0 if side == "right" else -1.0) * factor for name, factor in change.midline.items()}
    suffixes = {"right": ("_r",), "left": ("_l",), "both": ("_r", "_l")}[side]
    share |= {name + suffix: factor for name, factor in change.leg.items() for suffix in suffixes}
    _require_free(programme, share, motion)
    grid = programme.transcription.grid
    height, exact = _bump(programme, reference, change, side)
    angle, foot_m = np.radians(float(motion["size"])), np.zeros(len(SIDES))
    if change.unit == "cm":
        foot_m = np.array([1.0, -1.0]) * float(motion["size"]) * _CM / 2
        angle = _abduction_rad(programme, report, reference, change, foot_m)
    offset = {name: factor * angle * height for name, factor in share.items()}
    imposed = Imposed(offset, foot_m, float(np.sqrt(grid.quadrature @ (height - exact) ** 2)))
    _require_range(programme, reference, imposed, motion)
    return imposed


def _bump(programme: Programme, reference: Reference, change: Change, side: str) -> tuple[FloatArray, FloatArray]:
    """The change's course over the cycle, full size 1: as the grid represents it, and exactly."""
    grid, plant = programme.transcription.grid, programme.transcription.layout.plant
    if change.span == "cycle":
        return np.ones(grid.n_points), np.ones(grid.n_points)
    force_n = np.asarray(reference.values["ground_reaction_bw"])[:, :, 1] * plant.mass_kg * plant.gravity_m_s2
    threshold_n = float(np.asarray(literature.FOOT_CONTACT_THRESHOLD.value))
    stances = [stance_phase(grid, force_n[:, row], threshold_n) for row in range(len(SIDES))]
    start, end = stances[_SIDE_ROW[side]]
    if change.span == "single_support":
        strike, off = stances[1 - _SIDE_ROW[side]]
        # While the other foot swings: from its leaving to its landing, brought into this side's cycle.
        start = start + (off - start) % 1.0
        end = start + (strike - off) % 1.0
    # The longest ramps there is room for: the slower a change comes and goes, the less inertia it calls on.
    ramp = (1.0 - (end - start)) / 2
    exact, _, _ = smooth_window(grid.time_s / grid.duration_s, start, end, ramp)
    return window_on_grid(grid, start, end, ramp), exact


def _abduction_rad(
    programme: Programme, report: Any, reference: Reference, change: Change, foot_m: FloatArray
) -> float:
    """Angle of the legs' change that puts the feet ``foot_m`` apart while they stand, the pelvis held."""
    tr, layout = programme.transcription, programme.transcription.layout
    instants = (tr.expansion @ reference.values["nlp_primal"]).reshape(tr.grid.n_points, layout.n_variables)
    point_parameters = np.asarray(reference.values["healthy_parameter"])
    standing = np.asarray(reference.values["ground_reaction_bw"])[:, :, 1]
    columns = [
        (layout.plant.free_coordinates.index(name + suffix), factor)
        for name, factor in change.leg.items()
        for suffix in ("_r", "_l")
    ]

    def placed(angle: float) -> FloatArray:
        moved = instants.copy()
        for column, factor in columns:
            moved[:, column] += factor * angle
        return evaluate_report(report, layout, moved, point_parameters).foot_lateral_m

    healthy, wanted = placed(0.0), float(foot_m[0] - foot_m[1])

    def error(angle: float) -> float:
        shift = np.sum(standing * (placed(angle) - healthy), axis=0) / np.sum(standing, axis=0)
        return float(shift[0] - shift[1]) - wanted

    reach = 0.5
    return float(scipy.optimize.brentq(error, -reach, reach, xtol=1e-10)) if wanted else 0.0


def _require_free(programme: Programme, names: Iterable[str], motion: Mapping[str, Any]) -> None:
    free = programme.transcription.layout.plant.free_coordinates
    for name in names:
        if name not in free:
            raise InputError(
                f"The change '{motion['change']}' holds the coordinate '{name}', which is not free in this model "
                f"(free are {', '.join(free)}): choose another change or model."
            )


def _require_range(programme: Programme, reference: Reference, imposed: Imposed, motion: Mapping[str, Any]) -> None:
    plant = programme.transcription.layout.plant
    for name, offset in imposed.offset.items():
        i = plant.coordinate.index(name)
        value = np.asarray(reference.values["coordinate_value"])[:, i] + offset
        low, high = plant.coordinate_range[i]
        if value.min() < low or value.max() > high:
            raise InputError(
                f"The change '{motion['change']}' of {motion['size']:g} {CHANGES[motion['change']].unit} takes {name} "
                f"from {np.degrees(value.min()):.1f} to {np.degrees(value.max()):.1f} deg, beyond the range from "
                f"{np.degrees(low):.1f} to {np.degrees(high):.1f} deg of the model: choose a smaller size."
            )


def held_bounds(programme: Programme, reference: Reference, imposed: Imposed) -> Bounds:
    """The scenario's bounds, with the imposed coordinates held at healthy value plus offset."""
    tr = programme.transcription
    healthy = np.asarray(reference.values["coordinate_value"])[:, tr.layout.free]
    bounds = setup.make_bounds(tr, healthy, reference.distance_m)
    lower, upper = (side.reshape(tr.grid.n_points, tr.n_point).copy() for side in (bounds.lower, bounds.upper))
    for name, offset in imposed.offset.items():
        column = tr.layout.plant.free_coordinates.index(name)
        lower[:, column] = upper[:, column] = healthy[:, column] + offset
    return replace(bounds, lower=lower.ravel(), upper=upper.ravel())


def moved(programme: Programme, imposed: Imposed, w: FloatArray) -> FloatArray:
    """Unknowns in which the imposed coordinates have moved by their offsets, speeds included."""
    tr = programme.transcription
    table = np.array(w).reshape(tr.grid.n_points, tr.n_point)
    for name, offset in imposed.offset.items():
        column = tr.layout.plant.free_coordinates.index(name)
        table[:, tr.point_variables["value"].start + column] += offset
        table[:, tr.point_variables["speed"].start + column] += tr.grid.derivative @ offset
    return table.ravel()


def what_if_parameters(
    programme: Programme, reference: Reference, imposed: Imposed, posture_habit: float
) -> FloatArray:
    """(n_points, n_parameters): a scenario of full strength whose feet are wanted where the change puts them.

    Accelerations that deviate from the healthy ones cost as well. Without it the answer to an imposed posture rings
    between collocation points, by several per cent of body weight in the ground reaction. Like every habit this one
    vanishes at the healthy gait.
    """
    layout = programme.transcription.layout
    where = layout.parameters
    scenario = Scenario(np.ones(layout.n_muscles), _EFFORT, posture_habit, 0.0)
    table = scenario_parameters(programme, reference, scenario)
    table[:, where["foot_reference"]] += imposed.foot_m
    weight = where["weights"].start + WEIGHTS.index("acceleration")
    healthy = np.asarray(reference.values["coordinate_acceleration"])[:, layout.free] / ACCELERATION_SCALE
    table[:, where["acceleration_reference"]] = healthy * _SMOOTHNESS / (_SMOOTHNESS + table[:, weight, None])
    table[:, weight] += _SMOOTHNESS
    return table


def solve_what_if(
    programme: Programme,
    reference: Reference,
    imposed: Imposed,
    *,
    posture_habit: float,
    tolerance: float,
    max_iterations: int,
) -> tuple[Solution, FloatArray]:
    """Solve from the healthy gait moved into the imposed posture, by smaller and smaller steps in size.

    The healthy multipliers are left behind: a change of several degrees is no neighbour of the healthy gait, and with
    them and the small barrier of a warm start IPOPT took three to five times as many iterations.

    Returns
    -------
    solution and its (n_points, n_parameters) parameters.

    Raises
    ------
    SolveError
        If no number of steps converges.
    """
    words = []
    for steps in _CONTINUATION_STEPS:
        w = np.asarray(reference.values["nlp_primal"])
        try:
            for step in range(1, steps + 1):
                share = step / steps
                here = imposed.scaled(share)
                parameters = what_if_parameters(programme, reference, here, posture_habit)
                solution = solve_sharp(
                    programme,
                    parameters,
                    held_bounds(programme, reference, here),
                    Start(moved(programme, imposed.scaled(1 / steps), w)),
                    tolerance=tolerance,
                    max_iterations=max_iterations,
                )
                w = solution.w
        except SolveError as error:
            words.append(f"{steps} step(s): {error}")
            continue
        return solution, parameters
    raise SolveError("no start converged (" + "; ".join(words) + ")")


def imposed_values(
    programme: Programme, report: Any, solution: Solution, parameters: FloatArray, imposed: Imposed
) -> dict[str, Any]:
    """Datasets of a what-if motion that other solutions do not have."""
    tr, layout = programme.transcription, programme.transcription.layout
    n_points, names = tr.grid.n_points, layout.plant.coordinate
    offset, is_imposed = np.zeros((n_points, len(names))), np.zeros(len(names), dtype=np.int64)
    for name, series in imposed.offset.items():
        offset[:, names.index(name)] = series
        is_imposed[names.index(name)] = 1
    instants = (tr.expansion @ solution.w).reshape(n_points, layout.n_variables)
    feet = evaluate_report(report, layout, instants, parameters).foot_lateral_m
    return {"imposed_offset": offset, "coordinate_is_imposed": is_imposed, "foot_lateral_m": feet}
