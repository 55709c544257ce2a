"""A ``sensitivity.h5`` made by hand."""

import numpy as np

from gluteweak.storage import write_file
from gluteweak.variables import SENSITIVITY

MUSCLES = ("glmed1_r", "glmed2_r", "tfl_r", "glmed1_l", "soleus_l")
DROP, FORCE = "peak_pelvic_drop_deg", "peak_patellofemoral_contact_force_bw"


def write(path, **changes):
    """Right gluteus medius weak; drop falls by 2 + 1 a unit of it, kneecap force rises by 0.5 with the tensor."""
    zero = np.zeros((2, len(MUSCLES)))
    drop, force = zero.copy(), zero.copy()
    drop[0] = [2.0, 1.0, -0.5, 0.25, 0.0]
    force[0] = [0.0, 0.1, -0.5, 0.0, 0.2]
    kink = zero.astype(np.int8)
    kink[0, 1] = 1
    values = {
        "side": np.array(["right", "left"], dtype=object),
        "strength_muscle": np.array(MUSCLES, dtype=object),
        "muscle_strength_fraction": np.array([0.5, 0.5, 1.0, 1.0, 1.0]),
        "bounds_undecided": np.array([0, 0, 0, 0, 1], dtype=np.int8),
        DROP: np.array([3.2, 2.0]),
        f"{DROP}_per_strength": drop,
        f"{DROP}_has_kink": zero.astype(np.int8),
        FORCE: np.array([0.7, 0.6]),
        f"{FORCE}_per_strength": force,
        f"{FORCE}_has_kink": kink,
    }
    values |= changes
    values = {name: value for name, value in values.items() if value is not None}
    write_file(path, values, {"scenario_id": "weak", "strength_fraction": 0.5}, table=SENSITIVITY)
    return path
