"""What-if motions against the healthy gait, link by link of the chain from hip to knee."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import InputError
from gluteweak.storage import atomic_path, open_file, read_file, read_value
from gluteweak.summary import aligned
from gluteweak.variables import OUTCOMES

_CM_PER_M = 100.0


@dataclass(frozen=True)
class Link:
    """One link: dataset of ``outcomes.h5`` (or ``step_width_cm``), what to call it, and decimals."""

    name: str
    label: str
    decimals: int


#: In the order of the chain; a link that the outcomes do not have is left out.
LINKS = (
    Link("step_width_cm", "step width (cm)", 1),
    Link("peak_pelvic_drop_deg", "pelvic drop (deg)", 1),
    Link("peak_trunk_lean_deg", "trunk lean (deg)", 1),
    Link("peak_hip_adduction_deg", "hip adduction (deg)", 1),
    Link("peak_hip_internal_rotation_deg", "hip internal rotation (deg)", 1),
    Link("peak_femoral_adduction_deg", "femoral adduction (deg)", 1),
    Link("peak_knee_frontal_projection_deg", "knee projection angle (deg)", 1),
    Link("peak_hip_abduction_moment_nm_kg", "hip abduction moment (Nm/kg)", 2),
    Link("peak_knee_adduction_moment_nm_kg", "knee adduction moment (Nm/kg)", 2),
    Link("knee_adduction_impulse_nm_s_kg", "knee adduction impulse (Nm s/kg)", 3),
    Link("peak_hip_contact_force_bw", "hip contact force (BW)", 2),
    Link("peak_tibiofemoral_contact_force_bw", "tibiofemoral force (BW)", 2),
    Link("peak_medial_compartment_force_bw", "medial compartment force (BW)", 2),
    Link("peak_lateral_compartment_force_bw", "lateral compartment force (BW)", 2),
    Link("peak_patellofemoral_contact_force_bw", "patellofemoral force (BW)", 2),
    Link("peak_patellofemoral_stress_mpa", "patellofemoral stress (MPa)", 2),
)


@dataclass(frozen=True)
class Comparison:
    """Every link of every motion; ``value`` and ``healthy`` are (n_motions, n_links), of the side that is changed."""

    motion: tuple[str, ...]
    side: tuple[str, ...]
    links: tuple[Link, ...]
    value: Any
    healthy: Any
    certified: tuple[bool, ...]

    @property
    def change(self) -> Any:
        """Deviation from the healthy gait."""
        return self.value - self.healthy


def compare(folders: Sequence[Path]) -> Comparison:
    """Read ``outcomes.h5`` and ``solution.h5`` of what-if motions; the first folder is the healthy gait.

    Raises
    ------
    InputError
        If a file is missing or broken, or there is nothing to compare.
    """
    if len(folders) < 2:
        raise InputError("There is no what-if motion to compare with the healthy gait: list one in the study file.")
    read = [_read(folder) for folder in folders]
    links = tuple(link for link in LINKS if all(link.name in values for values, _ in read))
    first, _ = read[0]
    rows, healthy, sides, certified = [], [], [], []
    for values, what in read[1:]:
        # A change of both legs is shown for the right one; healthy is the same side of the healthy gait.
        side = "right" if what["side"] == "both" else what["side"]
        row = list(values["side"]).index(side)
        rows.append([float(np.asarray(values[link.name])[row]) for link in links])
        healthy.append([float(np.asarray(first[link.name])[row]) for link in links])
        sides.append(side)
        certified.append(bool(values["certified"]))
    return Comparison(
        tuple(folder.name for folder in folders[1:]),
        tuple(sides),
        links,
        np.array(rows),
        np.array(healthy),
        tuple(certified),
    )


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    names = {link.name for link in LINKS} & set(OUTCOMES)
    with open_file(folder / "outcomes.h5") as file:
        values = {name: read_value(file[name]) for name in ("side", "certified", *sorted(names)) if name in file}
    solution, attributes = read_file(folder / "solution.h5", ("foot_lateral_m", "contact_force_n", "contact_sphere"))
    if "what_if" not in attributes:
        raise InputError(f"{folder / 'solution.h5'} is no what-if motion: make it with 'gluteweak what-if'.")
    width = _step_width_cm(solution)
    values["step_width_cm"] = np.array([width, width])
    return values, json.loads(str(attributes["what_if"]))


def _step_width_cm(solution: dict[str, Any]) -> float:
    """Distance in z of where the feet stand: the mean of each foot's spheres, weighted with the load on it."""
    lateral_m = []
    for column, suffix in enumerate(("_r", "_l")):
        own = [i for i, name in enumerate(solution["contact_sphere"]) if str(name).endswith(suffix)]
        load = solution["contact_force_n"][:, own, 1].sum(axis=1)
        lateral_m.append(float(load @ solution["foot_lateral_m"][:, column] / load.sum()))
    return _CM_PER_M * (lateral_m[0] - lateral_m[1])


def write(comparison: Comparison, out: Path) -> None:
    """Write the comparison as CSV, one line a motion and link."""
    with atomic_path(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("motion", "side", "certified", "link", "healthy", "value", "change"))
        for i, motion in enumerate(comparison.motion):
            for j, link in enumerate(comparison.links):
                numbers = (comparison.healthy[i, j], comparison.value[i, j], comparison.change[i, j])
                head = (motion, comparison.side[i], int(comparison.certified[i]), link.name)
                writer.writerow((*head, *(f"{number:.6g}" for number in numbers)))


def text(comparison: Comparison) -> str:
    """Change of every link by motion, links as lines; the healthy value of the right side in the second column."""
    names = [motion.removeprefix("what_if-") for motion in comparison.motion]
    lines = [["change of stance peak", "healthy", *(str(i + 1) for i in range(len(names)))], [""] * (len(names) + 2)]
    for j, link in enumerate(comparison.links):
        changes = [f"{round(c, link.decimals) + 0.0:+.{link.decimals}f}" for c in comparison.change[:, j]]
        lines.append([link.label, f"{comparison.healthy[0, j]:.{link.decimals}f}", *changes])
    lines.append(["certified", "", *("yes" if c else "NO" for c in comparison.certified)])
    key = [f"{i + 1}: {name}" for i, name in enumerate(names)]
    return "\n".join([*aligned(lines), "", *key]) + "\n"
