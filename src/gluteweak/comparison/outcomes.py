"""What is compared, in the order of the chain from muscle to knee, and from which difference on it counts.

A difference counts when it exceeds its *yardstick*: a published smallest meaningful or detectable difference where
there is one; else the model's own uncertainty, where a Monte Carlo band is stored beside the outcome; else a share of
the healthy value that this project chose (and says so wherever it is used).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gluteweak import parameters
from gluteweak.parameters import Parameter
from gluteweak.variables import BANDED, OUTCOMES

Kind = Literal["published", "model band", "own choice"]


@dataclass(frozen=True)
class Outcome:
    """One scalar of each scenario and side.

    ``published`` is the smallest meaningful difference, in the outcome's unit or, where ``relative``, as a share of the
    value that is compared with.
    """

    name: str
    label: str
    unit: str
    decimals: int
    published: Parameter[float] | None = None
    relative: bool = False

    @property
    def heading(self) -> str:
        """Label with unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def banded(self) -> bool:
        """Whether files hold ``<name>_p05`` and ``<name>_p95`` beside it."""
        return self.name in BANDED


_ANGLE = parameters.SMALLEST_MEANINGFUL_FRONTAL_ANGLE
_ROTATION = parameters.SMALLEST_MEANINGFUL_ROTATION_ANGLE
_MOMENT = parameters.SMALLEST_DETECTABLE_KNEE_ADDUCTION_MOMENT_CHANGE

COMPARED = (
    Outcome("peak_pelvic_drop_deg", "Pelvic drop", "deg", 1, _ANGLE),
    Outcome("peak_trunk_lean_deg", "Trunk lean", "deg", 1, _ANGLE),
    Outcome("peak_hip_adduction_deg", "Hip adduction", "deg", 1, _ANGLE),
    Outcome("peak_hip_internal_rotation_deg", "Hip internal rotation", "deg", 1, _ROTATION),
    Outcome("peak_femoral_adduction_deg", "Femoral adduction", "deg", 1, _ANGLE),
    Outcome("peak_knee_frontal_projection_deg", "Knee projection angle", "deg", 1, _ANGLE),
    Outcome("peak_hip_abduction_moment_nm_kg", "Hip abduction moment", "Nm/kg", 2),
    Outcome("peak_abductor_demand_over_capacity", "Abductor demand / capacity", "", 2),
    Outcome("peak_knee_adduction_moment_nm_kg", "Knee adduction moment", "Nm/kg", 2, _MOMENT, relative=True),
    Outcome(
        "daily_knee_adduction_impulse_knm_s",
        "Knee adduction load, daily",
        "kNm s",
        1,
        parameters.SMALLEST_MEANINGFUL_DAILY_KNEE_ADDUCTION_IMPULSE,
    ),
    Outcome("peak_hip_contact_force_bw", "Hip contact force", "BW", 2),
    Outcome("peak_tibiofemoral_contact_force_bw", "Knee contact force", "BW", 2),
    Outcome("peak_medial_compartment_force_bw", "Medial knee force", "BW", 2),
    Outcome("peak_lateral_compartment_force_bw", "Lateral knee force", "BW", 2),
    Outcome("peak_patellofemoral_contact_force_bw", "Kneecap force", "BW", 2),
    Outcome("peak_patellofemoral_stress_mpa", "Kneecap stress", "MPa", 2),
    Outcome("daily_patellofemoral_contact_impulse_bw_s", "Kneecap load, daily", "BW s", 0),
    Outcome("peak_iliotibial_force_n", "Iliotibial band force", "N", 0),
    Outcome("peak_iliotibial_strain_pct", "Iliotibial band strain", "%", 1),
)
BY_NAME = {outcome.name: outcome for outcome in COMPARED}
#: Files are refused that lack one of these; the others are left out of the comparison where no file has them.
REQUIRED = ("peak_pelvic_drop_deg", "peak_trunk_lean_deg", "peak_hip_abduction_moment_nm_kg")

Band = tuple[float, float]


@dataclass(frozen=True)
class Yardstick:
    """From which size on a difference counts; ``size`` is None where bands decide."""

    kind: Kind
    source: str
    size: float | None


def judge(
    outcome: Outcome, reference: float, value: float, reference_band: Band | None, band: Band | None
) -> tuple[Yardstick, bool]:
    """The yardstick of one difference, and whether the difference exceeds it.

    Parameters
    ----------
    outcome : Outcome
    reference, value : float
        What is compared with, and what is compared, in the outcome's unit.
    reference_band, band : (p05, p95), optional
        Monte Carlo bands of both.

    Returns
    -------
    yardstick : Yardstick
    exceeds : bool

    Notes
    -----
    With bands, a difference counts when each of the two values lies outside the other's band. That is strict: most of
    what makes a band wide (the geometry of a knee) is the same person's before and after, and shared by both.
    """
    difference = abs(value - reference)
    if outcome.published is not None:
        size = _number(outcome.published)
        size = size * abs(reference) if outcome.relative else size
        return Yardstick("published", outcome.published.source, size), difference > size
    if reference_band is not None and band is not None:
        apart = not (_within(value, reference_band) or _within(reference, band))
        return Yardstick("model band", "Monte Carlo 5 to 95 %", None), apart
    share = parameters.SMALLEST_SHOWN_LOAD_CHANGE
    size = _number(share) * abs(reference)
    return Yardstick("own choice", share.source, size), difference > size


def describe(outcome: Outcome) -> str:
    """The yardstick of an outcome in words."""
    if outcome.published is not None:
        size = _number(outcome.published)
        amount = f"{100 * size:g} %" if outcome.relative else f"{size:g} {outcome.unit}"
        return f"{amount} ({outcome.published.source})"
    if outcome.banded:
        return "model's 5 to 95 % band"
    return f"{100 * _number(parameters.SMALLEST_SHOWN_LOAD_CHANGE):g} % (own choice)"


def unit_in_files(outcome: Outcome) -> str:
    """The unit as ``variables`` has it, for checking that files agree with it."""
    return OUTCOMES[outcome.name].unit


def _within(value: float, band: Band) -> bool:
    return min(band) <= value <= max(band)


def _number(parameter: Parameter[float]) -> float:
    return float(np.asarray(parameter.value))
