"""A weakened walker as a neighbour of the healthy one.

The healthy gait x0 minimises J, the walker's own cost: muscle effort, smoothness, and the wish to walk as measured. A
scenario minimises

    effort * J + posture_habit * |posture - posture0|^2 + motor_habit * |activation - activation0|^2

The habits vanish at x0 together with their gradients, so at full strength x0 is the optimum of every such cost, with
the multipliers of the healthy solution times ``effort``: each study returns the healthy gait at 100 %, and a deviation
at less strength is an effect of the weakness alone. Habits are in units of the normal spread of each quantity.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.parameters import STRIDE_TIME_SPREAD
from gluteweak.plant import FloatArray
from gluteweak.walking import setup
from gluteweak.walking.arrivals import STEP, Arrivals, compare, other_side
from gluteweak.walking.coordination import coordination_bounds, limited, slowed
from gluteweak.walking.friction import solve_sharp
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.iterate import WARM_BARRIER
from gluteweak.walking.ladder import FROM_NEIGHBOUR, JUMP_BARRIER, climb
from gluteweak.walking.point import ACCELERATION_SCALE, WEIGHTS, weight_vector
from gluteweak.walking.posture import Posture, hold_posture, read_posture, require_posture
from gluteweak.walking.problem import Programme
from gluteweak.walking.reference import HEALTHY_COST
from gluteweak.walking.solution import read_start
from gluteweak.walking.solve import Solution, Start
from gluteweak.walking.speed import at_speed
from gluteweak.walking.stride_time import Posed, StrideTimeCost, cost_slope, solve_free_duration


@dataclass(frozen=True)
class Scenario:
    """What is weak and what a deviation costs; ``strength`` is (n_muscles,)."""

    strength: FloatArray
    effort: float
    posture_habit: float
    motor_habit: float
    #: Walking speed; None is that of the study's healthy gait.
    speed_m_s: float | None = None
    #: Whether a stride may take longer or shorter than the healthy one of the same speed.
    free_stride_time: bool = False
    #: Badly timed muscles: name -> ``study.Timing`` as a mapping.
    timing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    posture: Posture = field(default_factory=Posture)
    #: How much of weakness, timing faults and instructed lean is there; less than 1 on the way of a continuation.
    share: float = 1.0

    @property
    def strength_here(self) -> FloatArray:
        """(n_muscles,) strengths at this share."""
        return (1.0 - self.share) + self.share * self.strength


@dataclass(frozen=True)
class SolvedScenario:
    """A scenario's motion with everything that is needed to write it down; iterations and times are of all its solves.

    ``programme`` has the scenario's own stride time, ``parameters`` are (n_points, n_parameters), and ``reference`` is
    the healthy gait that it deviates from; ``way`` says which rung of the retry ladder arrived (``FROM_NEIGHBOUR``,
    ``IN_STEPS``, ``COLD``), ``arrivals`` what a second start found, where one was tried; ``stride_time`` is what the
    stride time costs in itself, where it is free (the objective includes it).
    """

    programme: Programme
    solution: Solution
    parameters: FloatArray
    reference: Reference
    way: str
    arrivals: Arrivals | None = None
    stride_time: StrideTimeCost | None = None

    @property
    def duration_s(self) -> float:
        """Duration of the cycle."""
        return self.programme.transcription.grid.duration_s

    @property
    def distance_m(self) -> float:
        """Advance in the cycle."""
        return self.reference.distance_for(self.programme)


def muscle_strength(programme: Programme, scenario: Mapping[str, Any]) -> FloatArray:
    """(n_muscles,) strength fractions of a study file's scenario; muscles that it does not name are healthy.

    Raises
    ------
    InputError
        If the plant lacks one of its muscles.
    """
    muscles = programme.transcription.layout.plant.muscle
    strength = np.ones(len(muscles))
    for name, fraction in scenario["muscle_strength"].items():
        if name not in muscles:
            raise InputError(f"Scenario '{scenario['scenario_id']}' weakens '{name}', which the model does not have.")
        strength[muscles.index(name)] = fraction
    return strength


def read_scenario(programme: Programme, scenario: Mapping[str, Any]) -> Scenario:
    """The scenario of a study file (``study.Scenario`` as a mapping) for this plant.

    Raises
    ------
    InputError
        If the plant lacks one of its muscles, or what its posture is about.
    """
    weights = scenario["weights"]
    timing = scenario.get("coordination", {})
    for name in timing:
        if name not in programme.transcription.layout.plant.muscle:
            raise InputError(f"Scenario '{scenario['scenario_id']}' times '{name}', which the model does not have.")
    posture = read_posture(scenario)
    require_posture(programme, posture, scenario["scenario_id"])
    return Scenario(
        muscle_strength(programme, scenario),
        weights["effort"],
        weights["posture_habit"],
        weights["motor_habit"],
        speed_m_s=scenario.get("speed_m_s"),
        free_stride_time=scenario.get("stride_time", "fixed") == "free",
        timing=timing,
        posture=posture,
    )


#: Weight of deviating accelerations for each unit of motor habit. Without it a posture that gives rings between
#: collocation points, by half a degree in the pelvis.
SMOOTHNESS = 0.1
#: The same where the trunk is told to lean.
LEAN_SMOOTHNESS = 1.0


def scenario_parameters(programme: Programme, reference: Reference, scenario: Scenario) -> FloatArray:
    """(n_points, n_parameters) of a scenario."""
    layout = programme.transcription.layout
    where, values = layout.parameters, reference.values
    table = reference.parameters(programme)
    posture = scenario.posture_habit / layout.n_free
    # Two pulls on a coordinate, to the measured and to the healthy value, are one pull to their weighted mean.
    own = scenario.effort * table[:, where["value_weight"]]
    habit = np.broadcast_to(posture / layout.plant.coordinate_normal_spread[layout.free] ** 2, own.shape)
    healthy_value = reference.free_value(programme)
    total = own + habit
    pull = own * table[:, where["value_reference"]] + habit * healthy_value
    table[:, where["value_reference"]] = np.divide(pull, total, out=healthy_value.copy(), where=total > 0)
    table[:, where["value_weight"]] = total
    table[:, where["strength"]] = scenario.strength_here
    table[:, where["activation_reference"]] = values["muscle_activation"]
    table[:, where["foot_reference"]] = values["foot_lateral_m"]
    # The healthy gait's own weights: what was not measured is not tracked here either.
    healthy = dict(zip(WEIGHTS, table[0, where["weights"]], strict=True))
    weights = {name: scenario.effort * healthy[name] for name in HEALTHY_COST}
    # An instructed lean is a motion that is imposed, and is smoothed as one (`what_if`): without motor habit it rang.
    smooth = max(SMOOTHNESS * scenario.motor_habit, LEAN_SMOOTHNESS if scenario.posture.lean_deg else 0.0)
    pull = smooth * values["coordinate_acceleration"][:, layout.free] / ACCELERATION_SCALE
    weights["acceleration"] += smooth
    table[:, where["acceleration_reference"]] = pull / weights["acceleration"] if weights["acceleration"] else 0.0
    # Where the feet are set is one more posture, next to the coordinates.
    weights |= {"motor_habit": scenario.motor_habit, "foot_placement": posture}
    table[:, where["weights"]] = weight_vector({**weights, "friction_sharpness": setup.SHARP_FRICTION})
    hold_posture(programme, reference, scenario.posture, table, scenario.share)
    return table


#: Solves a programme of given parameters and bounds from a start (``solve``, or one that sees to friction).
Solver = Callable[..., Solution]


def solve_scenario(
    programme: Programme,
    reference: Reference,
    scenario: Scenario,
    *,
    tolerance: float,
    max_iterations: int,
    neighbour: Start | None = None,
    only_neighbour: bool = False,
) -> SolvedScenario:
    """Solve from a neighbour if there is one; else from the healthy gait of the scenario's speed.

    From there by smaller and smaller steps in all faults, then cold. Scenarios with motor habit are solved from a
    second side as well (see ``arrivals``).

    Parameters
    ----------
    neighbour
        Solution of a scenario that differs in strength alone. A near start saves iterations; the result is held to the
        same tolerance from every start, so that it does not depend on which other scenarios a study holds.
    only_neighbour
        Do not go on to the healthy gait where the neighbour fails, and start from it even where the stride time is
        free: what another basin is looked for with.

    Raises
    ------
    InputError
        If the walking speed is out of range.
    SolveError
        If nothing converges.
    """
    solved: list[Solution] = []
    wall, cpu = time.perf_counter(), time.process_time()

    def run(posed: Posed, start: Start, nearly: bool = False, by: Solver = solve_sharp, **options: Any) -> Solution:
        solution = by(
            posed.programme,
            posed.parameters,
            posed.bounds,
            start,
            tolerance=tolerance,
            max_iterations=max_iterations,
            last_barrier=WARM_BARRIER if nearly else None,
            **options,
        )
        solved.append(solution)
        return solution

    if scenario.speed_m_s is not None:
        reference = at_speed(programme, reference, scenario.speed_m_s, run)
        programme = programme.with_duration(reference.duration_s)
    if neighbour is not None and only_neighbour:
        posed = pose(programme, reference, scenario)
        solution, way = run(posed, replace(neighbour, barrier=JUMP_BARRIER)), FROM_NEIGHBOUR
    else:
        posed, solution, way = climb(
            lambda share: pose(programme, reference, replace(scenario, share=share)),
            read_start(reference.values).as_start(scenario.effort),
            run,
            None if scenario.free_stride_time else neighbour,
        )
    arrivals = None
    other = _other_neighbour(scenario)
    if scenario.motor_habit > 0 and other is not None:
        solution, arrivals = compare(posed, pose(programme, reference, other), solution, run)
    own_cost = None
    if scenario.free_stride_time:
        own_cost = stride_time_cost(programme, reference, scenario)
        posed, solution = solve_free_duration(
            lambda duration_s: pose(programme.with_duration(duration_s), reference, scenario),
            run,
            posed.duration_s,
            solution,
            own_cost,
        )
    solution = replace(
        solution,
        iterations=sum(one.iterations for one in solved),
        wall_s=time.perf_counter() - wall,
        cpu_s=time.process_time() - cpu,
    )
    return SolvedScenario(posed.programme, solution, posed.parameters, reference, way, arrivals, own_cost)


def with_its_forces(programme: Programme, start: Start, strength: FloatArray, wanted: FloatArray) -> Start:
    """The motion of a weaker walker as a stronger one would make it: the same active forces, with less activation.

    It obeys the equations of motion of the stronger one and costs no more than it does the weaker one, so what is
    solved from there need not stop above that.

    Parameters
    ----------
    start
        Solution of a scenario with muscle strengths ``strength`` (n_muscles,).
    wanted
        (n_muscles,) strengths to carry it to; where these are less, activations are kept.
    """
    tr = programme.transcription
    w = start.w.reshape(tr.grid.n_points, -1).copy()
    share = np.divide(strength, wanted, out=np.ones(len(wanted)), where=wanted > strength)
    w[:, tr.point_variables["activation"]] *= share
    return replace(start, w=w.ravel())


def _other_neighbour(scenario: Scenario) -> Scenario | None:
    """The neighbour that a second arrival comes from; None for the healthy walker."""
    strength = other_side(scenario.strength)
    if strength is not None:
        return replace(scenario, strength=strength)
    # There is nothing beyond a timing fault or an instructed posture: four fifths of it.
    changed = bool(scenario.timing) or scenario.posture != Posture()
    return replace(scenario, share=1 - STEP) if changed else None


def pose(programme: Programme, reference: Reference, scenario: Scenario) -> Posed:
    """The problem of a scenario, ready to be solved on the programme's mesh and stride time.

    Raises
    ------
    InputError
        If a timing fault leaves no time in which a muscle may be active.
    """
    coordination = coordination_bounds(programme.transcription, reference.values, scenario.timing).share(scenario.share)
    programme = slowed(programme, coordination)
    bounds = setup.make_bounds(
        programme.transcription, reference.free_value(programme), reference.distance_for(programme)
    )
    bounds = limited(programme.transcription, bounds, coordination)
    return Posed(programme, scenario_parameters(programme, reference, scenario), bounds)


def stride_time_cost(programme: Programme, reference: Reference, scenario: Scenario) -> StrideTimeCost:
    """What a stride time costs in itself: the habit of the healthy one, as that of a coordinate.

    The healthy walker's cost alone would choose another stride time than his own, because a model only nearly walks as
    measured. A straight line takes that slope away, so that at full strength his own stride time is the best.
    """
    own = reference.duration_s
    healthy = read_start(reference.values)

    def own_cost(duration_s: float) -> Posed:
        timed = programme.with_duration(duration_s)
        bounds = setup.make_bounds(timed.transcription, reference.free_value(timed), reference.distance_for(timed))
        return Posed(timed, reference.parameters(timed), bounds)

    posture = scenario.posture_habit / programme.transcription.layout.n_free
    return StrideTimeCost(
        own, posture / STRIDE_TIME_SPREAD.value**2, -scenario.effort * cost_slope(own_cost, own, healthy)
    )
