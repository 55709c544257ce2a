"""What the page says: names of curves, adaptations and methods, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """One panel: dataset, heading, unit, what up means, and which drawn line it belongs to."""

    dataset: str
    heading: str
    unit: str
    up: str
    group: str
    line: str = ""


BODY, LOADS = "What the body does", "What muscles and joints carry"
CURVES = (
    Curve("trunk_lean_deg", "Trunk lean", "°", "leans over this leg", BODY, "trunk"),
    Curve("pelvic_drop_deg", "Pelvic drop", "°", "other side lower", BODY, "pelvis"),
    Curve("femoral_adduction_deg", "Thigh inward", "°", "knee nearer the middle", BODY, "thigh"),
    Curve("knee_frontal_projection_deg", "Knee inward, seen from the front", "°", "valgus look", BODY, "knee"),
    Curve("hip_adduction_deg", "Hip adduction", "°", "thigh inward in the pelvis", BODY),
    Curve("hip_internal_rotation_deg", "Hip internal rotation", "°", "thigh turned inward", BODY),
    Curve("vertical_ground_reaction_bw", "Ground reaction, vertical", "BW", "pushes up", LOADS),
    Curve("hip_abduction_moment_nm_kg", "Hip abduction moment", "Nm/kg", "muscles abduct", LOADS),
    Curve("knee_adduction_moment_nm_kg", "Knee adduction moment", "Nm/kg", "loads the inner side", LOADS),
    Curve("hip_contact_force_bw", "Force in the hip", "BW", "presses", LOADS),
    Curve("patellofemoral_contact_force_bw", "Force on the kneecap", "BW", "presses", LOADS),
    Curve("iliotibial_force_n", "Iliotibial band tension", "N", "pulls", LOADS),
)

#: Numbers beside the walker, in the order of the chain.
CARDS = (
    "peak_trunk_lean_deg",
    "peak_pelvic_drop_deg",
    "peak_hip_adduction_deg",
    "peak_hip_abduction_moment_nm_kg",
    "peak_knee_adduction_moment_nm_kg",
    "peak_patellofemoral_contact_force_bw",
)

METHODS = (
    (
        "Walker",
        "A full-body musculoskeletal model (Rajagopal 2016, with the hip abductor paths of Lai 2017 and Uhlrich 2022), "
        "or the walker named above, with 3-D joints, muscles and foot contact. Hip abduction strength is scaled to "
        "measured people before anything is weakened.",
        ("rajagopal2016", "lai2017", "uhlrich2022", "abductorstrengthwalking"),
    ),
    (
        "Motion",
        "Each walk is a whole gait cycle solved as one optimisation (direct collocation, exact derivatives): muscles "
        "excite, contract and pull on the bones, the feet meet the ground, and no helping force acts on the pelvis. "
        "A walk that did not converge is left out; it is never shown as a result.",
        ("degroote2016", "falisse2022", "dembia2020"),
    ),
    (
        "Weakness and adaptation",
        "The named muscles keep a share of their strength. How the walker lives with it is a choice of the study: use "
        "the muscles anew and keep the posture, or keep the muscle pattern and let the posture give. The answer is not "
        "put in: whether the pelvis drops or the trunk leans is what the simulation finds.",
        (),
    ),
    (
        "Check by OpenSim",
        "OpenSim replays every motion on its own model with its own forces. What its equations of motion still miss "
        "must stay below the bound that the study states.",
        ("opensimcore",),
    ),
    (
        "Which changes count",
        "A change is called one when it exceeds a published smallest meaningful difference, or the model's own 5 to "
        "95 % band, or, where neither exists, a share of the healthy value that this project chose and says so.",
        (),
    ),
    (
        "Picture",
        "Bones and muscle paths stand where OpenSim places them at 101 instants of the cycle; between these the page "
        "interpolates. Bone surfaces are pictures: they carry no load and enter no number.",
        (),
    ),
)
