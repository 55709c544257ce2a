"""Foot-ground contact: OpenSim's SmoothSphereHalfSpaceForce, with a friction transition that has no kink.

Source: Serrancoli et al. (2019) IEEE TNSRE 27:1634 and OpenSim 4.6, SmoothSphereHalfSpaceForce.
"""

from __future__ import annotations

from typing import Any

import casadi as ca

from gluteweak.plant import Plant

SX = Any

#: OpenSim's constant that keeps roots differentiable at zero.
_CONSTANT = 1e-5


def sphere_force_n(plant: Plant, k: int, indentation_m: SX, velocity_m_s: SX, friction_sharpness: SX) -> SX:
    """Force of the ground (plane y = 0) on sphere ``k``, in ground axes.

    ``velocity_m_s`` is that of the material point of the sphere at the contact. OpenSim's friction grows with
    ``min(v / v_t, 1)``; exact Hessians cycle for ever on that kink, so the minimum is ``x / (1 + x**n)**(1/n)`` with
    the sharpness ``n``: at n = 8 it is 8 % low at v = v_t, and it tends to OpenSim's law as n grows.
    """
    stiffness = 0.5 * plant.contact_stiffness_pa[k] ** (2.0 / 3.0)
    radius = plant.contact_radius_m[k]
    dissipation = plant.contact_dissipation_s_m[k]
    normal_speed = -velocity_m_s[1]
    hertz = (4.0 / 3.0) * stiffness * (radius * stiffness) ** 0.5 * (indentation_m**2 + _CONSTANT) ** 0.75
    hertz = hertz * (0.5 + 0.5 * ca.tanh(plant.contact_hertz_smoothing[k] * indentation_m))
    normal = hertz * (1 + 1.5 * dissipation * normal_speed)
    cut_off = plant.contact_hunt_crossley_smoothing[k] * (normal_speed + 2 / (3 * dissipation))
    normal = normal * (0.5 + 0.5 * ca.tanh(cut_off))
    slip = ca.sqrt(velocity_m_s[0] ** 2 + velocity_m_s[2] ** 2 + _CONSTANT)
    relative = slip / plant.contact_transition_velocity_m_s[k]
    static, dynamic = plant.contact_static_friction[k], plant.contact_dynamic_friction[k]
    shape = dynamic + 2 * (static - dynamic) / (1 + relative**2)
    reached = relative / (1 + relative**friction_sharpness) ** (1 / friction_sharpness)
    friction = normal * (reached * shape + plant.contact_viscous_friction_s_m[k] * slip)
    return ca.vertcat(-friction * velocity_m_s[0] / slip, normal, -friction * velocity_m_s[2] / slip)
