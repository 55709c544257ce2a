"""The sweep made by hand (`comparison_sweep`) as a study of treatments and as one of timing faults."""

import h5py
import numpy as np
from comparison_sweep import ADAPTATIONS, MUSCLES, STRENGTHS, bump, write_sweep

#: Strengths as a treatment study: healthy, trained, untreated.
ROLES = {1.0: ("healthy", ""), 0.5: ("treated", "hip"), 0.0: ("untreated", "")}
#: Timing faults instead of strengths: healthy, a late start of 50 and of 100 ms.
DELAYS_MS = {1.0: 0.0, 0.5: 50.0, 0.0: 100.0}
#: Loads of a step of the right leg, by strength; the left leg has the healthy one's.
STEP_LOADS = {1.0: 0.20, 0.5: 0.21, 0.0: 0.26}


def _rows():
    return [(a, s) for a in ADAPTATIONS for s in STRENGTHS]


def _step_loads():
    right = np.array([STEP_LOADS[s] for _, s in _rows()])
    return np.stack([right, np.full(len(right), STEP_LOADS[1.0])], axis=1)


def without_kneecap(path):
    """The same file as one of a walker without patellae, as `loads` says so."""
    with h5py.File(path, "a") as file:
        file.attrs["patellofemoral_load"] = (
            "quadriceps lever model (Brechter and Powers 2002): the model has no patella"
        )
    return path


#: What must then stand wherever kneecap loads are shown.
NO_KNEECAP = "Kneecap load: quadriceps lever model (Brechter and Powers 2002): the model has no patella."


def write_treatments(path, **replaced):
    """A weak walker of no strength, healthy, and one trained to half of the strength, twice."""
    told = [ROLES[s] for _, s in _rows()]
    made = {
        "role": np.array([role for role, _ in told], dtype=object),
        "treatment": np.array([treatment for _, treatment in told], dtype=object),
        "comparison": np.array([f"weak-{a}" for a, _ in _rows()], dtype=object),
        "label": np.array(
            [f"{t or r}, {a.replace('_', ' ')}" for (a, _), (r, t) in zip(_rows(), told, strict=True)],
            dtype=object,
        ),
        "patellofemoral_contact_impulse_bw_s": _step_loads(),
        **replaced,
    }
    return write_sweep(path, replaced=made)


def write_coordination(path, **replaced):
    """The same numbers, but every muscle has its full strength and the right glmed starts late."""
    delay = np.array([DELAYS_MS[s] for _, s in _rows()])
    n = len(delay)
    # Active like a hill at 20 % of the cycle, later by 1 % for every 10 ms.
    activation = np.stack([np.tile(0.4 * bump(20 + d / 10.0, 12), (len(MUSCLES), 1)) for d in delay])
    made = {
        "scenario_id": np.array(
            [f"glmed_r-late{d:03.0f}-{a}" for (a, _), d in zip(_rows(), delay, strict=True)], dtype=object
        ),
        "strength_fraction": np.ones(n),
        "muscle_strength_fraction": np.ones((n, len(MUSCLES))),
        "role": np.array(["untreated" if d else "healthy" for d in delay], dtype=object),
        "badly_timed": np.array(["glmed1_r glmed2_r" if d else "" for d in delay], dtype=object),
        "onset_delay_ms": delay,
        "slower_activation": np.ones(n),
        "activation_ceiling": np.ones(n),
        "early_shutoff_ms": np.zeros(n),
        "muscle_activation": activation,
        "patellofemoral_contact_impulse_bw_s": _step_loads(),
        **replaced,
    }
    return write_sweep(path, replaced=made)
