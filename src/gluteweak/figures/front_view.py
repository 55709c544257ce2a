"""A walker seen from the front, drawn from the angles of a sweep: healthy as an outline, weak as a body with its bones.

Angles are the simulation's; lengths and shapes are those of a drawing (body height 100), alike for every walker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from gluteweak.comparison.reading import Sweep, Walk, read_rows

FloatArray = NDArray[np.float64]

#: Curves that a drawing needs.
ANGLES = (
    "pelvic_drop_deg",
    "trunk_lean_deg",
    "femoral_adduction_deg",
    "knee_frontal_projection_deg",
    "knee_flexion_deg",
)
#: Half a cycle lies between the same instant of the two sides' cycles.
_HALF_CYCLE_PCT = 50.0

# Lengths of the drawing, in hundredths of body height (after Drillis and Contini's proportions, rounded).
_THIGH, _SHANK, _ANKLE, _TRUNK, _HEAD = 24.5, 24.0, 4.5, 30.0, 5.6
_HIP_WIDTH, _SHOULDER_WIDTH = 11.5, 23.0


@dataclass(frozen=True)
class Pose:
    """Points in the frontal plane, x to the viewer's right, (2,) each; ``side`` is +1 where the left leg stands.

    The walker looks at the viewer: a right leg is on the viewer's left.
    """

    side: float
    pelvis: FloatArray
    stance_hip: FloatArray
    swing_hip: FloatArray
    stance_knee: FloatArray
    stance_ankle: FloatArray
    swing_knee: FloatArray
    swing_ankle: FloatArray
    neck: FloatArray
    drop_rad: float
    lean_rad: float


def instant_pct(sweep: Sweep, healthy: Walk, side: str) -> float:
    """When the healthy hip abductors work hardest: the peak of their moment in stance, in % of the cycle."""
    row = sweep.side.index(side)
    moment = read_rows(sweep, "hip_abduction_moment_nm_kg", [healthy])[0][row]
    foot_off = float(read_rows(sweep, "foot_off_pct", [healthy])[0][row])
    pct = np.asarray(sweep.values["gait_cycle_pct"])
    return float(pct[int(np.argmax(np.where(pct <= foot_off, moment, -np.inf)))])


def read_pose(sweep: Sweep, walk: Walk, side: str, at_pct: float) -> Pose:
    """The pose of a scenario at an instant of one side's cycle.

    Raises
    ------
    InputError
        If the file lacks an angle.
    """
    row = sweep.side.index(side)
    pct = np.asarray(sweep.values["gait_cycle_pct"])
    curves = {name: read_rows(sweep, name, [walk])[0] for name in ANGLES}

    def at(name: str, side_row: int, when: float) -> float:
        return float(np.interp(when % 100.0, pct, curves[name][side_row]))

    swing = (at_pct + _HALF_CYCLE_PCT) % 100.0
    own = {name: at(name, row, at_pct) for name in ANGLES}
    other = {name: at(name, 1 - row, swing) for name in ANGLES}
    return pose(
        side=1.0 if side == "left" else -1.0,
        drop_deg=own["pelvic_drop_deg"],
        lean_deg=own["trunk_lean_deg"],
        stance=(own["femoral_adduction_deg"], own["knee_frontal_projection_deg"], 0.0),
        swing=(other["femoral_adduction_deg"], other["knee_frontal_projection_deg"], other["knee_flexion_deg"]),
    )


def pose(
    *,
    side: float,
    drop_deg: float,
    lean_deg: float,
    stance: tuple[float, float, float],
    swing: tuple[float, float, float],
) -> Pose:
    """Points of the drawing from angles; the stance ankle is the origin.

    Parameters
    ----------
    side : float
        +1 if the stance leg is the left one (viewer's right), -1 if it is the right one.
    drop_deg, lean_deg : float
        Pelvis lower on the swing side, and trunk towards the stance side, positive.
    stance, swing : (femoral adduction, knee projection, knee flexion) in deg
        Knee nearer the midline, and knee medial of the line from hip to ankle, positive; flexion shortens the shank
        to what is seen of it from the front.
    """
    drop, lean = np.radians(drop_deg), np.radians(lean_deg)
    knee_up, hip_up = _leg(side, stance)
    ankle = np.array([0.0, _ANKLE])
    knee = ankle + knee_up
    hip = knee + hip_up
    across = _HIP_WIDTH * np.array([side * np.cos(drop), np.sin(drop)])
    swing_hip = hip - across
    swing_knee_up, swing_hip_up = _leg(-side, swing)
    swing_knee = swing_hip - swing_hip_up
    pelvis = hip - across / 2.0
    return Pose(
        side=side,
        pelvis=pelvis,
        stance_hip=hip,
        swing_hip=swing_hip,
        stance_knee=knee,
        stance_ankle=ankle,
        swing_knee=swing_knee,
        swing_ankle=swing_knee - swing_knee_up,
        neck=pelvis + _TRUNK * np.array([side * np.sin(lean), np.cos(lean)]),
        drop_rad=float(drop),
        lean_rad=float(lean),
    )


def _leg(side: float, angles: tuple[float, float, float]) -> tuple[FloatArray, FloatArray]:
    """Ankle to knee, and knee to hip."""
    adduction, projection, flexion = np.radians(angles)
    # A knee that lies medial of the line hip-ankle turns the shank outward by the projection angle.
    shank = adduction - projection
    seen = _SHANK * float(np.cos(flexion))
    return (
        seen * np.array([side * np.sin(shank), np.cos(shank)]),
        _THIGH * np.array([side * np.sin(adduction), np.cos(adduction)]),
    )


class Drawing:
    """Draws poses into axes whose unit is a millimetre; ``origin`` is where the stance ankle's ground point goes."""

    def __init__(self, axes: Axes, origin: tuple[float, float], height_mm: float, zorder: float = 2.0) -> None:
        self.axes = axes
        self.origin = np.array(origin)
        self.scale = height_mm / 100.0
        self.zorder = zorder

    def _at(self, point: FloatArray) -> tuple[float, float]:
        x, y = self.place(point)
        return float(x), float(y)

    def place(self, point: FloatArray) -> FloatArray:
        """A point of a pose in the axes."""
        return np.asarray(self.origin + self.scale * np.asarray(point), dtype=np.float64)

    def body(self, found: Pose, *, fill: str = "#DCE3EA", edge: str = "#DCE3EA") -> None:
        """The silhouette: swing leg behind, then trunk, head and arms, then the stance leg."""
        look = {"facecolor": fill, "edgecolor": edge, "linewidth": 0.6}
        self._limb(found.swing_hip - np.array([1.6 * found.side, 0.0]), found.swing_knee, 10.4, 6.4, look)
        self._limb(found.swing_knee, found.swing_ankle, 6.4, 3.6, look)
        self._foot(found.swing_ankle, -found.side, look)
        self._torso(found, look)
        self._limb(found.stance_hip + np.array([1.6 * found.side, 0.0]), found.stance_knee, 10.8, 6.8, look)
        self._limb(found.stance_knee, found.stance_ankle, 6.8, 3.8, look)
        self._foot(found.stance_ankle, found.side, look)

    def bones(self, found: Pose, *, fill: str = "#FFFDF6", edge: str = "#6F675B") -> None:
        """Pelvis, femurs, shins, kneecaps and spine."""
        look = {"facecolor": fill, "edgecolor": edge, "linewidth": 0.7}
        for hip, knee, ankle, side in (
            (found.swing_hip, found.swing_knee, found.swing_ankle, -found.side),
            (found.stance_hip, found.stance_knee, found.stance_ankle, found.side),
        ):
            self._limb(knee, ankle, 2.4, 1.5, look)
            neck = self._trochanter(hip, side)
            self._limb(hip, neck, 1.7, 1.9, look)
            self._limb(neck, knee, 2.0, 2.6, look)
            self._limb(hip, hip + np.array([0.01, 0.0]), 2.8, 2.8, look)
        self._smooth(self._in_pelvis(found, _PELVIS), look)
        self._spine(found, look)
        for knee in (found.swing_knee, found.stance_knee):
            self._circle(knee, 1.5, {**look, "linewidth": 0.8})

    def gluteus(self, found: Pose, strength: float, colour: str = "#B3261E") -> FloatArray:
        """The stance side's gluteus medius, paler the weaker; returns its middle in the axes."""
        crest = self._in_pelvis(found, [(side * found.side, y) for side, y in _CREST])
        trochanter = self._trochanter(found.stance_hip, found.side)
        fan = np.array([*crest, trochanter + np.array([0.4 * found.side, 0.8]), trochanter - np.array([0.0, 0.9])])
        patch = self._smooth(fan, {"facecolor": "white", "edgecolor": colour, "linewidth": 0.9}, sharp=True)
        patch.set_facecolor((*_rgb(colour), 0.12 + 0.78 * float(np.clip(strength, 0.0, 1.0))))
        if strength < 1.0:
            patch.set_linestyle((0, (2.2, 1.1)))
        return self.place(fan.mean(axis=0))

    def band(self, found: Pose, colour: str = "#C98A00", *, dashed: bool = False) -> FloatArray:
        """The stance side's iliotibial band; returns its lower end in the axes."""
        start = self._in_pelvis(found, [(9.3 * found.side, 6.4)])[0]
        middle = self._trochanter(found.stance_hip, found.side) + np.array([1.5 * found.side, -0.8])
        end = found.stance_knee + np.array([2.4 * found.side, -3.0])
        line = np.array([self.place(p) for p in (start, middle, end)])
        self.axes.plot(
            line[:, 0],
            line[:, 1],
            color=colour,
            linewidth=1.7,
            linestyle=(0, (2.2, 1.1)) if dashed else "-",
            zorder=self.zorder + 0.3,
            solid_joinstyle="round",
        )
        return np.asarray(line[-1], dtype=np.float64)

    def outline(self, found: Pose, colour: str = "black") -> None:
        """A healthy walk for comparison: axes of trunk, pelvis and stance leg, dashed, with a ring for the head."""
        look: dict[str, Any] = {
            "color": colour,
            "linewidth": 0.9,
            "linestyle": (0, (3, 1.6)),
            "zorder": self.zorder + 0.6,
        }
        reach = 0.5 * (found.stance_hip - found.swing_hip)
        for points in (
            (found.pelvis, found.neck),
            (found.swing_hip - 0.25 * reach, found.stance_hip + 0.25 * reach),
            (found.stance_hip, found.stance_knee, found.stance_ankle),
        ):
            line = np.array([self.place(p) for p in points])
            self.axes.plot(line[:, 0], line[:, 1], **look)
        ring = Circle(self._at(self._head(found)), _HEAD * self.scale, fill=False, zorder=look["zorder"])
        ring.set(edgecolor=colour, linewidth=0.9, linestyle=(0, (3, 1.6)))
        self.axes.add_patch(ring)

    def axis_line(self, points: Sequence[FloatArray], colour: str) -> None:
        """A solid line through points of a pose, drawn over the body."""
        line = np.array([self.place(p) for p in points])
        self.axes.plot(line[:, 0], line[:, 1], color=colour, linewidth=1.3, zorder=self.zorder + 0.7)

    def _head(self, found: Pose) -> FloatArray:
        along = (found.neck - found.pelvis) / _TRUNK
        return np.asarray(found.neck + (_HEAD + 3.2) * along, dtype=np.float64)

    def _torso(self, found: Pose, look: dict[str, Any]) -> None:
        along = (found.neck - found.pelvis) / _TRUNK
        across = np.array([along[1], -along[0]])
        half = _SHOULDER_WIDTH / 2.0
        left, right = (found.neck + s * half * across - 1.5 * along for s in (-1.0, 1.0))
        for shoulder, s in ((left, -1.0), (right, 1.0)):
            elbow = shoulder + np.array([s * 2.6, -16.0])
            self._limb(shoulder + s * 0.2 * across, elbow, 4.6, 3.6, look)
            self._limb(elbow, elbow + np.array([-s * 0.6, -14.0]), 3.6, 2.4, look)
        hips = self._in_pelvis(found, [(-9.8, -3.0), (-10.4, 5.0)]), self._in_pelvis(found, [(10.4, 5.0), (9.8, -3.0)])
        waist = [found.pelvis + 12.0 * along + s * 8.6 * across for s in (-1.0, 1.0)]
        chest = [found.neck - 9.0 * along + s * 10.0 * across for s in (-1.0, 1.0)]
        crotch = self._in_pelvis(found, [(3.0, -7.0), (-3.0, -7.0)])
        shape = np.array([*hips[0], waist[0], chest[0], left, found.neck, right, chest[1], waist[1], *hips[1], *crotch])
        self._limb(found.neck - 2.0 * along, found.neck + 4.0 * along, 4.0, 3.6, look)
        self._smooth(shape, look)
        self._circle(self._head(found), _HEAD, look)

    def _spine(self, found: Pose, look: dict[str, Any]) -> None:
        base = self._in_pelvis(found, [(0.0, 4.0)])[0]
        for share in np.linspace(0.05, 0.97, 11):
            self._circle(base + share * (found.neck - base), 1.05, look)

    def _trochanter(self, hip: FloatArray, side: float) -> FloatArray:
        return np.asarray(hip + np.array([3.3 * side, -1.9]), dtype=np.float64)

    def _in_pelvis(self, found: Pose, points: Sequence[tuple[float, float]]) -> FloatArray:
        """Points given in the pelvis (x to the viewer's right, y up) as points of the pose."""
        turn = found.side * found.drop_rad
        cos, sin = np.cos(turn), np.sin(turn)
        return np.array([found.pelvis + np.array([x * cos - y * sin, x * sin + y * cos]) for x, y in points])

    def _foot(self, ankle: FloatArray, side: float, look: dict[str, Any]) -> None:
        shape = ankle + np.array([(-1.7, 0.4), (1.7, 0.4), (2.3 + 0.8 * side, -4.3), (-2.3 + 0.8 * side, -4.3)])
        self._smooth(shape, look, sharp=True)

    def _limb(self, start: FloatArray, end: FloatArray, wide: float, narrow: float, look: dict[str, Any]) -> None:
        """A capsule that tapers from one width to another."""
        along = np.asarray(end) - np.asarray(start)
        angle = float(np.arctan2(along[1], along[0]))
        turn = np.linspace(np.pi / 2.0, 1.5 * np.pi, 12)
        first = np.asarray(start) + wide / 2.0 * np.stack([np.cos(turn + angle), np.sin(turn + angle)], axis=1)
        turn = turn + np.pi
        last = np.asarray(end) + narrow / 2.0 * np.stack([np.cos(turn + angle), np.sin(turn + angle)], axis=1)
        self._polygon(np.concatenate([first, last]), look)

    def _smooth(self, points: FloatArray, look: dict[str, Any], *, sharp: bool = False) -> PathPatch:
        """A closed outline with rounded corners; ``sharp`` keeps it close to its corners."""
        corners = np.asarray(points)
        if sharp:
            before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
            corners = np.stack([0.72 * corners + 0.28 * before, 0.72 * corners + 0.28 * after], axis=1).reshape(-1, 2)
        middles = (corners + np.roll(corners, -1, axis=0)) / 2.0
        vertices = [middles[-1]]
        for corner, middle in zip(corners, middles, strict=True):
            vertices += [corner, middle]
        codes = [Outline.MOVETO, *([Outline.CURVE3] * (2 * len(corners)))]
        patch = PathPatch(Outline(np.array([self.place(v) for v in vertices]), codes), zorder=self.zorder, **look)
        self.axes.add_patch(patch)
        return patch

    def _polygon(self, points: FloatArray, look: dict[str, Any]) -> None:
        placed = np.array([self.place(p) for p in points])
        self.axes.add_patch(PathPatch(Outline(placed, closed=False), zorder=self.zorder, **look))

    def _circle(self, middle: FloatArray, radius: float, look: dict[str, Any]) -> None:
        self.axes.add_patch(Circle(self._at(middle), radius * self.scale, zorder=self.zorder, **look))


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))  # type: ignore[return-value]


#: The pelvis from the front, x to the viewer's right.
_PELVIS = (
    *((-5.6, -2.4), (-6.9, 0.4), (-6.6, 2.8), (-8.9, 7.0), (-7.6, 9.4), (-4.2, 7.0), (-1.9, 4.8), (0.0, 5.6)),
    *((1.9, 4.8), (4.2, 7.0), (7.6, 9.4), (8.9, 7.0), (6.6, 2.8), (6.9, 0.4), (5.6, -2.4), (2.4, -5.0)),
    *((0.0, -3.2), (-2.4, -5.0)),
)
#: Where the gluteus medius comes from, on the side of the positive sign.
_CREST = ((4.6, 8.0), (7.6, 9.9), (9.6, 7.6))
