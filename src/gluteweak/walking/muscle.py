"""Rigid-tendon DeGrooteFregly2016 muscles on polynomial paths.

Source: De Groote et al. (2016) Ann Biomed Eng 44:2922, as implemented in OpenSim 4.6 (DeGrooteFregly2016Muscle).
"""

from __future__ import annotations

from typing import Any

import casadi as ca
import numpy as np

from gluteweak.plant import Plant, Polynomial

SX = Any

#: b1..b4 of the three Gaussians of the active force-length curve (OpenSim 4.6, DeGrooteFregly2016Muscle.h).
_ACTIVE_FORCE_LENGTH = (
    (0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465),
    (0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188),
    (0.1, 1.0, 0.353553390593274, 0.0),
)
#: Steepness of the passive force-length curve, and the fibre length at which it is zero (same source).
_PASSIVE_STEEPNESS = 4.0
_PASSIVE_ZERO_LENGTH = 0.2
#: d1..d4 of the force-velocity curve (same source).
_FORCE_VELOCITY = (-0.3211346127989808, -8.149, -0.374, 0.8825327733249912)


def active_force_length(length: SX, width_scale: float) -> SX:
    """Active force multiplier at fibre ``length`` in optimal fibre lengths."""
    x = (length - 1) / width_scale + 1
    return sum(b1 * ca.exp(-0.5 * ((x - b2) / (b3 + b4 * x)) ** 2) for b1, b2, b3, b4 in _ACTIVE_FORCE_LENGTH)


def force_velocity(speed: SX) -> SX:
    """Force multiplier at fibre ``speed`` in maximum contraction speeds, lengthening positive."""
    d1, d2, d3, d4 = _FORCE_VELOCITY
    z = d2 * speed + d3
    return d1 * ca.log(z + ca.sqrt(z**2 + 1)) + d4


def passive_force_length(length: SX, strain_at_one: float) -> SX:
    """Passive force multiplier at fibre ``length`` in optimal fibre lengths.

    It is 1 at the length ``1 + strain_at_one`` and 0 at a fifth of the optimal length.
    """
    offset = np.exp(_PASSIVE_STEEPNESS * (_PASSIVE_ZERO_LENGTH - 1) / strain_at_one)
    return (ca.exp(_PASSIVE_STEEPNESS * (length - 1) / strain_at_one) - offset) / (np.exp(_PASSIVE_STEEPNESS) - offset)


def path_length_m(path: Polynomial, value: SX) -> SX:
    """Muscle length as an expression of the coordinate vector ``value``."""
    variables = [value[int(i)] for i in path.polynomial_coordinate_index]
    powers: list[list[SX]] = []
    for v, x in enumerate(variables):
        column = [ca.SX(1.0)]
        for _ in range(int(path.polynomial_exponent[:, v].max(initial=0))):
            column.append(column[-1] * x)
        powers.append(column)
    length = ca.SX(0.0)
    for exponents, coefficient in zip(path.polynomial_exponent, path.polynomial_coefficient[:, 0], strict=True):
        term = ca.SX(float(coefficient))
        for v, e in enumerate(exponents):
            if e:
                term = term * powers[v][int(e)]
        length = length + term
    return length


def tendon_force_n(
    plant: Plant, k: int, length_m: SX, lengthening_speed_m_s: SX, activation: SX, strength_fraction: SX
) -> SX:
    """Force along the tendon of muscle ``k``, tension positive.

    The tendon keeps its slack length, so the fibre follows from the path. ``strength_fraction`` scales what activation
    adds; passive force and damping of the fibres stay: a muscle that cannot be driven keeps its tissue. In OpenSim that
    is a muscle whose activation goes no further than ``strength_fraction`` (``opensim_model.weakness``).
    """
    optimal = plant.muscle_optimal_fiber_length_m[k]
    thickness = optimal * np.sin(plant.muscle_pennation_angle_rad[k])
    along = length_m - plant.muscle_tendon_slack_length_m[k]
    fibre = ca.sqrt(along**2 + thickness**2)
    cosine = along / fibre
    speed = lengthening_speed_m_s * cosine / (optimal * plant.muscle_max_contraction_velocity_per_s[k])
    multiplier = (
        strength_fraction * activation * active_force_length(fibre / optimal, plant.muscle_active_force_width_scale[k])
    )
    multiplier = multiplier * force_velocity(speed) + plant.muscle_fiber_damping[k] * speed
    strain_at_one = float(plant.muscle_passive_fiber_strain[k])
    if strain_at_one:
        multiplier = multiplier + passive_force_length(fibre / optimal, strain_at_one)
    return plant.muscle_max_isometric_force_n[k] * multiplier * cosine
