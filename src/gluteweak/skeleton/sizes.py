"""How much a walker's segments are larger than those of the generic model that bones were drawn for.

The distance between a segment's joints tells its length. Where joints tell nothing about a direction (the width of a
thigh bone), the mean of what is known about the segment stands in.
"""

from __future__ import annotations

import numpy as np

from gluteweak.skeleton import stylised
from gluteweak.skeleton.posed import FloatArray, Posed

#: Offsets of generic joints smaller than this say nothing about a direction.
_TELLING_M = 0.03
#: A walker whose segment is further off than this has other body axes: its bones are not stretched.
_CREDIBLE = (0.4, 2.5)

#: Body without side -> children whose joint centres span it, with the generic offset (m) in the body's axes.
_SPANS: dict[str, dict[str, tuple[float, float, float]]] = {
    "pelvis": {"femur": stylised.HIP},
    "femur": {"tibia": stylised.KNEE},
    "tibia": {"talus": stylised.ANKLE},
    "calcn": {"toes": stylised.TOES},
    "torso": {"humerus": stylised.SHOULDER},
    "humerus": {"ulna": stylised.ELBOW},
    "radius": {"hand": stylised.WRIST},
}
#: Bodies without joints of their own to measure by take the size of a neighbour.
_LIKE = {"patella": "femur", "talus": "calcn", "toes": "calcn", "ulna": "radius", "hand": "radius"}


def side_of(body: str) -> tuple[str, str]:
    """A body's name without its side, and the side's suffix (empty in the middle)."""
    return (body[:-2], body[-2:]) if body.endswith(("_r", "_l")) else (body, "")


def sizes(posed: Posed) -> dict[str, FloatArray]:
    """Body -> factors (3,) along its axes against the generic bones; 1 where nothing is known."""
    found = {body: measured for body in posed.body if (measured := _measured(posed, body)) is not None}
    result = {}
    for body in posed.body:
        name, suffix = side_of(body)
        like = _LIKE.get(name, name) + suffix
        result[body] = found.get(body, found.get(like, np.ones(3)))
    return result


def _measured(posed: Posed, body: str) -> FloatArray | None:
    name, suffix = side_of(body)
    for child, generic in _SPANS.get(name, {}).items():
        # A pelvis or torso is measured by its right side: bones of both are mirror images.
        offset = _offset(posed, body, child + (suffix or "_r"))
        if offset is None:
            continue
        mirrored = np.array(generic) * [1.0, 1.0, -1.0 if suffix == "_l" else 1.0]
        telling = np.abs(mirrored) > _TELLING_M
        ratio = offset[telling] / mirrored[telling]
        if np.all((ratio > _CREDIBLE[0]) & (ratio < _CREDIBLE[1])):
            factors = np.full(3, float(np.exp(np.log(ratio).mean())))
            factors[telling] = ratio
            return factors
    return None


def _offset(posed: Posed, body: str, child: str) -> FloatArray | None:
    """Where the child's joint centre lies in the body, (3,): at the instant at which it is furthest away."""
    if child not in posed.body or child not in posed.joint_child:
        return None
    count = len(posed.instant_s)
    seen = []
    for instant in range(0, count, max(1, count // 20)):
        rotation, origin = posed.frame(body, instant)
        center = posed.joint_in_ground(child, instant)
        if center is not None:
            seen.append(rotation.T @ (center - origin))
    return max(seen, key=lambda offset: float(np.linalg.norm(offset)))
