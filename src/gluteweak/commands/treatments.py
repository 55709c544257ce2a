"""The sub-command that sets treatments beside the untreated and the healthy walker."""

from __future__ import annotations

import argparse

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-command."""
    parser = arguments.command(
        commands,
        "treatments",
        _run,
        "Set each treatment of a study beside the untreated and the healthy walker, per step and per day.",
    )
    arguments.path(parser, "--sweep", "sweep.h5 of a study with treatments, for instance config/treatment.yaml")
    arguments.path(parser, "--out-dir", "folder for treatments.txt and treatments.csv", required=False)


def _run(options: argparse.Namespace) -> str:
    import csv
    import io

    from gluteweak.comparison import treatments
    from gluteweak.comparison.reading import read_sweep
    from gluteweak.validation import report

    names = [outcome.name for outcome in treatments.LINKS]
    bands = [f"{outcome.name}_{edge}" for outcome in treatments.LINKS if outcome.banded for edge in ("p05", "p95")]
    comparisons = treatments.read_treatments(read_sweep(options.sweep, (), (*names, *bands)))
    text = treatments.as_text(comparisons)
    if options.out_dir is not None:
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(treatments.as_csv_rows(comparisons))
        report.write(options.out_dir / "treatments.txt", text)
        report.write(options.out_dir / "treatments.csv", table.getvalue())
    return text
