"""Closed surfaces of triangles: tubes that swell, ellipsoids, thin plates. Lengths in m."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SIDES = 12
_RINGS = 8
#: Steps of a rounded end.
_CAP = 3
_MIRROR = np.array([1.0, 1.0, -1.0])


@dataclass(frozen=True)
class Mesh:
    """A surface: vertices (n, 3) and triangles (m, 3) that turn counter-clockwise seen from outside."""

    vertices: FloatArray
    faces: IntArray

    def mirrored(self) -> Mesh:
        """The other side's bone: z turned round."""
        return Mesh(self.vertices * _MIRROR, self.faces[:, ::-1])

    def scaled(self, factors: ArrayLike) -> Mesh:
        """Stretched along each axis."""
        return Mesh(self.vertices * np.asarray(factors), self.faces)

    def moved(self, by_m: ArrayLike) -> Mesh:
        """Shifted."""
        return Mesh(self.vertices + np.asarray(by_m), self.faces)


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]),
    )


def tube(points: ArrayLike, radii: ArrayLike, *, flat: float = 1.0, sides: int = _SIDES) -> Mesh:
    """A round bar along a line, with rounded ends.

    Parameters
    ----------
    points : (n, 3)
    radii : (n,) or one number
    flat
        Thickness across the second direction, as a share of the radius.
    sides
        Corners of a cross-section.
    """
    line = np.asarray(points, dtype=np.float64)
    radius = np.broadcast_to(np.asarray(radii, dtype=np.float64), (len(line),))
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # Rounded ends: half circles that close over the first and the last point.
    angle = np.linspace(0.0, np.pi / 2, _CAP + 1)[1:]
    head = [(line[0] - tangent[0] * radius[0] * np.sin(a), radius[0] * np.cos(a), tangent[0]) for a in angle[::-1]]
    tail = [(line[-1] + tangent[-1] * radius[-1] * np.sin(a), radius[-1] * np.cos(a), tangent[-1]) for a in angle]
    rings = [*head, *zip(line, radius, tangent, strict=True), *tail]
    across = _perpendicular(tangent.mean(axis=0))
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    vertices = []
    for center, size, direction in rings:
        first = across - direction * (across @ direction)
        first /= np.linalg.norm(first)
        second = np.cross(direction, first)
        circle = np.cos(turn)[:, None] * first + flat * np.sin(turn)[:, None] * second
        vertices.append(center + max(float(size), 1e-5) * circle)
    return Mesh(np.concatenate(vertices), _skin(len(rings), sides))


def _perpendicular(direction: FloatArray) -> FloatArray:
    axis = np.eye(3)[int(np.argmin(np.abs(direction)))]
    result: FloatArray = np.cross(direction, axis)
    return result / np.linalg.norm(result)


def _skin(rings: int, sides: int) -> IntArray:
    """Triangles between successive rings; the ends are so small that they need no lid."""
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij")
    a, b = ring * sides + side, ring * sides + (side + 1) % sides
    c, d = a + sides, b + sides
    return np.concatenate([np.stack([a, b, d], axis=-1), np.stack([a, d, c], axis=-1)]).reshape(-1, 3)


def ellipsoid(center: ArrayLike, radii: ArrayLike, *, rings: int = _RINGS, sides: int = _SIDES) -> Mesh:
    """An ellipsoid along the axes."""
    polar = np.linspace(0.0, np.pi, rings + 1)
    polar[0], polar[-1] = 1e-3, np.pi - 1e-3
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    unit = [
        np.stack([np.sin(p) * np.cos(turn), np.full(sides, -np.cos(p)), -np.sin(p) * np.sin(turn)], -1) for p in polar
    ]
    vertices = np.asarray(center) + np.concatenate(unit) * np.asarray(radii)
    return Mesh(vertices, _skin(rings + 1, sides))


def plate(first: ArrayLike, second: ArrayLike, thickness_m: float, *, steps: int = 6) -> Mesh:
    """A thin curved plate between two lines of equally many points, bulging nowhere, with a rim."""
    a, b = (np.asarray(line, dtype=np.float64) for line in (first, second))
    share = np.linspace(0.0, 1.0, steps)[:, None, None]
    grid = (1.0 - share) * a + share * b
    along, across = np.gradient(grid, axis=1), np.gradient(grid, axis=0)
    normal = np.cross(along, across)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    upper, lower = grid + 0.5 * thickness_m * normal, grid - 0.5 * thickness_m * normal
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    corner = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    top = np.concatenate(
        [np.stack([corner[0], corner[1], corner[2]], -1), np.stack([corner[0], corner[2], corner[3]], -1)]
    )
    top = top.reshape(-1, 3)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    after, below = np.roll(rim, -1), rows * columns
    edge = np.concatenate([np.stack([rim, rim + below, after + below], -1), np.stack([rim, after + below, after], -1)])
    return Mesh(
        np.concatenate([upper.reshape(-1, 3), lower.reshape(-1, 3)]),
        np.concatenate([top, top[:, ::-1] + below, edge]),
    )


def smooth(points: ArrayLike, count: int) -> FloatArray:
    """A smooth line of ``count`` points through the given ones (cubic through all, by chord length)."""
    given = np.asarray(points, dtype=np.float64)
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(given, axis=0), axis=1))])
    return np.asarray(CubicSpline(run, given)(np.linspace(0.0, run[-1], count)))


def coarser(mesh: Mesh, cell_m: float) -> Mesh:
    """The mesh with vertices of the same cell of a grid drawn together and collapsed triangles dropped."""
    cells = np.floor(mesh.vertices / cell_m).astype(np.int64)
    _, group = np.unique(cells, axis=0, return_inverse=True)
    group = group.reshape(-1)
    count = np.bincount(group)
    vertices = np.stack([np.bincount(group, weights=mesh.vertices[:, k]) / count for k in range(3)], axis=-1)
    faces = group[mesh.faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    _, first = np.unique(np.sort(faces[whole], axis=1), axis=0, return_index=True)
    return Mesh(vertices, faces[whole][np.sort(first)])
