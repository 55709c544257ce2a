"""What a held gait asks of weak muscles, by strength: tables for the terminal and for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak import parameters
from gluteweak.storage import atomic_path, read_file
from gluteweak.summary import aligned

_NAMES = (
    "muscle",
    "coordinate",
    "time_s",
    "quadrature_weight",
    "muscle_activation",
    "muscle_tendon_force_n",
    "muscle_strength_fraction",
    "reserve_torque_nm",
)
_MOST_NAMED = 4


def write(folders: Sequence[Path], out_dir: Path) -> str:
    """Write ``fixed_gait.csv`` and ``fixed_gait_muscles.csv``; the text is the first of them, for people.

    Parameters
    ----------
    folders : sequence of Path
        One a run, each with a ``solution.h5``; the first is what forces are compared with.
    out_dir : Path
        Folder for the two tables.

    Raises
    ------
    InputError
        If a file is missing or broken.
    """
    runs = [read_file(folder / "solution.h5", _NAMES) for folder in folders]
    rows = [_row(values, attributes, runs[0][0]) for values, attributes in runs]
    _write_csv(out_dir / "fixed_gait.csv", rows)
    _write_csv(
        out_dir / "fixed_gait_muscles.csv",
        [row for values, attributes in runs for row in _muscle_rows(values, attributes, runs[0][0])],
    )
    return _text(rows, runs[0][1])


def _row(values: dict[str, Any], attributes: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    reserve = np.abs(values["reserve_torque_nm"])
    is_needed = not attributes["gait_possible"]
    time, coordinate = np.unravel_index(int(reserve.argmax()), reserve.shape)
    limit = float(np.asarray(parameters.CERTIFICATE_HIGH_ACTIVATION.value))
    share = values["quadrature_weight"] @ (values["muscle_activation"] > limit)
    saturated = [str(values["muscle"][i]) for i in np.argsort(-share) if share[i] > 0]
    change = _mean_force(values) - _mean_force(first)
    takers = [
        (str(values["muscle"][i]), float(change[i])) for i in np.argsort(-change)[:_MOST_NAMED] if change[i] > 1.0
    ]
    return {
        "scenario_id": attributes["scenario_id"],
        "strength_percent": 100 * float(attributes["strength_fraction"]),
        "gait_possible": int(attributes["gait_possible"]),
        "least_peak_reserve_nm_kg": float(attributes["least_peak_reserve_nm_kg"]),
        "largest_reserve_at": str(values["coordinate"][coordinate]) if is_needed else "",
        "largest_reserve_s": float(values["time_s"][time]) if is_needed else "",
        "objective": float(attributes["objective"]),
        "saturated_muscles": len(saturated),
        "saturated_longest": " ".join(saturated[:_MOST_NAMED]),
        "take_over": " ".join(f"{name}:+{more:.0f}N" for name, more in takers),
    }


def _mean_force(values: dict[str, Any]) -> Any:
    return values["quadrature_weight"] @ values["muscle_tendon_force_n"]


def _muscle_rows(values: dict[str, Any], attributes: dict[str, Any], first: dict[str, Any]) -> Iterable[dict[str, Any]]:
    limit = float(np.asarray(parameters.CERTIFICATE_HIGH_ACTIVATION.value))
    for i, muscle in enumerate(values["muscle"]):
        force, healthy = values["muscle_tendon_force_n"][:, i], first["muscle_tendon_force_n"][:, i]
        yield {
            "scenario_id": attributes["scenario_id"],
            "strength_percent": 100 * float(attributes["strength_fraction"]),
            "muscle": muscle,
            "muscle_strength_fraction": float(values["muscle_strength_fraction"][i]),
            "peak_activation": float(values["muscle_activation"][:, i].max()),
            "saturated_share_of_cycle": float(
                values["quadrature_weight"] @ (values["muscle_activation"][:, i] > limit)
            ),
            "mean_force_n": float(values["quadrature_weight"] @ force),
            "mean_force_change_n": float(values["quadrature_weight"] @ (force - healthy)),
            "peak_force_n": float(force.max()),
            "peak_force_change_n": float(force.max() - healthy.max()),
        }


def _write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})


def _text(rows: Sequence[dict[str, Any]], attributes: dict[str, Any]) -> str:
    lines = [["strength", "possible", "least reserve", "at", "saturated", "mean force taken over by"]]
    lines.append(["%", "", "Nm/kg", "", "muscles", ""])
    for row in rows:
        lines.append(
            [
                f"{row['strength_percent']:.4g}",
                "yes" if row["gait_possible"] else "no",
                f"{row['least_peak_reserve_nm_kg']:.4f}",
                str(row["largest_reserve_at"]),
                str(row["saturated_muscles"]),
                str(row["take_over"]),
            ]
        )
    least = float(attributes["least_possible_percent"])
    closing = (
        "This gait is not possible even at full strength."
        if np.isnan(least)
        else f"Least strength at which muscles alone can keep this gait: {least:.1f} % (bisection to 0.5 %)."
    )
    return "\n".join([*aligned(lines), "", closing]) + "\n"
