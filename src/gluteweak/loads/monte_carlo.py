"""How far outcomes may lie from their nominal values when what enters them is uncertain: bands by Monte Carlo.

Each draw is one person with another contact area, compartment geometry, quadriceps lever, abductor capacity and
number of steps. Motion and muscle forces are those of the solution: the bands say nothing about how another person
would walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gluteweak import parameters
from gluteweak.loads import contact_kernels as kernels
from gluteweak.loads.gait_cycle import GAIT_CYCLE_PCT
from gluteweak.plant import FloatArray
from gluteweak.variables import BAND_PERCENTILES, BANDED

DRAWS = 10_000
SEED = 20_260_101


@dataclass(frozen=True)
class Draws:
    """Uncertain inputs, (n_draws,) each; ``*_factor`` multiply the nominal value and have median 1."""

    area_factor: FloatArray
    lever_factor: FloatArray
    capacity_factor: FloatArray
    steps_factor: FloatArray
    spacing_m: FloatArray
    offset_m: FloatArray


def draw_inputs(count: int = DRAWS, seed: int = SEED) -> Draws:
    """Draw independent inputs: lengths of the offset normal, all that must be positive log-normal.

    Raises
    ------
    ValueError
        If ``count`` is less than 1.
    """
    if count < 1:
        raise ValueError(f"{count} draws; expected at least 1")
    normal = np.random.default_rng(seed).standard_normal((6, count))
    spacing = _number(parameters.COMPARTMENT_SPACING)
    return Draws(
        area_factor=_log_normal(normal[0], _number(parameters.PATELLOFEMORAL_AREA_VARIATION)),
        lever_factor=_log_normal(normal[1], _number(parameters.PATELLAR_LEVER_VARIATION)),
        capacity_factor=_log_normal(
            normal[2], _number(parameters.HIP_ABDUCTION_CAPACITY_SD) / _number(parameters.HIP_ABDUCTION_CAPACITY)
        ),
        steps_factor=_log_normal(
            normal[3], _number(parameters.STEPS_PER_DAY_RETEST_ERROR) / _number(parameters.STEPS_PER_DAY)
        ),
        spacing_m=spacing * _log_normal(normal[4], _number(parameters.COMPARTMENT_SPACING_SD) / spacing),
        offset_m=_number(parameters.COMPARTMENT_OFFSET_SD) * normal[5],
    )


def bands(values: Mapping[str, Any], *, gravity_m_s2: float, draws: Draws | None = None) -> dict[str, FloatArray]:
    """5, 50 and 95 % of the outcomes in ``variables.BANDED``: name_p05, name_p50, name_p95 -> (n_sides,).

    Parameters
    ----------
    values : mapping
        Outcomes by name, as `compute_outcomes` gives them.
    gravity_m_s2 : float
    draws : Draws, optional
        Drawn with the fixed seed where not given.

    Notes
    -----
    A quadriceps with a longer lever makes the same moment with less force: kneecap loads go with 1 / lever. Stress goes
    with 1 / area besides. Compartments are parted anew by `contact.compartments` for each geometry; a joint centre that
    lies elsewhere is taken as the offset of the contacts. Demand over capacity goes with 1 / capacity.
    """
    draws = draws or draw_inputs()
    force = 1.0 / draws.lever_factor
    factor = {
        "peak_patellofemoral_contact_force_bw": force,
        "peak_patellofemoral_stress_mpa": force / draws.area_factor,
        "daily_patellofemoral_contact_impulse_bw_s": force * draws.steps_factor,
        "peak_abductor_demand_over_capacity": 1.0 / draws.capacity_factor,
        "daily_knee_adduction_impulse_knm_s": draws.steps_factor,
    }
    samples = {name: np.asarray(values[name])[:, None] * scale for name, scale in factor.items()}
    compartments = _peak_compartments(values, 1.0 / gravity_m_s2, draws)
    samples["peak_medial_compartment_force_bw"], samples["peak_lateral_compartment_force_bw"] = compartments
    return {
        f"{name}_{suffix}": quantile
        for name in BANDED
        for suffix, quantile in zip(
            BAND_PERCENTILES, np.percentile(samples[name], list(BAND_PERCENTILES.values()), axis=1), strict=True
        )
    }


def _peak_compartments(values: Mapping[str, Any], bw_m_per_nm_kg: float, draws: Draws) -> tuple[FloatArray, FloatArray]:
    """Peaks of the medial and the lateral force in stance, (n_sides, n_draws) each."""
    made = []
    for side, foot_off in enumerate(values["foot_off_pct"]):
        stance = foot_off >= GAIT_CYCLE_PCT
        compression = np.ascontiguousarray(values["tibiofemoral_compression_bw"][side][stance])
        moment = np.ascontiguousarray(values["tibiofemoral_frontal_moment_nm_kg"][side][stance] * bw_m_per_nm_kg)
        out = np.empty((2, len(draws.spacing_m)))
        kernels.peak_compartments(compression, moment, draws.spacing_m, draws.offset_m, out)
        made.append(out)
    stacked = np.stack(made, axis=1)
    return stacked[0], stacked[1]


def _log_normal(normal: FloatArray, variation: float) -> FloatArray:
    """Median 1 and this coefficient of variation."""
    return np.asarray(np.exp(np.sqrt(np.log1p(variation**2)) * normal))


def _number(parameter: parameters.Parameter[float]) -> float:
    return float(np.asarray(parameter.value))
