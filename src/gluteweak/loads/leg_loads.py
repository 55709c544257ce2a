"""Everything that one leg carries at each instant of a solved motion, before it is laid out over the gait cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gluteweak import parameters
from gluteweak.loads import contact, frontal_plane
from gluteweak.loads.abductors import Abductors, abduction_capacity_nm, find_abductors
from gluteweak.loads.anatomy import GLUTEUS_MAXIMUS, LEGS, Leg, check_anatomy, joint_index
from gluteweak.loads.dynamics import Mechanics, RigidModel, rigid_model
from gluteweak.loads.polynomials import Packed, evaluate, pack
from gluteweak.loads.solution import Solution
from gluteweak.plant import FloatArray, IntArray, Plant

_PER_CENT = 100.0


@dataclass(frozen=True)
class LegModel:
    """One leg of a plant, arranged once for many motions.

    ``band_share`` is the share of each muscle's force that the iliotibial band carries, (n_muscles,).
    """

    leg: Leg
    own_muscles: IntArray
    spheres: IntArray
    hip: contact.JointPulls
    knee: contact.JointPulls
    kneecap: contact.JointPulls
    abductors: Abductors
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
    return LoadModel(plant, rigid_model(plant), tuple(_leg_model(plant, leg) for leg in LEGS))


def _leg_model(plant: Plant, leg: Leg) -> LegModel:
    joint = {body: plant.joint[joint_index(plant, body)] for body in (leg.femur, leg.tibia, leg.patella)}
    band = pack([plant.path_length[leg.tensor_fasciae_latae]], 1)
    share = np.array([float(name == leg.tensor_fasciae_latae) for name in plant.muscle])
    share[[leg.owns(n) and n.startswith(GLUTEUS_MAXIMUS) for n in plant.muscle]] = float(
        np.asarray(parameters.GLUTEUS_MAXIMUS_BAND_SHARE.value)
    )
    return LegModel(
        leg=leg,
        own_muscles=np.array([m for m, name in enumerate(plant.muscle) if leg.owns(name)], dtype=np.int64),
        spheres=np.array([i for i, body in enumerate(plant.contact_body) if leg.owns(body)], dtype=np.int64),
        hip=contact.joint_pulls(plant, joint[leg.femur]),
        knee=contact.joint_pulls(plant, joint[leg.tibia], moment=True),
        kneecap=contact.joint_pulls(plant, joint[leg.patella]),
        abductors=find_abductors(plant, leg),
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
    vertical_ground_n, quadriceps_n, band_n, band_length_m, abduction_nm, capacity_nm, q_angle_rad : (n_times,)
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


def leg_loads(model: LegModel, mechanics: Mechanics, solution: Solution) -> LegLoads:
    """All loads of one leg."""
    leg, plant = model.leg, mechanics.plant
    value, tension = solution.coordinate_value, solution.muscle_tendon_force_n
    femur, tibia = mechanics.body_rotation(leg.femur), mechanics.body_rotation(leg.tibia)
    found, part = {}, {}
    for name, pulls in (("hip", model.hip), ("tibiofemoral", model.knee), ("patellofemoral", model.kneecap)):
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
        quadriceps_n=np.asarray(tension[:, model.kneecap.muscle].sum(axis=1)),
        band_n=tension @ model.band_share,
        band_length_m=evaluate(model.band_path, value)[:, 0, 0],
        # OpenSim's hip_adduction is adduction positive; the moment that resists adduction is the abduction moment.
        abduction_nm=-mechanics.generalised_force_of(leg.hip_adduction),
        capacity_nm=abduction_capacity_nm(model.abductors, value, solution.muscle_strength_fraction),
        q_angle_rad=_q_angle_rad(leg, mechanics),
    )


def band_strain_pct(length_m: FloatArray, standing_m: float) -> FloatArray:
    """Length against standing length, less one, in % (Hamill et al. 2008)."""
    return _PER_CENT * (length_m / standing_m - 1.0)


def _q_angle_rad(leg: Leg, mechanics: Mechanics) -> FloatArray:
    """Angle between the lines spine-kneecap and kneecap-tuberosity on the femur's frontal plane (y, z)."""
    plant = mechanics.plant

    def landmark(name: str) -> FloatArray:
        i = plant.landmark.index(name)
        return mechanics.point_m(plant.landmark_body[i], plant.landmark_m[i])

    kneecap = mechanics.point_m(leg.patella, plant.body_mass_center_m[plant.body.index(leg.patella)])
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
