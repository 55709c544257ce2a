"""A walker as flat polygons: bones and muscles seen from one direction, sorted from back to front, shaded.

Painting surfaces in the order of their depth needs no graphics card and no window, and goes into any matplotlib figure.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from numpy.typing import NDArray

from gluteweak.skeleton.posed import Posed
from gluteweak.skeleton.shapes import Mesh

FloatArray = NDArray[np.float64]

BONE = np.array([0.93, 0.90, 0.83])
#: Muscles from slack to the largest force: pale to dark, so that the order survives a grey printer.
MUSCLE_COLOURS = LinearSegmentedColormap.from_list(
    "muscle force", ["#f2c7b2", "#e98d6c", "#cf4446", "#97205a", "#4d0d4f"]
)
_AMBIENT, _DIFFUSE = 0.50, 0.58
_LIGHT = np.array([-0.35, 0.65, 0.70])
#: Muscles lie on bones; this much nearer to the eye they are not swallowed by a coarse surface.
_IN_FRONT_M = 0.012
#: Half the width of a drawn muscle: slack, and what full force adds (m).
_SLACK_M, _TENSE_M = 0.0018, 0.0115
_PIECES = 6
#: Edge of muscles that lost strength, and how far it stands out (m).
WEAK_EDGE = "#007a87"
_EDGE_M = 0.0034


@dataclass(frozen=True)
class View:
    """Directions in ground axes: rightwards and upwards in the picture, and towards the eye."""

    right: FloatArray
    up: FloatArray
    eye: FloatArray

    def flat(self, points: FloatArray) -> FloatArray:
        """Places (n, 2) in the picture of points (n, 3)."""
        return np.stack([points @ self.right, points @ self.up], axis=-1)


def view(azimuth_deg: float, elevation_deg: float = 0.0) -> View:
    """Seen from a direction: 0 from the front, 90 from the walker's right, 180 from behind."""
    a, e = np.radians([azimuth_deg, elevation_deg])
    level = np.array([np.cos(a), 0.0, np.sin(a)])
    eye = np.cos(e) * level + np.array([0.0, np.sin(e), 0.0])
    right = np.array([np.sin(a), 0.0, -np.cos(a)])
    return View(right, np.cross(eye, right), eye)


FRONT, RIGHT_SIDE = view(0.0), view(90.0)


@dataclass(frozen=True)
class Polygons:
    """Flat triangles from back to front: corners (n, 3, 2) and colours (n, 3)."""

    corners: FloatArray
    colour: FloatArray


def muscle_norm(posed: list[Posed]) -> Normalize:
    """One scale of forces for all walkers of a picture: from 0 to what nine in ten muscles never pass (calves do)."""
    peaks = np.concatenate([p.tension_n.max(axis=0) for p in posed])
    return Normalize(0.0, max(100.0, np.ceil(float(np.quantile(peaks, 0.9)) / 100.0) * 100.0), clip=True)


def normals(mesh: Mesh) -> FloatArray:
    """Directions (m, 3) in which faces look, evened out over neighbours: the surface looks smooth."""
    triangle = mesh.vertices[mesh.faces]
    flat = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
    at_vertex = np.zeros_like(mesh.vertices)
    for corner in range(3):
        np.add.at(at_vertex, mesh.faces[:, corner], flat)
    mean = at_vertex[mesh.faces].sum(axis=1)
    size = np.linalg.norm(mean, axis=1, keepdims=True)
    result: FloatArray = mean / np.maximum(size, 1e-12)
    return result


@dataclass(frozen=True)
class Model:
    """Bones ready to be drawn: meshes by body and the directions of their faces."""

    mesh: Mapping[str, Mesh]
    normal: Mapping[str, FloatArray]

    @classmethod
    def of(cls, mesh: Mapping[str, Mesh]) -> Model:
        """Prepare meshes once for many pictures."""
        return cls(mesh, {body: normals(m) for body, m in mesh.items()})


