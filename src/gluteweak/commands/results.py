"""Sub-commands about finished results: verify them, hand them on."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments
from gluteweak.errors import InputError, SolveError


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

    broken: set[str] = set()
    problems = verify.verify(options.file, broken)
    if broken:
        from gluteweak.batch import manifest

        manifest.ask_again(options.file.parent, broken)
    if problems:
        raise SolveError(verify.closing_sentence(options.file, problems))
    return f"{options.file}: whole, as the registry says, and certified\n"


def _add_export(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "export",
        _run_export,
        "Hand a sweep on: its scalars as a tidy table (one line a scenario and side), motions for OpenSim's GUI.",
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep.h5 of a study")
    arguments.path(parser, "--out", "table to write (.csv or .parquet)", required=False)
    parser.add_argument(
        "--scenario", nargs="+", default=[], metavar="ID", help="scenarios whose model, motion and forces to write"
    )
    arguments.path(
        parser, "--out-dir", "with --scenario: folder for <ID>.osim, <ID>.mot and the like (default: .)", required=False
    )


def _run_export(options: argparse.Namespace) -> str:
    from gluteweak.export import export_motion, export_table

    if options.out is None and not options.scenario:
        raise InputError("Say what to export: a table with --out, or motions with --scenario.")
    said = []
    if options.out is not None:
        said.append(f"{export_table(options.sweep, options.out)} scenarios: {options.out}")
    for scenario in options.scenario:
        said.append(", ".join(map(str, export_motion(options.sweep, scenario, options.out_dir or Path()))))
    return "\n".join(said) + "\n"
