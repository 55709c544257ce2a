"""Arguments that sub-commands share, and the parser that says what is wrong in one line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

EXIT_INPUT = 2

#: Runs a sub-command and returns what to tell the person at the terminal, if anything.
Run = Callable[[argparse.Namespace], str | None]


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line, as for any other bad input."""

    def error(self, message: str) -> NoReturn:
        """Say it in one line and exit with 2."""
        self.exit(EXIT_INPUT, f"{self.prog}: {message}; see '{self.prog} --help'.\n")


Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def command(commands: Commands[Parser], name: str, run: Run, text: str) -> Parser:
    """Add a sub-command; every one takes ``--log``."""
    parser = commands.add_parser(name, help=text[0].lower() + text[1:].rstrip("."), description=text)
    parser.add_argument(
        "--log", type=Path, metavar="PATH", help="file for all that libraries print (default: terminal)"
    )
    parser.add_argument(
        "--threads",
        type=positive,
        default=0,
        metavar="N",
        help="processor threads that libraries may use (default: 1, or what OMP_NUM_THREADS and its like say)",
    )
    parser.set_defaults(run=run)
    return parser


def positive(text: str) -> int:
    """A count of at least 1; argparse makes its message from this name."""
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is not possible, give 1 or more")
    return count


def path(parser: Parser, flag: str, text: str, *, required: bool = True) -> None:
    """Add an option that takes a path."""
    parser.add_argument(flag, type=Path, required=required, metavar="PATH", help=text)


def study(parser: Parser) -> None:
    """Add ``--study``."""
    path(parser, "--study", "study file, for instance config/default.yaml")


def paths(parser: Parser, flag: str, text: str) -> None:
    """Add an option that takes several paths."""
    parser.add_argument(flag, type=Path, required=True, nargs="+", metavar="PATH", help=text)


def scenarios_dir(parser: Parser) -> None:
    """Add ``--scenarios-dir``."""
    path(parser, "--scenarios-dir", "folder that holds one folder for each scenario")


def kind(parser: Parser) -> None:
    """Add ``--kind``."""
    parser.add_argument(
        "--kind",
        choices=("scenarios", "what-if", "fixed-gait"),
        default="scenarios",
        help="which of the study's simulations (default: %(default)s)",
    )


def scenario_folders(options: argparse.Namespace) -> list[Path]:
    """Folders of the simulations of ``--study`` of ``--kind`` in ``--scenarios-dir``, in the order of the study."""
    from gluteweak.study import load_study

    study = load_study(options.study)
    names = {
        "scenarios": lambda: [scenario.scenario_id for scenario in study.scenarios()],
        "what-if": lambda: list(study.what_if_motions()),
        "fixed-gait": lambda: [study.fixed_gait_id(percent) for percent in study.strength_percents()],
    }[options.kind]()
    return [options.scenarios_dir / name for name in names]
