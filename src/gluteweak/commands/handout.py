"""The sub-command that makes a patient's handout."""

from __future__ import annotations

import argparse
from pathlib import Path

from gluteweak.commands import arguments


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    parser = arguments.command(
        commands,
        "handout",
        _run,
        "Make a two-page PDF for a patient: what the hip muscle does, and what one scenario shows, in plain words.",
    )
    parser.add_argument("--scenario", metavar="ID", help="scenario to show (default: the weakest certified one)")
    parser.add_argument(
        "--sweep",
        type=Path,
        metavar="PATH",
        default=Path("results/default/sweep.h5"),
        help="sweep.h5 of the study (default: %(default)s)",
    )
    parser.add_argument("--language", default="en", metavar="CODE", help="en, de or es (default: %(default)s)")
    parser.add_argument("--clinic", metavar="NAME", help="name of the clinic, printed at the top")
    parser.add_argument("--paper", default="a4", metavar="SIZE", help="a4 or letter (default: %(default)s)")
    arguments.path(parser, "--out", "PDF to write (default: handout-<scenario>-<language>.pdf here)", required=False)


def _run(options: argparse.Namespace) -> str:
    from gluteweak.figures import patient
    from gluteweak.handout import document, facts, readability, text

    found = facts.read_facts(options.sweep, options.scenario)
    said = text.write_text(found, options.language, text.clinic_name(options.clinic))
    pictures = patient.draw_pictures(
        options.sweep, found.scenario_id, found.findings, found.drawn_posture, text.picture_words(options.language)
    )
    out = options.out or Path(f"handout-{found.scenario_id}-{options.language}.pdf")
    document.write_pdf(said, pictures, patient.font_folder(), options.paper, out)
    formula = readability.FORMULAS[options.language]
    level = formula.score(readability.counts(said.running_text(), options.language))
    return f"handout: {out} ({formula.name} {level:.1f}; easy enough for age 12: {formula.target:g})\n"
