"""The healthy gait at another walking speed: where every scenario of that speed starts and what its habits mean.

The measured gait is one of one speed. What is tracked at another speed is the measured gait changed as people change
theirs (``gait_speed``): angles of pelvis, hips, knees and ankles, ground reactions, and stride time. So the
habits of a scenario do not hold it to the reference speed, and its deviations are those of the weakness, not of the
speed. Trunk, toes, arms (as far as the cycle's phase goes) and sideways forces keep their reference curves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gluteweak.errors import InputError, SolveError
from gluteweak.gait_speed import ANGLE_DEG, GROUND_REACTION_BW, ODD, STRIDE_TIME_EXPONENT
from gluteweak.parameters import WALKING_SPEED_RANGE
from gluteweak.plant import FloatArray
from gluteweak.walking import setup
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.iterate import FAR_BARRIER, Solution
from gluteweak.walking.point import SIDES
from gluteweak.walking.problem import Programme
from gluteweak.walking.solution import cycle_values, evaluate_report, read_start, report_function
from gluteweak.walking.stride_time import Posed, Solve, StrideTimeCost, solve_free_duration

#: Speeds that scenarios may ask for, in m/s.
SLOWEST_M_S, FASTEST_M_S = WALKING_SPEED_RANGE.value
#: Speeds closer than this are the same one.
_SAME_M_S = 1e-6
#: Largest steps of the continuation in speed; the smaller ones are for where a solve of the first did not converge.
_STEPS_M_S = (0.1, 0.05, 0.02)
#: Relative deviation from the published stride time that counts as one unit in tracking.
_STRIDE_TIME_UNIT = 0.02
#: A foot is on the ground from this force on, in body weights.
_CONTACT_BW = 0.05
_AXES = "xyz"


def dimensionless_speed(reference: Reference, programme: Programme, speed_m_s: float) -> float:
    """Speed over the root of gravity times leg length, for which the pelvis' mean height above the floor stands."""
    plant = programme.transcription.layout.plant
    height = float(np.mean(np.asarray(reference.values["coordinate_value"])[:, plant.coordinate.index("pelvis_ty")]))
    return speed_m_s / float(np.sqrt(plant.gravity_m_s2 * height))


def foot_strikes(phase: FloatArray, vertical_bw: FloatArray) -> float:
    """Phase (0 to 1) at which a foot comes down: where the longest time on the ground begins.

    Raises
    ------
    InputError
        If the foot never leaves or never touches the ground.
    """
    on = vertical_bw > _CONTACT_BW
    begins = np.flatnonzero(on & ~np.roll(on, 1))
    if len(begins) == 0:
        raise InputError("The healthy gait is no walk (a foot stays on or off the ground): give it no other speed.")
    lengths = [int(np.argmin(np.roll(on, -int(k)))) for k in begins]
    k = int(begins[int(np.argmax(lengths))])
    before, after = vertical_bw[k - 1], vertical_bw[k]
    start = phase[k - 1] - (1.0 if k == 0 else 0.0)
    return float((start + (phase[k] - start) * (_CONTACT_BW - before) / (after - before)) % 1.0)


def tracked_at_speed(programme: Programme, reference: Reference, change: float) -> FloatArray:
    """(n_points, n_parameters) of the healthy gait when the dimensionless speed is greater by ``change``."""
    layout = programme.transcription.layout
    names = layout.plant.free_coordinates
    table = reference.parameters(programme)
    value = table[:, layout.parameters["value_reference"]]
    reaction = table[:, layout.parameters["ground_reaction_reference"]]
    phase = programme.transcription.grid.time_s / programme.transcription.grid.duration_s
    vertical = np.asarray(reference.values["ground_reaction_bw"]).reshape(len(phase), len(SIDES), -1)[:, :, 1]
    for s, side in enumerate(SIDES):
        own = phase - foot_strikes(phase, vertical[:, s])
        for name, harmonics in ANGLE_DEG.items():
            shift = np.radians(change * harmonics(own))
            if name.startswith("pelvis"):
                # Both legs' cycles tell of the pelvis: their mean.
                sign = -1.0 if side == "l" and name in ODD else 1.0
                value[:, names.index(name)] += sign * shift / len(SIDES)
            elif f"{name}_{side}" in names:
                value[:, names.index(f"{name}_{side}")] += shift
        for axis, harmonics in GROUND_REACTION_BW.items():
            column = 3 * s + _AXES.index(axis)
            # A foot in the air feels nothing at any speed.
            reaction[:, column] += np.where(vertical[:, s] > 0, change * harmonics(own), 0.0)
        reaction[:, 3 * s + 1] = np.maximum(reaction[:, 3 * s + 1], 0.0)
    before = reference.parameters(programme)
    moment = layout.parameters["ground_moment_reference"]
    table[:, moment] += _moments(programme, table, before) - _moments(programme, before, before)
    return table


