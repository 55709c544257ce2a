"""Joint contact: what bone presses on bone, part by part, and how the knee shares it between its compartments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gluteweak.errors import InputError
from gluteweak.loads import contact_kernels as kernels
from gluteweak.loads.polynomials import Packed, evaluate, pack
from gluteweak.plant import FloatArray, IntArray, Plant, Polynomial


@dataclass(frozen=True)
class JointPulls:
    """Muscles that pull across a joint: their positions in the plant, and their pulls as polynomials.

    ``moment`` is None where the plant has no moments.
    """

    joint: str
    muscle: IntArray
    force: Packed
    moment: Packed | None


@dataclass(frozen=True)
class Compartments:
    """Forces in the knee's compartments and the tension that soft tissue must supply, (n,) each, all at least 0."""

    medial: FloatArray
    lateral: FloatArray
    lift_off_tension: FloatArray


def joint_pulls(plant: Plant, joint: str, *, moment: bool = False) -> JointPulls:
    """The pulls at one joint, packed.

    Raises
    ------
    InputError
        If the plant has no pulls, or no moments, at this joint.
    """
    force = _at_joint(plant, plant.joint_pull, joint, "pull")
    moments = _at_joint(plant, plant.joint_pull_moment, joint, "pull with a moment") if moment else None
    return JointPulls(
        joint,
        np.array(list(force), dtype=np.int64),
        pack(list(force.values()), 3),
        None if moments is None else pack([moments[m] for m in force], 3),
    )


def _at_joint(plant: Plant, pulls: Mapping[str, Polynomial], joint: str, what: str) -> dict[int, Polynomial]:
    here = {key.split("/")[1]: polynomial for key, polynomial in pulls.items() if key.split("/")[0] == joint}
    found = {plant.muscle.index(muscle): polynomial for muscle, polynomial in here.items()}
    if not found:
        raise InputError(
            f"The plant has no muscle {what} at joint '{joint}': make it again with 'gluteweak build-model'."
        )
    return dict(sorted(found.items()))


def contact_n(
    pulls: JointPulls, net_force: FloatArray, rotation: FloatArray, value: FloatArray, muscle_force_n: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Force of the parent bone on the child bone, and each muscle's part in its size.

    Parameters
    ----------
    pulls : JointPulls
    net_force : (n_times, 3)
        Net joint force, parent on child through all tissues, in N and ground axes.
    rotation : (n_times, 3, 3)
        Parent body axes to ground axes.
    value : (n_times, n_coordinates)
    muscle_force_n : (n_times, n_muscles)

    Returns
    -------
    force : (n_times, 3)
        In N, in the parent body's axes.
    part : (n_times, n_muscles_at_the_joint)
        In N: minus each muscle's pull along the contact force. The parts of all muscles and that of the net joint force
        (ground, weight, inertia) add up to the size of the contact force.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    return _less_pull(pulls, pulls.force, net_force, rotation, value, muscle_force_n)


def contact_moment_nm(
    pulls: JointPulls, net_moment: FloatArray, rotation: FloatArray, value: FloatArray, muscle_force_n: FloatArray
) -> FloatArray:
    """Moment of the parent bone on the child bone about the joint centre, (n_times, 3) in N m; see `contact_n`."""
    if pulls.moment is None:
        raise ValueError(f"the pulls at '{pulls.joint}' were made without moments")
    return _less_pull(pulls, pulls.moment, net_moment, rotation, value, muscle_force_n)[0]


def _less_pull(
    pulls: JointPulls,
    polynomials: Packed,
    net: FloatArray,
    rotation: FloatArray,
    value: FloatArray,
    muscle_force_n: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    n_times = len(net)
    fits = net.shape == (n_times, 3) and rotation.shape == (n_times, 3, 3) and len(value) == n_times
    if not fits or len(muscle_force_n) != n_times or muscle_force_n.shape[1] <= pulls.muscle.max(initial=-1):
        raise ValueError(
            f"net load {net.shape}, rotation {rotation.shape}, coordinates {value.shape} and muscle forces "
            f"{muscle_force_n.shape} do not fit each other at '{pulls.joint}'"
        )
    tension = np.ascontiguousarray(muscle_force_n[:, pulls.muscle], dtype=np.float64)
    force, part = np.empty((n_times, 3)), np.empty(tension.shape)
    kernels.contact(net, rotation, evaluate(polynomials, value), tension, force, part)
    return force, part


def compartments(
    compression: FloatArray, frontal_moment: FloatArray, spacing_m: float, offset_m: float = 0.0
) -> Compartments:
    """Part the knee's compression so that it balances the frontal moment.

    With the contacts ``spacing_m`` apart and their middle ``offset_m`` lateral of the joint centre, equilibrium of
    force and of moment about the middle gives medial = C / 2 + (M + C offset) / spacing and lateral = C - medial. A
    compartment cannot pull: where one would, it lifts off, it carries nothing and soft tissue on its side (ligament,
    iliotibial band) must supply the tension.

    Parameters
    ----------
    compression : (n,)
        Force that presses the femur on the tibia along the shank; any unit of force.
    frontal_moment : (n,)
        Moment of that contact about the joint centre; the medial side is loaded where it is positive; force x m.
    spacing_m, offset_m : float

    Raises
    ------
    ValueError
        If shapes differ or the spacing is not positive.
    """
    if compression.ndim != 1 or compression.shape != frontal_moment.shape:
        raise ValueError(f"compression {compression.shape} and moment {frontal_moment.shape}; expected the same (n,)")
    if not spacing_m > 0.0:
        raise ValueError(f"contact spacing {spacing_m} m; expected more than 0")
    out = np.empty((3, len(compression)))
    force, moment = (np.ascontiguousarray(a, dtype=np.float64) for a in (compression, frontal_moment))
    kernels.compartments(force, moment, float(spacing_m), float(offset_m), out)
    return Compartments(*out)
