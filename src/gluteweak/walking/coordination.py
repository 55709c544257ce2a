"""Badly timed muscles: how large an activation a fault leaves, at each instant, and how fast it can change.

Strength is untouched. A fault bounds what the optimiser may choose; it adds no cost, so it vanishes without a trace
where the walker would not use the muscle anyway. Times refer to the *healthy* gait: a muscle's own side lands (``s``);
in the swing after it there is a first quiet time ``q``, where its activation has come down to its swing minimum; its
burst ends at ``e``, the last time from ``s`` to ``q`` at which activation is at least half of its peak.

- onset delay ``d``: no excitation from ``q`` (of the swing before) to ``s + d``;
- early shut-off ``x``: no excitation from ``e - x`` to ``q``;
- slower activation: both time constants of activation times a factor;
- ceiling: activation up to ``c`` at all times.

No excitation is not no activation. With time constants ``tau_d`` down and ``tau_a`` up, the largest activation that a
muscle can have around a silent time from ``t0`` to ``t1`` is

    r + (a0 - r) exp(-(t - t0) / tau_d)        from t0 to t1, ending at a1
    1 - (1 - a1) exp(-(t - t1) / tau_a)        from t1 to the next t0, ending at a0

with a resting activation ``r`` (solvers need room above the least activation) and ``a0`` such that the cycle closes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gluteweak import parameters as literature
from gluteweak.errors import InputError
from gluteweak.plant import FloatArray
from gluteweak.walking.bump import stance_phase
from gluteweak.walking.iterate import Bounds
from gluteweak.walking.point import SIDES
from gluteweak.walking.problem import Programme
from gluteweak.walking.transcription import Transcription

#: Activation of a muscle that is kept silent: a little above the least activation of the problem, for solvers need
#: room between their bounds.
REST_ACTIVATION = 0.005
#: Activation by which a muscle may exceed its swing minimum and still count as quiet.
_QUIET_ABOVE_MINIMUM = 0.01
#: Share of its peak below which a burst has ended.
_END_OF_BURST = 0.5
_SAMPLES = 2001
_MS = 1e-3


@dataclass(frozen=True)
class Coordination:
    """Bounds of a scenario: ``largest_activation`` (n_points, n_muscles), ``time_factor`` (n_muscles,)."""

    largest_activation: FloatArray
    time_factor: FloatArray

    def share(self, share: float) -> Coordination:
        """A milder fault on the way from none (0) to all of this one (1)."""
        return Coordination(1.0 - share * (1.0 - self.largest_activation), self.time_factor**share)


def slowed(programme: Programme, coordination: Coordination) -> Programme:
    """The programme with the fault's time constants of activation."""
    if (coordination.time_factor == 1.0).all():
        return programme
    tr = programme.transcription
    changed = replace(
        tr,
        activation_time_s=tr.activation_time_s * coordination.time_factor,
        deactivation_time_s=tr.deactivation_time_s * coordination.time_factor,
    )
    return replace(programme, transcription=changed)


def limited(transcription: Transcription, bounds: Bounds, coordination: Coordination) -> Bounds:
    """Bounds that let no activation exceed what the fault leaves."""
    upper = bounds.upper.reshape(transcription.grid.n_points, transcription.n_point).copy()
    where = transcription.point_variables["activation"]
    upper[:, where] = np.minimum(upper[:, where], coordination.largest_activation)
    return replace(bounds, upper=upper.ravel())


def no_fault(transcription: Transcription) -> Coordination:
    """Healthy timing."""
    n_muscles = transcription.layout.n_muscles
    return Coordination(np.ones((transcription.grid.n_points, n_muscles)), np.ones(n_muscles))


@dataclass(frozen=True)
class Burst:
    """A muscle's activity in the healthy gait, in cycles: foot strike, end of its burst, first quiet time of swing.

    ``end`` and ``quiet`` lie in the cycle that begins with ``strike``.
    """

    strike: float
    end: float
    quiet: float


def find_burst(phase: FloatArray, activation: FloatArray, strike: float, off: float) -> Burst:
    """The burst of a muscle whose foot lands at ``strike`` and leaves at ``off`` (cycles, ``off`` the later).

    Parameters
    ----------
    phase, activation : (n_points,)
        Periodic healthy activation at phases within a cycle.
    """
    swing = np.linspace(off, strike + 1.0, _SAMPLES)
    low = np.interp(swing, phase, activation, period=1.0)
    quiet = float(swing[np.argmax(low <= low.min() + _QUIET_ABOVE_MINIMUM)])
    active = np.linspace(strike, quiet, _SAMPLES)
    height = np.interp(active, phase, activation, period=1.0)
    end = float(active[np.flatnonzero(height >= _END_OF_BURST * height.max())[-1]])
    return Burst(strike, end, quiet)


