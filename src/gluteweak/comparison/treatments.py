"""Treatments beside the untreated and the healthy walker: what changed at each link of the chain, per step and per day.

A mechanical prediction. Treated is held against untreated, untreated against healthy, each difference against the
yardsticks of ``outcomes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gluteweak.comparison.differences import Compared, compare
from gluteweak.comparison.outcomes import COMPARED, Outcome, describe
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.selection import Pair
from gluteweak.comparison.table import MARK, number, plain
from gluteweak.comparison.words import adaptation
from gluteweak.errors import InputError
from gluteweak.summary import aligned

#: Sums over a step, and what a day of steps makes of them: more or fewer steps change the day alone.
_STEP_LOADS = (
    Outcome("hip_contact_impulse_bw_s", "Hip load", "BW s", 2),
    Outcome("medial_compartment_impulse_bw_s", "Medial knee load", "BW s", 2),
    Outcome("patellofemoral_contact_impulse_bw_s", "Kneecap load", "BW s", 3),
    Outcome("iliotibial_impulse_n_s", "Iliotibial band load", "N s", 0),
)
_DAY_LOADS = (
    Outcome("daily_hip_contact_impulse_bw_s", "Hip load, daily", "BW s", 0),
    Outcome("daily_medial_compartment_impulse_bw_s", "Medial knee load, daily", "BW s", 0),
    Outcome("daily_iliotibial_impulse_n_s", "Iliotibial band load, daily", "N s", 0),
)
_DAILY = "daily_"
#: What is compared: every link, a step's worth of it, and then a day's.
LINKS = (
    *(outcome for outcome in COMPARED if not outcome.name.startswith(_DAILY)),
    *_STEP_LOADS,
    *(outcome for outcome in COMPARED if outcome.name.startswith(_DAILY)),
    *_DAY_LOADS,
)
HEALTHY, UNTREATED, TREATED = "healthy", "untreated", "treated"
#: What must be said wherever these numbers stand.
CAVEAT = (
    "A mechanical prediction for one model walker, not measured in anyone. In people, programmes for the hip and for "
    "the knee ended with similar pain (Ferber 2015: 199 patients, the hip programme a week earlier; Hott 2020: 112 "
    "patients, no difference after a year), and 12 % more abductor strength left the motion of the pelvis unchanged "
    "(Kendall 2010)."
)


@dataclass(frozen=True)
class Treatments:
    """One comparison: the untreated walker against the healthy one, and each treated one against the untreated."""

    name: str
    healthy: Walk
    untreated: Compared
    treated: tuple[Compared, ...]


def read_treatments(sweep: Sweep) -> list[Treatments]:
    """Every comparison of a sweep that has treated walkers, in the order of the study.

    Raises
    ------
    InputError
        If there is none, or one lacks its healthy or untreated walker (not solved, or not certified).
    """
    names = dict.fromkeys(walk.comparison for walk in sweep.walks if walk.role == TREATED)
    if not names:
        raise InputError(
            f"{sweep.path} has no treated walker: its study ('{sweep.study}') has no key 'treatment'; see "
            "config/treatment.yaml."
        )
    return [_read(sweep, name) for name in names]


def _read(sweep: Sweep, name: str) -> Treatments:
    usable = [walk for walk in sweep.usable() if walk.comparison == name]
    found = {role: [walk for walk in usable if walk.role == role] for role in (HEALTHY, UNTREATED, TREATED)}
    for role in (HEALTHY, UNTREATED):
        if not found[role]:
            raise InputError(
                f"{sweep.path}: the comparison '{name}' has no {role} walker that was solved and certified: see the "
                "logs of the study."
            )
    (healthy, *_), (untreated, *_) = found[HEALTHY], found[UNTREATED]
    (against_healthy,) = compare([Pair(sweep, healthy, sweep, untreated)], outcomes=LINKS)
    against_untreated = compare([Pair(sweep, untreated, sweep, walk) for walk in found[TREATED]], outcomes=LINKS)
    return Treatments(name, healthy, against_healthy, tuple(against_untreated))


def as_text(comparisons: Sequence[Treatments]) -> str:
    """One table a comparison: outcomes down, walkers across."""
    blocks = [f"{_title(one)}\n\n" + "\n".join(aligned(_rows(one))) for one in comparisons]
    outcomes = [difference.outcome for difference in comparisons[0].untreated.differences]
    notes = (
        f"Untreated: in brackets the difference from healthy; treated: from untreated. {MARK} marks one that exceeds "
        "its yardstick.",
        f"Yardsticks: {'; '.join(f'{o.label}: {describe(o)}' for o in outcomes)}.",
        CAVEAT,
    )
    return "\n\n".join([*blocks, *notes]) + "\n"


def as_csv_rows(comparisons: Sequence[Treatments]) -> list[list[str]]:
    """Head, then one row a walker and outcome; differences in the outcome's unit."""
    head = ["comparison", "adaptation", "role", "treatment", "scenario", "side", "outcome", "unit", "value"]
    rows = [[*head, "difference", "compared_with", "counts"]]
    for one in comparisons:
        for compared in (one.untreated, *one.treated):
            walk = compared.pair.walk
            rows += [
                [
                    *(one.name, walk.adaptation, walk.role, walk.treatment, walk.scenario_id, compared.side),
                    *(d.outcome.name, d.outcome.unit, f"{d.value:.6g}", f"{d.change:.6g}"),
                    *(compared.pair.reference.scenario_id, str(int(d.counts))),
                ]
                for d in compared.differences
            ]
    return rows


def _title(one: Treatments) -> str:
    return (
        f"{plain(one.name)}: {adaptation(one.untreated.pair.walk.adaptation)} (stance of the {one.untreated.side} leg)"
    )


def _rows(one: Treatments) -> list[list[str]]:
    heads = [plain(compared.pair.walk.treatment or UNTREATED) for compared in (one.untreated, *one.treated)]
    rows = [["", HEALTHY, *heads], [""] * (len(heads) + 2)]
    was_daily = None
    for d in one.untreated.differences:
        is_daily = d.outcome.name.startswith(_DAILY)
        if is_daily != was_daily:
            rows.append([f"each {'day' if is_daily else 'step'}:", *[""] * (len(heads) + 1)])
        was_daily = is_daily
        across = [d, *(compared.of(d.outcome.name) for compared in one.treated)]
        cells = [
            f"{number(x.value, d.outcome.decimals)} ({number(x.change, d.outcome.decimals, signed=True)})"
            + (MARK if x.counts else "")
            for x in across
        ]
        rows.append([d.outcome.heading, number(d.reference, d.outcome.decimals), *cells])
    return rows
