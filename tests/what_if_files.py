"""What-if folders for tests: outcomes with chosen peaks, and feet at chosen places."""

from __future__ import annotations

import json

import numpy as np

from gluteweak.storage import write_file
from gluteweak.variables import CYCLE_VARIABLES

#: Healthy peaks of the right side; the left has 10 more.
HEALTHY = {
    "peak_pelvic_drop_deg": 3.0,
    "peak_trunk_lean_deg": -1.0,
    "peak_hip_abduction_moment_nm_kg": 0.8,
    "peak_patellofemoral_stress_mpa": 2.0,
}
WIDTH_CM = 15.0


def write_motion(parent, name, change, size, side, *, peaks, width_cm=WIDTH_CM, certified=1):
    """A folder as what-if, certify and outcomes leave it; ``peaks`` are changes on the right, a tenth of those left."""
    values = {"side": np.array(["right", "left"], dtype=object), "certified": certified}
    for key, healthy in HEALTHY.items():
        more = peaks.get(key, 0.0)
        values[key] = np.array([healthy + more, healthy + 10 + 10 * more])
    write_file(parent / name / "outcomes.h5", values, {}, table=CYCLE_VARIABLES)
    # The right foot carries load in the first instant only, the left in the second; where they swing does not count.
    lateral = np.array([[width_cm / 200, 9.9], [9.9, -width_cm / 200]])
    force = np.zeros((2, 2, 3))
    force[[0, 1], [0, 1], 1] = 700.0
    solution = {
        "foot_lateral_m": lateral,
        "contact_force_n": force,
        "contact_sphere": np.array(["heel_r", "heel_l"], dtype=object),
    }
    what = {"change": change, "size": size, "side": side, "posture_habit": 1.0}
    write_file(parent / name / "solution.h5", solution, {"what_if": json.dumps(what)})
    return parent / name


def three(parent):
    """The healthy gait, a drop on the right, a lean on the left that is not certified, and a wider step."""
    drop = {"peak_pelvic_drop_deg": 4.0, "peak_hip_abduction_moment_nm_kg": 0.2}
    lean = {"peak_trunk_lean_deg": 1.0, "peak_hip_abduction_moment_nm_kg": -0.03}
    return [
        write_motion(parent, "what_if-none", "none", 0.0, "both", peaks={}),
        write_motion(parent, "what_if-pelvic_drop_r-4deg", "pelvic_drop", 4.0, "right", peaks=drop),
        write_motion(parent, "what_if-trunk_lean_l-10deg", "trunk_lean", 10.0, "left", peaks=lean, certified=0),
        write_motion(parent, "what_if-step_width-minus5cm", "step_width", -5.0, "both", peaks={}, width_cm=10.0),
    ]
