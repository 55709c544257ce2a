"""Steps of an import that each need a process of their own: OpenSim and CasADi cannot share one.

``python -m gluteweak.import_stages STAGE FILE`` runs one step with the arguments in a JSON file. The exit code is that
of the command line, and what is wrong stands in one sentence on stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gluteweak.errors import InputError, SolveError

_EXIT_SOLVE, _EXIT_INPUT = 1, 2
Arguments = Mapping[str, Any]


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value)


def convert(arguments: Arguments) -> None:
    """Model and trial to the walker's files (OpenSim)."""
    from gluteweak.opensim_model.import_walker import ImportOrder, import_walker

    order = ImportOrder(
        name=arguments["name"],
        model=Path(arguments["model"]),
        motion=Path(arguments["motion"]),
        ground_reactions=_path(arguments["ground_reactions"]),
        external_loads=_path(arguments["external_loads"]),
        start_s=arguments["start_s"],
        end_s=arguments["end_s"],
        motion_filter_hz=arguments["motion_filter_hz"],
        force_filter_hz=arguments["force_filter_hz"],
        sex=arguments["sex"],
        donor_dir=Path(arguments["donor_dir"]),
    )
    import_walker(order, Path(arguments["out_dir"]))


def generic(arguments: Arguments) -> None:
    """The built-in walker scaled to a person (no room needed but the tables and the stored gait)."""
    from gluteweak.scaled_walker import write_scaled

    write_scaled(
        Path(arguments["donor_dir"]),
        Path(arguments["out_dir"]),
        mass_kg=arguments["mass_kg"],
        height_m=arguments["height_m"],
        sex=arguments["sex"],
        speed_m_s=arguments["speed_m_s"],
    )


def build(arguments: Arguments) -> None:
    """The calibrated model and plant, as a study builds them (OpenSim)."""
    from gluteweak.opensim_model.commands import build_model

    build_model(
        Path(arguments["model_dir"]), Path(arguments["model"]), Path(arguments["plant"]), calibration="measured"
    )


def track(arguments: Arguments) -> None:
    """The measured cycle to a reference gait (CasADi)."""
    from gluteweak.walking.commands import track_reference

    track_reference(
        Path(arguments["plant"]),
        Path(arguments["coordinates"]),
        _path(arguments["ground_reactions"]),
        arguments["start_s"],
        arguments["end_s"],
        Path(arguments["out"]),
        estimated_reactions=_path(arguments["estimated_reactions"]),
    )


def certify(arguments: Arguments) -> None:
    """OpenSim's verdict on the reference gait, whatever it is (OpenSim)."""
    from gluteweak.opensim_model.import_verdict import judge_reference

    judge_reference(Path(arguments["model"]), Path(arguments["plant"]), Path(arguments["gait"]), Path(arguments["out"]))


def draw(arguments: Arguments) -> None:
    """The figure of the import (matplotlib)."""
    from gluteweak.figures.imported import draw_import

    draw_import(Path(arguments["gait"]), Path(arguments["report"]), Path(arguments["out"]))


STAGES: Mapping[str, Callable[[Arguments], None]] = {
    stage.__name__: stage for stage in (convert, generic, build, track, certify, draw)
}


def main() -> int:
    """Run the stage that the command line names."""
    stage, file = sys.argv[1:]
    try:
        STAGES[stage](json.loads(Path(file).read_text(encoding="utf-8")))
    except (InputError, SolveError) as error:
        sys.stderr.write(f"{error}\n")
        return _EXIT_INPUT if isinstance(error, InputError) else _EXIT_SOLVE
    return 0


if __name__ == "__main__":
    sys.exit(main())
