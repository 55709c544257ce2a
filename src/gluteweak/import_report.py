"""The report of an import: numbers, doubts about them, and the same in plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from gluteweak.parameters import HIP_ABDUCTION_CAPACITY
from gluteweak.plant import PROGRESSION, Plant

#: An import beyond these is not to be trusted without being looked at.
LARGEST_ANGLE_ERROR_DEG, LARGEST_MISSING_PCT, LARGEST_SATURATED_SHARE = 3.0, 0.5, 0.10
SATURATED_ACTIVATION = 0.95
_PELVIS_SHIFTS = (PROGRESSION, "pelvis_ty", "pelvis_tz")
_AXES = ("forward", "vertical", "sideways")
_WIDTH = 100
_MOST_NAMED = 6


def assemble(
    facts: Mapping[str, Any], gait: Mapping[str, Any], attributes: Mapping[str, Any], certificate: Mapping[str, Any]
) -> dict[str, Any]:
    """Report of an import.

    Parameters
    ----------
    facts
        What the conversion found (``import.json``).
    gait, attributes
        Quantities and attributes of ``reference_gait.h5``.
    certificate
        OpenSim's verdict on it.
    """
    errors = _tracking_errors(gait)
    saturated = _saturated(gait)
    reaction = ground_reaction_errors(gait)
    guide = ground_reaction_errors(gait, "estimated_ground_reaction_bw")
    missing = {
        "force_pct_bw": certificate["largest_missing_force_pct_bw"],
        "moment_pct_bw_m": certificate["largest_missing_moment_pct_bw_m"],
    }
    report = {
        **facts,
        "iterations": int(attributes["iterations"]),
        "solver_wall_s": float(attributes["wall_s"]),
        "speed_m_s": float(attributes["distance_m"]) / float(attributes["duration_s"]),
        "stride_s": float(attributes["duration_s"]),
        "tracking_rms_deg": errors,
        "ground_reaction": reaction,
        "ground_reaction_by_motion": guide,
        "ground_reaction_source": "measured and tracked"
        if reaction
        else "predicted by the contact model, not measured",
        "patellofemoral_load": patellofemoral_source(patella=bool(facts.get("patella"))),
        "certificate": {**missing, "objections": certificate["objections"]},
        "saturated_share": saturated,
    }
    report["doubts"] = _doubts(report)
    return report


def plant_facts(plant: Plant) -> dict[str, Any]:
    """Path-fit errors and hip-abduction capacity of a walker whose conversion told none: one that was scaled."""
    rms = np.asarray(plant.path_length_rms_error_m)
    factors = np.asarray(plant.muscle_calibration_factor)
    factor = float(factors[factors != 1.0][0]) if np.any(factors != 1.0) else 1.0
    calibrated = {side: float(plant.attributes[f"hip_abduction_capacity_nm_kg_{side}"]) for side in ("r", "l")}
    return {
        "path_fit": {
            "worst_rms_m": float(rms.max()),
            "worst_muscle": plant.muscle[int(rms.argmax())],
            "worst_moment_arm_rms_m": float(np.max(plant.path_moment_arm_rms_error_m)),
        },
        "capacity": {
            "published_nm_kg": float(np.asarray(HIP_ABDUCTION_CAPACITY.value)),
            "calibrated_nm_kg": calibrated,
            "abductors_scaled_by": factor,
        },
    }


def patellofemoral_source(*, patella: bool) -> str:
    """What patellofemoral loads of a walker are, in a few words."""
    if patella:
        return "reaction of the model's patellofemoral joint"
    return "no patella in the model: quadriceps force times a published ratio (Brechter and Powers 2002)"


def _tracking_errors(gait: Mapping[str, Any]) -> dict[str, float]:
    names = [str(n) for n in gait["coordinate"]]
    errors, measured = np.asarray(gait["tracking_rms_error"]), np.asarray(gait["coordinate_is_measured"]).astype(bool)
    return {
        name: float(np.degrees(error))
        for name, error, known in zip(names, errors, measured, strict=True)
        if known and error and name not in _PELVIS_SHIFTS
    }


def ground_reaction_errors(
    gait: Mapping[str, Any], against: str = "measured_ground_reaction_bw"
) -> dict[str, dict[str, float]]:
    """Side -> RMS error by direction and peaks of the vertical force, in body weights; empty without that record.

    Parameters
    ----------
    gait
        Quantities of ``reference_gait.h5``.
    against
        What to compare with: the measured reactions, or those that were estimated from the motion.
    """
    if against not in gait or not np.any(gait[against]):
        return {}
    measured = np.asarray(gait[against])
    own = np.asarray(gait["ground_reaction_bw"]).reshape(-1, 2, 3)
    time = np.asarray(gait["time_s"])
    result = {}
    for s, side in enumerate(("right", "left")):
        at = np.column_stack([np.interp(time, gait["measured_time_s"], measured[:, s, a]) for a in range(3)])
        rms = np.sqrt(np.mean((own[:, s] - at) ** 2, axis=0))
        result[side] = {
            **{f"rms_{axis}_bw": float(value) for axis, value in zip(_AXES, rms, strict=True)},
            "peak_vertical_bw": float(own[:, s, 1].max()),
            "measured_peak_vertical_bw": float(at[:, 1].max()),
        }
    return result


def _saturated(gait: Mapping[str, Any]) -> dict[str, float]:
    """Muscle -> share of the cycle at an activation above 0.95, for those that ever are."""
    activation = np.asarray(gait["muscle_activation"])
    weight = np.asarray(gait["quadrature_weight"])
    share = weight @ (activation > SATURATED_ACTIVATION) / weight.sum()
    names = [str(n) for n in gait["muscle"]]
    return {name: float(part) for name, part in zip(names, share, strict=True) if part > 0.0}


def _doubts(report: Mapping[str, Any]) -> list[str]:
    doubts = []
    far = {n: e for n, e in report["tracking_rms_deg"].items() if not e <= LARGEST_ANGLE_ERROR_DEG}
    if far:
        worst = max(far, key=lambda name: far[name])
        angles = "1 angle is" if len(far) == 1 else f"{len(far)} angles are"
        doubts.append(f"{angles} off by more than {LARGEST_ANGLE_ERROR_DEG:g} deg RMS ({worst}: {far[worst]:.1f} deg)")
    missing = max(report["certificate"]["force_pct_bw"], report["certificate"]["moment_pct_bw_m"])
    if not missing <= LARGEST_MISSING_PCT:
        doubts.append(
            f"OpenSim misses {missing:.2f} % of body weight in the equations of motion (bound "
            f"{LARGEST_MISSING_PCT:g} %)"
        )
    full = {n: s for n, s in report["saturated_share"].items() if s > LARGEST_SATURATED_SHARE}
    if full:
        worst = sorted(full, key=lambda name: -full[name])
        told = ", ".join(f"{name} {100 * full[name]:.0f} %" for name in worst[:_MOST_NAMED])
        more = f" and {len(worst) - _MOST_NAMED} more" if len(worst) > _MOST_NAMED else ""
        muscles = "1 muscle works at its" if len(full) == 1 else f"{len(full)} muscles work at their"
        doubts.append(
            f"{muscles} limit (activation above {SATURATED_ACTIVATION:g}) for more than "
            f"{100 * LARGEST_SATURATED_SHARE:g} % of the cycle: {told}{more}"
        )
    return doubts


def as_text(report: Mapping[str, Any]) -> str:
    """The report for people."""
    lines = [
        f"Walker {report['name']}: {report['mass_kg']:.1f} kg, {report['muscles']} muscles",
        f"Gait: {report['speed_m_s']:.2f} m/s, stride {report['stride_s']:.3f} s, {report['iterations']} iterations, "
        f"{report['solver_wall_s']:.0f} s",
        f"Ground reactions: {report['ground_reaction_source']}",
        f"Patellofemoral load: {report['patellofemoral_load']}",
        "",
        "TO BE TRUSTED" if not report["doubts"] else "NOT TO BE TRUSTED AS IT IS",
        *(f"  - {doubt}" for doubt in report["doubts"]),
        "",
        "Angles against measured ones (deg RMS)",
        *_columns({n: f"{e:.2f}" for n, e in report["tracking_rms_deg"].items()}),
    ]
    lines += _reaction_lines(report)
    certificate = report["certificate"]
    lines += [
        "",
        f"Missing from OpenSim's equations: {certificate['force_pct_bw']:.3f} % of body weight (forces), "
        f"{certificate['moment_pct_bw_m']:.3f} % of body weight x m (moments)",
    ]
    lines += _model_lines(report)
    for part, title in (("model", "Model"), ("motion", "Motion"), ("ground_reactions", "Ground reactions")):
        lines += ["", f"{title}: what was found and done"]
        for note in report["notes"].get(part, ()):
            lines += textwrap.wrap(note, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def _reaction_lines(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, title, word in (
        ("ground_reaction", "Ground reaction against the measured one (body weights)", "measured"),
        (
            "ground_reaction_by_motion",
            "Predicted ground reaction against what follows from the motion by Newton's law (body weights)",
            "by motion",
        ),
    ):
        if report.get(key):
            lines += ["", title]
        for side, numbers in report.get(key, {}).items():
            lines.append(
                f"  {side:6s} RMS forward {numbers['rms_forward_bw']:.3f}, vertical "
                f"{numbers['rms_vertical_bw']:.3f}, sideways "
                f"{numbers['rms_sideways_bw']:.3f}; peak {numbers['peak_vertical_bw']:.2f}, {word} "
                f"{numbers['measured_peak_vertical_bw']:.2f}"
            )
    return lines


def _model_lines(report: Mapping[str, Any]) -> list[str]:
    lines = []
    capacity = report.get("capacity")
    if capacity:
        built = capacity.get("as_built_nm_kg")
        told = "of the scaled walker"
        if built:
            told = f"as built {built['r']:.2f} (right) and {built['l']:.2f} (left) Nm/kg,"
        reached = capacity["calibrated_nm_kg"]
        lines.append(
            f"Hip-abduction capacity {told} calibrated to {reached['r']:.2f} and {reached['l']:.2f} Nm/kg by abductors "
            f"times {capacity['abductors_scaled_by']:.2f}; published {capacity['published_nm_kg']:.1f}"
        )
    fit = report.get("path_fit")
    if fit:
        lines.append(
            f"Muscle paths as polynomials: length within {1e3 * fit['worst_rms_m']:.2f} mm RMS "
            f"({fit['worst_muscle']}), moment "
            f"arms within {1e3 * fit['worst_moment_arm_rms_m']:.2f} mm RMS"
        )
    conversion = report.get("conversion")
    if conversion:
        lines.append(
            f"Built against the original model along the cycle: bodies within "
            f"{1e3 * conversion['largest_body_shift_m']:.1e} mm, "
            f"muscles within {1e3 * conversion['largest_muscle_length_difference_m']:.1e} mm"
        )
    contact = report.get("contact")
    if contact:
        heights = "; ".join(
            f"{'right' if side == 'r' else 'left'} heel {1e3 * heel:+.1f}, toes {1e3 * toes:+.1f} mm"
            for side, (heel, toes) in contact["height_m"].items()
        )
        lines.append(f"Contact spheres adjusted: {heights}; stiffness times {contact['stiffness_factor']:.2f}")
    share = report["saturated_share"]
    if share:
        lines += [
            "Muscles at their limit (share of the cycle)",
            *_columns({n: f"{100 * s:.0f} %" for n, s in share.items()}),
        ]
    odd = report.get("fiber_length")
    if odd:
        lines.append("Fibres outside 0.5 to 1.5 of their optimal length in the measured cycle")
        lines += _columns({n: f"{low:.2f} to {high:.2f}" for n, (low, high) in odd.items()})
    return lines


def _columns(entries: Mapping[str, str], per_line: int = 3) -> list[str]:
    cells = [f"{name:20s}{value:>12s}" for name, value in entries.items()]
    return ["  " + "  ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