def polygons(
    posed: Posed,
    model: Model,
    instant: int,
    seen: View,
    norm: Normalize | None,
    *,
    colour: FloatArray = BONE,
    center_m: FloatArray | None = None,
    marked: NDArray[np.bool_] | None = None,
) -> Polygons:
    """Everything of a walker that faces the eye, from back to front.

    Parameters
    ----------
    posed, model, instant
        Who, its bones, and when.
    seen
        From where.
    norm
        Scale of muscle forces; None leaves the muscles out.
    colour
        Of the bones.
    center_m : (3,)
        What comes to the origin of the picture; ground's origin if left out.
    marked : (muscle,)
        Muscles to draw with an edge; none if left out.
    """
    center = np.zeros(3) if center_m is None else center_m
    edges = np.zeros(len(posed.muscle), dtype=bool) if marked is None else marked
    light = _LIGHT[0] * seen.right + _LIGHT[1] * seen.up + _LIGHT[2] * seen.eye
    light /= np.linalg.norm(light)
    corners, depths, colours = [], [], []
    rotation = posed.rotation(instant)
    for body, mesh in model.mesh.items():
        index = posed.body.index(body)
        at = mesh.vertices @ rotation[index].T + (posed.origin_m[index, instant] - center)
        triangle = at[mesh.faces]
        facing = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0]) @ seen.eye > 0.0
        triangle = triangle[facing]
        lit = (model.normal[body][facing] @ rotation[index].T) @ light
        corners.append(seen.flat(triangle))
        depths.append((triangle @ seen.eye).mean(axis=1))
        colours.append(colour * (_AMBIENT + _DIFFUSE * np.clip(lit, 0.0, 1.0))[:, None])
    if norm is not None:
        for part, depth, tint in _muscles(posed, instant, seen, norm, center, edges):
            corners.append(part)
            depths.append(depth)
            colours.append(tint)
    order = np.argsort(np.concatenate(depths), kind="stable")
    return Polygons(np.concatenate(corners)[order], np.clip(np.concatenate(colours)[order], 0.0, 1.0))


def _muscles(
    posed: Posed, instant: int, seen: View, norm: Normalize, center: FloatArray, marked: NDArray[np.bool_]
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """Ribbons that face the eye, wider and darker with force: corners (n, 3, 2), depths (n,), colours (n, 3)."""
    ribbons = []
    for index, path in enumerate(posed.paths(instant)):
        if len(path) < 2:
            continue
        share = float(norm(posed.tension_n[instant, index]))
        line = _finer(path - center)
        flat, depth = seen.flat(line), line @ seen.eye + _IN_FRONT_M
        along = np.gradient(flat, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        # A belly in the middle, thin tendons at the ends.
        run = np.linspace(0.0, 1.0, len(line))
        half = (_SLACK_M + _TENSE_M * share * (0.35 + 0.65 * np.sin(np.pi * run)))[:, None] * across
        middle = 0.5 * (depth[:-1] + depth[1:])
        if marked[index]:
            ribbons.append(_ribbon(flat, half + _EDGE_M * across, middle - 1e-4, to_rgb(WEAK_EDGE)))
        ribbons.append(_ribbon(flat, half, middle, MUSCLE_COLOURS(share)[:3]))
    return ribbons


def _ribbon(
    line: FloatArray, half: FloatArray, depth: FloatArray, colour: tuple[float, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A strip of two triangles for each piece of the line."""
    left, right = line + half, line - half
    first = np.stack([left[:-1], left[1:], right[1:]], axis=1)
    second = np.stack([left[:-1], right[1:], right[:-1]], axis=1)
    return np.concatenate([first, second]), np.tile(depth, 2), np.tile(np.asarray(colour), (2 * len(depth), 1))


def _finer(path: FloatArray) -> FloatArray:
    """The same line in short pieces, so that each is behind or in front of a bone as it should be."""
    pieces = [path[:1]]
    share = np.linspace(0.0, 1.0, _PIECES + 1)[1:, None]
    for start, end in itertools.pairwise(path):
        pieces.append(start + share * (end - start))
    return np.concatenate(pieces)


def paint(
    axes: Axes, shown: Polygons, *, shift: tuple[float, float] = (0.0, 0.0), smooth: bool = True
) -> PolyCollection:
    """Add triangles to axes, as a picture within a vector file: tens of thousands of outlines would choke a reader.

    Parameters
    ----------
    axes, shown
        Where, and what.
    shift
        Added to the places.
    smooth
        Close the seams between triangles with thin edges; without it is twice as fast, for pictures that are made
        smaller afterwards.
    """
    painted = PolyCollection(
        shown.corners + np.asarray(shift),
        facecolors=shown.colour,
        edgecolors=shown.colour if smooth else "none",
        linewidths=0.25,
        antialiaseds=smooth,
        rasterized=True,
        zorder=2,
    )
    # Limits are set by whoever draws; measuring ten thousand triangles takes as long as painting them.
    axes.add_collection(painted, autolim=False)
    return painted
