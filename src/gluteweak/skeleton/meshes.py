"""Bone surfaces of the optional extra ``gluteweak[bones]``: coarse meshes in the axes of the Rajagopal model's bodies.

They belong to the package ``musclemimic-models`` (Apache-2.0), which took them from MyoSim and these from OpenSim's
bone geometry; none is part of gluteweak. Arms stay stylised.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path

import numpy as np

from gluteweak.errors import InputError
from gluteweak.skeleton.shapes import Mesh, coarser, join
from gluteweak.skeleton.stylised import shoulders

PACKAGE = "musclemimic-models"
_MODULE = "musclemimic_models"
_FOLDER = "model/meshes"
#: Meshes with more faces are drawn on a grid of this width (m).
_FINE_FACES, _CELL_M = 1200, 0.0055

#: Body without side -> files and where each sits in the body (m). Right side; MyoTorso places the spine's parts in a
#: frame 3 mm behind and 30 mm above the back joint of the Rajagopal model.
_FILES: Mapping[str, tuple[tuple[str, tuple[float, float, float], float], ...]] = {
    "pelvis": (
        ("r_pelvis", (0.0, 0.0, 0.0), 0.0),
        ("l_pelvis", (0.0, 0.0, 0.0), 0.0),
        ("sacrum", (0.0, 0.0, 0.0), 0.0),
    ),
    "femur": (("r_femur", (0.0, 0.0, 0.0), 0.0),),
    "tibia": (("r_tibia", (0.0, 0.0, 0.0), 0.0), ("r_fibula", (0.0, 0.0, 0.0), 0.0)),
    "patella": (("r_patella", (0.0, 0.0, 0.0), 0.0),),
    "talus": (("r_talus", (0.0, 0.0, 0.0), 0.0),),
    "calcn": (("r_foot", (0.0, 0.0, 0.0), 0.0),),
    "toes": (("r_bofoot", (0.0, 0.0, 0.0), 0.0),),
    # Turned about z by the last number (rad); heights add up from vertebra to vertebra.
    "torso": (
        ("lumbar5", (-0.0073, -0.0205, 0.0), -0.3),
        ("lumbar4", (0.0027, 0.0176, 0.0), -0.2),
        ("lumbar3", (0.0083, 0.0528, 0.0), -0.1),
        ("lumbar2", (0.0056, 0.0899, 0.0), 0.1),
        ("lumbar1", (-0.0058, 0.1187, 0.0), 0.25),
        ("thoracic12_s", (-0.0193, 0.1487, 0.0), 0.40),
        ("thoracic11_s", (-0.0353, 0.1757, 0.0), 0.20),
        ("thoracic10_s", (-0.0433, 0.2007, 0.0), 0.15),
        ("thoracic9_s", (-0.0463, 0.2277, 0.0), 0.10),
        ("thoracic8_s", (-0.0483, 0.2527, 0.0), -0.04),
        ("thoracic7_s", (-0.0473, 0.2787, 0.0), -0.06),
        ("thoracic6_s", (-0.0463, 0.2997, 0.0), -0.06),
        ("thoracic5_s", (-0.0443, 0.3217, 0.0), -0.10),
        ("thoracic4_s", (-0.0428, 0.3437, 0.0), -0.15),
        ("thoracic3_s", (-0.0393, 0.3667, 0.0), -0.20),
        ("thoracic2_s", (-0.0353, 0.3877, 0.0), -0.25),
        ("thoracic1_s", (-0.0313, 0.4047, 0.0), -0.30),
        ("thorax", (0.0247, 0.3947, 0.0), 0.0),
        ("hat_cervical", (0.0, 0.0197, 0.0), 0.0),
        ("hat_skull", (0.0, 0.0197, 0.0), 0.0),
        ("hat_jaw", (0.0, 0.0197, 0.0), 0.0),
    ),
}


def installed_version() -> str:
    """Version of the package with the meshes; empty where it is not installed."""
    try:
        return metadata.version(PACKAGE) if util.find_spec(_MODULE) else ""
    except metadata.PackageNotFoundError:
        return ""


def folder() -> Path | None:
    """Where the meshes lie, without importing the package (which would start a physics engine)."""
    found = util.find_spec(_MODULE)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(next(iter(found.submodule_search_locations))) / _FOLDER
    return path if path.is_dir() else None


def bones(where: Path) -> dict[str, Mesh]:
    """Body without side -> its mesh, right side or middle; bodies of which a file is missing are left out."""
    result = {}
    for body, files in _FILES.items():
        if all((where / f"{name}.stl").is_file() for name, _, _ in files):
            parts = [_placed(where / f"{name}.stl", place, turn) for name, place, turn in files]
            # Collar bones and blades lie in frames of their own there.
            result[body] = join([*parts, shoulders()] if body == "torso" else parts)
    return result


def _placed(path: Path, place: tuple[float, float, float], turn_rad: float) -> Mesh:
    mesh = read_stl(path)
    if len(mesh.faces) > _FINE_FACES:
        mesh = coarser(mesh, _CELL_M)
    c, s = np.cos(turn_rad), np.sin(turn_rad)
    turned = mesh.vertices @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T
    return Mesh(turned + np.asarray(place), mesh.faces)


def read_stl(path: Path) -> Mesh:
    """The surface in a binary STL file: 84 bytes of header, then 50 a triangle (normal, three corners, two bytes).

    Raises
    ------
    InputError
        If the file is cut off or of another kind.
    """
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    if len(data) != 84 + 50 * count:
        raise InputError(f"{path} is no whole binary STL file: install {PACKAGE} again, or uninstall it.")
    record = np.dtype([("normal", "<f4", 3), ("corner", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.frombuffer(data, dtype=record, offset=84)["corner"].reshape(-1, 3).astype(np.float64)
    # Every triangle brings its own corners; equal ones are one vertex.
    vertices, index = np.unique(corners, axis=0, return_inverse=True)
    return Mesh(vertices, index.reshape(-1, 3).astype(np.int64))
