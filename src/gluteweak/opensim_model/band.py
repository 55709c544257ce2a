"""The iliotibial band as a passive element of its own, beside the muscles that pull on the same tract.

What counts where, so that each structure counts once:

- *Fibres in series with a muscle* are that muscle's tendon (tensor fasciae latae, gluteus maximus); the passive force
  of its muscle fibres passes through them and is the muscle's.
- *Fibres that run from the iliac crest to the shank past both muscles* are the strand of this module. It lies along the
  path of tensor fasciae latae, is slack up to the length of upright standing, and has a cross-section of its own
  (``parameters.ILIOTIBIAL_STRAND_AREA``), so that the tendon's fibres are not in it.
- *Capsule and ligaments of the hip* are the passive joint torques. Those of hip adduction only stop the joint at the
  end of its range (0.5 rad): where the band resists in walking they are nil, and nothing has to be taken off them.

Tension by strain e (length over slack length, less one), with modulus E, area A, toe strain t and u = min(e / t, 1):

    F = E A (t (u^3 - u^4 / 2) + max(e - t, 0))

Its slope rises from 0 to E A over the toe, without a jump in slope or curvature: exact second derivatives need that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import opensim as osim

from gluteweak import parameters
from gluteweak.muscle_names import TENSOR_FASCIAE_LATAE, plays
from gluteweak.walker_tables import WalkerTables

_PREFIX = "iliotibial_band"


def add_bands(model: osim.Model, tables: WalkerTables) -> None:
    """Add a strand along each tensor fasciae latae of a model whose connections are final."""
    tensors = _tensors(tables)
    if not tensors:
        return
    standing_m = _standing_lengths_m(model, tensors)
    for muscle in tensors:
        slack_m = standing_m[muscle]
        force = osim.ExpressionBasedPathForce()
        force.setName(band_name(muscle))
        force.set_path(model.getMuscles().get(muscle).getPath())
        force.set_resting_length(slack_m)
        force.set_clamp_stretch(True)
        force.set_expression(expression(slack_m, stiffness_n(), toe_strain()))
        model.addForce(force)
    model.finalizeConnections()


def _tensors(tables: WalkerTables) -> list[str]:
    return [row.muscle for row in tables.muscles if plays(row.muscle, TENSOR_FASCIAE_LATAE)]


def band_name(muscle: str) -> str:
    """Name of the strand along a muscle: its side is the muscle's."""
    return f"{_PREFIX}_{muscle.rsplit('_', 1)[-1]}"


def stiffness_n() -> float:
    """Slope of the tension by the strain, beyond the toe."""
    modulus, area = parameters.ILIOTIBIAL_MODULUS.value, parameters.ILIOTIBIAL_STRAND_AREA.value
    return float(np.asarray(modulus)) * float(np.asarray(area))


def toe_strain() -> float:
    """Strain at which the slope has its full value."""
    return float(np.asarray(parameters.ILIOTIBIAL_TOE_STRAIN.value))


def expression(slack_m: float, slope_n: float, toe: float) -> str:
    """The tension in the syntax of ExpressionBasedPathForce, whose ``s`` is length less slack length, at least 0."""
    end_m = toe * slack_m
    part = f"min(s/({end_m!r}),1)"
    return f"({slope_n!r})*(({toe!r})*({part}^3-0.5*{part}^4)+max(s-({end_m!r}),0)/({slack_m!r}))"


def band_forces(model: Any) -> dict[str, Any]:
    """The strands of a model by name."""
    found = {}
    forces = model.getForceSet()
    for i in range(forces.getSize()):
        force = osim.ExpressionBasedPathForce.safeDownCast(forces.get(i))
        if force is not None and force.getName().startswith(_PREFIX):
            found[force.getName()] = force
    return found


def band_fields(model: osim.Model, tables: WalkerTables) -> dict[str, Any]:
    """The plant's fields for the strands of a built model."""
    forces = band_forces(model)
    tensors = [muscle for muscle in _tensors(tables) if band_name(muscle) in forces]
    return {
        "band": tuple(band_name(muscle) for muscle in tensors),
        "band_muscle": tuple(tensors),
        "band_slack_length_m": np.array([forces[band_name(muscle)].get_resting_length() for muscle in tensors]),
        "band_stiffness_n": np.full(len(tensors), stiffness_n()),
        "band_toe_strain": np.full(len(tensors), toe_strain()),
    }


def _standing_lengths_m(model: osim.Model, muscles: list[str]) -> dict[str, float]:
    """Lengths of muscles in upright standing: all coordinates zero, as in the loads' strain of the band."""
    state = model.initSystem()
    state.setQ(osim.Vector(state.getNQ(), 0.0))
    model.assemble(state)
    model.realizePosition(state)
    return {name: float(model.getMuscles().get(name).getLength(state)) for name in muscles}
