"""A person by mass, height and sex: a walker's tables and measured gait, scaled by published proportions.

Every length grows with the length of thigh and shank that belongs to the height (Winter); segment masses are the
donor's in proportion to body mass, for the other sex times the ratio of the sexes' segment shares (de Leva 1996);
inertias go with mass and the square of the length; fibres and tendons with the length; maximum forces with muscle
volume, a line in mass times height (Handsfield 2014), over fibre length. The gait keeps its shape at equal
dimensionless speed (times go with the root of the length); another speed changes it as people change theirs
(``gait_speed``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak import gait_speed
from gluteweak.errors import InputError
from gluteweak.motion_files import write_motion
from gluteweak.parameters import (
    LEG_LENGTH_OVER_HEIGHT,
    MUSCLE_VOLUME_BY_MASS_HEIGHT,
    SEGMENT_MASS_SHARE_FEMALE,
    SEGMENT_MASS_SHARE_MALE,
    STANDARD_GRAVITY,
    WALKING_SPEED_RANGE,
)
from gluteweak.plant import PROGRESSION, FloatArray
from gluteweak.storage import atomic_path, read_file
from gluteweak.walker_tables import PERSON, SIDES, Vector, read_rows, write_rows

Rows = dict[str, tuple[Any, ...]]

#: Bodies of each published segment, in the order of the shares; all others belong to head and trunk.
_SEGMENTS = (
    ("femur", "patella"),
    ("tibia",),
    ("talus", "calcn", "toes"),
    ("pelvis", "torso"),
    ("humerus",),
    ("ulna", "radius"),
    ("hand",),
)
_TRUNK = 3
#: Sex of the donor, whose masses need no ratio.
_DONOR_SEX = "male"
_CONTACT_BW = 0.05
_AXES = "xyz"


def write_scaled(
    donor_dir: Path, out_dir: Path, *, mass_kg: float, height_m: float, sex: str, speed_m_s: float | None
) -> None:
    """Write tables, trial and facts of a person.

    Parameters
    ----------
    donor_dir
        Walker with tables and ``reference_gait.h5``.
    out_dir
        Folder to write to.
    mass_kg, height_m, sex
        The person; sex ``male`` or ``female``.
    speed_m_s
        Walking speed; None for the donor's at equal dimensionless speed.

    Raises
    ------
    InputError
        If the speed is beyond what published gaits cover.
    """
    rows = read_rows(donor_dir)
    donor_mass = _both_sides_mass(rows)
    leg = _leg_length_m(rows)
    donor_height = leg / float(np.asarray(LEG_LENGTH_OVER_HEIGHT.value))
    size = height_m / donor_height
    masses = _mass_factors(rows, mass_kg, sex)
    strength = _strength_factor(mass_kg, height_m, donor_mass, donor_height, size)
    scaled = _scaled_rows(rows, size, masses, mass_kg / donor_mass, strength)
    write_rows(out_dir, scaled)
    values, _ = read_file(donor_dir / "reference_gait.h5")
    gait = _gait(values, size, mass_kg, speed_m_s)
    write_motion(out_dir / "coordinates.sto", gait["names"], gait["time_s"], gait["value"])
    write_motion(out_dir / "ground_reactions.sto", gait["force_names"], gait["time_s"], gait["force_n"])
    with atomic_path(out_dir / PERSON) as temporary:
        temporary.write_text(json.dumps({"sex": sex, "height_m": height_m}) + "\n", encoding="utf-8")
    facts = {
        "name": out_dir.name,
        "mass_kg": mass_kg,
        "height_m": height_m,
        "sex": sex,
        "muscles": 2 * len(rows["muscles"]),
        "patella": any(b.body.startswith("patella") for b in rows["bodies"]),
        "cycle": {"start_s": 0.0, "end_s": float(gait["time_s"][-1])},
        "notes": {
            "model": [
                f"walker '{donor_dir.name}' ({donor_mass:.1f} kg, about {donor_height:.2f} m by its legs) scaled to "
                f"{mass_kg:g} kg, {height_m:g} m, {sex}: lengths times {size:.3f}, mass times "
                f"{mass_kg / donor_mass:.3f}, "
                f"maximum muscle forces times {strength:.3f}",
                "segment shares of mass: de Leva 1996; height: Winter 2009; muscle volume: Handsfield 2014",
                "this is an average person of that size, not anybody's measurement",
            ],
            "motion": [gait["told"]],
            "ground_reactions": ["the donor's measured ground reactions in proportion to body weight"],
        },
    }
    with atomic_path(out_dir / "import.json") as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _sides(name: str) -> int:
    return len(SIDES) if name.endswith("_r") else 1


def _both_sides_mass(rows: Rows) -> float:
    return float(sum(_sides(b.body) * b.mass_kg for b in rows["bodies"]))


def _leg_length_m(rows: Rows) -> float:
    """Knee from hip and ankle from knee: the joints' places in their parent bodies."""
    at = {j.child_body: np.asarray(j.parent_translation_m) for j in rows["joints"]}
    from_child = {j.child_body: np.asarray(j.child_translation_m) for j in rows["joints"]}
    thigh = float(np.linalg.norm(at["tibia_r"]))
    shank = float(np.linalg.norm(at["talus_r"] - from_child["tibia_r"]))
    return thigh + shank


