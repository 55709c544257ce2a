"""Two-sided arrivals: whether a scenario's other neighbour leads to the minimum that it ended in.

Without motor habit the optimal cost falls with strength, so a bad local minimum shows in the costs of a study. With it,
nothing of that kind holds. So a scenario is solved once more, from a neighbour on the other side: weaker where it came
from the stronger healthy walker, stronger where its muscles are stronger than his. Two motions that are alike are one
minimum; of two that are not, the better one is kept and the other is logged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.iterate import Solution, Start
from gluteweak.walking.stride_time import Posed

#: How much stronger or weaker the neighbour is.
STEP = 0.2
#: Motions whose coordinates differ by no more than this (rad; m counts as well) are the same minimum. The second
#: arrival stops at the barrier of a warm start, which moves coordinates by up to 0.0013 (0.07 degrees).
SAME = np.radians(0.2)
#: Relative difference of cost below which neither of two minima is better.
SAME_COST = 1e-5

#: Solves a posed problem from a start; the flag asks for all but the last part of the barrier's way.
SolveNearly = Callable[[Posed, Start, bool], Solution]


@dataclass(frozen=True)
class Arrivals:
    """What the second arrival found.

    ``largest_difference`` (rad or m) is that of the coordinates, NaN where the second arrival did not converge;
    ``other_cost`` is that of the minimum that was not kept, NaN where there is but one.
    """

    largest_difference: float
    other_cost: float
    word: str


def other_side(strength: FloatArray) -> FloatArray | None:
    """Strengths of the neighbour on the side away from the healthy walker; None for the healthy walker himself.

    Muscles without any strength have no weaker neighbour: if all changed ones are such, the neighbour is a stronger
    one, which lies on another way than the jump from full strength.
    """
    beyond = np.where(strength < 1, np.maximum(strength - STEP, 0.0), np.where(strength > 1, strength + STEP, 1.0))
    if not np.array_equal(beyond, strength):
        return beyond
    if (strength == 1).all():
        return None
    return np.where(strength == 0, STEP, strength)


def compare(posed: Posed, neighbour: Posed, first: Solution, solve: SolveNearly) -> tuple[Solution, Arrivals]:
    """Arrive from the neighbour as well, and keep the better of two minima.

    Parameters
    ----------
    posed, first
        The scenario and its solution by the first arrival.
    neighbour
        The scenario of the strengths of ``other_side``.
    """
    tr = posed.programme.transcription
    try:
        there = solve(neighbour, first.as_start(), True)
        back = solve(posed, there.as_start(), True)
        difference = float(np.abs(tr.unpack(back.w)["value"] - tr.unpack(first.w)["value"]).max())
        if difference <= SAME:
            return first, Arrivals(difference, float("nan"), "both arrivals agree")
        second = solve(posed, back.as_start(), False)
    except SolveError as error:
        sys.stdout.write(f"the arrival from the other neighbour did not converge: {error}\n")
        return first, Arrivals(float("nan"), float("nan"), "only one arrival converged")
    difference = float(np.abs(tr.unpack(second.w)["value"] - tr.unpack(first.w)["value"]).max())
    if difference <= SAME:
        return first, Arrivals(difference, float("nan"), "both arrivals agree")
    better = second if second.objective < first.objective * (1 - SAME_COST) else first
    other = first if better is second else second
    name = "the other neighbour" if better is second else "the healthy side"
    word = f"two minima, the one from {name} kept"
    sys.stdout.write(
        f"{word}: costs {better.objective:.7e} (kept) and {other.objective:.7e}, coordinates differ by up to "
        f"{difference:.4f} rad or m\n"
    )
    return better, Arrivals(difference, other.objective, word)
