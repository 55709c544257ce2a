"""Which OpenSim names play which part: the one place in ``loads`` that knows them."""

from __future__ import annotations

from dataclasses import dataclass

from gluteweak.errors import InputError
from gluteweak.muscle_names import QUADRICEPS, TENSOR_FASCIAE_LATAE, plays
from gluteweak.plant import Plant

#: Order of the ``side`` dimension.
SIDES = ("right", "left")
#: What patellofemoral loads are in a model with patellae.
JOINT_REACTION = "reaction of the patellofemoral joint"
PELVIS = "pelvis"
TORSO = "torso"
#: Parts of gluteus maximus in the first family of names.
GLUTEUS_MAXIMUS = "glmax"


@dataclass(frozen=True)
class Leg:
    """Names of one leg's parts; ``sign`` is +1 on the right, -1 on the left, since z points to the right."""

    side: str
    suffix: str
    sign: float

    @property
    def femur(self) -> str:
        """The thigh body."""
        return f"femur{self.suffix}"

    @property
    def tibia(self) -> str:
        """The shank body."""
        return f"tibia{self.suffix}"

    @property
    def patella(self) -> str:
        """The kneecap body."""
        return f"patella{self.suffix}"

    @property
    def talus(self) -> str:
        """The ankle bone."""
        return f"talus{self.suffix}"

    @property
    def hip_adduction(self) -> str:
        """Coordinate: femur in pelvis, adduction positive."""
        return f"hip_adduction{self.suffix}"

    @property
    def hip_rotation(self) -> str:
        """Coordinate: femur in pelvis, internal rotation positive."""
        return f"hip_rotation{self.suffix}"

    @property
    def knee_flexion(self) -> str:
        """Coordinate: flexion positive."""
        return f"knee_angle{self.suffix}"

    def muscles(self, plant: Plant, *parts: str) -> tuple[str, ...]:
        """Muscles of the side that are, in whatever family of names, one of ``parts`` (``glmax``, ``recfem``)."""
        return tuple(name for name in plant.muscle if self.owns(name) and any(plays(name, part) for part in parts))

    @property
    def spine_landmark(self) -> str:
        """Landmark: anterior superior iliac spine."""
        return f"anterior_superior_iliac_spine{self.suffix}"

    @property
    def tuberosity_landmark(self) -> str:
        """Landmark: tibial tuberosity."""
        return f"tibial_tuberosity{self.suffix}"

    def owns(self, name: str) -> bool:
        """Whether a muscle, body or sphere belongs to this side."""
        return name.endswith(self.suffix)


LEGS = (Leg(SIDES[0], "_r", 1.0), Leg(SIDES[1], "_l", -1.0))


def joint_index(plant: Plant, child: str) -> int:
    """Index of the joint that moves a body."""
    return plant.joint_child_body.index(child)


def patellofemoral_source(plant: Plant) -> str:
    """Where the patellofemoral load of a plant comes from, in a few words for files and figures."""
    if all(leg.patella in plant.body for leg in LEGS):
        return JOINT_REACTION
    return "quadriceps lever model (Brechter and Powers 2002): the model has no patella"


def check_anatomy(plant: Plant) -> None:
    """Check that the plant has every part that the outcomes need.

    Raises
    ------
    InputError
        Naming the first missing body, coordinate, muscle or landmark, or a contact sphere or muscle without a side.
    """
    bodies = [PELVIS, TORSO]
    coordinates: list[str] = []
    muscles: list[str] = []
    landmarks: list[str] = []
    for leg in LEGS:
        bodies += [leg.femur, leg.tibia, leg.talus]
        coordinates += [leg.hip_adduction, leg.hip_rotation, leg.knee_flexion]
        muscles += leg.muscles(plant, TENSOR_FASCIAE_LATAE) or [f"{TENSOR_FASCIAE_LATAE}{leg.suffix}"]
        if leg.patella not in plant.body and not leg.muscles(plant, *QUADRICEPS):
            muscles += [f"{QUADRICEPS[0]}{leg.suffix}"]
        landmarks += [leg.spine_landmark, leg.tuberosity_landmark]
    for kind, wanted, found in (
        ("body", bodies, plant.body),
        ("coordinate", coordinates, plant.coordinate),
        ("muscle", muscles, plant.muscle),
        ("landmark", landmarks, plant.landmark),
    ):
        for name in wanted:
            if name not in found:
                raise InputError(
                    f"The model has no {kind} '{name}', which the outcomes need (it has {', '.join(found)}): add it to "
                    "the model."
                )
    for kind, names in (("muscle", plant.muscle), ("contact body", plant.contact_body)):
        for name in names:
            if not any(leg.owns(name) for leg in LEGS):
                raise InputError(f"The {kind} '{name}' belongs to no side: its name must end in _r or _l.")
