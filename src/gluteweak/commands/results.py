"""Sub-commands about finished results: verify them, hand them on."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments
from gluteweak.errors import SolveError


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (
        _add_verify,
        _add_export,
    ):
        add(commands)


def _add_verify(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "verify",
        _run_verify,
        "Check again that a result is whole: checksums, units and meanings, no NaN, certificates.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="sweep.h5, or solution.h5 or outcomes.h5 of a scenario")


def _run_verify(options: argparse.Namespace) -> str:
    from gluteweak import verify

    problems = verify.verify(options.file)
    if problems:
        raise SolveError(verify.closing_sentence(options.file, problems))
    return f"{options.file}: whole, as the registry says, and certified\n"


def _add_export(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands, "export", _run_export, "Write a sweep's scalars as a tidy table: one line a scenario and side."
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study")
    arguments.path(parser, "--out", "table to write (.csv)")


def _run_export(options: argparse.Namespace) -> str:
    from gluteweak.export import export_csv

    count = export_csv(options.sweep, options.out)
    return (
        f"{count} scenarios: {options.out}; solution.sto and ground_reaction.sto of each, for OpenSim, are in "
        f"{options.sweep.parent / 'scenarios'}/\n"
    )
