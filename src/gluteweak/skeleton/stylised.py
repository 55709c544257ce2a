"""Clean stylised bones for a body of generic size, in the axes of the Rajagopal model's bodies.

Shapes are drawn by hand from the joint centres and the outlines that anatomy books show; they look like bones and
measure nothing. A walker's bones are these, stretched to its segments (`gluteweak.skeleton.sizes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from gluteweak.skeleton.shapes import FloatArray, Mesh, ellipsoid, join, plate, smooth, tube

#: Joint centres of the generic model in their parent bodies, right side (m); from the offsets in the model files.
HIP = (-0.0563, -0.0785, 0.0773)
KNEE = (0.0, -0.4044, -0.0013)
ANKLE = (-0.010, -0.400, 0.0)
TOES = (0.1788, -0.0020, 0.0011)
SHOULDER = (0.0032, 0.3715, 0.1700)
ELBOW = (0.0131, -0.2863, -0.0096)
WRIST = (-0.0088, -0.2358, 0.0136)


def _shaft(start: tuple[float, ...], end: tuple[float, ...], radii: tuple[float, ...], bow_m: float = 0.0) -> Mesh:
    """A long bone: radii at equal steps from start to end; bowed forward (x) in its middle."""
    share = np.linspace(0.0, 1.0, 15)
    points = np.outer(1.0 - share, start) + np.outer(share, end)
    points[:, 0] += bow_m * np.sin(np.pi * share)
    radius = np.interp(share, np.linspace(0.0, 1.0, len(radii)), radii)
    return tube(points, radius)


def pelvis() -> Mesh:
    """Both hip bones and the sacrum."""
    crest = smooth(
        [(-0.004, -0.004, 0.122), (-0.028, 0.046, 0.128), (-0.070, 0.078, 0.114), (-0.128, 0.040, 0.046)], 12
    )
    rim = smooth(
        [(-0.030, -0.050, 0.078), (-0.052, -0.042, 0.068), (-0.080, -0.030, 0.056), (-0.122, -0.014, 0.036)], 12
    )
    hip = np.array(HIP)
    pubis = np.array([-0.012, -0.098, 0.010])
    sit = np.array([-0.078, -0.132, 0.058])
    half = join(
        [
            plate(crest, rim, 0.010),
            tube(crest, np.interp(np.linspace(0, 1, 12), [0, 0.5, 1], [0.009, 0.007, 0.011])),
            ellipsoid(np.add(hip, (0.0, 0.004, -0.006)), (0.032, 0.034, 0.030)),
            tube(
                smooth([np.add(hip, (0.012, -0.002, -0.010)), [-0.022, -0.078, 0.045], pubis], 8),
                [0.014] * 4 + [0.010] * 4,
            ),
            tube(
                smooth([np.add(hip, (-0.012, -0.014, -0.008)), [-0.074, -0.108, 0.064], sit], 7),
                np.linspace(0.019, 0.016, 7),
            ),
            tube(smooth([sit, [-0.046, -0.128, 0.036], np.add(pubis, (-0.002, -0.018, 0.002))], 7), 0.009),
            tube([np.add(rim[0], (0.0, 0.004, 0.002)), np.add(hip, (0.004, 0.018, -0.004))], 0.020),
        ]
    )
    back = smooth([(-0.098, 0.062, 0.0), (-0.122, 0.030, 0.0), (-0.142, -0.010, 0.0), (-0.128, -0.058, 0.0)], 9)
    sacrum = tube(back, np.linspace(0.046, 0.012, 9), flat=0.42)
    symphysis = ellipsoid((-0.012, -0.104, 0.0), (0.010, 0.018, 0.012))
    return join([half, half.mirrored(), sacrum, symphysis])


def femur() -> Mesh:
    """Thigh bone: head, neck, great trochanter, bowed shaft, condyles."""
    return join(
        [
            ellipsoid((0.0, 0.0, 0.0), (0.024, 0.024, 0.024)),
            tube([(-0.002, -0.004, 0.006), (-0.010, -0.020, 0.034)], [0.017, 0.019]),
            ellipsoid((-0.014, -0.012, 0.048), (0.017, 0.026, 0.015)),
            _shaft(
                (-0.010, -0.028, 0.042),
                (-0.003, -0.385, 0.002),
                (0.021, 0.0165, 0.0145, 0.0140, 0.0140, 0.0150, 0.0180, 0.0260, 0.0330),
                bow_m=0.014,
            ),
            ellipsoid((-0.006, -0.398, 0.024), (0.030, 0.026, 0.017)),
            ellipsoid((-0.006, -0.400, -0.022), (0.030, 0.027, 0.017)),
        ]
    )


def tibia() -> Mesh:
    """Shin bone with its plateau and inner ankle, and the fibula beside it."""
    return join(
        [
            ellipsoid((-0.005, -0.034, 0.000), (0.028, 0.017, 0.038)),
            _shaft(
                (-0.003, -0.040, 0.0),
                (-0.008, -0.376, -0.006),
                (0.029, 0.0200, 0.0150, 0.0130, 0.0120, 0.0115, 0.0120, 0.0140, 0.0200),
                bow_m=0.006,
            ),
            ellipsoid((0.020, -0.070, 0.0), (0.010, 0.018, 0.010)),
            ellipsoid((-0.004, -0.392, -0.022), (0.011, 0.017, 0.009)),
            ellipsoid((-0.022, -0.062, 0.036), (0.010, 0.014, 0.010)),
            _shaft(
                (-0.022, -0.066, 0.036), (-0.016, -0.384, 0.026), (0.008, 0.006, 0.0055, 0.0055, 0.006, 0.007, 0.009)
            ),
            ellipsoid((-0.016, -0.396, 0.026), (0.010, 0.020, 0.008)),
        ]
    )


def patella() -> Mesh:
    """Kneecap."""
    return ellipsoid((0.004, 0.026, 0.0), (0.011, 0.024, 0.022))


def talus() -> Mesh:
    """Ankle bone."""
    return ellipsoid((0.004, -0.002, 0.0), (0.026, 0.017, 0.018))


def calcaneus() -> Mesh:
    """Heel bone and the middle of the foot."""
    parts = [
        ellipsoid((0.014, 0.014, -0.002), (0.028, 0.020, 0.018)),
        tube(
            smooth([(0.020, 0.016, -0.001), (0.058, 0.026, -0.002), (0.090, 0.026, -0.004)], 7),
            [0.018, 0.019, 0.021, 0.022, 0.022, 0.021, 0.019],
        ),
    ]
    for z_start, z_end, x_end in (
        (-0.020, -0.028, 0.186),
        (-0.010, -0.010, 0.188),
        (0.002, 0.008, 0.180),
        (0.012, 0.026, 0.168),
    ):
        line = smooth([(0.090, 0.024, z_start), (0.135, 0.018, 0.5 * (z_start + z_end)), (x_end, 0.004, z_end)], 7)
        parts.append(tube(line, [0.010, 0.008, 0.007, 0.0065, 0.007, 0.008, 0.009], sides=8))
    return join(parts)


def toes() -> Mesh:
    """All toes."""
    parts = []
    for z, start, end, radius in (
        (-0.028, 0.010, 0.052, 0.0095),
        (-0.010, 0.012, 0.050, 0.007),
        (0.008, 0.006, 0.044, 0.0065),
        (0.026, -0.004, 0.030, 0.006),
    ):
        parts.append(tube([(start, 0.005, z), (0.5 * (start + end), 0.004, z), (end, 0.002, z)], radius, sides=8))
    return join(parts)


def torso() -> Mesh:
    """Spine, rib cage, shoulder girdle and head, arms left out."""
    spine = smooth(
        [
            (0.0, 0.0, 0.0),
            (0.018, 0.070, 0.0),
            (0.004, 0.150, 0.0),
            (-0.040, 0.250, 0.0),
            (-0.050, 0.340, 0.0),
            (-0.022, 0.420, 0.0),
            (-0.014, 0.500, 0.0),
        ],
        29,
    )
    beads = 0.0145 + 0.0045 * np.cos(np.arange(29) * np.pi)
    parts = [tube(spine, beads * np.linspace(1.25, 0.85, 29))]
    parts += _ribs(spine)
    parts.append(tube(smooth([(0.058, 0.345, 0.0), (0.082, 0.270, 0.0), (0.090, 0.200, 0.0)], 7), 0.014, flat=0.5))
    parts += [
        ellipsoid((0.000, 0.588, 0.0), (0.092, 0.078, 0.072), rings=12, sides=18),
        ellipsoid((0.046, 0.520, 0.0), (0.042, 0.046, 0.046), rings=10, sides=14),
        shoulders(),
    ]
    return join(parts)


def shoulders() -> Mesh:
    """Collar bones and shoulder blades of both sides."""
    parts = []
    for side in (1.0, -1.0):
        acromion = np.array(SHOULDER) * [1.0, 1.0, side]
        end = np.add(acromion, (0.0, 0.014, -0.012 * side))
        collar = smooth([(0.056, 0.350, 0.012 * side), (0.050, 0.372, 0.080 * side), end], 9)
        spine = [
            np.add(acromion, (-0.012, 0.006, -0.008 * side)),
            [-0.070, 0.352, 0.120 * side],
            [-0.100, 0.330, 0.072 * side],
        ]
        inner = smooth([(-0.098, 0.352, 0.070 * side), (-0.110, 0.290, 0.074 * side), (-0.104, 0.215, 0.090 * side)], 6)
        outer = smooth([(-0.030, 0.352, 0.148 * side), (-0.066, 0.290, 0.132 * side), (-0.103, 0.212, 0.092 * side)], 6)
        parts += [
            tube(collar, 0.0075, sides=8),
            tube(spine, [0.010, 0.008, 0.006], sides=8),
            plate(inner, outer, 0.006),
        ]
    return join(parts)


def _ribs(spine: FloatArray) -> list[Mesh]:
    """Hoops from the spine forward and down to the breast bone, or free in front (the lowest)."""
    parts = []
    turn = np.linspace(-np.pi, np.pi, 25)
    for k, (height, width, depth) in enumerate(
        (
            (0.372, 0.070, 0.058),
            (0.340, 0.098, 0.074),
            (0.305, 0.116, 0.085),
            (0.268, 0.127, 0.093),
            (0.230, 0.133, 0.097),
            (0.192, 0.133, 0.096),
            (0.156, 0.126, 0.090),
        )
    ):
        behind = spine[int(np.argmin(np.abs(spine[:, 1] - height)))]
        center = behind[0] + depth
        slope = 0.42
        for side in (1.0, -1.0):
            half = turn[(turn >= 0.0)][: 13 - 3 * (k > 5)]
            line = np.stack(
                [
                    center - depth * np.cos(half),
                    height - slope * depth * (1.0 - np.cos(half)) * 0.5 - 0.02 * np.sin(half),
                    side * width * np.sin(half),
                ],
                axis=-1,
            )
            parts.append(tube(line, 0.0055, sides=6))
    return parts


def humerus() -> Mesh:
    """Upper arm bone."""
    return join(
        [
            ellipsoid((0.0, 0.0, 0.0), (0.022, 0.022, 0.022)),
            _shaft(
                (0.0, -0.010, 0.002), (0.0125, -0.280, -0.009), (0.019, 0.013, 0.0105, 0.010, 0.0105, 0.0125, 0.020)
            ),
            tube([(0.012, -0.286, -0.030), (0.012, -0.286, 0.016)], 0.013),
        ]
    )


def ulna() -> Mesh:
    """Inner forearm bone with the elbow's tip."""
    return join(
        [
            ellipsoid((-0.012, 0.002, 0.0), (0.013, 0.017, 0.012)),
            _shaft((-0.008, -0.004, 0.0), (-0.018, -0.238, 0.040), (0.012, 0.009, 0.0075, 0.0065, 0.006, 0.007)),
        ]
    )


