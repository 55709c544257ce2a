"""What goes into a solve and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from gluteweak.plant import FloatArray

#: Barrier parameter of a warm start. With 1e-3 a warm start left its basin and ended in a local minimum of twice the
#: cost; from 1e-7 it converges in a dozen or two iterations.
WARM_BARRIER = 1e-7
#: The same for starts from further away, where a small barrier lets the bounds block one short step after the other:
#: with strong plantarflexors at 14 % it takes 73 iterations from the healthy gait, and more than 150 with 1e-7.
FAR_BARRIER = 1e-5


@dataclass(frozen=True)
class Start:
    """Where a solve starts: the unknowns and, for a warm start, the multipliers of a neighbouring solution.

    ``barrier`` is the first barrier parameter of a warm start.
    """

    w: FloatArray
    constraint_multiplier: FloatArray | None = None
    bound_multiplier: FloatArray | None = None
    barrier: float = WARM_BARRIER


@dataclass(frozen=True)
class Bounds:
    """Bounds of the unknowns and of the constraints."""

    lower: FloatArray
    upper: FloatArray
    constraint_lower: FloatArray
    constraint_upper: FloatArray


@dataclass(frozen=True)
class Solution:
    """A converged solution of the nonlinear programme."""

    w: FloatArray
    constraint_multiplier: FloatArray
    bound_multiplier: FloatArray
    objective: float
    iterations: int
    status: str
    wall_s: float
    cpu_s: float

    def as_start(self, multiplier_scale: float = 1.0) -> Start:
        """Warm start of a neighbouring problem whose objective is ``multiplier_scale`` times this one's."""
        return Start(self.w, multiplier_scale * self.constraint_multiplier, multiplier_scale * self.bound_multiplier)
