"""Sub-commands that draw what only some studies have: timing faults, and treatments."""

from __future__ import annotations

import argparse

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    parser = arguments.command(
        commands,
        "coordination-figure",
        _run_coordination,
        "Draw what badly timed muscles change: curves over the stride, and every outcome fault by fault.",
    )
    arguments.path(parser, "--sweep", "sweep.h5 of a study with timing faults, for instance config/coordination.yaml")
    arguments.path(
        parser, "--out-dir", "folder for coordination_curves and coordination_summary (.svg, .pdf, .png, .txt)"
    )
    parser = arguments.command(
        commands,
        "treatment-figure",
        _run_treatment,
        "Draw the table of treatments: healthy, untreated and each treatment, link by link, per step and per day.",
    )
    arguments.path(parser, "--sweep", "sweep.h5 of a study with treatments, for instance config/treatment.yaml")
    arguments.path(parser, "--out-dir", "folder for treatments (.svg, .pdf, .png, .txt)")


def _run_coordination(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    commands.coordination(options.sweep, options.out_dir)


def _run_treatment(options: argparse.Namespace) -> None:
    from gluteweak.figures import commands

    commands.treatment(options.sweep, options.out_dir)
