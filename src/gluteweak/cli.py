"""The ``gluteweak`` command: one sub-command for each rule of the workflow.

Importing this module is cheap. What a sub-command needs is imported when it runs: opensim and casadi cannot share a
process, and ``gluteweak --help`` should not wait for either.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import metadata

from gluteweak.commands import (
    analyse,
    arguments,
    batches,
    compare,
    handout,
    own_walker,
    results,
    scenario_figures,
    sensitivity,
    signs,
    simulate,
    studies,
    treatments,
    walker,
)
from gluteweak.commands.arguments import EXIT_INPUT
from gluteweak.errors import InputError, SolveError, writing_problem
from gluteweak.job_log import Terminal, output_to

EXIT_SOLVE = 1
_THREAD_VARIABLES = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
    "RAYON_NUM_THREADS",  # typst
)

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
    _allow_threads(options.threads)
    try:
        with output_to(options.log) as terminal:
            return _run(options, terminal)
    except OSError as error:  # the log itself
        problem = writing_problem(error)
        if problem is None:
            raise
        sys.stderr.write(f"gluteweak: {problem}\n")
        return EXIT_INPUT


def _run(options: argparse.Namespace, terminal: Terminal) -> int:
    run: arguments.Run = options.run

    def say(line: str) -> None:
        terminal.out.write(line + "\n")
        terminal.out.flush()

    options.say = say
    try:
        terminal.out.write(run(options) or "")
    except (InputError, SolveError) as error:
        return _fail(options, terminal, str(error), EXIT_INPUT if isinstance(error, InputError) else EXIT_SOLVE)
    except (OSError, RuntimeError) as error:
        problem = writing_problem(error)
        if problem is None:
            raise
        return _fail(options, terminal, problem, EXIT_INPUT)
    return 0


def _fail(options: argparse.Namespace, terminal: Terminal, sentence: str, code: int) -> int:
    terminal.err.write(f"gluteweak: {sentence}\n")
    if options.log is not None:
        sys.stderr.write(f"{sentence}\n")  # the log is complete by itself
    return code


def _allow_threads(count: int) -> None:
    """Tell the libraries, before they are loaded, how many threads they may start: never all cores unasked.

    Whoever sets these variables himself is left alone, unless he asks for a number here.
    """
    for variable in _THREAD_VARIABLES:
        if count:
            os.environ[variable] = str(count)
        else:
            os.environ.setdefault(variable, "1")


def build_parser() -> argparse.ArgumentParser:
    """The command line as argparse sees it."""
    parser = arguments.Parser(
        prog="gluteweak", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"gluteweak {metadata.version('gluteweak')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for topic in (
        simulate,
        batches,
        analyse,
        compare,
        handout,
        sensitivity,
        scenario_figures,
        signs,
        studies,
        treatments,
        walker,
        own_walker,
        results,
    ):
        topic.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
