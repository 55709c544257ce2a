"""Foot-ground spheres of an imported walker: the donor's, laid out by the subject's own foot.

The bones of a foot keep their frames in all models of the class: the heel bone's origin lies at the heel, x points to
the toes. The spheres of the donor move with the ratio of the distances from the heel to the toe joint, their stiffness
with body mass. How high they sit and how stiff they are is then adjusted to the measured ground reaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from gluteweak.errors import InputError
from gluteweak.opensim_model.kinematics import Frames, body_frames
from gluteweak.parameters import STANDARD_GRAVITY
from gluteweak.walker_tables import SIDES, ContactSphere, WalkerTables, is_of_side

FloatArray = NDArray[np.float64]

_HEEL, _TOES = "calcn", "toes"
_SHORTEST_M, _LONGEST_M = 0.05, 0.35

#: How far height, tilt (height at the toes against the heel) and stiffness may leave the donor's before a deviation
#: from the measured force of so many body weights outweighs it.
#: A heel within this of its lowest is down; a foot under this force does not stand.
_FLAT_M, _UNLOADED_BW = 0.015, 0.02
_HEIGHT_SD_M, _STIFFNESS_SD, _FORCE_SD_BW = 0.003, 0.3, 0.1


def place_spheres(
    tables: WalkerTables, donor: WalkerTables, mass_ratio: float
) -> tuple[tuple[ContactSphere, ...], list[str]]:
    """The donor's spheres on the subject's feet.

    Raises
    ------
    InputError
        If a foot is no foot: its toe joint less than 5 or more than 35 cm in front of the heel.
    """
    spheres: list[ContactSphere] = []
    ratios = {}
    bodies = {b.body for b in tables.bodies}
    for side in SIDES:
        there = _toe_joint_m(donor, side)
        if there is None:
            raise InputError(f"Walker '{donor.name}' has no toe joint; it cannot lend its contact spheres.")
        here = _toe_joint_m(tables, side)
        ratio = _foot_ratio(tables, donor, side) if here is None else _ahead(here, tables, side) / there[0]
        ratios[side] = ratio
        for sphere in (s for s in donor.contact_spheres if is_of_side(s.body, side)):
            center = np.asarray(sphere.center_m) * ratio
            body = sphere.body
            if body not in bodies:  # one rigid foot: the toes are part of the heel bone
                body = f"{_HEEL}_{side}"
                center = center + there * ratio
            spheres.append(
                replace(
                    sphere,
                    body=body,
                    center_m=tuple(center.tolist()),
                    radius_m=sphere.radius_m * ratio,
                    stiffness_pa=sphere.stiffness_pa * mass_ratio / ratio**2,
                )
            )
    sizes = ", ".join(f"{100 * ratio:.1f} % ({side})" for side, ratio in ratios.items())
    return tuple(spheres), [
        f"contact spheres are those of walker '{donor.name}' on feet of {sizes} of its size, stiffness in "
        f"proportion to mass"
    ]


def _toe_joint_m(tables: WalkerTables, side: str) -> FloatArray | None:
    """Where the toes joint the heel bone, in the heel bone; None for a rigid foot."""
    for joint in tables.joints:
        if joint.parent_body == f"{_HEEL}_{side}" and joint.child_body == f"{_TOES}_{side}":
            return np.asarray(joint.parent_translation_m)
    return None


def _ahead(toe_joint: FloatArray, tables: WalkerTables, side: str) -> float:
    if not _SHORTEST_M < toe_joint[0] < _LONGEST_M:
        raise InputError(
            f"Model '{tables.name}': the toe joint lies {100 * toe_joint[0]:.1f} cm in front of the origin of "
            f"{_HEEL}_{side}, where 5 to 35 cm make a foot: check the scaling, or the axes of the foot."
        )
    return float(toe_joint[0])


def _foot_ratio(tables: WalkerTables, donor: WalkerTables, side: str) -> float:
    """Size of a rigid foot by the height of its ankle over the heel bone's origin."""
    heights = []
    for walker in (tables, donor):
        frames = body_frames(walker, {"pelvis_tx": np.zeros(1)})
        heights.append(frames[f"talus_{side}"].origin_m[0, 1] - frames[f"{_HEEL}_{side}"].origin_m[0, 1])
    return float(heights[0] / heights[1])


@dataclass(frozen=True)
class Adjustment:
    """What the measured ground reaction made of the spheres.

    Attributes
    ----------
    height_m
        Side -> rise of the spheres under heel and under toes, relative to the mean of all four.
    stiffness_factor
        On all spheres.
    rms_before_bw, rms_after_bw
        Deviation of the vertical force of the measured motion, the pelvis at its best height, from the measured one.
    """

    height_m: Mapping[str, tuple[float, float]]
    stiffness_factor: float
    rms_before_bw: float
    rms_after_bw: float


