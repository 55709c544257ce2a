"""Which muscle matters most for which outcome of a walk: what a tenth less strength would change, from its slopes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gluteweak.comparison.words import muscle
from gluteweak.errors import InputError
from gluteweak.muscle_names import whole_muscle
from gluteweak.storage import read_file
from gluteweak.summary import weak_side

FloatArray = NDArray[np.float64]

#: Outcome, title, unit and decimals of each panel, in reading order; those that a file lacks are left out.
PANELS = (
    ("peak_pelvic_drop_deg", "Pelvic drop", "deg", 2),
    ("peak_trunk_lean_deg", "Trunk lean", "deg", 2),
    ("peak_hip_adduction_deg", "Hip adduction", "deg", 2),
    ("peak_hip_abduction_moment_nm_kg", "Hip abduction moment", "Nm/kg", 3),
    ("peak_hip_contact_force_bw", "Hip contact force", "BW", 3),
    ("peak_medial_compartment_force_bw", "Knee, medial force", "BW", 3),
    ("knee_adduction_impulse_nm_s_kg", "Knee adduction impulse", "Nm s/kg", 4),
    ("peak_patellofemoral_contact_force_bw", "Kneecap force", "BW", 3),
    ("peak_iliotibial_force_n", "Iliotibial tension", "N", 1),
)
_SHOWN = 6
_LOSS = 0.1


@dataclass(frozen=True)
class Sensitivity:
    """Of one scenario and side: ``change`` (n_panels, n_muscles) for a tenth less strength; ``is_doubtful`` alike."""

    scenario: str
    side: str
    strength_fraction: float
    panels: tuple[tuple[str, str, str, int], ...]
    value: FloatArray
    muscle: tuple[str, ...]
    change: FloatArray
    is_doubtful: NDArray[np.bool_]


def read_sensitivity(path: Path) -> Sensitivity:
    """Read ``sensitivity.h5`` and add up the parts of each muscle.

    Raises
    ------
    InputError
        If the file is missing or broken, or holds none of the outcomes.
    """
    values, attributes = read_file(path)
    panels = tuple(panel for panel in PANELS if f"{panel[0]}_per_strength" in values)
    if not panels or "strength_muscle" not in values:
        raise InputError(f"{path} holds no derivatives by strength: make it with 'gluteweak sensitivity'.")
    names = [str(name) for name in values["strength_muscle"]]
    muscles = tuple(dict.fromkeys(whole_of_side(name) for name in names))
    part = np.array([[whole_of_side(name) == whole for name in names] for whole in muscles], dtype=float)
    row = weak_side(names, [values["muscle_strength_fraction"]])
    change, doubt = [], []
    for name, *_ in panels:
        change.append(-_LOSS * part @ np.asarray(values[f"{name}_per_strength"])[row])
        flagged = np.asarray(values[f"{name}_has_kink"])[row] + np.asarray(values["bounds_undecided"])
        doubt.append(part @ flagged > 0)
    return Sensitivity(
        str(attributes["scenario_id"]),
        str(values["side"][row]),
        float(attributes["strength_fraction"]),
        panels,
        np.array([np.asarray(values[name])[row] for name, *_ in panels], dtype=np.float64),
        muscles,
        np.array(change),
        np.array(doubt),
    )


def ranked(data: Sensitivity, panel: int) -> list[int]:
    """The muscles that matter most for an outcome, first the one that matters most."""
    return [int(i) for i in np.argsort(-np.abs(data.change[panel]), kind="stable")[:_SHOWN]]


def side_of(name: str) -> str:
    """``right`` or ``left``, empty where the name has no side."""
    return {"_r": "right", "_l": "left"}.get(name[-2:], "")


def whole_of_side(name: str) -> str:
    """The muscle that an OpenSim muscle is a part of, side kept: ``glmed2_r`` as ``glmed_r``."""
    return whole_muscle(name) + (name[-2:] if side_of(name) else "")


def in_words(name: str) -> str:
    """``glmed2_r`` as ``right gluteus medius``."""
    base = whole_muscle(name)
    word = muscle(base)
    return f"{side_of(name)} {word if word == base else word.lower()}".strip()
