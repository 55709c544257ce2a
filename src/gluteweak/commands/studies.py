"""Sub-commands about study files."""

from __future__ import annotations

import argparse
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
    parser = arguments.command(commands, "scenarios", _run_scenarios, "Check a study file and list its scenarios.")
    parser.add_argument("study", type=Path, metavar="STUDY", help="study file, for instance config/default.yaml")
    parser.add_argument("--what-if", action="store_true", help="list the study's what-if motions instead")


def _run_scenarios(options: argparse.Namespace) -> str:
    from gluteweak.study import load_study

    study = load_study(options.study)
    names = study.what_if_motions() if options.what_if else [scenario.scenario_id for scenario in study.scenarios()]
    return "".join(f"{name}\n" for name in names)


def _add_schema(commands: arguments.Commands[arguments.Parser]) -> None:
    arguments.command(commands, "schema", _run_schema, "Print the JSON schema of study files.")


def _run_schema(_: argparse.Namespace) -> str:
    from gluteweak.study import schema_text

    return schema_text()
