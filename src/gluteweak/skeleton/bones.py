"""The bones of a walker: a surface for each body, in the body's own axes and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gluteweak.skeleton import meshes, stylised
from gluteweak.skeleton.posed import Posed
from gluteweak.skeleton.shapes import Mesh, ellipsoid, join, tube
from gluteweak.skeleton.sizes import side_of, sizes

STYLISED_CREDIT = "Bones: stylised shapes, stretched to the walker's segments."
_STICK_RADIUS_M = 0.012


@dataclass(frozen=True)
class Bones:
    """Surfaces by body, and who is to be credited for them."""

    by_body: Mapping[str, Mesh]
    credit: str


def bones(posed: Posed, *, use_meshes: bool = True) -> Bones:
    """Bones for every body of a walker.

    Parameters
    ----------
    posed
        The walker; segment sizes are taken from its joints.
    use_meshes
        Whether to use the meshes of the optional extra where it is installed.
    """
    where = meshes.folder() if use_meshes else None
    drawn = {name: draw() for name, draw in stylised.BONES.items()}
    credit = STYLISED_CREDIT
    if where is not None and (found := meshes.bones(where)):
        drawn |= found
        credit = (
            f"Bones: {meshes.PACKAGE} {meshes.installed_version()} (Apache-2.0; from MyoSim and OpenSim's bone "
            "geometry), stretched to the walker's segments; arms stylised."
        )
    factors = sizes(posed)
    result = {}
    for body in posed.body:
        name, suffix = side_of(body)
        mesh = drawn.get(name)
        if mesh is None:
            stick = _stick(posed, body)
            if stick is not None:
                result[body] = stick
            continue
        if suffix == "_l":
            mesh = mesh.mirrored()
        result[body] = mesh.scaled(factors[body])
    return Bones(result, credit)


def _stick(posed: Posed, body: str) -> Mesh | None:
    """For a body that nobody has drawn: bars from its own joint to the joints of its children."""
    if body not in posed.joint_child:
        return None
    start = posed.joint_center_m[posed.joint_child.index(body)]
    rotation, origin = posed.frame(body, 0)
    parts = [ellipsoid(start, (_STICK_RADIUS_M,) * 3)]
    for parent, child in zip(posed.joint_parent, posed.joint_child, strict=True):
        center = posed.joint_in_ground(child, 0)
        if parent != body or center is None:
            continue
        end = rotation.T @ (center - origin)
        if np.linalg.norm(end - start) > _STICK_RADIUS_M:
            parts.append(
                tube([start, 0.5 * (start + end), end], [_STICK_RADIUS_M, 0.7 * _STICK_RADIUS_M, _STICK_RADIUS_M])
            )
    return join(parts)
