"""Registry of every quantity that gluteweak stores: name, unit, dimensions, sign and one sentence.

``storage`` writes and reads through this registry only, so a dataset in a file always carries its unit and meaning.
Names of coordinates, muscles and bodies are those of the OpenSim model; axes are OpenSim's (x forward, y up, z right).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Variable:
    """One stored quantity; ``sign`` says what a positive value means (empty where none is needed)."""

    name: str
    unit: str
    dims: tuple[str, ...]
    description: str
    sign: str = ""


def _table(*rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> dict[str, Variable]:
    table = {}
    for name, unit, dims, description, *sign in rows:
        table[name] = Variable(name, unit, tuple(dims.split()), description, *sign)
    return table


#: Names of things; a dimension scale where the same word is a dimension.
LABELS = _table(
    ("scenario", "1", "scenario", "Name of the scenario, as coordinate: the same as scenario_id."),
    ("scenario_id", "1", "scenario", "Name of the scenario: also the name of its folder."),
    ("side", "1", "side", "Body side whose gait cycle is shown."),
    ("muscle", "1", "muscle", "OpenSim muscle name."),
    ("coordinate", "1", "coordinate", "OpenSim coordinate name; dependent patella coordinates are left out."),
    ("actuator", "1", "actuator", "OpenSim coordinate name that an ideal torque drives."),
    ("contact_sphere", "1", "contact_sphere", "OpenSim name of a foot-ground contact sphere."),
    ("body", "1", "body", "OpenSim body name."),
    ("joint", "1", "joint", "OpenSim joint name."),
    ("landmark", "1", "landmark", "Bony landmark, ending in its side."),
    ("study", "1", "", "The study as JSON: what was asked for."),
    ("band", "1", "band", "Passive strand along a muscle's path, ending in its side."),
)

#: ``solution.h5``: one converged motion on the collocation grid.
SOLUTION = _table(
    ("time_s", "s", "time", "Collocation points, from the start of the cycle; the last one is its end."),
    ("quadrature_weight", "1", "time", "Weights that integrate over the cycle divided by its duration; they sum to 1."),
    ("coordinate_value", "rad or m", "time coordinate", "Value of each coordinate.", "as the OpenSim coordinate"),
    ("coordinate_speed", "rad/s or m/s", "time coordinate", "Speed of each coordinate.", "as the OpenSim coordinate"),
    (
        "coordinate_acceleration",
        "rad/s^2 or m/s^2",
        "time coordinate",
        "Acceleration of each coordinate.",
        "as the OpenSim coordinate",
    ),
    ("muscle_activation", "1", "time muscle", "Muscle activation, 0 to 1."),
    ("muscle_activation_rate", "1/s", "time muscle", "Time derivative of muscle activation."),
    ("muscle_excitation", "1", "time muscle", "Excitation that drives the activation, 0 to 1."),
    ("muscle_tendon_force_n", "N", "time muscle", "Force along the tendon.", "tension positive"),
    ("actuator_torque_nm", "N m", "time actuator", "Torque of each ideal actuator.", "as the OpenSim coordinate"),
    (
        "contact_force_n",
        "N",
        "time contact_sphere axis",
        "Force of the ground on each contact sphere, in ground axes.",
        "x forward, y up, z right",
    ),
    ("contact_point_m", "m", "time contact_sphere axis", "Where each contact force acts, in ground axes."),
    ("muscle_strength_fraction", "1", "muscle", "Maximum isometric force relative to the calibrated healthy model."),
    # The cost is the sum of weight * mean over the cycle of squared deviations, summed over columns, over its terms.
    ("cost_coordinate_value", "rad or m", "time coordinate", "Where the cost pulls each coordinate to."),
    ("cost_coordinate_weight", "1/rad^2 or 1/m^2", "coordinate", "Weight of the squared deviation of a coordinate."),
    ("cost_activation", "1", "time muscle", "Where motor habit pulls each activation to."),
    ("cost_activation_weight", "1", "", "Weight of squared deviations of activations."),
    (
        "friction_sharpness",
        "1",
        "",
        "Sharpness of the smooth minimum in the friction law that the motion was found with; OpenSim's is infinite.",
    ),
    ("cost_effort_weight", "1", "", "Weight of squared activations."),
    ("cost_activation_rate_weight", "s^2", "", "Weight of squared activation rates."),
    ("cost_control_weight", "1", "", "Weight of squared actuator controls (torque by optimal torque)."),
    (
        "cost_acceleration",
        "rad/s^2 or m/s^2",
        "time coordinate",
        "Accelerations that the cost pulls towards.",
        "as the OpenSim coordinate",
    ),
    (
        "cost_acceleration_weight",
        "s^4/rad^2 or s^4/m^2",
        "",
        "Weight of squared acceleration errors of free coordinates.",
    ),
    ("cost_ground_reaction_bw", "body weight", "time side axis", "Where the cost pulls each ground reaction to."),
    ("cost_ground_reaction_weight", "1", "axis", "Weight of squared deviations of ground reactions in body weights."),
    (
        "cost_ground_moment_bw_m",
        "body weight m",
        "time leg_joint axis",
        "Where the cost pulls the moment of the ground reaction about each joint of its leg to: right leg first, from "
        "hip to ankle.",
        "about x forward, y up, z right",
    ),
    ("cost_ground_moment_weight", "1/m^2", "axis", "Weight of squared deviations of those moments."),
    ("cost_foot_lateral_m", "m", "time side", "Where the cost pulls each foot's mean contact sphere z to."),
    ("cost_foot_lateral_weight", "1/m^2", "", "Weight of squared deviations of foot placement."),
    (
        "cost_trunk_lean_tangent",
        "1",
        "time",
        "Where a held trunk is pulled to: tangent of its inclination in the frontal plane of ground.",
        "to the right positive",
    ),
    ("cost_trunk_lean_weight", "1", "", "Weight of squared deviations of that tangent; 0: the trunk is free."),
    # What-if motions and fixed-gait runs only.
    ("imposed_offset", "rad or m", "time coordinate", "What was imposed: deviation from the healthy gait, 0 if free."),
    ("coordinate_is_imposed", "1", "coordinate", "1 for a coordinate that was held on an imposed course."),
    (
        "reserve_torque_nm",
        "N m",
        "time coordinate",
        "Torque that muscles could not supply.",
        "as the OpenSim coordinate",
    ),
    ("nlp_primal", "1", "nlp_variable", "Solver variables, scaled, for warm starts."),
    ("nlp_constraint_multiplier", "1", "nlp_constraint", "Multipliers of the solver's constraints, for warm starts."),
    ("nlp_bound_multiplier", "1", "nlp_variable", "Multipliers of the solver's variable bounds, for warm starts."),
)

_CYCLE = "side gait_cycle_pct"
#: ``outcomes.h5`` and ``sweep.h5``: curves over the gait cycle; ``sweep.h5`` puts ``scenario`` in front of the dims.
OUTCOMES = _table(
    ("gait_cycle_pct", "% of gait cycle", "gait_cycle_pct", "Per cent of the gait cycle from this side's foot strike."),
    (
        "pelvic_drop_deg",
        "deg",
        _CYCLE,
        "Frontal-plane obliquity of the pelvis in ground, seen from this side's stance leg.",
        "positive when the other (swing) side is lower",
    ),
    (
        "hip_adduction_deg",
        "deg",
        _CYCLE,
        "Femur in pelvis, OpenSim hip_adduction coordinate.",
        "adduction positive",
    ),
    (
        "hip_internal_rotation_deg",
        "deg",
        _CYCLE,
        "Femur in pelvis, OpenSim hip_rotation coordinate.",
        "internal rotation positive",
    ),
    (
        "femoral_adduction_deg",
        "deg",
        _CYCLE,
        "Femur in ground, projected on the frontal plane of the walking direction.",
        "knee nearer the midline than the hip positive",
    ),
    (
        "knee_frontal_projection_deg",
        "deg",
        _CYCLE,
        "180 deg minus the angle hip-knee-ankle projected on the frontal plane; no knee coordinate, since the knee "
        "has one degree of freedom.",
        "knee medial of the line hip-ankle (valgus look) positive",
    ),
    (
        "trunk_lean_deg",
        "deg",
        _CYCLE,
        "Frontal-plane inclination of the torso in ground.",
        "towards this side positive",
    ),
    ("vertical_ground_reaction_bw", "body weight", _CYCLE, "Vertical ground reaction on this foot.", "up positive"),
    (
        "hip_abduction_moment_nm_kg",
        "N m/kg",
        _CYCLE,
        "Internal hip moment about the hip_adduction axis, body mass normalised.",
        "abduction positive",
    ),
    (
        "hip_abduction_capacity_nm_kg",
        "N m/kg",
        _CYCLE,
        "Largest isometric hip abduction moment of the muscles at this posture and strength, body mass normalised.",
        "abduction positive",
    ),
    (
        "abductor_demand_over_capacity",
        "1",
        _CYCLE,
        "Hip abduction moment (where it abducts) over the hip abduction capacity.",
        "1: nothing to spare",
    ),
    (
        "knee_adduction_moment_nm_kg",
        "N m/kg",
        _CYCLE,
        "External: moment of the ground reaction about the knee joint centre, about the shank's forward axis.",
        "adducts the knee (loads its medial side)",
    ),
    (
        "internal_knee_abduction_moment_nm_kg",
        "N m/kg",
        _CYCLE,
        "Internal: net frontal moment of all tissues and contact at the knee; balances the external one, weight and "
        "inertia of shank and foot.",
        "abducts the shank",
    ),
    ("hip_contact_force_bw", "body weight", _CYCLE, "Resultant force of the pelvis on the femur.", "magnitude"),
    ("tibiofemoral_contact_force_bw", "body weight", _CYCLE, "Resultant force of the femur on the tibia.", "magnitude"),
    (
        "tibiofemoral_compression_bw",
        "body weight",
        _CYCLE,
        "Part of the tibiofemoral contact force along the shank.",
        "pressing positive",
    ),
    (
        "tibiofemoral_frontal_moment_nm_kg",
        "N m/kg",
        _CYCLE,
        "Frontal moment of the tibiofemoral contact about the joint centre, about the shank's forward axis, muscles "
        "taken off.",
        "loads the medial side",
    ),
    (
        "medial_compartment_force_bw",
        "body weight",
        _CYCLE,
        "Force on the medial tibial plateau along the shank; 0 where it lifts off.",
        "pressing positive",
    ),
    (
        "lateral_compartment_force_bw",
        "body weight",
        _CYCLE,
        "Force on the lateral tibial plateau along the shank; 0 where it lifts off.",
        "pressing positive",
    ),
    (
        "knee_lift_off_tension_bw",
        "body weight",
        _CYCLE,
        "Tension that ligaments or the iliotibial band must supply on the side of a compartment that lifts off.",
        "tension positive",
    ),
    (
        "patellofemoral_contact_force_bw",
        "body weight",
        _CYCLE,
        "Resultant force between femur and patella.",
        "magnitude",
    ),
    (
        "patellofemoral_compression_bw",
        "body weight",
        _CYCLE,
        "Patella on femur, backward part in femur axes.",
        "pressing the patella backward on the femur positive",
    ),
    (
        "patellofemoral_lateral_force_bw",
        "body weight",
        _CYCLE,
        "Patella on femur, sideward part in femur axes.",
        "patella pressing laterally positive",
    ),
    (
        "patellofemoral_superior_force_bw",
        "body weight",
        _CYCLE,
        "Patella on femur, upward part in femur axes.",
        "patella pressing upward positive",
    ),
    (
        "patellofemoral_contact_area_mm2",
        "mm^2",
        _CYCLE,
        "Published contact area at this knee flexion, loaded; held at the ends of the measured range.",
    ),
    (
        "patellofemoral_stress_mpa",
        "MPa",
        _CYCLE,
        "Patellofemoral contact force over the published contact area at this knee flexion.",
        "magnitude",
    ),
    (
        "dynamic_q_angle_deg",
        "deg",
        _CYCLE,
        "Angle between the lines anterior superior iliac spine to patella and patella to tibial tuberosity, on the "
        "femur's frontal plane.",
        "quadriceps line pulling the patella laterally positive",
    ),
    (
        "quadriceps_lateral_pull_bw",
        "body weight",
        _CYCLE,
        "Quadriceps force times the sine of the dynamic Q-angle: the clinical lateral pull on the patella.",
        "lateral positive",
    ),
    (
        "quadriceps_force_n",
        "N",
        _CYCLE,
        "Sum of the tensions of the muscles that pull on the patella.",
        "tension positive",
    ),
    (
        "iliotibial_force_n",
        "N",
        _CYCLE,
        "Tension of the band's passive strand, of tensor fasciae latae, and of an assumed share of gluteus maximus.",
        "tension positive",
    ),
    (
        "iliotibial_strain_pct",
        "%",
        _CYCLE,
        "Length of the path of tensor fasciae latae against that in standing, less one.",
        "longer than in standing positive",
    ),
    (
        "iliotibial_strain_rate_pct_s",
        "%/s",
        _CYCLE,
        "Time derivative of the iliotibial strain.",
        "lengthening positive",
    ),
    ("knee_flexion_deg", "deg", _CYCLE, "OpenSim knee_angle coordinate.", "flexion positive"),
    (
        "center_of_mass_lateral_cm",
        "cm",
        _CYCLE,
        "Sideways place of the whole body's mass centre in ground, from its mean over the cycle.",
        "towards this side positive",
    ),
    (
        "hip_co_contraction_nm_kg",
        "N m/kg",
        _CYCLE,
        "Smaller of the sums of abducting and of adducting muscle moments about the hip_adduction axis: what they "
        "spend on each other, body mass normalised.",
        "size",
    ),
    (
        "knee_co_contraction_nm_kg",
        "N m/kg",
        _CYCLE,
        "Smaller of the sums of extending and of flexing muscle moments about the knee_angle axis: what they spend on "
        "each other, body mass normalised.",
        "size",
    ),
    ("muscle_force_n", "N", "muscle gait_cycle_pct", "Tendon force, over the gait cycle of the muscle's own side."),
    ("muscle_activation", "1", "muscle gait_cycle_pct", "Activation, over the gait cycle of the muscle's own side."),
    (
        "hip_contact_part_bw",
        "body weight",
        "muscle gait_cycle_pct",
        "Part of each muscle in the hip contact force of its own side; with that of ground, weight and inertia the "
        "parts sum to the force.",
        "raising the contact force positive",
    ),
    (
        "tibiofemoral_contact_part_bw",
        "body weight",
        "muscle gait_cycle_pct",
        "Part of each muscle in the tibiofemoral contact force of its own side; with that of ground, weight and "
        "inertia the parts sum to the force.",
        "raising the contact force positive",
    ),
    (
        "patellofemoral_contact_part_bw",
        "body weight",
        "muscle gait_cycle_pct",
        "Part of each muscle in the patellofemoral contact force of its own side; with that of ground, weight and "
        "inertia the parts sum to the force.",
        "raising the contact force positive",
    ),
    (
        "hip_co_contraction_index_pct",
        "%",
        "side",
        "Co-contraction of hip abductors and adductors in this side's stance: twice the common part of their moments "
        "over the sum (Falconer and Winter 1985).",
        "0: one group alone; 100: both alike",
    ),
    (
        "knee_co_contraction_index_pct",
        "%",
        "side",
        "Co-contraction of knee extensors and flexors in this side's stance: twice the common part of their moments "
        "over the sum (Falconer and Winter 1985).",
        "0: one group alone; 100: both alike",
    ),
    ("center_of_mass_sway_cm", "cm", "", "Lateral sway: peak to peak sideways path of the whole body's mass centre."),
    ("trunk_sway_cm", "cm", "", "Peak to peak sideways path of the mass centre of the torso body in ground."),
    (
        "step_width_cm",
        "cm",
        "",
        "Sideways distance between the mean centres of pressure of both feet, instants counting by load.",
        "right foot to the right of the left one positive",
    ),
    ("stride_time_s", "s", "", "Duration of the gait cycle."),
    ("stride_length_m", "m", "", "Way walked in a gait cycle."),
    ("foot_off_pct", "% of gait cycle", "side", "When this foot leaves the ground, from its own foot strike."),
    ("foot_strike_s", "s", "side", "Foot strike of this side on the time axis of solution.h5."),
    ("peak_pelvic_drop_deg", "deg", "side", "Largest pelvic drop in this side's stance.", "swing side lower positive"),
    ("peak_trunk_lean_deg", "deg", "side", "Largest trunk lean in this side's stance.", "towards this side positive"),
    ("peak_hip_adduction_deg", "deg", "side", "Largest hip adduction in this side's stance.", "adduction positive"),
    (
        "peak_hip_internal_rotation_deg",
        "deg",
        "side",
        "Largest hip internal rotation in this side's stance.",
        "internal rotation positive",
    ),
    (
        "peak_femoral_adduction_deg",
        "deg",
        "side",
        "Largest femoral adduction in ground in this side's stance.",
        "knee nearer the midline positive",
    ),
    (
        "peak_knee_frontal_projection_deg",
        "deg",
        "side",
        "Largest frontal-plane knee projection angle in this side's stance.",
        "valgus look positive",
    ),
    ("peak_vertical_ground_reaction_bw", "body weight", "side", "Largest vertical ground reaction.", "up positive"),
    (
        "peak_hip_abduction_moment_nm_kg",
        "N m/kg",
        "side",
        "Largest internal hip abduction moment in this side's stance.",
        "abduction positive",
    ),
    (
        "peak_patellofemoral_contact_force_bw",
        "body weight",
        "side",
        "Largest patellofemoral contact force in this side's stance.",
        "magnitude",
    ),
    (
        "peak_patellofemoral_stress_mpa",
        "MPa",
        "side",
        "Largest patellofemoral stress in this side's stance.",
        "magnitude",
    ),
    (
        "peak_abductor_demand_over_capacity",
        "1",
        "side",
        "Largest abductor demand over capacity in this side's stance.",
        "1: nothing to spare",
    ),
    (
        "peak_knee_adduction_moment_nm_kg",
        "N m/kg",
        "side",
        "Largest external knee adduction moment in this side's stance.",
        "adducts the knee (loads its medial side)",
    ),
    (
        "peak_internal_knee_abduction_moment_nm_kg",
        "N m/kg",
        "side",
        "Largest internal knee abduction moment in this side's stance.",
        "abducts the shank",
    ),
    (
        "peak_hip_contact_force_bw",
        "body weight",
        "side",
        "Largest hip contact force in this side's stance.",
        "magnitude",
    ),
    (
        "peak_tibiofemoral_contact_force_bw",
        "body weight",
        "side",
        "Largest tibiofemoral contact force in this side's stance.",
        "magnitude",
    ),
    (
        "peak_medial_compartment_force_bw",
        "body weight",
        "side",
        "Largest medial compartment force in this side's stance.",
        "pressing positive",
    ),
    (
        "peak_lateral_compartment_force_bw",
        "body weight",
        "side",
        "Largest lateral compartment force in this side's stance.",
        "pressing positive",
    ),
    (
        "peak_patellofemoral_lateral_force_bw",
        "body weight",
        "side",
        "Largest lateral part of the patellofemoral force in this side's stance.",
        "patella pressing laterally positive",
    ),
    (
        "peak_dynamic_q_angle_deg",
        "deg",
        "side",
        "Largest dynamic Q-angle in this side's stance.",
        "quadriceps line pulling the patella laterally positive",
    ),
    ("peak_quadriceps_force_n", "N", "side", "Largest quadriceps force in this side's stance.", "tension positive"),
    (
        "peak_quadriceps_lateral_pull_bw",
        "body weight",
        "side",
        "Largest lateral pull of the quadriceps in this side's stance.",
        "lateral positive",
    ),
    ("peak_iliotibial_force_n", "N", "side", "Largest iliotibial tension in this side's stance.", "tension positive"),
    (
        "peak_iliotibial_strain_pct",
        "%",
        "side",
        "Largest iliotibial strain in this side's stance.",
        "longer than in standing positive",
    ),
    (
        "peak_iliotibial_strain_rate_pct_s",
        "%/s",
        "side",
        "Largest iliotibial strain rate in this side's stance.",
        "lengthening positive",
    ),
    (
        "knee_adduction_impulse_nm_s_kg",
        "N m s/kg",
        "side",
        "Time integral of the positive part of the external knee adduction moment over one stance.",
    ),
    (
        "hip_contact_impulse_bw_s",
        "body weight s",
        "side",
        "Time integral of the positive part of the hip contact force over one stance.",
    ),
    (
        "tibiofemoral_contact_impulse_bw_s",
        "body weight s",
        "side",
        "Time integral of the positive part of the tibiofemoral contact force over one stance.",
    ),
    (
        "medial_compartment_impulse_bw_s",
        "body weight s",
        "side",
        "Time integral of the positive part of the medial compartment force over one stance.",
    ),
    (
        "lateral_compartment_impulse_bw_s",
        "body weight s",
        "side",
        "Time integral of the positive part of the lateral compartment force over one stance.",
    ),
    (
        "patellofemoral_contact_impulse_bw_s",
        "body weight s",
        "side",
        "Time integral of the positive part of the patellofemoral contact force over one stance.",
    ),
    (
        "patellofemoral_stress_impulse_mpa_s",
        "MPa s",
        "side",
        "Time integral of the positive part of the patellofemoral stress over one stance.",
    ),
    (
        "iliotibial_impulse_n_s",
        "N s",
        "side",
        "Time integral of the positive part of the iliotibial tension over one stance.",
    ),
    (
        "daily_hip_contact_impulse_bw_s",
        "body weight s/day",
        "side",
        "Impulse of the hip contact force of one step times the daily steps of a limb.",
    ),
    (
        "daily_tibiofemoral_contact_impulse_bw_s",
        "body weight s/day",
        "side",
        "Impulse of the tibiofemoral contact force of one step times the daily steps of a limb.",
    ),
    (
        "daily_medial_compartment_impulse_bw_s",
        "body weight s/day",
        "side",
        "Impulse of the medial compartment force of one step times the daily steps of a limb.",
    ),
    (
        "daily_lateral_compartment_impulse_bw_s",
        "body weight s/day",
        "side",
        "Impulse of the lateral compartment force of one step times the daily steps of a limb.",
    ),
    (
        "daily_patellofemoral_contact_impulse_bw_s",
        "body weight s/day",
        "side",
        "Impulse of the patellofemoral contact force of one step times the daily steps of a limb.",
    ),
    (
        "daily_patellofemoral_stress_impulse_mpa_s",
        "MPa s/day",
        "side",
        "Impulse of the patellofemoral stress of one step times the daily steps of a limb.",
    ),
    (
        "daily_iliotibial_impulse_n_s",
        "N s/day",
        "side",
        "Impulse of the iliotibial tension of one step times the daily steps of a limb.",
    ),
    (
        "daily_knee_adduction_impulse_knm_s",
        "kN m s/day",
        "side",
        "Cumulative knee adductor load: impulse of one step times body mass times the daily steps of a limb.",
    ),
    (
        "smallest_meaningful_daily_knee_adduction_impulse_knm_s",
        "kN m s/day",
        "",
        "Smallest change of the daily knee adduction impulse that exceeds measurement error (Robbins et al. 2009).",
    ),
    ("daily_steps", "1/day", "", "Steps of one limb in a day."),
    (
        "vertical_ground_reaction_loading_rate_bw_s",
        "body weight/s",
        "side",
        "Steepest rise of the vertical ground reaction in stance.",
    ),
    ("hip_contact_loading_rate_bw_s", "body weight/s", "side", "Steepest rise of the hip contact force in stance."),
    (
        "tibiofemoral_contact_loading_rate_bw_s",
        "body weight/s",
        "side",
        "Steepest rise of the tibiofemoral contact force in stance.",
    ),
    (
        "medial_compartment_loading_rate_bw_s",
        "body weight/s",
        "side",
        "Steepest rise of the medial compartment force in stance.",
    ),
    (
        "patellofemoral_contact_loading_rate_bw_s",
        "body weight/s",
        "side",
        "Steepest rise of the patellofemoral contact force in stance.",
    ),
    ("strength_fraction", "1", "", "Strength of the weakened muscles; 1 is the calibrated healthy model."),
    ("adaptation", "1", "", "Name of the adaptation in the study: what the walker keeps and what it gives up."),
    ("label", "1", "", "The scenario in plain words."),
    ("role", "1", "", "healthy, untreated or treated."),
    ("comparison", "1", "", "Comparison that the scenario belongs to; empty if to none."),
    ("treatment", "1", "", "Name of the treatment; empty if there is none."),
    ("posture_preset", "1", "", "What the walker holds as in the healthy gait: free, trunk_upright or pelvis_level."),
    ("speed_m_s", "m/s", "", "Walking speed that was asked for; 0: that of the reference gait."),
    (
        "instructed_trunk_lean_deg",
        "deg",
        "",
        "Trunk lean that the walker is told to walk with; 0: none.",
        "towards the stance leg of the weak side positive",
    ),
    (
        "badly_timed",
        "1",
        "",
        "OpenSim names of the badly timed muscles, a space between them; empty if none.",
    ),
    ("onset_delay_ms", "ms", "", "Badly timed muscles stay silent so long after their own foot strike; 0: no fault."),
    ("slower_activation", "1", "", "Factor on the activation time constants of badly timed muscles; 1: no fault."),
    ("activation_ceiling", "1", "", "Largest activation that badly timed muscles reach; 1: no fault."),
    ("early_shutoff_ms", "ms", "", "Badly timed muscles fall silent so long before their burst ends; 0: no fault."),
    ("steps_walked", "1", "", "Steps of both feet walked before, where muscles tire."),
    ("walk", "1", "", "Walk of which the scenario is one moment, where muscles tire; empty elsewhere."),
    ("solved", "1", "", "1 if the solver converged to its tolerance."),
    ("certified", "1", "", "1 if OpenSim's own equations hold along the motion within the stated bound."),
)

#: Suffix -> percentile of the bands of uncertain outcomes.
BAND_PERCENTILES = {"p05": 5.0, "p50": 50.0, "p95": 95.0}
#: Outcomes with a Monte Carlo band beside them, stored as ``<name>_<suffix>``.
BANDED = (
    "peak_patellofemoral_contact_force_bw",
    "peak_patellofemoral_stress_mpa",
    "peak_medial_compartment_force_bw",
    "peak_lateral_compartment_force_bw",
    "peak_abductor_demand_over_capacity",
    "daily_knee_adduction_impulse_knm_s",
    "daily_patellofemoral_contact_impulse_bw_s",
)


def _bands() -> dict[str, Variable]:
    """One variable for each outcome with a band and each percentile."""
    return {
        f"{name}_{suffix}": replace(
            OUTCOMES[name],
            name=f"{name}_{suffix}",
            description=f"{percentile:g} % of Monte Carlo draws lie below: {OUTCOMES[name].description}",
        )
        for name in BANDED
        for suffix, percentile in BAND_PERCENTILES.items()
    }


OUTCOMES.update(_bands())

#: ``plant.h5``: the model as plain arrays. Ragged polynomials carry their own ``term`` and ``variable`` sizes.
PLANT = _table(
    ("body_mass_kg", "kg", "body", "Mass."),
    ("body_mass_center_m", "m", "body axis", "Mass centre in the body frame."),
    ("body_inertia_kg_m2", "kg m^2", "body axis axis", "Inertia about the mass centre, in body axes."),
    ("joint_parent_body", "1", "joint", "Name of the parent body, or ground."),
    ("joint_child_body", "1", "joint", "Name of the child body."),
    ("joint_parent_rotation", "1", "joint axis axis", "Rotation of the joint frame in the parent body."),
    ("joint_parent_translation_m", "m", "joint axis", "Origin of the joint frame in the parent body."),
    ("joint_child_rotation", "1", "joint axis axis", "Rotation of the joint frame in the child body."),
    ("joint_child_translation_m", "m", "joint axis", "Origin of the joint frame in the child body."),
    ("axis_joint_index", "1", "transform_axis", "Joint that each elementary motion belongs to."),
    ("axis_is_rotation", "1", "transform_axis", "1 for a rotation, 0 for a translation."),
    ("axis_direction", "1", "transform_axis axis", "Unit direction in the frame reached so far."),
    ("axis_coordinate_index", "1", "transform_axis", "Coordinate that drives it, -1 for a constant."),
    (
        "axis_polynomial",
        "rad or m",
        "transform_axis power",
        "Ascending coefficients of the displacement as a polynomial of the coordinate.",
    ),
    ("coordinate_role", "1", "coordinate", "'free' (solved for) or 'prescribed' (taken from the reference gait)."),
    ("coordinate_is_rotation", "1", "coordinate", "1 for an angle, 0 for a displacement."),
    ("coordinate_range", "rad or m", "coordinate bound", "Range over which paths and curves were fitted."),
    ("coordinate_normal_spread", "rad or m", "coordinate", "Standard deviation among healthy walkers."),
    ("coordinate_closeness", "1", "coordinate", "How closely its measurement is tracked, against 1 for the others."),
    (
        "passive_exponential_torque_nm",
        "N m",
        "coordinate bound",
        "K1, K2 of K1 exp(s1 (q - q1)) + K2 exp(s2 (q - q2)).",
    ),
    ("passive_exponential_slope", "1/rad", "coordinate bound", "s1, s2 of the passive torque."),
    ("passive_exponential_offset_rad", "rad", "coordinate bound", "q1, q2 of the passive torque."),
    ("passive_stiffness_nm_rad", "N m/rad", "coordinate", "Linear passive stiffness about zero."),
    ("passive_damping_nms_rad", "N m s/rad", "coordinate", "Linear passive damping."),
    ("contact_body", "1", "contact_sphere", "Body that carries the sphere."),
    ("contact_center_m", "m", "contact_sphere axis", "Sphere centre in its body."),
    ("contact_radius_m", "m", "contact_sphere", "Sphere radius."),
    ("contact_stiffness_pa", "Pa", "contact_sphere", "Plane-strain modulus of OpenSim's SmoothSphereHalfSpaceForce."),
    ("contact_dissipation_s_m", "s/m", "contact_sphere", "Hunt-Crossley dissipation."),
    ("contact_static_friction", "1", "contact_sphere", "Coefficient of static friction."),
    ("contact_dynamic_friction", "1", "contact_sphere", "Coefficient of dynamic friction."),
    ("contact_viscous_friction_s_m", "s/m", "contact_sphere", "Coefficient of viscous friction."),
    ("contact_transition_velocity_m_s", "m/s", "contact_sphere", "Slip speed where friction reaches its full value."),
    ("contact_hertz_smoothing", "1", "contact_sphere", "Steepness of the contact onset."),
    ("contact_hunt_crossley_smoothing", "1", "contact_sphere", "Steepness of the cut-off of the dissipation."),
    ("muscle_max_isometric_force_n", "N", "muscle", "Maximum isometric force after calibration."),
    ("muscle_optimal_fiber_length_m", "m", "muscle", "Optimal fibre length."),
    ("muscle_tendon_slack_length_m", "m", "muscle", "Tendon slack length."),
    ("muscle_pennation_angle_rad", "rad", "muscle", "Pennation angle at optimal fibre length."),
    ("muscle_max_contraction_velocity_per_s", "1/s", "muscle", "Maximum shortening speed in optimal fibre lengths."),
    ("muscle_active_force_width_scale", "1", "muscle", "Width factor of the active force-length curve."),
    ("muscle_fiber_damping", "1", "muscle", "Linear fibre damping in maximum isometric forces."),
    (
        "muscle_passive_fiber_strain",
        "1",
        "muscle",
        "Fibre strain at which the passive fibre force reaches the maximum isometric force; 0: no passive force.",
    ),
    ("muscle_activation_time_constant_s", "s", "muscle", "Activation time constant."),
    ("muscle_deactivation_time_constant_s", "s", "muscle", "Deactivation time constant."),
    ("muscle_calibration_factor", "1", "muscle", "What calibration multiplied the maximum isometric force by."),
    ("band_muscle", "1", "band", "Muscle along whose path the passive strand runs."),
    ("band_slack_length_m", "m", "band", "Length at which the strand begins to pull: that of upright standing."),
    ("band_stiffness_n", "N", "band", "Slope of the strand's tension by its strain beyond the toe."),
    ("band_toe_strain", "1", "band", "Strain at which the slope of the tension has risen to its full value."),
    ("landmark_body", "1", "landmark", "Body that carries the landmark."),
    ("landmark_m", "m", "landmark axis", "Landmark in its body."),
    ("actuator_optimal_force_nm", "N m", "actuator", "Torque at full control."),
    ("polynomial_coordinate_index", "1", "variable", "Coordinates that the polynomial depends on."),
    ("polynomial_exponent", "1", "term variable", "Power of each variable in each term."),
    ("polynomial_coefficient", "m or 1", "term component", "Coefficient of each term, one column a component."),
    ("path_length_rms_error_m", "m", "muscle", "RMS error of the fitted muscle length against OpenSim's geometry."),
    ("path_moment_arm_rms_error_m", "m", "muscle", "Largest RMS error over the coordinates of the fitted moment arms."),
    ("path_length_max_error_m", "m", "muscle", "Largest error of the fitted muscle length."),
)

#: ``reference_gait.h5`` holds a solution and what it was tracked to.
MEASUREMENT = _table(
    ("measured_time_s", "s", "measured_time", "Times of the measured cycle from its start to its end."),
    (
        "measured_coordinate_value",
        "rad or m",
        "measured_time coordinate",
        "Measured coordinates, 0 where not measured.",
    ),
    ("coordinate_is_measured", "1", "coordinate", "1 for a coordinate that was measured."),
    ("measured_ground_reaction_bw", "body weight", "measured_time side axis", "Measured ground reaction of each foot."),
    (
        "estimated_ground_reaction_bw",
        "body weight",
        "measured_time side axis",
        "Ground reaction of each foot as it follows from the motion, where none was measured.",
    ),
    (
        "measured_ground_moment_bw_m",
        "body weight m",
        "measured_time side axis",
        "Moment of each measured ground reaction about the origin of ground.",
        "about x forward, y up, z right",
    ),
    ("ground_reaction_bw", "body weight", "time side axis", "Ground reaction of each foot of the reference gait."),
    ("foot_lateral_m", "m", "time side", "Mean z of the contact spheres of each foot.", "to the right positive"),
    ("healthy_parameter", "1", "time point_parameter", "Parameters of the solver's problem at each point."),
    ("tracking_rms_error", "rad or m", "coordinate", "RMS difference between the reference gait and the measurement."),
)

#: ``poses.h5``: the body at instants of a motion, as OpenSim places it in ground. For pictures.
POSES = _table(
    ("instant_s", "s", "instant", "Instants of the cycle, evenly spaced; the last is its end: one cycle further on."),
    (
        "body_quaternion",
        "1",
        "body instant quaternion",
        "Rotation of each body in ground as a unit quaternion: w, x, y, z.",
        "turns body axes into ground axes",
    ),
    ("body_origin_m", "m", "body instant axis", "Origin of each body in ground.", "x forward, y up, z right"),
    (
        "joint_center_m",
        "m",
        "joint axis",
        "Origin of the joint frame that is fixed in the child body, in the axes of the child body.",
        "x forward, y up, z right",
    ),
    ("path_point_muscle_index", "1", "path_point", "Muscle of each path point; the points of a muscle are in order."),
    ("path_point_body_index", "1", "path_point", "Body that carries the path point; -1 is ground."),
    (
        "path_point_m",
        "m",
        "path_point instant axis",
        "Path point in its body, of the healthy model's wrapped geometry; on the straight path where it does not wrap.",
    ),
    ("muscle_activation", "1", "instant muscle", "Muscle activation, 0 to 1."),
    ("muscle_tendon_force_n", "N", "instant muscle", "Force along the tendon.", "tension positive"),
    (
        "ground_reaction_n",
        "N",
        "side instant axis",
        "Force of the ground on each foot, in ground axes.",
        "x forward, y up, z right",
    ),
    (
        "center_of_pressure_m",
        "m",
        "side instant axis",
        "Where the ground reaction acts, in ground axes; the origin while the foot carries nothing.",
        "x forward, y up, z right",
    ),
)

#: ``motion_sensitivity.h5``: exact derivatives of a solved motion by the strength fraction of each muscle.
MOTION_SENSITIVITY = _table(
    ("strength_muscle", "1", "strength_muscle", "OpenSim name of the muscle whose strength changes."),
    (
        "coordinate_value_per_strength",
        "rad or m",
        "strength_muscle time coordinate",
        "Derivative of each coordinate by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "coordinate_speed_per_strength",
        "rad/s or m/s",
        "strength_muscle time coordinate",
        "Derivative of each speed by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "coordinate_acceleration_per_strength",
        "rad/s^2 or m/s^2",
        "strength_muscle time coordinate",
        "Derivative of each acceleration by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "muscle_activation_per_strength",
        "1",
        "strength_muscle time muscle",
        "Derivative of each activation by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "muscle_tendon_force_n_per_strength",
        "N",
        "strength_muscle time muscle",
        "Derivative of each tendon force by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "contact_force_n_per_strength",
        "N",
        "strength_muscle time contact_sphere axis",
        "Derivative of each contact force by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "contact_point_m_per_strength",
        "m",
        "strength_muscle time contact_sphere axis",
        "Derivative of each point of application by the strength fraction of a muscle.",
        "more as the muscle gets stronger",
    ),
    (
        "objective_per_strength",
        "1",
        "strength_muscle",
        "Derivative of the solver's cost by the strength fraction of a muscle.",
        "costlier as the muscle gets stronger",
    ),
    (
        "weakly_active_bounds",
        "1",
        "",
        "Number of activation bounds and limits that are neither clearly active nor clearly inactive.",
    ),
    (
        "bound_share_of_motion",
        "1",
        "strength_muscle",
        "Root mean square difference of the coordinates' derivatives between all weakly active bounds held and all "
        "free, relative to the derivative: an upper bound of how one-sided it may be.",
    ),
)

#: ``sweep.h5`` of a study in which muscles tire: ``walk_<impulse>``, the sum over a limb's steps of a walk so far.
WALK = {
    f"walk_{name}": replace(
        variable,
        name=f"walk_{name}",
        description=f"Sum over this limb's steps from the start of the walk to steps_walked: {variable.description}",
    )
    for name, variable in OUTCOMES.items()
    if "_impulse_" in name and variable.dims == ("side",) and not name.startswith(("daily_", "smallest_"))
}

VARIABLES: dict[str, Variable] = {**MOTION_SENSITIVITY, **LABELS, **OUTCOMES, **SOLUTION, **PLANT, **MEASUREMENT}
#: For ``outcomes.h5`` and ``sweep.h5``: ``muscle_activation`` is a curve over the gait cycle there.
CYCLE_VARIABLES: dict[str, Variable] = {**VARIABLES, **OUTCOMES, **WALK}
#: For ``poses.h5``: activation and tension are given at its instants.
POSE_VARIABLES: dict[str, Variable] = {**VARIABLES, **POSES}

#: Timing faults of a scenario, one number each, with the value that is no fault.
TIMING = {"onset_delay_ms": 0.0, "slower_activation": 1.0, "activation_ceiling": 1.0, "early_shutoff_ms": 0.0}

#: What a sweep says of the making of each scenario.
MAKING = _table(
    ("solve_cpu_s", "s", "", "Processor time of the solve, all its starts included; 0 where the file does not say."),
    ("outcomes_sha256", "1", "", "SHA-256 of the scenario's outcomes.h5, from which this row is."),
    ("solve_started_utc", "1", "", "When the solve began, ISO 8601 in UTC; empty where the file does not say."),
)
CYCLE_VARIABLES |= MAKING

#: What a sweep says of each scenario beside its numbers.
DESCRIPTORS = (
    *("adaptation", "label", "role", "comparison", "treatment", "posture_preset", "speed_m_s", "steps_walked"),
    *("walk", "instructed_trunk_lean_deg", "badly_timed", *TIMING),
)
#: Quantities that are words; every other one is numbers (`storage` holds writers and readers to that).
WORDS = frozenset(
    {
        *LABELS,
        "landmark_body",
        "joint_parent_body",
        "joint_child_body",
        "contact_body",
        "coordinate_role",
        "band_muscle",
    }
    | {"strength_muscle", "adaptation", "label", "role", "comparison", "treatment", "posture_preset", "walk"}
    | {"badly_timed", "outcomes_sha256", "solve_started_utc"}
)
_NEVER_DIFFERENTIATED = {
    *("foot_strike_s", "daily_steps", "stride_time_s", "stride_length_m"),
    "smallest_meaningful_daily_knee_adduction_impulse_knm_s",
    *("strength_fraction", "solved", "certified", *DESCRIPTORS),
}
#: Scalar outcomes (one a side, or one) that have derivatives by the strength of muscles.
DIFFERENTIATED = tuple(
    name
    for name, variable in OUTCOMES.items()
    if variable.dims in {("side",), ()} and name not in {*_NEVER_DIFFERENTIATED, *_bands()}
)


def _sensitivity() -> dict[str, Variable]:
    """For each scalar outcome its derivative by the strength of each muscle, and where that is one-sided."""
    table = {name: OUTCOMES[name] for name in DIFFERENTIATED}
    for name in DIFFERENTIATED:
        outcome = OUTCOMES[name]
        dims = (*outcome.dims, "strength_muscle")
        table[f"{name}_per_strength"] = Variable(
            f"{name}_per_strength",
            outcome.unit,
            dims,
            f"Derivative by the strength fraction of a muscle: {outcome.description}",
            "more as the muscle gets stronger",
        )
        table[f"{name}_has_kink"] = Variable(
            f"{name}_has_kink", "1", dims, f"1 where slopes differ within 1 % of strength: {outcome.description}"
        )
    return table


#: ``sensitivity.h5``: scalar outcomes, and their derivatives by the strength of each muscle.
SENSITIVITY: dict[str, Variable] = {
    **LABELS,
    **_sensitivity(),
    **{name: MOTION_SENSITIVITY[name] for name in ("strength_muscle", "bound_share_of_motion")},
    **_table(
        (
            "muscle_strength_fraction",
            "1",
            "strength_muscle",
            "Maximum isometric force of each muscle relative to the calibrated healthy model, as solved.",
        ),
        (
            "bounds_undecided",
            "1",
            "strength_muscle",
            "1 where the motion's derivative hangs on weakly active activation bounds by more than its own size: gains "
            "of strength may count differently from losses.",
        ),
    ),
}


def describe(name: str, table: Mapping[str, Variable] = VARIABLES) -> Variable:
    """The registered variable, or a ``KeyError`` that says how to add one."""
    try:
        return table[name]
    except KeyError:
        raise KeyError(
            f"'{name}' is not registered in gluteweak/variables.py: add its unit, dims and meaning"
        ) from None
