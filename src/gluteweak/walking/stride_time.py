"""Stride time as an unknown: the duration at which the optimal cost of a cycle is least.

A walk at a given speed may choose how long its stride takes; distance is speed times duration. For each duration the
problem is one of fixed duration; its optimal cost J*(T) has the slope

    dJ*/dT = dL/dT   at fixed unknowns and multipliers,

L being the Lagrangian with everything in it that knows the duration: collocation equations and their right-hand side,
accelerations, activation rates and limits, prescribed segments, distance (envelope theorem; Fiacco 1983, "Introduction
to Sensitivity and Stability Analysis in Nonlinear Programming"). The slope's zero is found by a secant that stays
within its bracket. What the duration itself costs (``StrideTimeCost``) is added outside the programme. Each solve
starts where a straight line through the last two solutions leads, so that all but the first two take few iterations.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.derivatives import Derivatives
from gluteweak.walking.iterate import Bounds, Solution, Start
from gluteweak.walking.problem import Programme

#: The duration is known to this much; 0.1 ms moves no outcome.
TOLERANCE_S = 1e-4
#: First step, as a fraction of the duration, and the largest one.
_FIRST_STEP, _LARGEST_STEP = 0.01, 0.06
#: Step of the difference quotient: its truncation error is some 1e-8 of the slope, its round-off less.
_DIFFERENCE = 1e-4
_MAX_SOLVES = 15
#: A stride time that leaves its usual one by more than this fraction is no answer.
_FURTHEST = 0.25
#: How often a step to another duration is halved where a solve does not converge.
_HALVINGS = 2


@dataclass(frozen=True)
class Posed:
    """A walking problem of one duration, ready to be solved."""

    programme: Programme
    parameters: FloatArray
    bounds: Bounds

    @property
    def duration_s(self) -> float:
        """Duration of the cycle."""
        return self.programme.transcription.grid.duration_s


@dataclass(frozen=True)
class StrideTimeCost:
    """``quadratic * (T / usual_s - 1)^2 + linear * (T - usual_s)``: what a stride time costs in itself."""

    usual_s: float
    quadratic: float
    #: In 1/s.
    linear: float = 0.0

    def cost(self, duration_s: float) -> float:
        """Cost of a duration."""
        away = duration_s - self.usual_s
        return self.quadratic * (away / self.usual_s) ** 2 + self.linear * away

    def slope(self, duration_s: float) -> float:
        """Its derivative, in 1/s."""
        return 2 * self.quadratic * (duration_s - self.usual_s) / self.usual_s**2 + self.linear


#: The problem at a duration.
Pose = Callable[[float], Posed]
#: Solves a posed problem from a start.
Solve = Callable[[Posed, Start], Solution]


def lagrangian(posed: Posed, solution: Solution) -> float:
    """Cost plus multipliers times constraints; terms of the activation limits' constant bounds are left out.

    Raises
    ------
    ValueError
        If the programme has no recorded functions.
    """
    tr = posed.programme.transcription
    if posed.programme.recorded is None:
        raise ValueError("the Lagrangian needs the recorded functions of the programme")
    functions = Derivatives(tr, posed.programme.recorded).bind(posed.parameters)
    cost, residual = functions.values(solution.w.reshape(tr.grid.n_points, -1))
    n = residual.size
    dynamics, collocation, limits = np.split(solution.constraint_multiplier, [n, 2 * n])
    target = posed.bounds.constraint_lower[n : 2 * n]
    total = cost + dynamics @ residual.ravel() + collocation @ (tr.speed_defect @ solution.w - target)
    # Bounds of unknowns may move with the duration, as those of badly timed muscles do.
    upper, lower = np.maximum(solution.bound_multiplier, 0), np.maximum(-solution.bound_multiplier, 0)
    total += lower @ posed.bounds.lower - upper @ posed.bounds.upper
    return float(total + limits @ (tr.activation_limits @ solution.w))


def cost_slope(pose: Pose, duration_s: float, solution: Solution) -> float:
    """Derivative of the optimal cost by the duration, in 1/s, from the solution at ``duration_s``."""
    step = _DIFFERENCE * duration_s
    longer, shorter = (lagrangian(pose(duration_s + sign * step), solution) for sign in (1, -1))
    return (longer - shorter) / (2 * step)


def solve_free_duration(
    pose: Pose, solve: Solve, first_s: float, solution: Solution, own: StrideTimeCost
) -> tuple[Posed, Solution]:
    """Find the duration of the cycle at which the cost is least, and the motion there.

    The objective of the solution that is returned includes what the duration costs in itself.

    Parameters
    ----------
    pose
        The problem at a duration.
    solve
        Solves it from a start.
    first_s, solution
        A duration and the solution there.
    own
        What a duration costs in itself.

    Raises
    ------
    SolveError
        If a solve does not converge, or the slope has no zero that can be reached.
    """
    posed = pose(first_s)
    slope = cost_slope(pose, first_s, solution) + own.slope(first_s)
    last: tuple[float, float, Solution] | None = None
    # Slopes of both signs that enclose the minimum.
    falling, rising = -np.inf, np.inf
    for _ in range(_MAX_SOLVES):
        duration = posed.duration_s
        cost = solution.objective + own.cost(duration)
        sys.stdout.write(f"stride time {duration:.5f} s: cost {cost:.7e}, slope {slope:.2e} 1/s\n")
        if abs(duration / own.usual_s - 1) > _FURTHEST:
            raise SolveError(f"the stride time ran away to {duration:.3f} s from the usual {own.usual_s:.3f} s")
        if slope < 0:
            falling = duration
        else:
            rising = duration
        step = _next_step(duration, slope, last)
        if abs(step) < TOLERANCE_S:
            return posed, replace(solution, objective=cost)
        following = duration + step
        if not falling < following < rising:
            following = (falling + rising) / 2
        following, arrived = _arrive(pose, solve, following, duration, solution, last)
        last = (duration, slope, solution)
        posed, solution = pose(following), arrived
        slope = cost_slope(pose, following, solution) + own.slope(following)
    raise SolveError(
        f"no stride time of least cost was found within {_MAX_SOLVES} solves (last: {posed.duration_s:.4f} s)"
    )


def _arrive(
    pose: Pose,
    solve: Solve,
    wanted_s: float,
    now_s: float,
    now: Solution,
    last: tuple[float, float, Solution] | None,
) -> tuple[float, Solution]:
    """Solve at a duration or, where that does not converge, at one nearer to the present one."""
    for nearness in range(_HALVINGS + 1):
        duration_s = now_s + (wanted_s - now_s) / 2**nearness
        try:
            return duration_s, solve(pose(duration_s), _extrapolated(duration_s, now_s, now, last))
        except SolveError as error:
            sys.stdout.write(f"no arrival at a stride time of {duration_s:.5f} s: {error}\n")
            failure = error
    raise SolveError(f"no stride time near {now_s:.4f} s was reached: {failure}")


def _next_step(duration: float, slope: float, last: tuple[float, float, Solution] | None) -> float:
    largest = _LARGEST_STEP * duration
    if last is None:
        return -float(np.copysign(_FIRST_STEP * duration, slope))
    curvature = (slope - last[1]) / (duration - last[0])
    if curvature <= 0:
        return -float(np.copysign(largest, slope))
    return float(np.clip(-slope / curvature, -largest, largest))


def _extrapolated(duration: float, now_s: float, now: Solution, last: tuple[float, float, Solution] | None) -> Start:
    """Start on the straight line through the last two solutions."""
    if last is None:
        return now.as_start()
    then_s, _, then = last
    t = (duration - now_s) / (now_s - then_s)
    return Start(
        now.w + t * (now.w - then.w),
        now.constraint_multiplier + t * (now.constraint_multiplier - then.constraint_multiplier),
        now.bound_multiplier + t * (now.bound_multiplier - then.bound_multiplier),
    )
