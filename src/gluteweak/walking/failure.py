"""Why a solve failed, in one line: what is missing from the equations of motion, what is at its bound."""

from __future__ import annotations

import numpy as np

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.iterate import Bounds
from gluteweak.walking.point import FORCE_SCALE
from gluteweak.walking.transcription import Transcription

#: An activation above this counts as saturated; a coordinate this close to its bound (fraction of the width) is held.
_SATURATED, _HELD = 0.98, 1e-3
_NAMED = 3


class NotConvergedError(SolveError):
    """A solve that ended without a solution, with the last iterate ``w`` and the residual (n_points, n_free) there."""

    def __init__(self, message: str, w: FloatArray, residual: FloatArray) -> None:
        """Keep the iterate."""
        super().__init__(message)
        self.w, self.residual = w, residual


def explain(transcription: Transcription, bounds: Bounds, error: NotConvergedError) -> str:
    """What was binding at the last iterate, in one line."""
    tr = transcription
    phase = 100 * tr.grid.time_s / tr.grid.duration_s
    names = tr.layout.plant.free_coordinates
    missing = np.abs(error.residual) * FORCE_SCALE
    point, column = np.unravel_index(int(np.nanargmax(missing)), missing.shape) if missing.size else (0, 0)
    parts = [f"{names[column]} misses {missing[point, column]:.3g} N or Nm at {phase[point]:.0f} % of the cycle"]
    share = (tr.unpack(error.w)["activation"] > _SATURATED).mean(axis=0)
    worst = [int(m) for m in np.argsort(-share)[:_NAMED] if share[m] > 0]
    listed = ", ".join(f"{tr.layout.plant.muscle[m]} for {100 * share[m]:.0f} % of the cycle" for m in worst)
    parts.append(f"saturated: {listed}" if listed else "no activation is saturated")
    value = tr.unpack(error.w)["value"]
    lower, upper = tr.unpack(bounds.lower)["value"], tr.unpack(bounds.upper)["value"]
    room = np.minimum(value - lower, upper - value) / np.maximum(upper - lower, 1e-12)
    held = [n for n, name in enumerate(names) if room[:, n].min() < _HELD and (upper > lower)[:, n].any()]
    parts.append("at a bound: " + (", ".join(names[n] for n in held[:_NAMED]) or "no coordinate"))
    return "; ".join(parts)
