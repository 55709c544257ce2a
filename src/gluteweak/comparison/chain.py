"""The textbook's chain from a weak hip muscle to the knee, taken apart into stations that show or do not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gluteweak.comparison.differences import Compared, Difference, compare
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.selection import Pair, reference_of
from gluteweak.errors import InputError


@dataclass(frozen=True)
class Station:
    """One link; ``outcomes`` are what it is judged by, each with a short name and its unit in words."""

    key: str
    title: str
    question: str
    outcomes: tuple[tuple[str, str, str], ...]


#: In the order of the chain; the trunk is the way around it.
STATIONS = (
    Station("trunk", "Trunk", "Does it lean over the weak side?", (("peak_trunk_lean_deg", "lean", "°"),)),
    Station(
        "muscle",
        "Weak muscle",
        "Does the hip do less work?",
        (
            ("peak_hip_abduction_moment_nm_kg", "moment", " Nm/kg"),
            ("peak_abductor_demand_over_capacity", "share in use", " %"),
        ),
    ),
    Station("pelvis", "Pelvis", "Does the other side drop?", (("peak_pelvic_drop_deg", "drop", "°"),)),
    Station(
        "thigh",
        "Thigh",
        "Does it swing or turn inward?",
        (
            ("peak_hip_adduction_deg", "inward swing", "°"),
            ("peak_hip_internal_rotation_deg", "inward turn", "°"),
        ),
    ),
    Station(
        "knee",
        "Knee",
        "Does it bend in, or carry more?",
        (
            ("peak_knee_frontal_projection_deg", "inward angle", "°"),
            ("peak_knee_adduction_moment_nm_kg", "adduction", " Nm/kg"),
            ("peak_tibiofemoral_contact_force_bw", "joint force", " BW"),
        ),
    ),
    Station(
        "kneecap",
        "Kneecap",
        "Is it pressed harder?",
        (
            ("peak_patellofemoral_contact_force_bw", "force", " BW"),
            ("peak_patellofemoral_stress_mpa", "stress", " MPa"),
        ),
    ),
    Station(
        "band",
        "Iliotibial band",
        "Is it pulled harder?",
        (("peak_iliotibial_force_n", "force", " N"), ("peak_iliotibial_strain_pct", "stretch", " %")),
    ),
)
#: Outcomes that a chain cannot do without.
NEEDED = tuple(name for station in STATIONS for name, _, _ in station.outcomes)


@dataclass(frozen=True)
class Link:
    """A station of one scenario: its differences, in the order of the station's outcomes."""

    station: Station
    differences: tuple[Difference, ...]

    @property
    def shows(self) -> bool:
        """Whether any of its outcomes changed by more than its yardstick."""
        return any(d.counts for d in self.differences)


@dataclass(frozen=True)
class Chain:
    """All stations of one scenario against the healthy walk."""

    pair: Pair
    side: str
    links: tuple[Link, ...]


def read_chain(sweep: Sweep, walk: Walk, side: str | None = None) -> Chain:
    """The chain of one scenario.

    Raises
    ------
    InputError
        If the file lacks an outcome, or has no full strength to compare with.
    """
    reference = reference_of(sweep, walk)
    if reference is None:
        raise InputError(
            f"{sweep.path} has no healthy walk that '{walk.scenario_id}' could be compared with: add strength_percent "
            "100 to its adaptation in the study."
        )
    (compared,) = compare([Pair(sweep, reference, sweep, walk)], side)
    return Chain(compared.pair, compared.side, tuple(_link(station, compared) for station in STATIONS))


def weakest_of_each(sweep: Sweep) -> tuple[Walk, ...]:
    """The weakest usable scenario of each adaptation, in the order of the sweep.

    Raises
    ------
    InputError
        If no usable scenario is weak.
    """
    found: dict[str, Walk] = {}
    for walk in sweep.usable():
        if reference_of(sweep, walk) is None or not sweep.weak_muscles(walk):
            continue
        if walk.adaptation not in found or walk.strength_fraction < found[walk.adaptation].strength_fraction:
            found[walk.adaptation] = walk
    if not found:
        raise InputError(
            f"{sweep.path} has no certified scenario with a weak muscle beside a healthy one: there is no chain."
        )
    return tuple(found.values())


def weakest(sweep: Sweep) -> Walk:
    """The weakest usable scenario; of equally weak ones the one that differs most from its healthy walk.

    Raises
    ------
    InputError
        If no usable scenario is weak.
    """
    candidates = weakest_of_each(sweep)
    least = min(walk.strength_fraction for walk in candidates)
    return max(
        (walk for walk in candidates if walk.strength_fraction == least),
        key=lambda walk: sum(d.counts for link in read_chain(sweep, walk).links for d in link.differences),
    )


def counting(chains: Sequence[Chain]) -> dict[str, list[str]]:
    """Station -> adaptations (or scenarios) in which it shows."""
    return {
        station.key: [c.pair.walk.adaptation or c.pair.walk.scenario_id for c in chains if c.links[i].shows]
        for i, station in enumerate(STATIONS)
    }


def _link(station: Station, compared: Compared) -> Link:
    return Link(station, tuple(compared.of(name) for name, _, _ in station.outcomes))
