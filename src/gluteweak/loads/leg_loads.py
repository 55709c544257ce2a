"""Everything that one leg carries at each instant of a solved motion, before it is laid out over the gait cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gluteweak import parameters
from gluteweak.loads import contact, frontal_plane, patellofemoral
from gluteweak.loads.abductors import Abductors, abduction_capacity_nm, find_abductors
from gluteweak.loads.anatomy import GLUTEUS_MAXIMUS, LEGS, Leg, check_anatomy, joint_index
from gluteweak.loads.band import with_bands
from gluteweak.loads.co_contraction import Spanning, find_spanning, opposed_nm
from gluteweak.loads.dynamics import Mechanics, RigidModel, body_kinematics, rigid_model
from gluteweak.loads.polynomials import Packed, evaluate, pack
from gluteweak.loads.solution import Solution
from gluteweak.loads.tree import body_row
from gluteweak.muscle_names import QUADRICEPS, TENSOR_FASCIAE_LATAE
from gluteweak.plant import FloatArray, IntArray, Plant

_PER_CENT = 100.0
#: A knee bent by this tells what its coordinate counts positive.
_BENT_RAD = 0.2


@dataclass(frozen=True)
class LegModel:
    """One leg of a plant, arranged once for many motions.

    ``band_share`` is the share of each muscle's force that the iliotibial band carries, (n_muscles,); ``kneecap`` is
    None where the model has no patella; ``knee_flexion_sign`` is -1 where the knee's coordinate counts extension
    positive.
    """

    leg: Leg
    own_muscles: IntArray
    spheres: IntArray
    hip: contact.JointPulls
    knee: contact.JointPulls
    kneecap: contact.JointPulls | None
    quadriceps: IntArray
    knee_coordinate: int
    knee_flexion_sign: float
    abductors: Abductors
    hip_spanning: Spanning
    knee_spanning: Spanning
    band_path: Packed
    band_standing_m: float
    band_share: FloatArray


@dataclass(frozen=True)
class LoadModel:
    """A plant, arranged once for many motions."""

    plant: Plant
    rigid: RigidModel
    legs: tuple[LegModel, ...]


def load_model(plant: Plant) -> LoadModel:
    """Arrange a plant for `leg_angles_rad` and `leg_loads`.

    Raises
    ------
    InputError
        If the plant lacks a part that the outcomes need.
    """
    check_anatomy(plant)
    rigid = rigid_model(plant)
    return LoadModel(plant, rigid, tuple(_leg_model(plant, rigid, leg) for leg in LEGS))


def _knee_flexion_sign(plant: Plant, rigid: RigidModel, leg: Leg) -> float:
    """1 if a positive knee coordinate carries the ankle backward in the thigh (flexion), -1 if forward."""
    value = np.zeros((2, len(plant.coordinate)))
    value[1, plant.coordinate.index(leg.knee_flexion)] = _BENT_RAD
    still = np.zeros_like(value)
    motion = body_kinematics(rigid.tree, value, still, still)
    ankle = motion.joint_center[:, rigid.joint_rank[plant.joint[joint_index(plant, leg.talus)]]]
    row = body_row(plant, leg.femur)
    ahead = np.einsum("tji,tj->ti", motion.rotation[:, row], ankle - motion.origin[:, row])[:, 0]
    return -float(np.sign(ahead[1] - ahead[0])) or 1.0


def _leg_model(plant: Plant, rigid: RigidModel, leg: Leg) -> LegModel:
    has_patella = leg.patella in plant.body
    bodies = (leg.femur, leg.tibia, *((leg.patella,) if has_patella else ()))
    joint = {body: plant.joint[joint_index(plant, body)] for body in bodies}
    (tensor,) = leg.muscles(plant, TENSOR_FASCIAE_LATAE)[:1]
    band = pack([plant.path_length[tensor]], 1)
    share = np.array([float(name == tensor) for name in plant.muscle])
    share[np.isin(plant.muscle, leg.muscles(plant, GLUTEUS_MAXIMUS))] = float(
        np.asarray(parameters.GLUTEUS_MAXIMUS_BAND_SHARE.value)
    )
    return LegModel(
        leg=leg,
        own_muscles=np.array([m for m, name in enumerate(plant.muscle) if leg.owns(name)], dtype=np.int64),
        spheres=np.array([i for i, body in enumerate(plant.contact_body) if leg.owns(body)], dtype=np.int64),
        hip=contact.joint_pulls(plant, joint[leg.femur]),
        knee=contact.joint_pulls(plant, joint[leg.tibia], moment=True),
        kneecap=contact.joint_pulls(plant, joint[leg.patella]) if has_patella else None,
        quadriceps=np.flatnonzero(np.isin(plant.muscle, leg.muscles(plant, *QUADRICEPS))),
        knee_coordinate=plant.coordinate.index(leg.knee_flexion),
        knee_flexion_sign=_knee_flexion_sign(plant, rigid, leg),
        abductors=find_abductors(plant, leg),
        hip_spanning=find_spanning(plant, leg.hip_adduction),
        knee_spanning=find_spanning(plant, leg.knee_flexion),
        band_path=band,
        # Standing is the model's upright posture: all coordinates zero.
        band_standing_m=float(evaluate(band, np.zeros((1, len(plant.coordinate))))[0, 0, 0]),
        band_share=share,
    )


@dataclass(frozen=True)
class LegLoads:
    """Loads of one leg at each instant, in SI units.

    Contact forces are those of the proximal on the distal bone; the kneecap's is that of the kneecap on the femur.

    Attributes
    ----------
    hip_contact_n, kneecap_contact_n : (n_times, 3)
        In pelvis and femur axes.
    knee_contact_n, knee_contact_moment_nm : (n_times, 3)
        In tibia axes, the moment about the joint centre.
    ground_moment_nm, net_moment_nm : (n_times, 3)
        About the knee joint centre, of the ground reaction on this foot and of all tissues on the shank; tibia axes.
    part_n : dict
        ``hip``, ``tibiofemoral``, ``patellofemoral`` -> (n_times, n_muscles): each muscle's part in the contact force.
    hip_opposed_nm, knee_opposed_nm : tuple of two (n_times,)
        Sizes of the muscle moments that lower the coordinate (abduct; extend or flex), and of those that raise it.
    vertical_ground_n, quadriceps_n, band_n, band_length_m, abduction_nm, capacity_nm, q_angle_rad : (n_times,)
    ground_z_nm : (n_times,)
        Sum over the foot's contacts of vertical force times z.
    """

    hip_contact_n: FloatArray
    knee_contact_n: FloatArray
    knee_contact_moment_nm: FloatArray
    kneecap_contact_n: FloatArray
    ground_moment_nm: FloatArray
    net_moment_nm: FloatArray
    part_n: dict[str, FloatArray]
    vertical_ground_n: FloatArray
    quadriceps_n: FloatArray
    band_n: FloatArray
    band_length_m: FloatArray
    abduction_nm: FloatArray
    capacity_nm: FloatArray
    q_angle_rad: FloatArray
    ground_z_nm: FloatArray
    hip_opposed_nm: tuple[FloatArray, FloatArray]
    knee_opposed_nm: tuple[FloatArray, FloatArray]


def leg_loads(model: LegModel, mechanics: Mechanics, solution: Solution) -> LegLoads:
    """All loads of one leg."""
    leg, plant = model.leg, mechanics.plant
    value = solution.coordinate_value
    # A passive strand pulls on the bones as a muscle of the same path does, and counts with it.
    tension = with_bands(plant, value, solution.muscle_tendon_force_n)
    femur, tibia = mechanics.body_rotation(leg.femur), mechanics.body_rotation(leg.tibia)
    found, part = {}, {}
    joints = {"hip": model.hip, "tibiofemoral": model.knee}
    if model.kneecap is not None:
        joints["patellofemoral"] = model.kneecap
    else:
        found["patellofemoral"], part["patellofemoral"] = _without_patella(model, value, tension)
    for name, pulls in joints.items():
        parent = mechanics.body_rotation(plant.joint_parent_body[plant.joint.index(pulls.joint)])
        net = mechanics.net_force_n(pulls.joint)
        found[name], at_joint = contact.contact_n(pulls, net, parent, value, tension)
        part[name] = np.zeros_like(tension)
        part[name][:, pulls.muscle] = at_joint
    moment = contact.contact_moment_nm(model.knee, mechanics.net_moment_nm(model.knee.joint), femur, value, tension)
    center = mechanics.motion.joint_center[:, mechanics.joint_rank[model.knee.joint]]
    ground = solution.contact_force_n[:, model.spheres]
    lever = solution.contact_point_m[:, model.spheres] - center[:, None]
    # Unloaded spheres may say anything about where they would be touched; their force is zero.
    ground_moment = np.cross(lever, ground).sum(axis=1)
    return LegLoads(
        hip_contact_n=found["hip"],
        knee_contact_n=_to(tibia, _from(femur, found["tibiofemoral"])),
        knee_contact_moment_nm=_to(tibia, _from(femur, moment)),
        kneecap_contact_n=-found["patellofemoral"],
        ground_moment_nm=_to(tibia, ground_moment),
        net_moment_nm=_to(tibia, mechanics.net_moment_nm(model.knee.joint)),
        part_n=part,
        vertical_ground_n=np.asarray(ground[:, :, 1].sum(axis=1)),
        # The muscles that pull on the kneecap.
        quadriceps_n=np.asarray(
            tension[:, model.quadriceps if model.kneecap is None else model.kneecap.muscle].sum(axis=1)
        ),
        band_n=tension @ model.band_share,
        band_length_m=evaluate(model.band_path, value)[:, 0, 0],
        # OpenSim's hip_adduction is adduction positive; the moment that resists adduction is the abduction moment.
        abduction_nm=-mechanics.generalised_force_of(leg.hip_adduction),
        capacity_nm=abduction_capacity_nm(model.abductors, value, solution.muscle_strength_fraction),
        q_angle_rad=_q_angle_rad(leg, mechanics),
        ground_z_nm=np.asarray((ground[:, :, 1] * solution.contact_point_m[:, model.spheres, 2]).sum(axis=1)),
        hip_opposed_nm=opposed_nm(model.hip_spanning, value, solution.muscle_tendon_force_n),
        knee_opposed_nm=opposed_nm(model.knee_spanning, value, solution.muscle_tendon_force_n),
    )


def _without_patella(model: LegModel, value: FloatArray, tension: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Force of the femur on an absent kneecap, (n_times, 3) in femur axes, and each muscle's part in its size.

    Published ratio of patellofemoral to quadriceps force by knee flexion (``patellofemoral.force_ratio``); it presses
    straight backward on the femur, since the ratio says nothing about other directions.
    """
    knee = model.knee_coordinate
    ratio = patellofemoral.force_ratio(np.degrees(model.knee_flexion_sign * value[:, knee]))
    part = np.zeros_like(tension)
    part[:, model.quadriceps] = ratio[:, None] * tension[:, model.quadriceps]
    force = np.zeros((len(value), 3))
    force[:, 0] = part.sum(axis=1)
    return force, part


