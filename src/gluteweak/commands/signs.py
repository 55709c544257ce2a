"""Sub-commands that say what a walk shows: the compensation that was found, and signs of hip-driven knee trouble."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    parser = arguments.command(
        commands, "compensation", _run_compensation, "Name the compensation that each scenario of a sweep found."
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study, or its folder")
    arguments.path(
        parser,
        "--scenarios-dir",
        "folders with solution.h5 (default: scenarios/ beside the sweep, if there)",
        required=False,
    )
    arguments.path(parser, "--out-dir", "folder for compensation.txt", required=False)
    parser = arguments.command(
        commands, "signs", _run_signs, "Check each scenario of a sweep for signs of hip-driven knee trouble."
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study, or its folder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    arguments.path(parser, "--out-dir", "folder for signs.txt and signs.json", required=False)


def _run_compensation(options: argparse.Namespace) -> str:
    from gluteweak.comparison import compensation
    from gluteweak.comparison.reading import read_sweep
    from gluteweak.validation import report

    sweep = read_sweep(options.sweep, (*compensation.OUTCOMES, "gait_cycle_pct", "foot_off_pct"))
    beside = sweep.path.parent / "scenarios"
    folder = options.scenarios_dir or (beside if beside.is_dir() else None)
    text = compensation.as_text(compensation.compensations(sweep, folder))
    if options.out_dir is not None:
        report.write(options.out_dir / "compensation.txt", text)
    return text


def _run_signs(options: argparse.Namespace) -> str:
    from gluteweak.comparison import signs
    from gluteweak.comparison.reading import read_sweep
    from gluteweak.validation import report

    found = signs.checklists(read_sweep(options.sweep, ("gait_cycle_pct",), signs.OUTCOMES))
    if options.out_dir is not None:
        report.write(options.out_dir / "signs.txt", signs.as_text(found))
        report.write(options.out_dir / "signs.json", signs.as_json(found))
    return signs.as_json(found) if options.json else signs.as_text(found)
