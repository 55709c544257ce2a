"""Weaken muscles of an OpenSim model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gluteweak.errors import InputError
from gluteweak.parameters import SMALLEST_MAX_ISOMETRIC_FORCE


def scale_max_isometric_force(model: Any, strength_fraction: Mapping[str, float]) -> None:
    """Multiply the maximum isometric force of the named muscles; the others keep theirs.

    A muscle of 0 N would have a tendon force of 0/0 = NaN in OpenSim's ``DeGrooteFregly2016Muscle``, so no muscle gets
    less than ``parameters.SMALLEST_MAX_ISOMETRIC_FORCE``.

    Raises
    ------
    InputError
        If a muscle is unknown or its fraction negative.
    """
    muscles = model.updMuscles()
    known = {muscles.get(i).getName() for i in range(muscles.getSize())}
    for name, fraction in strength_fraction.items():
        if name not in known:
            raise InputError(f"The model has no muscle '{name}', whose strength is to be scaled.")
        if not fraction >= 0.0:
            raise InputError(f"Strength fraction of muscle '{name}' is {fraction}: give 0 (paralysed) or more.")
        muscle = muscles.get(name)
        if fraction != 1.0:
            force = fraction * muscle.getMaxIsometricForce()
            muscle.setMaxIsometricForce(max(force, SMALLEST_MAX_ISOMETRIC_FORCE.value))