def _segment(body: str) -> int:
    stem = body.removesuffix("_r")
    return next((i for i, bodies in enumerate(_SEGMENTS) if stem in bodies), _TRUNK)


def _mass_factors(rows: Rows, mass_kg: float, sex: str) -> dict[str, float]:
    """Body -> factor on its mass, such that all together weigh ``mass_kg``."""
    shares = {"male": SEGMENT_MASS_SHARE_MALE, "female": SEGMENT_MASS_SHARE_FEMALE}
    ratio = np.asarray(shares[sex].value) / np.asarray(shares[_DONOR_SEX].value)
    factor = {b.body: float(ratio[_segment(b.body)]) for b in rows["bodies"]}
    total = sum(_sides(b.body) * b.mass_kg * factor[b.body] for b in rows["bodies"])
    return {body: value * mass_kg / total for body, value in factor.items()}


def _strength_factor(mass_kg: float, height_m: float, donor_mass: float, donor_height: float, size: float) -> float:
    intercept, slope = MUSCLE_VOLUME_BY_MASS_HEIGHT.value
    volume = (intercept + slope * mass_kg * height_m) / (intercept + slope * donor_mass * donor_height)
    return float(volume / size)


def _times(vector: Vector, factor: float) -> Vector:
    x, y, z = vector
    return (factor * x, factor * y, factor * z)


def _scaled_rows(rows: Rows, size: float, masses: Mapping[str, float], mass: float, strength: float) -> Rows:
    turning = {a.coordinate for a in rows["transform_axes"] if a.is_rotation and a.coordinate}
    turning |= {
        c.coordinate for c in rows["coordinates"] for j in rows["joints"] if j.joint == c.joint and j.kind == "pin"
    }
    shifting = {c.coordinate for c in rows["coordinates"]} - turning
    torque = mass * size
    return {
        **rows,
        "bodies": tuple(
            replace(
                b,
                mass_kg=b.mass_kg * masses[b.body],
                mass_center_m=_times(b.mass_center_m, size),
                inertia_moments_kg_m2=_times(b.inertia_moments_kg_m2, masses[b.body] * size**2),
                inertia_products_kg_m2=_times(b.inertia_products_kg_m2, masses[b.body] * size**2),
            )
            for b in rows["bodies"]
        ),
        "joints": tuple(
            replace(
                j,
                parent_translation_m=_times(j.parent_translation_m, size),
                child_translation_m=_times(j.child_translation_m, size),
            )
            for j in rows["joints"]
        ),
        # A shift that is a coordinate itself stays in metres; one that follows an angle grows with the bones.
        "transform_axes": tuple(
            a if a.is_rotation or a.coordinate in shifting else replace(a, scale=a.scale * size)
            for a in rows["transform_axes"]
        ),
        "coordinates": tuple(
            replace(c, default_value=size * c.default_value) if c.coordinate in shifting else c
            for c in rows["coordinates"]
        ),
        "muscles": tuple(
            replace(
                m,
                max_isometric_force_n=m.max_isometric_force_n * strength,
                optimal_fiber_length_m=m.optimal_fiber_length_m * size,
                tendon_slack_length_m=m.tendon_slack_length_m * size,
            )
            for m in rows["muscles"]
        ),
        "path_points": tuple(replace(p, location_m=_times(p.location_m, size)) for p in rows["path_points"]),
        "wrap_cylinders": tuple(
            replace(
                w,
                translation_m=_times(w.translation_m, size),
                radius_m=w.radius_m * size,
                length_m=w.length_m * size,
            )
            for w in rows["wrap_cylinders"]
        ),
        "contact_spheres": tuple(
            replace(
                s,
                center_m=_times(s.center_m, size),
                radius_m=s.radius_m * size,
                stiffness_pa=s.stiffness_pa * mass / size**2,
            )
            for s in rows["contact_spheres"]
        ),
        "passive_torques": tuple(
            replace(
                t,
                torque_1_nm=t.torque_1_nm * torque,
                torque_2_nm=t.torque_2_nm * torque,
                stiffness_nm_rad=t.stiffness_nm_rad * torque,
                damping_nms_rad=t.damping_nms_rad * torque,
            )
            for t in rows["passive_torques"]
        ),
        "actuators": tuple(replace(a, optimal_force_nm=a.optimal_force_nm * torque) for a in rows["actuators"]),
    }


