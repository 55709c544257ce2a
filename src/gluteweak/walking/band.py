"""Passive strands beside a muscle: the iliotibial band (``opensim_model.band`` says which fibres they are)."""

from __future__ import annotations

from typing import Any

import casadi as ca

SX = Any


def tension_n(length_m: SX, slack_m: float, stiffness_n: float, toe_strain: float) -> SX:
    """Tension of a strand: a toe of a quartic without jumps in slope and curvature, then a straight line.

    Minimum and maximum are written with absolute values, which the recorded functions know (``tape``).
    """
    strain = _positive(length_m / slack_m - 1)
    straight = _positive(strain - toe_strain)
    u = (strain - straight) / toe_strain
    return stiffness_n * (toe_strain * (u**3 - u**4 / 2) + straight)


def _positive(x: SX) -> SX:
    return (x + ca.fabs(x)) / 2
