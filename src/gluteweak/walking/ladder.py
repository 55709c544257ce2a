"""What is tried one after the other when a scenario does not arrive: a neighbour, a jump, smaller steps, a cold start.

The project's own solver jumps from the healthy gait, then walks there in steps: a step that fails is halved, and what
has been reached is kept. Each further step starts from a larger barrier, because a small one lets the bounds of a
distant start block one short step after the other. IPOPT is left for the cold start.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

from gluteweak.errors import SolveError
from gluteweak.walking.failure import NotConvergedError, explain
from gluteweak.walking.friction import solve_then_sharpen
from gluteweak.walking.iterate import FAR_BARRIER
from gluteweak.walking.solve import Solution, Start, solve
from gluteweak.walking.stride_time import Posed

#: Rungs of the ladder, as results name them.
FROM_NEIGHBOUR, IN_STEPS, COLD = "from a neighbour", "from the healthy gait in {} step(s)", "cold"
#: First barrier of a jump, and of a start that only need be near.
JUMP_BARRIER = 1e-6
#: Iterations after which a jump, or a step, creeps along bounds rather than arrives.
_JUMP_ITERATIONS, _STEP_ITERATIONS = 60, 100
#: First barrier of steps that have been halved.
_SHORT_BARRIER = 1e-4
#: Shares of the way from the healthy walker to the scenario: of the first step, and of the shortest that is tried.
FIRST_STEP, SHORTEST_STEP = 1 / 2, 1 / 32

#: Solves a posed problem from a start; also takes ``nearly``, ``by`` and the options of ``solve``.
Run = Callable[..., Solution]


def climb(
    pose_at: Callable[[float], Posed], healthy: Start, run: Run, neighbour: Start | None
) -> tuple[Posed, Solution, str]:
    """Solve the problem at the whole way by whichever rung arrives first.

    Parameters
    ----------
    pose_at
        The problem at a share of the way from the healthy walker (0) to the scenario (1).
    healthy
        Solution at no share of the way.
    neighbour
        Solution of a scenario that differs in strength alone, if there is one.

    Returns
    -------
    problem, its solution, and the name of the rung.

    Raises
    ------
    SolveError
        If none arrives; says what each rung said, and what was binding where the steps and the cold start ended.
    """
    words: list[str] = []
    posed = pose_at(1.0)
    jump = {"by": solve, "own_iterations": _JUMP_ITERATIONS, "stand_in": False}
    starts = [(healthy, "in one step", IN_STEPS.format(1))]
    if neighbour is not None:
        starts.insert(0, (neighbour, "from its neighbour", FROM_NEIGHBOUR))
    for start, name, way in starts:
        first = start if way == FROM_NEIGHBOUR else replace(start, barrier=JUMP_BARRIER)
        try:
            return posed, run(posed, first, **jump), way
        except SolveError as error:
            _note(words, f"{name}: {error}")
    found = _in_steps(pose_at, healthy, run, words)
    if found is not None:
        return found
    try:
        return posed, run(posed, Start(healthy.w), by=solve_then_sharpen, own_iterations=0), COLD
    except SolveError as error:
        words.append(f"cold start: {_in_full(error, posed)}")
    raise SolveError("no start converged (" + "; ".join(words) + ")")


def _in_steps(
    pose_at: Callable[[float], Posed], healthy: Start, run: Run, words: list[str]
) -> tuple[Posed, Solution, str] | None:
    """Walk from the healthy gait to the scenario, halving what fails; None if the shortest step fails."""
    reached, step, count = 0.0, FIRST_STEP, 0
    start = replace(healthy, barrier=FAR_BARRIER)
    while True:
        share = min(reached + step, 1.0)
        posed = pose_at(share)
        try:
            solution = run(
                posed, start, share < 1.0, solve_then_sharpen, own_iterations=_STEP_ITERATIONS, stand_in=False
            )
        except SolveError as error:
            if step <= SHORTEST_STEP:
                _note(words, f"in steps, up to {reached:.0%} of the way: {_in_full(error, posed)}")
                return None
            sys.stdout.write(f"no arrival at {share:.1%} of the way: {error}; half the step\n")
            step /= 2
            start = replace(start, barrier=_SHORT_BARRIER)
            continue
        count += 1
        if share == 1.0:
            return posed, solution, IN_STEPS.format(count)
        reached = share
        start = replace(solution.as_start(), barrier=start.barrier)


def _note(words: list[str], text: str) -> None:
    words.append(text)
    sys.stdout.write(f"no arrival {text}\n")


def _in_full(error: SolveError, posed: Posed) -> str:
    """The solver's word, and what was binding where it ended."""
    if not isinstance(error, NotConvergedError):
        return str(error)
    return f"{error}, there {explain(posed.programme.transcription, posed.bounds, error)}"