def _gait(values: Mapping[str, Any], size: float, mass_kg: float, speed_m_s: float | None) -> dict[str, Any]:
    """The donor's measured cycle for another size and speed, as columns of the two files of a trial."""
    names = [str(n) for n in values["coordinate"]]
    known = np.asarray(values["coordinate_is_measured"]).astype(bool)
    time, value = np.asarray(values["measured_time_s"]), np.array(values["measured_coordinate_value"])
    reaction = np.array(values["measured_ground_reaction_bw"])
    gravity = float(np.asarray(STANDARD_GRAVITY.value))
    phase, own_stride = time / time[-1], float(time[-1])
    own_distance = float(value[-1, names.index(PROGRESSION)])
    alike = own_distance / own_stride * np.sqrt(size)
    speed = float(alike if speed_m_s is None else speed_m_s)
    leg = size * float(np.mean(value[:, names.index("pelvis_ty")]))
    slowest, fastest = (v * np.sqrt(size) for v in WALKING_SPEED_RANGE.value)
    if not slowest <= speed <= fastest:
        raise InputError(
            f"--speed is {speed:g} m/s: for a person of this height give {slowest:.2f} to {fastest:.2f} m/s, as far as "
            "published gaits reach."
        )
    stride = own_stride * np.sqrt(size) * (speed / alike) ** gait_speed.STRIDE_TIME_EXPONENT
    change = (speed - alike) / np.sqrt(gravity * leg)
    for shift in (PROGRESSION, "pelvis_ty", "pelvis_tz"):
        value[:, names.index(shift)] *= size
    x = names.index(PROGRESSION)
    value[:, x] += phase * (speed * stride - size * own_distance)
    for s, side in enumerate(SIDES):
        vertical = reaction[:, s, 1]
        own = phase - _strike_phase(phase, vertical)
        for name, harmonics in gait_speed.ANGLE_DEG.items():
            shift_rad = np.radians(change * harmonics(own))
            if name in names:  # the pelvis: both legs' cycles tell of it
                sign = -1.0 if side == "l" and name in gait_speed.ODD else 1.0
                value[:, names.index(name)] += sign * shift_rad / len(SIDES)
            else:
                value[:, names.index(f"{name}_{side}")] += shift_rad
        loaded = vertical > 0.0
        for axis, harmonics in gait_speed.GROUND_REACTION_BW.items():
            reaction[:, s, _AXES.index(axis)] += np.where(loaded, change * harmonics(own), 0.0)
        reaction[:, s, 1] = np.maximum(reaction[:, s, 1], 0.0)
    told = (
        f"the donor's measured gait at {speed:.2f} m/s: {alike:.2f} m/s would be its own dimensionless speed; "
        f"stride time "
        f"{stride:.3f} s, angles and ground reactions changed as published for other speeds"
    )
    return {
        "names": [n for n, k in zip(names, known, strict=True) if k],
        "time_s": phase * stride,
        "value": value[:, known],
        "force_names": [f"ground_force_{side}_v{axis}" for side in SIDES for axis in _AXES],
        "force_n": reaction.reshape(len(time), -1) * mass_kg * gravity,
        "told": told,
    }


def _strike_phase(phase: FloatArray, vertical_bw: FloatArray) -> float:
    """Phase at which the foot comes down: where the longest time on the ground begins."""
    on = vertical_bw[:-1] > _CONTACT_BW
    begins = np.flatnonzero(on & ~np.roll(on, 1))
    if not len(begins):
        raise InputError("The donor's gait is no walk: a foot stays on or off the ground.")
    lengths = [int(np.argmin(np.roll(on, -int(k)))) for k in begins]
    return float(phase[int(begins[int(np.argmax(lengths))])])