def radius() -> Mesh:
    """Outer forearm bone."""
    return _shaft((0.0, 0.0, 0.0), (-0.006, -0.228, 0.012), (0.010, 0.0075, 0.007, 0.0075, 0.009, 0.015))


def hand() -> Mesh:
    """Hand, fingers together."""
    parts = [tube([(0.0, -0.006, 0.0), (0.0, -0.050, 0.0), (0.0, -0.082, 0.0)], [0.020, 0.028, 0.030], flat=0.42)]
    for k, (x, length) in enumerate(((-0.024, 0.060), (-0.008, 0.072), (0.008, 0.070), (0.024, 0.054))):
        parts.append(tube([(x, -0.086, 0.0), (x * 1.05, -0.086 - length, 0.004 * (k % 2))], 0.0065, sides=8))
    parts.append(tube([(0.026, -0.030, 0.008), (0.044, -0.070, 0.018)], 0.008, sides=8))
    return join(parts)


#: Body name without its side -> its bones, right side or middle.
BONES: Mapping[str, Callable[[], Mesh]] = {
    "pelvis": pelvis,
    "femur": femur,
    "tibia": tibia,
    "patella": patella,
    "talus": talus,
    "calcn": calcaneus,
    "toes": toes,
    "torso": torso,
    "humerus": humerus,
    "ulna": ulna,
    "radius": radius,
    "hand": hand,
}
