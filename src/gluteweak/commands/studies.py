"""Sub-commands about study files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (
        _add_scenarios,
        _add_schema,
    ):
        add(commands)


def _add_scenarios(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "scenarios",
        _run_scenarios,
        "Check a study and list what it will run, with the expected time and disk space.",
    )
    parser.add_argument("study", type=Path, metavar="STUDY", help="study file or sheet, for instance config/dose.yaml")
    parser.add_argument("--what-if", action="store_true", help="list the study's what-if motions instead")
    parser.add_argument("--summary", action="store_true", help="only say how many, how long and how large")
    parser.add_argument(
        "--cores", type=_cores, default=os.cpu_count() or 1, metavar="N", help="cores to run on (default: all)"
    )
    parser.add_argument("--yes", action="store_true", help="mean it, should there be more than 100 000 scenarios")


def _cores(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"'{word}' is no number of cores; give 1 or more")
    return int(word)


def _run_scenarios(options: argparse.Namespace) -> str:
    from gluteweak import estimate
    from gluteweak.study import load_study

    study = load_study(options.study, yes=options.yes)
    if options.what_if:
        return "".join(f"{name}\n" for name in study.what_if_motions())
    names = [scenario.scenario_id for scenario in study.scenarios()]
    points = study.simulation.intervals * study.simulation.degree
    cost = estimate.scenario_cost(study.results_dir.parent, points)
    closing = estimate.summary(str(options.study), len(names), options.cores, cost)
    return f"{closing}\n" if options.summary else "".join(f"{name}\n" for name in (*names, "", closing))


def _add_schema(commands: arguments.Commands[arguments.Parser]) -> None:
    arguments.command(commands, "schema", _run_schema, "Print the JSON schema of study files.")


def _run_schema(_: argparse.Namespace) -> str:
    from gluteweak.study import schema_text

    return schema_text()
