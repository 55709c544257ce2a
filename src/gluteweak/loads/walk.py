"""What a walk adds up to in which muscles tire: impulses of all its steps, from the moments that were simulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gluteweak.plant import FloatArray

#: Steps are those of both feet; each limb makes half of them.
_LIMBS = 2


def walk_totals(walk: Sequence[str], steps_walked: Sequence[float], impulse: FloatArray) -> FloatArray:
    """Impulses of all steps of a limb from the start of a walk to each scenario's number of steps.

    Between the simulated numbers of steps the impulse of a step changes linearly (trapezoids); before the first one it
    is that of the first. A limb makes half of the steps.

    Parameters
    ----------
    walk
        Name of the walk of which each scenario is a moment; empty for those who have not walked, whose totals are 0.
    steps_walked
        Steps of both feet so far.
    impulse : (n_scenarios, n_sides)
        Of one step.
    """
    walks: dict[str, list[int]] = {}
    for row, name in enumerate(walk):
        if name:
            walks.setdefault(name, []).append(row)
    totals = np.zeros_like(impulse)
    for members in walks.values():
        ordered = sorted(members, key=lambda row: steps_walked[row])
        total, steps, last = np.zeros(impulse.shape[1]), 0.0, impulse[ordered[0]]
        for row in ordered:
            total = total + (steps_walked[row] - steps) / _LIMBS * (last + impulse[row]) / 2
            totals[row] = total
            steps, last = steps_walked[row], impulse[row]
    return totals
