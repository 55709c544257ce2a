"""Weaken muscles of an OpenSim model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import opensim as osim

from gluteweak.errors import InputError
from gluteweak.parameters import SMALLEST_MAX_ISOMETRIC_FORCE


def limit_activation(model: Any, strength_fraction: Mapping[str, float]) -> None:
    """Let the named muscles be driven to ``strength_fraction`` at most; their passive tissue stays as it is.

    OpenSim's muscle has one force for what activation and what stretch give (``max_isometric_force``), so a smaller one
    takes passive force away as well. With the same force, ``strength_fraction`` times the activation gives exactly
    ``strength_fraction`` times the active force. The model says so by the largest control of the muscle.

    Raises
    ------
    InputError
        If a muscle is unknown or its fraction negative.
    """
    for muscle, fraction in _named(model, strength_fraction):
        if fraction != 1.0:
            muscle.setMinControl(0.0)
            muscle.setMaxControl(fraction)


def scale_max_isometric_force(model: Any, strength_fraction: Mapping[str, float]) -> None:
    """Multiply the maximum isometric force of the named muscles; the others keep theirs.

    A muscle of 0 N would have a tendon force of 0/0 = NaN in OpenSim's ``DeGrooteFregly2016Muscle``, so no muscle gets
    less than ``parameters.SMALLEST_MAX_ISOMETRIC_FORCE``.

    Raises
    ------
    InputError
        If a muscle is unknown or its fraction negative.
    """
    for muscle, fraction in _named(model, strength_fraction):
        if fraction != 1.0:
            force = fraction * muscle.getMaxIsometricForce()
            muscle.setMaxIsometricForce(max(force, SMALLEST_MAX_ISOMETRIC_FORCE.value))


def slow_activation(model: Any, factor: Mapping[str, float]) -> None:
    """Multiply both activation time constants of the named muscles, so that the model is as slow as its motion.

    Raises
    ------
    InputError
        If a muscle is unknown.
    """
    for muscle, times in _named(model, factor):
        slowed = osim.DeGrooteFregly2016Muscle.safeDownCast(muscle)
        slowed.set_activation_time_constant(times * slowed.get_activation_time_constant())
        slowed.set_deactivation_time_constant(times * slowed.get_deactivation_time_constant())


def _named(model: Any, strength_fraction: Mapping[str, float]) -> Iterator[tuple[Any, float]]:
    """Muscles of the model with their fractions; each is looked at before the first is handed out."""
    muscles = model.updMuscles()
    known = {muscles.get(i).getName() for i in range(muscles.getSize())}
    for name, fraction in strength_fraction.items():
        if name not in known:
            raise InputError(f"The model has no muscle '{name}', whose strength is to be scaled.")
        if not fraction >= 0.0:
            raise InputError(f"Strength fraction of muscle '{name}' is {fraction}: give 0 (paralysed) or more.")
    yield from ((muscles.get(name), fraction) for name, fraction in strength_fraction.items())
