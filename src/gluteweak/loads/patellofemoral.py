"""Patellofemoral contact area and stress by knee flexion and sex."""

from __future__ import annotations

import numpy as np

from gluteweak import parameters
from gluteweak.errors import InputError
from gluteweak.loads import patellofemoral_kernels as kernels
from gluteweak.plant import FloatArray

#: The ratio was published for knees bent up to this.
_LARGEST_RATIO_FLEXION_DEG = 90.0
_AREA_BY_SEX = {
    "male": parameters.PATELLOFEMORAL_AREA_MALE,
    "female": parameters.PATELLOFEMORAL_AREA_FEMALE,
}


def contact_area_mm2(knee_flexion_deg: FloatArray, sex: str) -> FloatArray:
    """Contact area of the loaded patellofemoral joint (Besier et al. 2005), in mm^2.

    Parameters
    ----------
    knee_flexion_deg : (n,)
        Flexion positive.
    sex : str
        ``male`` or ``female``: whose published areas are taken.

    Raises
    ------
    InputError
        If the sex is another word.

    Notes
    -----
    Areas were measured at 0, 30 and 60 deg; in between they are interpolated linearly. Outside that range the area at
    its end is held: nothing was measured there, and a fitted curve would grow without bound. Swing passes 60 deg at
    small force. The unloaded areas are multiplied by the published mean rise under body weight at every angle.
    """
    if sex not in _AREA_BY_SEX:
        raise InputError(f"Unknown sex '{sex}' of the model: contact areas are known for {', '.join(_AREA_BY_SEX)}.")
    flexion = np.ascontiguousarray(knee_flexion_deg, dtype=np.float64)
    if flexion.ndim != 1:
        raise ValueError(f"knee_flexion_deg: shape {flexion.shape}; expected (n,)")
    area = np.asarray(_AREA_BY_SEX[sex].value) * parameters.PATELLOFEMORAL_AREA_WEIGHT_BEARING_FACTOR.value
    out = np.empty(len(flexion))
    kernels.contact_area(flexion, np.asarray(parameters.PATELLOFEMORAL_AREA_FLEXION.value), area, out)
    return out


def force_ratio(knee_flexion_deg: FloatArray) -> FloatArray:
    """Patellofemoral contact force over quadriceps force, (n,), by knee flexion (Brechter and Powers 2002).

    For models without patella. The published rational function covers 0 to 90 deg; beyond, its ends are held.
    """
    theta = np.clip(knee_flexion_deg, 0.0, _LARGEST_RATIO_FLEXION_DEG)
    top, bottom = (
        np.polynomial.polynomial.polyval(theta, np.asarray(coefficients.value))
        for coefficients in (
            parameters.PATELLOFEMORAL_FORCE_RATIO_NUMERATOR,
            parameters.PATELLOFEMORAL_FORCE_RATIO_DENOMINATOR,
        )
    )
    return np.asarray(top / bottom)


def contact_stress_mpa(contact_force_n: FloatArray, knee_flexion_deg: FloatArray, sex: str) -> FloatArray:
    """Mean stress: contact force over `contact_area_mm2`, (n,) in MPa (N/mm^2).

    Raises
    ------
    ValueError
        If force and flexion differ in shape.
    """
    force = np.ascontiguousarray(contact_force_n, dtype=np.float64)
    if force.shape != knee_flexion_deg.shape:
        raise ValueError(f"force and flexion: shapes {force.shape} and {knee_flexion_deg.shape}; expected the same")
    out = np.empty(len(force))
    kernels.stress(force, contact_area_mm2(knee_flexion_deg, sex), out)
    return out