def band_strain_pct(length_m: FloatArray, standing_m: float) -> FloatArray:
    """Length against standing length, less one, in % (Hamill et al. 2008)."""
    return _PER_CENT * (length_m / standing_m - 1.0)


def _q_angle_rad(leg: Leg, mechanics: Mechanics) -> FloatArray:
    """Angle between the lines spine-kneecap and kneecap-tuberosity on the femur's frontal plane (y, z)."""
    plant = mechanics.plant

    def landmark(name: str) -> FloatArray:
        i = plant.landmark.index(name)
        return mechanics.point_m(plant.landmark_body[i], plant.landmark_m[i])

    if leg.patella in plant.body:
        kneecap = mechanics.point_m(leg.patella, plant.body_mass_center_m[plant.body.index(leg.patella)])
    else:  # in the frontal plane a kneecap stands before the knee's centre
        knee = joint_index(plant, leg.tibia)
        kneecap = mechanics.point_m(plant.joint_parent_body[knee], plant.joint_parent_translation_m[knee])
    femur = mechanics.body_rotation(leg.femur)
    upper, lower = (
        frontal_plane.inclination_rad(_to(femur, line), leg.sign)
        for line in (landmark(leg.spine_landmark) - kneecap, kneecap - landmark(leg.tuberosity_landmark))
    )
    return upper - lower


def _to(rotation: FloatArray, vector: FloatArray) -> FloatArray:
    """Ground axes to body axes."""
    return np.asarray(np.einsum("tji,tj->ti", rotation, vector))


def _from(rotation: FloatArray, vector: FloatArray) -> FloatArray:
    """Body axes to ground axes."""
    return np.asarray(np.einsum("tij,tj->ti", rotation, vector))
