"""Numbers from the literature: each with its unit, where it was read and what kind of number it is.

``source`` is a key of ``docs/references.bib`` (``gluteweak`` for this project's own choices), ``locator`` the page,
table or sentence. No physical number stands anywhere else in the code; the model's own numbers are in ``models/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T", float, tuple[float, ...])


@dataclass(frozen=True)
class Parameter(Generic[T]):
    """One number, or a tuple of numbers that belong together; ``kind`` says how it came about."""

    value: T
    unit: str
    source: str
    locator: str
    kind: Literal["measured", "derived", "defined", "assumed"]


# Patellofemoral contact area -----------------------------------------------------------------------------------------

PATELLOFEMORAL_AREA_FLEXION = Parameter(
    value=(0.0, 30.0, 60.0),
    unit="deg",
    source="besier2005",
    locator="abstract: knee flexion of the scanned postures",
    kind="defined",
)
PATELLOFEMORAL_AREA_MALE = Parameter(
    value=(210.0, 414.0, 520.0),
    unit="mm^2",
    source="besier2005",
    locator="abstract: unloaded, 8 men",
    kind="measured",
)
PATELLOFEMORAL_AREA_FEMALE = Parameter(
    value=(210.0, 269.0, 396.0),
    unit="mm^2",
    source="besier2005",
    locator="abstract: unloaded, 8 women; at 0 deg it says 'similar' to men, so the men's value stands there",
    kind="measured",
)
PATELLOFEMORAL_AREA_WEIGHT_BEARING_FACTOR = Parameter(
    value=1.24,
    unit="1",
    source="besier2005",
    locator="abstract: +24 % on average at 0.45 body weight per leg",
    kind="measured",
)

PATELLOFEMORAL_FORCE_RATIO_NUMERATOR = Parameter(
    value=(0.462, 1.47e-3, -3.84e-5),
    unit="1, 1/deg, 1/deg^2",
    source="brechter2002",
    locator="ratio of patellofemoral to quadriceps force by knee flexion, ascending powers; as in public code",
    kind="derived",
)
PATELLOFEMORAL_FORCE_RATIO_DENOMINATOR = Parameter(
    value=(1.0, -1.62e-2, 1.55e-4, -6.98e-7),
    unit="1, 1/deg, 1/deg^2, 1/deg^3",
    source="brechter2002",
    locator="ratio of patellofemoral to quadriceps force by knee flexion, ascending powers; as in public code",
    kind="derived",
)

# Joint loads, and how uncertain what enters them is ------------------------------------------------------------------

COMPARTMENT_SPACING = Parameter(
    value=0.04,
    unit="m",
    source="lerner2015",
    locator="medial to lateral tibiofemoral contact; as OpenCap's computeJointLoading takes it from there, not re-read",
    kind="derived",
)
COMPARTMENT_SPACING_SD = Parameter(
    value=0.004,
    unit="m",
    source="gluteweak",
    locator="a tenth of the spacing; no distribution was found",
    kind="assumed",
)
COMPARTMENT_OFFSET_SD = Parameter(
    value=0.003,
    unit="m",
    source="gluteweak",
    locator="how far the middle between the contacts may lie medial or lateral of the model's joint centre",
    kind="assumed",
)
PATELLOFEMORAL_AREA_VARIATION = Parameter(
    value=0.156,
    unit="1",
    source="besier2015",
    locator="abstract: men 608 (SD 95) mm^2 in a loaded stair-climb posture; women 467 (SD 59) mm^2 vary less (0.126)",
    kind="derived",
)
PATELLAR_LEVER_VARIATION = Parameter(
    value=0.1,
    unit="1",
    source="gluteweak",
    locator="coefficient of variation of the quadriceps' lever arm among people; in vivo means are 31 to 47 mm",
    kind="assumed",
)
HIP_ABDUCTION_CAPACITY_SD = Parameter(
    value=0.3,
    unit="N m/kg",
    source="abductorstrengthwalking",
    locator="abstract: maximal isometric hip abductor strength 1.8 (SD 0.3), n = 14",
    kind="measured",
)
GLUTEUS_MAXIMUS_BAND_SHARE = Parameter(
    value=0.5,
    unit="1",
    source="gluteweak",
    locator="share of the gluteus maximus force that goes into the iliotibial band; anatomists say the greater part",
    kind="assumed",
)
STEPS_PER_DAY = Parameter(
    value=3500.0,
    unit="1/day",
    source="gluteweak",
    locator="steps of one limb: 7000 steps a day",
    kind="assumed",
)
STEPS_PER_DAY_RETEST_ERROR = Parameter(
    value=1043.0,
    unit="1/day",
    source="robbins2009",
    locator="abstract: standard error of measurement of steps per day, test and retest",
    kind="measured",
)
SMALLEST_MEANINGFUL_DAILY_KNEE_ADDUCTION_IMPULSE = Parameter(
    value=9.67,
    unit="kN m s",
    source="robbins2009",
    locator="abstract: standard error of measurement of the cumulative knee adductor load",
    kind="measured",
)

# How strength falls over a walk ---------------------------------------------------------------------------------------

FATIGUE_RATE = Parameter(
    value=0.00970,
    unit="1/s",
    source="freylaw2012",
    locator="Table 1, general fit over all joints; as quoted by MyoSuite's validation page. None for the hip: its "
    "measured endurance curves are of ankle, knee, trunk, shoulder, elbow and grip",
    kind="derived",
)
FATIGUE_RECOVERY_RATE = Parameter(
    value=0.00091,
    unit="1/s",
    source="freylaw2012",
    locator="Table 1, general fit over all joints; as quoted by MyoSuite's validation page",
    kind="derived",
)
FATIGUE_REST_RECOVERY_FACTOR = Parameter(
    value=15.0,
    unit="1",
    source="looft2018",
    locator="r for ankle, knee and elbow: recovery is so much faster in rest intervals; as quoted by MyoSuite",
    kind="derived",
)
FATIGUE_REST_ACTIVATION = Parameter(
    value=0.05,
    unit="1",
    source="gluteweak",
    locator="activation below which a muscle counts as resting; the source knows only load and no load",
    kind="assumed",
)

# Gait events ---------------------------------------------------------------------------------------------------------

FOOT_CONTACT_THRESHOLD = Parameter(
    value=20.0,
    unit="N",
    source="gluteweak",
    locator="vertical ground reaction above which a foot counts as on the ground; customary for force plates",
    kind="assumed",
)

# Muscle and gravity, as the OpenSim models and the simulation share them ---------------------------------------------

STANDARD_GRAVITY = Parameter(
    value=9.80665,
    unit="m/s^2",
    source="bipm2019",
    locator="section 2.3.1, standard value of 1901",
    kind="defined",
)
ACTIVATION_TIME_CONSTANT = Parameter(
    value=0.015,
    unit="s",
    source="degroote2016",
    locator="activation dynamics; default of OpenSim's DeGrooteFregly2016Muscle",
    kind="assumed",
)
DEACTIVATION_TIME_CONSTANT = Parameter(
    value=0.060,
    unit="s",
    source="degroote2016",
    locator="activation dynamics; default of OpenSim's DeGrooteFregly2016Muscle",
    kind="assumed",
)
ACTIVE_FORCE_LENGTH = Parameter(
    value=(
        *(0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465),
        *(0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188),
        *(0.1, 1.0, 0.353553390593274, 0.0),
    ),
    unit="1",
    source="degroote2016",
    locator="b1 to b4 of the three Gaussians of the active force-length curve, as in OpenSim 4.6",
    kind="derived",
)
FIBER_DAMPING = Parameter(
    value=0.01,
    unit="1",
    source="rajagopal2016",
    locator="model file: fiber_damping of all 80 muscles",
    kind="assumed",
)
ACTIVE_FORCE_WIDTH_SCALE = Parameter(
    value=1.5,
    unit="1",
    source="dembia2020",
    locator="OpenSim's walking examples: ModOpScaleActiveFiberForceCurveWidthDGF(1.5)",
    kind="assumed",
)
DEFAULT_ACTIVATION = Parameter(
    value=0.05,
    unit="1",
    source="gluteweak",
    locator="what the model shows when opened in OpenSim; enters no result",
    kind="assumed",
)

# Calibration of the hip abductors ------------------------------------------------------------------------------------

HIP_ABDUCTION_CAPACITY = Parameter(
    value=1.8,
    unit="N m/kg",
    source="abductorstrengthwalking",
    locator="abstract: maximal isometric hip abductor strength 1.8 (SD 0.3), n = 14",
    kind="measured",
)
HIP_ABDUCTION_TEST_ADDUCTION = Parameter(
    value=0.08726646259971647,
    unit="rad",
    source="gluteweak",
    locator="5 degrees: hip adduction near its stance maximum in walking; the source does not give the test posture",
    kind="assumed",
)

# Iliotibial band --------------------------------------------------------------------------------------------------

ILIOTIBIAL_MODULUS = Parameter(
    value=350e6,
    unit="Pa",
    source="otsuka2020",
    locator="abstract: Young's modulus along the band of twelve cadavers over vastus lateralis, 338 to 363 MPa",
    kind="measured",
)
ILIOTIBIAL_STRAND_AREA = Parameter(
    value=20e-6,
    unit="m^2",
    source="gluteweak",
    locator="cross-section of the fibres that run from the iliac crest past both muscles: 1 mm thick, 20 mm wide",
    kind="assumed",
)
ILIOTIBIAL_TOE_STRAIN = Parameter(
    value=0.03,
    unit="1",
    source="gluteweak",
    locator="strain at which the band's wavy fibres are straight; tendon and fascia have toes of 2 to 4 %",
    kind="assumed",
)

# Imported walkers -----------------------------------------------------------------------------------------------------

DEFAULT_PASSIVE_FIBER_STRAIN = Parameter(
    value=0.6,
    unit="1",
    source="degroote2016",
    locator="default of OpenSim's DeGrooteFregly2016Muscle: strain of the passive fibre at maximum isometric force",
    kind="assumed",
)
DEFAULT_TENDON_STRAIN = Parameter(
    value=0.049,
    unit="1",
    source="degroote2016",
    locator="default of OpenSim's DeGrooteFregly2016Muscle: tendon strain at maximum isometric force",
    kind="assumed",
)

# A person by mass, height and sex ------------------------------------------------------------------------------------

LEG_LENGTH_OVER_HEIGHT = Parameter(
    value=0.491,
    unit="1",
    source="winter2009",
    locator="figure 4.1: hip at 0.530, ankle at 0.039 of the height; thigh and shank together; read in reproductions",
    kind="derived",
)
SEGMENT_MASS_SHARE_MALE = Parameter(
    value=(0.1416, 0.0433, 0.0137, 0.5040, 0.0271, 0.0162, 0.0061),
    unit="1",
    source="deleva1996",
    locator="table 4: thigh, shank, foot, head with trunk, upper arm, forearm, hand of men; read in a reproduction",
    kind="measured",
)
SEGMENT_MASS_SHARE_FEMALE = Parameter(
    value=(0.1478, 0.0481, 0.0129, 0.4925, 0.0255, 0.0138, 0.0056),
    unit="1",
    source="deleva1996",
    locator="table 4: thigh, shank, foot, head with trunk, upper arm, forearm, hand of women; read in a reproduction",
    kind="measured",
)
MUSCLE_VOLUME_BY_MASS_HEIGHT = Parameter(
    value=(1285.0, 47.0),
    unit="cm^3, cm^3/(kg m)",
    source="handsfield2014",
    locator="muscle volume of a lower limb as a line in mass x height: intercept, slope; read in an implementation",
    kind="measured",
)

# Certificate: what OpenSim must confirm ------------------------------------------------------------------------------

SMALLEST_MAX_ISOMETRIC_FORCE = Parameter(
    value=1e-3,
    unit="N",
    source="gluteweak",
    locator="stands for 0 N in OpenSim models: at 0 N the tendon force of DeGrooteFregly2016Muscle is 0/0 = NaN",
    kind="assumed",
)
CERTIFICATE_HIGH_ACTIVATION = Parameter(
    value=0.95,
    unit="1",
    source="gluteweak",
    locator="activation from which on a muscle counts as saturated",
    kind="assumed",
)
CERTIFICATE_ACTIVATION_SLACK = Parameter(
    value=1e-6,
    unit="1",
    source="gluteweak",
    locator="how far beyond [0, 1] an activation may lie: IPOPT relaxes its bounds by 1e-8",
    kind="assumed",
)
ZIGZAG_LARGEST_SHARE = Parameter(
    value=0.5,
    unit="1",
    source="gluteweak",
    locator="share of an acceleration's mean square that may be zigzag in mesh intervals: ringing walks had 0.8 to 1",
    kind="assumed",
)
ZIGZAG_FLOOR = Parameter(
    value=5.0,
    unit="rad/s^2 or m/s^2",
    source="gluteweak",
    locator="zigzag below which no acceleration is judged: at 25 intervals a cycle it moves an angle by 0.02 degrees",
    kind="assumed",
)
CERTIFICATE_LARGEST_DEFECT = Parameter(
    value=1e-4,
    unit="rad, m, rad/s, m/s or 1",
    source="gluteweak",
    locator="how far values, speeds and activations may lie from the integrals of their rates over one mesh interval",
    kind="assumed",
)

# From which difference on two walks differ ---------------------------------------------------------------------------

SMALLEST_MEANINGFUL_FRONTAL_ANGLE = Parameter(
    value=2.0,
    unit="deg",
    source="mcginley2009",
    locator="discussion: errors of 2 deg or less are likely to be acceptable between sessions; quoted from memory",
    kind="derived",
)
SMALLEST_MEANINGFUL_ROTATION_ANGLE = Parameter(
    value=5.0,
    unit="deg",
    source="mcginley2009",
    locator="discussion: errors above 5 deg may mislead; rotations have the largest; quoted from memory",
    kind="derived",
)
SMALLEST_DETECTABLE_KNEE_ADDUCTION_MOMENT_CHANGE = Parameter(
    value=0.20,
    unit="1",
    source="tan2020",
    locator="abstract: normalised MDC95 20 to 40 % over measures of the knee adduction moment; peaks vary least",
    kind="derived",
)
SMALLEST_SHOWN_LOAD_CHANGE = Parameter(
    value=0.10,
    unit="1",
    source="gluteweak",
    locator="share of the healthy value below which a change without published threshold or model band is not shown",
    kind="assumed",
)


# Walking speed -------------------------------------------------------------------------------------------------------

WALKING_SPEED_RANGE = Parameter(
    value=(0.9, 1.5),
    unit="m/s",
    source="schwartz2008",
    locator="slow to fast mean dimensionless speed, 0.290 to 0.560: 0.88 to 1.70 m/s for legs of 0.94 m",
    kind="derived",
)

STRIDE_TIME_SPREAD = Parameter(
    value=0.066,
    unit="1",
    source="schwartz2008",
    locator="supplement, peaks: dimensionless cadence at free speed, 0.5648 with a standard deviation of 0.0374",
    kind="derived",
)

# Signs of hip-driven knee trouble: normal values, mean and standard deviation ----------------------------------------

NORMAL_PEAK_PELVIC_DROP = Parameter(
    value=(4.40, 1.10),
    unit="deg",
    source="schwartz2008",
    locator="supplement: stance maximum of pelvic obliquity at free speed; typically developing children",
    kind="measured",
)
NORMAL_PEAK_HIP_ADDUCTION = Parameter(
    value=(5.20, 3.36),
    unit="deg",
    source="schwartz2008",
    locator="supplement: stance maximum of the mean curve and its SD there; typically developing children",
    kind="measured",
)
NORMAL_PEAK_TRUNK_LEAN = Parameter(
    value=(1.6, 2.0),
    unit="deg",
    source="leboeuf2019",
    locator="normative data distributed with CGM2.3: global thorax obliquity; demographics not in the file",
    kind="derived",
)
NORMAL_PEAK_PATELLOFEMORAL_FORCE = Parameter(
    value=(0.9, 0.4),
    unit="body weight",
    source="hart2022",
    locator="abstract: walking, healthy people",
    kind="measured",
)
NORMAL_SPREADS = Parameter(
    value=2.0,
    unit="1",
    source="gluteweak",
    locator="standard deviations above the mean up to which a value counts as normal; customary",
    kind="assumed",
)
SMALLEST_SHOWN_LATERAL_CHANGE = Parameter(
    value=1.0,
    unit="cm",
    source="gluteweak",
    locator="change of lateral sway or step width below which none is named; to be confirmed against retest errors",
    kind="assumed",
)
SMALLEST_SHOWN_CO_CONTRACTION_CHANGE = Parameter(
    value=5.0,
    unit="% (points of the index)",
    source="gluteweak",
    locator="change of a co-contraction index below which none is named; to be confirmed against retest errors",
    kind="assumed",
)
SMALLEST_SHOWN_HELP = Parameter(
    value=5.0,
    unit="N",
    source="gluteweak",
    locator="mean force in stance by which a muscle must gain to be named among those that took over",
    kind="assumed",
)
GLUTEUS_MEDIUS_ACTIVITY = Parameter(
    value=(96.0, 40.0),
    unit="% of gait cycle",
    source="leboeuf2019",
    locator="normal activation table distributed with CGM2.3: on and off, from before foot strike to mid stance",
    kind="measured",
)
ACTIVE_FROM = Parameter(
    value=0.05,
    unit="1",
    source="gluteweak",
    locator="activation above which a muscle counts as active: 5 % of maximum, as usual for EMG",
    kind="assumed",
)
SMALLEST_SHOWN_ACTIVITY_DELAY = Parameter(
    value=1.0,
    unit="% of gait cycle",
    source="gluteweak",
    locator="how much later than in the healthy walk a muscle may begin: one sample of the curves",
    kind="assumed",
)