def silent_time(burst: Burst, onset_delay: float, early_shutoff: float) -> tuple[float, float]:
    """Start and end of the time without excitation, in cycles, of a muscle that is late, early, or both.

    Parameters
    ----------
    onset_delay, early_shutoff
        In cycles; 0 is no fault. One of them is one.

    Raises
    ------
    ValueError
        If nothing is left of the cycle.
    """
    start = burst.end - early_shutoff if early_shutoff else burst.quiet
    end = burst.strike + 1.0 + onset_delay if onset_delay else burst.quiet
    if end - start >= 1.0:
        raise ValueError("no time is left in which the muscle may be active")
    return start, end


def reachable_activation(
    time_s: FloatArray, silent_s: tuple[float, float], cycle_s: float, rise_s: float, fall_s: float
) -> FloatArray:
    """Largest activation at each time of a periodic muscle that gets no excitation from one time to another.

    Parameters
    ----------
    time_s
        Any shape.
    silent_s
        Start and end; the end may lie in the next cycle.
    rise_s, fall_s
        Time constants of activation and deactivation.
    """
    start, end = silent_s
    length = end - start
    down, up = np.exp(-length / fall_s), np.exp(-(cycle_s - length) / rise_s)
    rest = REST_ACTIVATION
    # a1 = rest + (a0 - rest) down and a0 = 1 - (1 - a1) up, solved for a0.
    before = (1.0 - up * (1.0 - rest * (1.0 - down))) / (1.0 - up * down)
    after = rest + (before - rest) * down
    since = np.mod(np.asarray(time_s) - start, cycle_s)
    falling = rest + (before - rest) * np.exp(-since / fall_s)
    rising = 1.0 - (1.0 - after) * np.exp(-np.maximum(since - length, 0.0) / rise_s)
    return np.asarray(np.where(since <= length, falling, rising))


def coordination_bounds(
    transcription: Transcription, healthy: Mapping[str, Any], timing: Mapping[str, Mapping[str, float]]
) -> Coordination:
    """The bounds that badly timed muscles have on the mesh and stride time of a transcription.

    Parameters
    ----------
    healthy
        The healthy gait: ``ground_reaction_bw`` and ``muscle_activation``, at the same phases as the transcription's.
    timing
        Muscle -> ``study.Timing`` as a mapping.

    Raises
    ------
    InputError
        If a fault leaves no time in which the muscle may be active.
    """
    layout, grid = transcription.layout, transcription.grid
    free = no_fault(transcription)
    largest, factor = free.largest_activation, free.time_factor
    for name, fault in timing.items():
        k = layout.plant.muscle.index(name)
        factor[k] = fault["slower_activation"]
        if fault["onset_delay_ms"] or fault["early_shutoff_ms"]:
            silent = _silent_time(transcription, healthy, name, fault)
            largest[:, k] = reachable_activation(
                grid.time_s,
                (silent[0] * grid.duration_s, silent[1] * grid.duration_s),
                grid.duration_s,
                transcription.activation_time_s[k] * factor[k],
                transcription.deactivation_time_s[k] * factor[k],
            )
        largest[:, k] = np.minimum(largest[:, k], max(fault["activation_ceiling"], REST_ACTIVATION))
    return Coordination(largest, factor)


def _silent_time(
    transcription: Transcription, healthy: Mapping[str, Any], name: str, fault: Mapping[str, float]
) -> tuple[float, float]:
    """Start and end of a muscle's silence, in cycles."""
    grid, plant = transcription.grid, transcription.layout.plant
    row = SIDES.index(name.rsplit("_", 1)[-1])
    force_n = np.asarray(healthy["ground_reaction_bw"])[:, row, 1] * plant.mass_kg * plant.gravity_m_s2
    strike, off = stance_phase(grid, force_n, float(literature.FOOT_CONTACT_THRESHOLD.value))
    activation = np.asarray(healthy["muscle_activation"])[:, plant.muscle.index(name)]
    burst = find_burst(grid.time_s / grid.duration_s, activation, strike, off)
    delay, early = (fault[key] * _MS / grid.duration_s for key in ("onset_delay_ms", "early_shutoff_ms"))
    try:
        return silent_time(burst, delay, early)
    except ValueError as error:
        raise InputError(
            f"{name} starts {fault['onset_delay_ms']:g} ms after foot strike and ends {fault['early_shutoff_ms']:g} ms "
            f"early, so {error}: choose smaller times, or take its strength."
        ) from None
