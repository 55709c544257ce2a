"""The ``gluteweak`` command: one sub-command for each rule of the workflow.

Importing this module is cheap. What a sub-command needs is imported when it runs: opensim and casadi cannot share a
process, and ``gluteweak --help`` should not wait for either.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata

from gluteweak.commands import (
    analyse,
    arguments,
    compare,
    handout,
    own_walker,
    sensitivity,
    simulate,
    studies,
    treatments,
    walker,
)
from gluteweak.commands.arguments import EXIT_INPUT
from gluteweak.errors import InputError, SolveError
from gluteweak.job_log import output_to

EXIT_SOLVE = 1

_DESCRIPTION = """\
What a weak gluteus medius does to walking and to the knee: muscle-driven 3-D walking simulations, swept over weakness.

'make sweep' runs these commands in order for a whole study; each can be run alone.
"""

_EPILOG = """\
exit codes: 0 done; 1 a simulation did not converge, or its result did not pass a check; 2 bad input.
In the last two cases one sentence on stderr says what to do, and no result is written.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run one sub-command; the return value is the exit code."""
    options = build_parser().parse_args(words)
    run: arguments.Run = options.run
    with output_to(options.log) as terminal:
        try:
            terminal.out.write(run(options) or "")
        except (InputError, SolveError) as error:
            terminal.err.write(f"gluteweak: {error}\n")
            if options.log is not None:
                sys.stderr.write(f"{error}\n")  # the log is complete by itself
            return EXIT_INPUT if isinstance(error, InputError) else EXIT_SOLVE
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line as argparse sees it."""
    parser = arguments.Parser(
        prog="gluteweak", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"gluteweak {metadata.version('gluteweak')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for topic in (
        simulate,
        analyse,
        compare,
        handout,
        sensitivity,
        studies,
        treatments,
        walker,
        own_walker,
    ):
        topic.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
