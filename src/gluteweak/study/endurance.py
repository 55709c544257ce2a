"""Strength after a number of steps, from the walker's own reference gait."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gluteweak.errors import InputError
from gluteweak.fatigue import FatigueLaw, remaining_strength
from gluteweak.storage import read_file
from gluteweak.study.axes import Endurance
from gluteweak.study.scenario import LIMBS

_NAMES = ("muscle", "muscle_activation", "quadrature_weight")


class Tiring:
    """The reference gait's demand on each muscle, and what repeating it leaves of the strength.

    The demand is what the *healthy* gait asks, in parts of what each muscle can do fresh: a muscle of half the strength
    has to give twice the share. A walker who leaves work to other muscles tires more slowly than this.
    """

    def __init__(self, model_dir: Path, endurance: Endurance) -> None:
        """Read the reference gait.

        Raises
        ------
        InputError
            If the walker has none.
        """
        path = model_dir / "reference_gait.h5"
        if not path.is_file():
            raise InputError(
                f"steps_walked needs the reference gait of the model, and there is no {path}: make it with "
                "'gluteweak reference', or leave steps_walked out."
            )
        values, attributes = read_file(path, _NAMES)
        self._row = {str(name): i for i, name in enumerate(values["muscle"])}
        self._activation = np.asarray(values["muscle_activation"])
        self._weight = np.asarray(values["quadrature_weight"])
        self._stride_s = float(attributes["duration_s"])
        self._law = FatigueLaw(
            endurance.fatigue_per_s,
            endurance.recovery_per_s,
            endurance.rest_recovery_factor,
            endurance.rest_below,
        )
        self._known: dict[tuple[str, float, float], float] = {}

    def strength(self, fresh: Mapping[str, float], tiring: tuple[str, ...], steps: float) -> dict[str, float]:
        """Strength fractions after ``steps`` of both feet.

        Parameters
        ----------
        fresh
            Strength fraction of each changed muscle before the walk; others are 1.
        tiring
            Muscles that tire.
        """
        strength = dict(fresh)
        for muscle in tiring:
            before = fresh.get(muscle, 1.0)
            key = (muscle, before, steps)
            if key not in self._known:
                load = self._activation[:, [self._row[muscle]]] / before if before else np.zeros((len(self._weight), 1))
                left = remaining_strength(self._law, load, self._weight, self._stride_s, [steps / LIMBS])
                self._known[key] = float(before * left[0, 0])
            strength[muscle] = self._known[key]
        return strength