def _moments(programme: Programme, tracked: FloatArray, before: FloatArray) -> FloatArray:
    """(n_points, .) moments of the tracked ground reactions about the joints of the tracked posture.

    The ground reaction keeps its place under the foot: its moment about the last joint of the leg grows with the
    vertical force, and the joints above follow from the posture.

    Parameters
    ----------
    tracked, before
        Parameters of the gait at the speed in question and at the reference speed.
    """
    layout = programme.transcription.layout
    where = layout.parameters
    local = np.zeros((len(tracked), layout.n_variables))
    local[:, layout.variables["value"]] = tracked[:, where["value_reference"]]
    joint_m = evaluate_report(report_function(programme.point), layout, local, tracked).leg_joint_m
    force, own = (
        table[:, where["ground_reaction_reference"]].reshape(-1, len(SIDES), 3) for table in (tracked, before)
    )
    measured = before[:, where["ground_moment_reference"]].reshape(joint_m.shape)
    moment = np.zeros_like(joint_m)
    last = {side: n for n, (side, _) in enumerate(layout.leg_joints)}
    for n, (side, _) in enumerate(layout.leg_joints):
        vertical = np.maximum(own[:, side, 1], _CONTACT_BW)
        at_foot = measured[:, last[side]] * (force[:, side, 1] / vertical)[:, None]
        moment[:, n] = at_foot + np.cross(joint_m[:, last[side]] - joint_m[:, n], force[:, side])
    return moment.reshape(len(moment), -1)


def at_speed(programme: Programme, reference: Reference, speed_m_s: float, solve: Solve) -> Reference:
    """The healthy gait at a walking speed, by continuation from the reference speed.

    Parameters
    ----------
    programme
        On the reference's stride time.
    solve
        Solves a posed problem from a start.

    Raises
    ------
    InputError
        If the speed is out of range.
    SolveError
        If a solve does not converge.
    """
    own = reference.speed_m_s
    if abs(speed_m_s - own) < _SAME_M_S:
        return reference
    if not SLOWEST_M_S <= speed_m_s <= FASTEST_M_S:
        raise InputError(
            f"A walking speed of {speed_m_s:g} m/s is out of range: give speed_m_s from {SLOWEST_M_S} to {FASTEST_M_S}."
        )
    if speed_m_s not in reference.at_other_speeds:
        reference.at_other_speeds[speed_m_s] = _solved(programme, reference, speed_m_s, solve)
    return reference.at_other_speeds[speed_m_s]


def _solved(programme: Programme, reference: Reference, speed_m_s: float, solve: Solve) -> Reference:
    own = reference.speed_m_s
    change = dimensionless_speed(reference, programme, speed_m_s) - dimensionless_speed(reference, programme, own)

    def pose(duration_s: float, share: float) -> Posed:
        timed = programme.with_duration(duration_s)
        speed = own + share * (speed_m_s - own)
        moving = replace(reference, pace=speed / own)
        parameters = tracked_at_speed(timed, moving, share * change)
        bounds = setup.make_bounds(timed.transcription, moving.free_value(timed), moving.distance_for(timed))
        return Posed(timed, parameters, bounds)

    duration_s, solution = _continued(reference, speed_m_s, pose, solve)
    tracked = StrideTimeCost(duration_s, 1 / _STRIDE_TIME_UNIT**2)
    posed, solution = solve_free_duration(lambda d: pose(d, 1.0), solve, duration_s, solution, tracked)
    return Reference(_values(posed, solution, reference), speed_m_s * posed.duration_s)


def _continued(
    reference: Reference, speed_m_s: float, pose: Callable[[float, float], Posed], solve: Solve
) -> tuple[float, Solution]:
    """Stride time and solution at a speed, with the stride times of the published cadence on the way.

    Parameters
    ----------
    pose
        The problem of a duration and a share (0 to 1) of the way to the speed.

    Raises
    ------
    SolveError
        If even the smallest steps do not arrive.
    """
    own, words = reference.speed_m_s, []
    for largest in _STEPS_M_S:
        steps = int(np.ceil(abs(speed_m_s - own) / largest))
        start = replace(read_start(reference.values).as_start(), barrier=FAR_BARRIER)
        try:
            for step in range(1, steps + 1):
                speed = own + step / steps * (speed_m_s - own)
                duration_s = reference.duration_s * (speed / own) ** STRIDE_TIME_EXPONENT
                sys.stdout.write(f"healthy gait at {speed:.3f} m/s, stride time {duration_s:.4f} s\n")
                solution = solve(pose(duration_s, step / steps), start)
                start = replace(solution.as_start(), barrier=FAR_BARRIER)
        except SolveError as error:
            words.append(f"steps of {largest:g} m/s: {error} at {speed:.3f} m/s")
            sys.stdout.write(f"no arrival by {words[-1]}\n")
            continue
        return duration_s, solution
    raise SolveError("the healthy gait was not carried to the speed (" + "; ".join(words) + ")")


def _values(posed: Posed, solution: Solution, reference: Reference) -> dict[str, Any]:
    programme = posed.programme
    tr, layout = programme.transcription, programme.transcription.layout
    report = report_function(programme.point)
    local = (tr.expansion @ solution.w).reshape(tr.grid.n_points, layout.n_variables)
    found = evaluate_report(report, layout, local, posed.parameters)
    return {
        **cycle_values(tr, report, solution, posed.parameters, reference.prescribed(programme)),
        "ground_reaction_bw": found.ground_reaction_bw,
        "foot_lateral_m": found.foot_lateral_m,
        "healthy_parameter": posed.parameters,
    }
