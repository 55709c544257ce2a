"""Posed walkers and their bones, packed for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.comparison.reading import Walk
from gluteweak.report.packing import floats, indices, shorts
from gluteweak.skeleton.bones import bones
from gluteweak.skeleton.posed import Posed, read_poses
from gluteweak.skeleton.shapes import Mesh, coarser

#: A path point that moves less than this in its body is sent once.
_STILL_M = 3e-4
#: Bones on a grid of this width (m) where they have more triangles than a browser needs.
_FINE_FACES, _CELL_M = 1500, 0.006
#: Characters that all walkers of a page may take together: a page stays below 12 MB.
_BUDGET = 7_500_000


def gather(walks: Sequence[Walk], scenarios_dir: Path, most: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Walkers (``scenario`` is the index in ``walks``) and the surfaces that they share; empty where none was posed."""
    shown: list[dict[str, Any]] = []
    surfaces: dict[str, Any] = {}
    left = _BUDGET
    for index, walk in enumerate(walks):
        path = Path(scenarios_dir) / walk.scenario_id / "poses.h5"
        if len(shown) == most or not path.is_file():
            continue
        posed = read_poses(path)
        if not surfaces:
            surfaces = _surfaces(posed)
        # Walkers with other bodies or muscles than the first cannot share its bones.
        if list(posed.body) == surfaces["bodies"] and list(posed.muscle) == surfaces["muscles"]:
            packed = _walker(posed)
            left -= _size(packed)
            if left < 0:
                break
            shown.append({"scenario": index, **packed})
    return shown, surfaces


def _size(packed: dict[str, Any]) -> int:
    texts = [value["data"] if isinstance(value, dict) and "data" in value else value for value in packed.values()]
    return sum(len(text) for text in texts if isinstance(text, str))


def _surfaces(posed: Posed) -> dict[str, Any]:
    dressed = bones(posed)
    return {
        "bodies": list(posed.body),
        "root": posed.body.index(posed.root),
        "muscles": list(posed.muscle),
        "credit": dressed.credit,
        "bones": [
            {"body": posed.body.index(body), **_mesh(mesh)} for body, mesh in dressed.by_body.items() if len(mesh.faces)
        ],
    }


def _mesh(mesh: Mesh) -> dict[str, Any]:
    if len(mesh.faces) > _FINE_FACES:
        mesh = coarser(mesh, _CELL_M)
    return {"vertices": shorts(mesh.vertices), "faces": indices(mesh.faces)}


def _walker(posed: Posed) -> dict[str, Any]:
    moves = (
        np.ptp(posed.point_local_m, axis=1).max(axis=1) > _STILL_M if len(posed.point_local_m) else np.zeros(0, bool)
    )
    joints = {
        f"{child}": [posed.body.index(child), *(float(x) for x in posed.joint_center_m[i])]
        for i, child in enumerate(posed.joint_child)
        if child in posed.body
    }
    return {
        "instants": len(posed.instant_s),
        "duration": posed.duration_s,
        "distance": posed.distance_m,
        "quaternions": shorts(posed.quaternion),
        "origins": shorts(posed.origin_m),
        "pointMuscle": indices(posed.point_muscle),
        "pointBody": indices(np.where(posed.point_body < 0, len(posed.body), posed.point_body)),
        "pointStill": floats(posed.point_local_m[:, 0] if len(moves) else np.zeros((0, 3))),
        "moving": indices(np.flatnonzero(moves)),
        "pointMoving": shorts(posed.point_local_m[moves]),
        "tension": shorts(posed.tension_n),
        "strength": [float(f) for f in posed.strength_fraction],
        "joints": joints,
        "reaction": shorts(posed.ground_reaction_n),
        "pressure": shorts(posed.center_of_pressure_m),
    }
