"""Differences between scenarios, outcome by outcome, each held against its yardstick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gluteweak.comparison.outcomes import COMPARED, Band, Outcome, Yardstick, judge
from gluteweak.comparison.reading import Sweep, Walk
from gluteweak.comparison.selection import Pair
from gluteweak.errors import InputError


@dataclass(frozen=True)
class Difference:
    """One outcome of one pair, on one side."""

    outcome: Outcome
    reference: float
    value: float
    reference_band: Band | None
    band: Band | None
    yardstick: Yardstick
    counts: bool

    @property
    def change(self) -> float:
        """Compared minus reference."""
        return self.value - self.reference

    @property
    def relative(self) -> float | None:
        """Change as a share of the reference's size; None where that is zero."""
        return self.change / abs(self.reference) if self.reference else None

    @property
    def in_yardsticks(self) -> float | None:
        """Change in units of its yardstick (of the mean half width where bands decide); None where that is zero."""
        size = self.yardstick.size
        if size is None and self.reference_band and self.band:
            low, high = (self.reference_band[i] + self.band[i] for i in (0, 1))
            size = (high - low) / 4.0
        return self.change / size if size else None


@dataclass(frozen=True)
class Compared:
    """All outcomes of one pair."""

    pair: Pair
    side: str
    differences: tuple[Difference, ...]

    def of(self, name: str) -> Difference:
        """The difference of one outcome.

        Raises
        ------
        InputError
            If the files do not hold it.
        """
        for difference in self.differences:
            if difference.outcome.name == name:
                return difference
        raise InputError(f"{self.pair.sweep.path} has no dataset '{name}': it was made by another version.")


def compare(pairs: Sequence[Pair], side: str | None = None, outcomes: Sequence[Outcome] = COMPARED) -> list[Compared]:
    """Hold every outcome of every pair against its yardstick.

    Parameters
    ----------
    pairs : sequence of Pair
    side : str, optional
        Whose outcomes, right or left; by default the weak side of the compared sweep.
    outcomes : sequence of Outcome
        What is compared; left out where a file lacks it.

    Raises
    ------
    InputError
        If a file lacks the side.
    """
    return [_compare(pair, side or pair.sweep.side[pair.sweep.weak_row], outcomes) for pair in pairs]


def _compare(pair: Pair, side: str, outcomes: Sequence[Outcome]) -> Compared:
    if side not in pair.sweep.side or side not in pair.reference_sweep.side:
        raise InputError(f"{pair.sweep.path} has no side '{side}'; it has {', '.join(pair.sweep.side)}.")
    found = []
    for outcome in outcomes:
        if outcome.name not in pair.sweep.values or outcome.name not in pair.reference_sweep.values:
            continue
        reference = scalar(pair.reference_sweep, pair.reference, outcome.name, side)
        value = scalar(pair.sweep, pair.walk, outcome.name, side)
        reference_band = band(pair.reference_sweep, pair.reference, outcome, side)
        own_band = band(pair.sweep, pair.walk, outcome, side)
        yardstick, counts = judge(outcome, reference, value, reference_band, own_band)
        found.append(Difference(outcome, reference, value, reference_band, own_band, yardstick, counts))
    return Compared(pair, side, tuple(found))


def scalar(sweep: Sweep, walk: Walk, name: str, side: str) -> float:
    """One number of a scenario."""
    return float(sweep.values[name][walk.row][sweep.side.index(side)])


def band(sweep: Sweep, walk: Walk, outcome: Outcome, side: str) -> Band | None:
    """5 to 95 % of the model's uncertainty, where the file has it."""
    if not outcome.banded or f"{outcome.name}_p05" not in sweep.values or f"{outcome.name}_p95" not in sweep.values:
        return None
    return scalar(sweep, walk, f"{outcome.name}_p05", side), scalar(sweep, walk, f"{outcome.name}_p95", side)
