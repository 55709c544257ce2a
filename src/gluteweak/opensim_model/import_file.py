"""Read a laboratory's ``.osim`` as data: checked as text first, rid of what could run or reach elsewhere, then loaded.

A model file may come from anywhere. OpenSim evaluates expressions, opens the geometry and plug-ins that a file names
and crashes on some that are malformed; so entities are refused, and controllers, analyses, geometry and every force but
muscles are taken out of a copy before OpenSim sees it. What was taken out and matters is said in the report.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import opensim as osim

from gluteweak.errors import InputError
from gluteweak.opensim_model.build import quiet

_LARGEST_BYTES = 64_000_000
_DEEPEST = 60
#: Sets whose members have no part in the walker's mechanics.
_EMPTIED = ("ControllerSet", "ProbeSet", "ComponentSet", "ContactGeometrySet", "AnalysisSet")
#: Elements that name files, or pictures.
_REMOVED = ("attached_geometry", "VisibleObject", "GeometrySet", "geometry_files", "Appearance", "FrameGeometry")


@dataclass(frozen=True)
class ForceElement:
    """A force of the model that is no muscle: its class, name and the text of its properties."""

    kind: str
    name: str
    properties: dict[str, str]


@dataclass(frozen=True)
class SourceModel:
    """A loaded model, initialised, with what its file holds besides.

    ``model`` has bodies, joints, constraints, muscles and markers; ``forces`` are its other forces, as text.
    """

    path: Path
    model: osim.Model
    state: osim.State
    forces: tuple[ForceElement, ...]


def load_source(path: Path) -> SourceModel:
    """Load a model file.

    Raises
    ------
    InputError
        If it is no OpenSim model, holds XML entities, is absurdly large, or OpenSim cannot make a system of it.
    """
    quiet()
    root = _parse(path)
    model_element = root.find("Model")
    if root.tag != "OpenSimDocument" or model_element is None:
        raise InputError(f"{path} is no OpenSim model (its root is <{root.tag}>): give an .osim file.")
    forces = _take_out_forces(model_element, path)
    for name in _EMPTIED:
        for found in model_element.findall(name):
            objects = found.find("objects")
            if objects is not None:
                objects.clear()
    for parent in list(model_element.iter()):
        for child in [c for c in parent if c.tag in _REMOVED]:
            parent.remove(child)
    _refuse_expressions(model_element, path)
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "model.osim"
        ElementTree.ElementTree(root).write(clean, encoding="utf-8", xml_declaration=True)
        try:
            model = osim.Model(str(clean))
            state = model.initSystem()
        except RuntimeError as error:
            raise InputError(
                f"OpenSim cannot make a model of {path}: {_reason(error)}; open it in OpenSim and correct it."
            ) from None
    return SourceModel(path, model, state, forces)


def _reason(error: RuntimeError) -> str:
    """First line of OpenSim's message, without its file names."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "it gives no reason").rstrip(".")


def _parse(path: Path) -> ElementTree.Element:
    if not path.is_file():
        raise InputError(f"No file {path}: correct --model.")
    if path.stat().st_size > _LARGEST_BYTES:
        raise InputError(
            f"{path} has {path.stat().st_size / 1e6:.0f} MB; a model has less than {_LARGEST_BYTES / 1e6:.0f} MB: give "
            "the .osim file itself."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text: give an .osim file in UTF-8.") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"{path} declares XML entities, which no OpenSim model needs: remove <!DOCTYPE ...> from it.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{path} is no well-formed XML ({error}): export the model again.") from None
    _refuse_depth(root, path)
    return root


def _refuse_depth(root: ElementTree.Element, path: Path) -> None:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return
    raise InputError(f"{path} nests XML elements more than {_DEEPEST} deep; no OpenSim model does: export it again.")


def _refuse_expressions(model: ElementTree.Element, path: Path) -> None:
    """What is left is muscles, bodies, joints and constraints: none of the class needs a formula in a text."""
    found = next((element for element in model.iter() if "expression" in element.tag.lower()), None)
    if found is not None:
        raise InputError(
            f"{path} has an element <{found.tag}> outside its forces: formulas in a model are not evaluated; put a "
            "function of OpenSim's in its place."
        )


def _take_out_forces(model: ElementTree.Element, path: Path) -> tuple[ForceElement, ...]:
    taken = []
    muscles = 0
    for force_set in model.findall("ForceSet"):
        objects = force_set.find("objects")
        if objects is None:
            continue
        for element in list(objects):
            if "Muscle" in element.tag:
                muscles += 1
                continue
            properties = {p.tag: (p.text or "").strip() for p in element if not len(p)}
            taken.append(ForceElement(element.tag, element.get("name", "unnamed"), properties))
            objects.remove(element)
        for groups in force_set.findall("groups"):
            groups.clear()
    if not muscles:
        raise InputError(f"{path} has no muscles: give a musculoskeletal model, not a skeleton or a torque-driven one.")
    return tuple(taken)
