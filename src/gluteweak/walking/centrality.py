"""Centrality correctors: a second direction from the same factorisation, where bounds stop the first one early.

A Newton step of an interior-point method treats the products of room and multiplier as linear. Along a long step a few
of them end far from the barrier parameter, and these stop it. Gondzio's correctors ask for a direction along which the
products that would end outside [mu / 10, 10 mu] come back to that range; the others are left alone.

Source: Gondzio (1996) Comput Optim Appl 6:137; the constants are his.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gluteweak.plant import FloatArray

#: Products outside mu times this range are corrected, none downwards by more than its upper end.
_LEAST, _MOST = 0.1, 10.0
#: A corrected step should be able to be so much longer than the one before.
_LONGER, _FURTHER = 2.0, 0.1


def new_multipliers(
    targets: Sequence[FloatArray | float],
    rooms: Sequence[FloatArray],
    multipliers: Sequence[FloatArray],
    changes: Sequence[FloatArray],
) -> list[FloatArray]:
    """Multipliers at the end of a full step, for each kind of bound.

    Parameters
    ----------
    targets
        What room times multiplier is to become; the barrier parameter where nothing is corrected.
    rooms, multipliers
        Distance to the bounds, > 0, and the multipliers there, > 0.
    changes
        Change of the room along the full step.
    """
    return [
        (target - multiplier * change) / room
        for target, room, multiplier, change in zip(targets, rooms, multipliers, changes, strict=True)
    ]


def corrected_targets(
    mu: float,
    targets: Sequence[FloatArray | float],
    rooms: Sequence[FloatArray],
    multipliers: Sequence[FloatArray],
    changes: Sequence[FloatArray],
    alpha: float,
) -> list[FloatArray]:
    """Targets of the products that let a step go further than ``alpha``; other arguments as `new_multipliers`."""
    far = min(1.0, _LONGER * alpha + _FURTHER)
    ends = new_multipliers(targets, rooms, multipliers, changes)
    corrected = []
    for target, room, multiplier, change, end in zip(targets, rooms, multipliers, changes, ends, strict=True):
        product = (room + far * change) * (multiplier + far * (end - multiplier))
        wanted = np.clip(product, _LEAST * mu, _MOST * mu)
        corrected.append(target + np.maximum(wanted - product, -_MOST * mu))
    return corrected
