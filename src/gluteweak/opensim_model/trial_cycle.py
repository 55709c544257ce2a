"""The gait cycle of a laboratory's walking trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gluteweak import gait_events
from gluteweak.errors import InputError
from gluteweak.gait_events import Cycle
from gluteweak.opensim_model.trial_forces import SIDE_WORD, FootForces
from gluteweak.opensim_model.trial_motion import MeasuredMotion
from gluteweak.walker_tables import SIDES

FloatArray = NDArray[np.float64]


def find_cycle(
    motion: MeasuredMotion,
    forces: FootForces | None,
    heel_ahead_m: Mapping[str, FloatArray],
    angles: Sequence[str],
    start_s: float | None,
    end_s: float | None,
) -> Cycle:
    """The gait cycle of a trial.

    Parameters
    ----------
    motion, forces
        The trial; without forces the motion of the feet tells the strikes.
    heel_ahead_m
        Side -> heel bone ahead of the pelvis in the direction of walking, (n_times,).
    angles
        Coordinates whose repetition makes a cycle.
    start_s, end_s
        Where to look. If both are given and lie one stride apart, they are the cycle.

    Raises
    ------
    InputError
        If there is no full cycle in that range.
    """
    first, last = float(motion.time_s[0]), float(motion.time_s[-1])
    covered = f"{motion.path} covers {first:g} to {last:g} s"
    if start_s is not None and end_s is not None and not end_s > start_s:
        raise InputError(f"The range ends at {end_s:g} s, not after its start at {start_s:g} s: correct --end.")
    for name, time in (("--start", start_s), ("--end", end_s)):
        if time is not None and not first - 1e-9 <= time <= last + 1e-9:
            raise InputError(f"{covered}; {name} {time:g} lies outside: choose a time inside.")
    span = (first if start_s is None else start_s, last if end_s is None else end_s)
    by_motion = {s: gait_events.strikes_from_motion(motion.time_s, heel_ahead_m[s]) for s in SIDES}
    strikes, source = by_motion, "the motion of the feet"
    if forces is not None:
        by_force = {s: gait_events.strikes_from_force(forces.time_s, forces.vertical_n[s]) for s in SIDES}
        if gait_events.stride_time_s(by_force) or not gait_events.stride_time_s(by_motion):
            strikes, source = by_force, "the ground reactions"
    angle_rad = np.column_stack([motion.values[name] for name in angles])
    found = "; ".join(
        f"{SIDE_WORD[s]} {', '.join(f'{t:.3f}' for t in times) or 'none'}" for s, times in strikes.items()
    )
    stride = gait_events.stride_time_s(strikes) or gait_events.stride_time_from_steps_s(strikes)
    given = start_s is not None and end_s is not None
    length = span[1] - span[0]
    if given and (stride is None or abs(length / stride - 1.0) < 0.12):
        if not gait_events.SHORTEST_STRIDE_S <= length <= gait_events.LONGEST_STRIDE_S:
            raise InputError(
                f"No full gait cycle between {span[0]:g} and {span[1]:g} s: a stride takes 0.6 to 2.5 s; widen --start "
                "and --end."
            )
        error = gait_events.mismatch_deg(motion.time_s, angle_rad, *span)
        return Cycle(span[0], span[1], length, "", error, f"as given; foot strikes by {source}: {found}")
    cycle = gait_events.choose_cycle(motion.time_s, angle_rad, strikes, span)
    if cycle is None:
        told = f"a stride takes {stride:.2f} s" if stride else "no foot strikes twice"
        raise InputError(
            f"No full gait cycle between {span[0]:g} and {span[1]:g} s ({told}; foot strikes by {source}: {found}): "
            f"give a "
            "longer trial, or widen --start and --end."
        )
    return Cycle(
        cycle.start_s,
        cycle.end_s,
        cycle.stride_s,
        cycle.first_strike,
        cycle.mismatch_deg,
        f"{cycle.how}; foot strikes by {source}: {found}",
    )