def adjust_spheres(
    tables: WalkerTables, time_s: FloatArray, motion: Mapping[str, FloatArray], vertical_n: Mapping[str, FloatArray]
) -> tuple[tuple[ContactSphere, ...], Adjustment]:
    """Heights under heel and toes, and stiffness, by which the measured motion meets the measured vertical force best.

    Small changes are preferred: a few millimetres that inverse kinematics is off must not become the shape of a foot.

    Parameters
    ----------
    tables
        The walker with its spheres.
    time_s : (n_times,)
    motion
        Coordinate -> (n_times,) over a gait cycle.
    vertical_n
        Side -> (n_times,) measured vertical ground reaction.
    """
    frames = body_frames(tables, motion)
    weight = tables.mass_kg * float(np.asarray(STANDARD_GRAVITY.value))
    spheres = tables.contact_spheres
    bottom = np.column_stack([_bottom_m(frames[s.body], s) for s in spheres])
    sinking = -np.gradient(bottom, time_s, axis=0)
    side_of = np.array([next(i for i, side in enumerate(SIDES) if is_of_side(s.body, side)) for s in spheres])
    ahead = np.array([_forward(s) for s in spheres])
    share = np.array([_share(ahead, side_of, k) for k in range(len(spheres))])
    force = np.column_stack([vertical_n[side] for side in SIDES]) / weight
    # Once the heel has risen, the toes stand on an angle that nobody measures.
    heel = np.column_stack([frames[f"{_HEEL}_{side}"].origin_m[:, 1] for side in SIDES])
    usable = (heel < np.quantile(heel, 0.02, axis=0) + _FLAT_M) | (force < _UNLOADED_BW)

    def simulated(x: FloatArray) -> FloatArray:
        heights = x[1:5].reshape(2, 2)
        rise = heights[side_of, 0] * (1.0 - share) + heights[side_of, 1] * share
        depth = np.maximum(-(bottom + x[0] + rise), 0.0)
        each = np.array([_normal_force_n(s, depth[:, k], sinking[:, k]) for k, s in enumerate(spheres)])
        total = np.stack([each[side_of == i].sum(axis=0) for i in range(len(SIDES))], axis=1)
        return np.asarray(np.exp(x[5]) * total / weight)

    n = len(bottom)

    def error(x: FloatArray) -> FloatArray:
        fit = (simulated(x) - force)[usable] / (_FORCE_SD_BW * np.sqrt(n))
        # The mean height is the pelvis' own; what the spheres keep is the difference.
        return np.concatenate(
            [fit, (x[1:5] - x[1:5].mean()) / _HEIGHT_SD_M, [1e3 * x[1:5].mean()], x[5:] / _STIFFNESS_SD]
        )

    only_height = least_squares(
        lambda h: error(np.concatenate([h, np.zeros(5)])), [-np.quantile(bottom.min(axis=1), 0.5) - 0.005]
    )
    start = np.concatenate([only_height.x, np.zeros(5)])
    best = least_squares(error, start)

    def rms(x: FloatArray) -> float:
        return float(np.sqrt(np.mean((simulated(x) - force)[usable] ** 2)))

    heights = best.x[1:5].reshape(2, 2)
    factor = float(np.exp(best.x[5]))
    moved = tuple(
        replace(
            s,
            center_m=(
                s.center_m[0],
                float(s.center_m[1] + heights[side_of[k], 0] * (1.0 - share[k]) + heights[side_of[k], 1] * share[k]),
                s.center_m[2],
            ),
            stiffness_pa=s.stiffness_pa * factor,
        )
        for k, s in enumerate(spheres)
    )
    told = {side: (float(heights[i, 0]), float(heights[i, 1])) for i, side in enumerate(SIDES)}
    return moved, Adjustment(told, factor, rms(start), rms(best.x))


def _normal_force_n(sphere: ContactSphere, depth_m: FloatArray, sinking_m_s: FloatArray) -> FloatArray:
    """Hertz force with Hunt and Crossley's dissipation, as OpenSim's SmoothSphereHalfSpaceForce, not smoothed."""
    hertz = 4.0 / 3.0 * 0.5**1.5 * sphere.stiffness_pa * np.sqrt(sphere.radius_m) * depth_m**1.5
    return np.asarray(hertz * np.maximum(1.0 + 1.5 * sphere.dissipation_s_m * sinking_m_s, 0.0))


def _bottom_m(frames: Frames, sphere: ContactSphere) -> FloatArray:
    """Height of a sphere's lowest point (n_times,)."""
    center = frames.origin_m + frames.rotation @ np.asarray(sphere.center_m)
    return np.asarray(center[:, 1] - sphere.radius_m)


def _forward(sphere: ContactSphere) -> float:
    # Toes count as in front of all of the heel bone.
    return sphere.center_m[0] + (1.0 if sphere.body.startswith(_TOES) else 0.0)


def _share(ahead: FloatArray, side_of: NDArray[np.int64], k: int) -> float:
    """0 for the hindmost sphere of a foot, 1 for the toes, by rank in between."""
    own = np.sort(ahead[side_of == side_of[k]])
    return float(np.searchsorted(own, ahead[k]) / max(len(own) - 1, 1))


def bottoms_m(tables: WalkerTables, frames: Mapping[str, Frames]) -> dict[str, FloatArray]:
    """Side -> height of the lowest point of a foot, (n_times,)."""
    return {
        side: np.min([_bottom_m(frames[s.body], s) for s in tables.contact_spheres if is_of_side(s.body, side)], axis=0)
        for side in SIDES
    }
