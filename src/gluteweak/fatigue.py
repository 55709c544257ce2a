"""How strength falls over a walk: the three-compartment law of muscle fatigue.

Muscle is active (A), tired (T) or resting (Xia and Frey-Law 2008, J Biomech 41:3046; rest factor: Looft et al. 2018,
J Biomech 77:16):

    dT/dt = F A - R' T,    R' = r R while the muscle rests, R while it works

A follows the load that the task asks for, as far as muscle that is not tired is left: ``A = min(load, 1 - T)``. What is
left of the strength is ``1 - T``. Both rates are a thousand times slower than a stride, so T is held within a stride
and moved once a stride; the drive that moves muscle from rest to activity (time constant 0.1 s in the source) is taken
as instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gluteweak.plant import FloatArray


@dataclass(frozen=True)
class FatigueLaw:
    """Rates F, R in 1/s, factor r in rest, and the load below which a muscle rests."""

    fatigue_per_s: float
    recovery_per_s: float
    rest_recovery_factor: float
    rest_below: float


def remaining_strength(
    law: FatigueLaw, load: FloatArray, weight: FloatArray, stride_s: float, strides: Sequence[float]
) -> FloatArray:
    """Share of the fresh strength that is left after so many strides.

    Parameters
    ----------
    law
        Rates of the law.
    load : (n_times, n_muscles)
        What the stride asks of each muscle, as a share of its fresh strength; more than 1 counts as 1.
    weight : (n_times,)
        Quadrature weights of the mean over a stride.
    stride_s
        Duration of a stride.
    strides
        Numbers of strides, in any order.

    Returns
    -------
    (len(strides), n_muscles)
        0 to 1.
    """
    wanted = np.asarray(strides, dtype=np.float64)
    asked = np.minimum(load, 1.0)
    resting = asked < law.rest_below
    recovery = law.recovery_per_s * (weight @ np.where(resting, law.rest_recovery_factor, 1.0))
    tired = np.zeros(load.shape[1])
    left = np.empty((len(wanted), load.shape[1]))
    done = 0.0
    for i in np.argsort(wanted, kind="stable"):
        while done < wanted[i]:
            share = min(1.0, float(wanted[i]) - done)
            active = weight @ np.minimum(asked, 1.0 - tired)
            # Exact for the active share of this stride; T stays within [0, 1].
            kept = np.exp(-recovery * stride_s * share)
            gain = law.fatigue_per_s * active * stride_s * share
            tired = np.minimum(tired * kept + gain, 1.0)
            done += share
        left[i] = 1.0 - tired
    return left
