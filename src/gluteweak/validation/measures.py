"""From a sweep to the numbers that published people are compared with: one function a comparison, both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gluteweak.muscle_names import plays
from gluteweak.validation import bands

FloatArray = NDArray[np.float64]

#: Curves that are read from the sweep.
CURVES = (
    "pelvic_drop_deg",
    "hip_adduction_deg",
    "trunk_lean_deg",
    "vertical_ground_reaction_bw",
    "hip_abduction_moment_nm_kg",
    "hip_abduction_capacity_nm_kg",
    "knee_adduction_moment_nm_kg",
    "hip_contact_force_bw",
    "tibiofemoral_contact_force_bw",
    "medial_compartment_force_bw",
    "lateral_compartment_force_bw",
    "patellofemoral_contact_force_bw",
    "patellofemoral_stress_mpa",
    "quadriceps_force_n",
    "knee_flexion_deg",
)
MUSCLE_CURVES = ("muscle_force_n", "muscle_activation", "hip_contact_part_bw", "tibiofemoral_contact_part_bw")
#: Parts named when a contact load is outside its band.
_MOST_PARTS = 4


@dataclass(frozen=True)
class Leg:
    """One side of one scenario; curves are (n_samples,), ``muscles`` are (n_muscles of the side, n_samples)."""

    pct: FloatArray
    foot_off_pct: float
    curves: Mapping[str, FloatArray]
    muscle_names: tuple[str, ...]
    muscles: Mapping[str, FloatArray]
    body_weight_n: float

    @property
    def stance(self) -> NDArray[np.bool_]:
        """Samples from foot strike to foot off."""
        return self.pct <= self.foot_off_pct

    def half(self, second: bool) -> NDArray[np.bool_]:
        """Samples of the first or of the second half of stance."""
        later = self.pct > self.foot_off_pct / 2
        return self.stance & (later if second else ~later)

    def peak(self, name: str, where: NDArray[np.bool_] | None = None) -> tuple[float, float]:
        """Largest value in stance (or ``where``) and its per cent of the cycle."""
        chosen = self.stance if where is None else where
        i = int(np.argmax(np.where(chosen, self.curves[name], -np.inf)))
        return float(self.curves[name][i]), float(self.pct[i])

    def dip(self, name: str) -> tuple[float, float]:
        """Least value between the peaks of both halves of stance, and how far it lies below the lower peak."""
        first, start = self.peak(name, self.half(second=False))
        second, end = self.peak(name, self.half(second=True))
        least = float(self.curves[name][(self.pct >= start) & (self.pct <= end)].min())
        return least, min(first, second) - least

    def group(self, quantity: str, part: str) -> FloatArray:
        """Curves of the muscles that are ``part`` (``glmed``), whatever family their names are of."""
        return self.muscles[quantity][[plays(name, part) for name in self.muscle_names]]


def _first_peak_time(name: str) -> Callable[[Leg], float]:
    return lambda leg: leg.peak(name, leg.half(second=False))[1]


def _peak(name: str) -> Callable[[Leg], float]:
    return lambda leg: leg.peak(name)[0]


def _time(name: str) -> Callable[[Leg], float]:
    return lambda leg: leg.peak(name)[1]


def _medial_share(leg: Leg) -> float:
    i = int(np.searchsorted(leg.pct, leg.peak("tibiofemoral_contact_force_bw")[1]))
    medial, lateral = (float(leg.curves[f"{side}_compartment_force_bw"][i]) for side in ("medial", "lateral"))
    return 100 * medial / (medial + lateral)


def _beyond_quadriceps(leg: Leg) -> float:
    bent_less = leg.curves["knee_flexion_deg"] < 60.0
    beyond = leg.curves["patellofemoral_contact_force_bw"] - leg.curves["quadriceps_force_n"] / leg.body_weight_n
    return float(beyond[bent_less].max())


def _active_spell(leg: Leg) -> tuple[float, float]:
    """Start and end of the longest spell of gluteus medius activity; a start late in the cycle exceeds no 110 %.

    The activity is the mean activation of the muscle's parts. The cycle wraps around: its last sample is its first.
    """
    active = leg.group("muscle_activation", "glmed").mean(axis=0)[:-1] > bands.ACTIVE_FROM
    n = active.size
    if active.all() or not active.any():
        return float("nan"), float("nan")
    starts = np.flatnonzero(active & ~np.roll(active, 1))
    lengths = np.array([int(np.argmin(np.roll(active, -start))) for start in starts])
    longest = int(np.argmax(lengths))
    start, end = int(starts[longest]), int(starts[longest] + lengths[longest] - 1) % n
    on = float(leg.pct[start])
    # A start just after foot strike is a late start of the spell that is due before it.
    return (on + 100.0 if on < 50.0 else on), float(leg.pct[end])


def _muscle_peak(prefix: str) -> Callable[[Leg], float]:
    return lambda leg: float(leg.group("muscle_force_n", prefix).sum(axis=0)[leg.stance].max()) / leg.body_weight_n


def _capacity(leg: Leg) -> float:
    low, high = bands.CAPACITY_ADDUCTION_DEG
    adduction = leg.curves["hip_adduction_deg"]
    there = leg.stance & (adduction >= low) & (adduction <= high)
    return float(leg.curves["hip_abduction_capacity_nm_kg"][there].mean()) if there.any() else float("nan")


#: Band -> its number for one leg of a healthy scenario; NaN where the curve has no such thing.
HEALTHY: dict[str, Callable[[Leg], float]] = {
    "grf_first_peak": lambda leg: leg.peak("vertical_ground_reaction_bw", leg.half(second=False))[0],
    "grf_valley": lambda leg: leg.dip("vertical_ground_reaction_bw")[0],
    "grf_second_peak": lambda leg: leg.peak("vertical_ground_reaction_bw", leg.half(second=True))[0],
    "grf_first_peak_time": _first_peak_time("vertical_ground_reaction_bw"),
    "grf_second_peak_time": lambda leg: leg.peak("vertical_ground_reaction_bw", leg.half(second=True))[1],
    "drop_peak": _peak("pelvic_drop_deg"),
    "drop_peak_time": _time("pelvic_drop_deg"),
    "obliquity_range": lambda leg: float(np.ptp(leg.curves["pelvic_drop_deg"])),
    "adduction_peak": _peak("hip_adduction_deg"),
    "adduction_peak_time": _time("hip_adduction_deg"),
    "trunk_lean": lambda leg: float(np.abs(leg.curves["trunk_lean_deg"]).max()),
    "abduction_moment_peak": _peak("hip_abduction_moment_nm_kg"),
    "abduction_moment_dip": lambda leg: leg.dip("hip_abduction_moment_nm_kg")[1],
    "adduction_moment_peak": _peak("knee_adduction_moment_nm_kg"),
    "adduction_moment_first_time": _first_peak_time("knee_adduction_moment_nm_kg"),
    "hip_contact_peak": _peak("hip_contact_force_bw"),
    "knee_contact_peak": _peak("tibiofemoral_contact_force_bw"),
    "medial_share": _medial_share,
    "kneecap_force_peak": _peak("patellofemoral_contact_force_bw"),
    "kneecap_force_time": lambda leg: leg.peak("patellofemoral_contact_force_bw", np.full(leg.pct.shape, True))[1],
    "kneecap_stress_peak": _peak("patellofemoral_stress_mpa"),
    "kneecap_over_quadriceps": _beyond_quadriceps,
    "glmed_on": lambda leg: _active_spell(leg)[0],
    "glmed_off": lambda leg: _active_spell(leg)[1],
    "glmed_peak": _muscle_peak("glmed"),
    "tfl_peak": _muscle_peak("tfl"),
    "capacity": _capacity,
}

_PARTS = {
    "hip_contact_peak": ("hip_contact_force_bw", "hip_contact_part_bw"),
    "knee_contact_peak": ("tibiofemoral_contact_force_bw", "tibiofemoral_contact_part_bw"),
}


def largest_parts(key: str, leg: Leg) -> str:
    """When a contact load peaks and which muscles make the most of it; empty for other comparisons."""
    if key not in _PARTS:
        return ""
    force, part = _PARTS[key]
    when = leg.peak(force)[1]
    parts = leg.muscles[part][:, int(np.searchsorted(leg.pct, when))]
    named = ", ".join(f"{leg.muscle_names[i]} {parts[i]:.2f}" for i in np.argsort(-parts)[:_MOST_PARTS])
    return f"largest parts at {when:.0f} %: {named} BW"


def weakness(healthy: Leg, weak: Leg) -> dict[str, Any]:
    """How a weak leg differs from the healthy one: loss of capacity (fraction), changes, demand over capacity."""
    stance = healthy.stance
    capacity = weak.curves["hip_abduction_capacity_nm_kg"]
    full = healthy.curves["hip_abduction_capacity_nm_kg"]
    demand = healthy.curves["hip_abduction_moment_nm_kg"]
    with np.errstate(divide="ignore", invalid="ignore"):
        demand_over_capacity = float(np.max((demand / capacity)[stance]))

    def change(name: str) -> float:
        return weak.peak(name)[0] - healthy.peak(name)[0]

    return {
        "loss": 1.0 - float(capacity[stance].mean() / full[stance].mean()),
        "drop": change("pelvic_drop_deg"),
        "lean": change("trunk_lean_deg"),
        "moment": 100 * change("knee_adduction_moment_nm_kg") / healthy.peak("knee_adduction_moment_nm_kg")[0],
        "demand": demand_over_capacity,
    }
