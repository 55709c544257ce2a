"""Sub-commands that bring a walker of one's own and begin a study of it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from gluteweak.commands import arguments
from gluteweak.errors import InputError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_FILES = ("motion", "ground_reactions", "external_loads", "start", "end", "filter_hz", "force_filter_hz")
_PERSON = ("mass", "height", "speed")
#: Whose spheres, passive torques, spreads and group names an imported model is given.
_DONOR = "adult"


def add_commands(commands: arguments.Commands[arguments.Parser]) -> None:
    """Add this topic's sub-commands."""
    for add in (_add_import, _add_new_study):
        add(commands)


def _add_import(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(
        commands,
        "import",
        _run_import,
        "Make a walker of a scaled OpenSim model and a measured gait, or of a person's mass, height and sex.",
    )
    parser.add_argument("--name", required=True, metavar="NAME", help="name of the walker: a folder below models/")
    arguments.path(parser, "--model", "scaled OpenSim model (.osim)", required=False)
    arguments.path(parser, "--motion", "its inverse kinematics (.mot, .sto)", required=False)
    arguments.path(
        parser, "--ground-reactions", "measured ground reactions (.mot, .sto); predicted without", required=False
    )
    arguments.path(
        parser, "--external-loads", "which columns act on which foot (.xml); common names need none", required=False
    )
    parser.add_argument("--start", type=float, metavar="S", help="look for the gait cycle from here, in s")
    parser.add_argument("--end", type=float, metavar="S", help="to here; one stride apart, the two are the cycle")
    parser.add_argument(
        "--filter-hz",
        type=float,
        metavar="HZ",
        help="zero-lag low-pass filter of the motion, 0 for none (default: 6, none if it is smooth already)",
    )
    parser.add_argument(
        "--force-filter-hz",
        type=float,
        metavar="HZ",
        help="the same for the ground reactions (default: none)",
    )
    parser.add_argument("--mass", type=float, metavar="KG", help="without --model: body mass of the person")
    parser.add_argument("--height", type=float, metavar="M", help="without --model: height of the person, in m")
    parser.add_argument("--speed", type=float, metavar="M_S", help="without --model: walking speed, in m/s")
    parser.add_argument("--sex", choices=("male", "female"), help="sex of the person: strength, kneecap contact area")
    parser.add_argument("--accept", action="store_true", help="take a walker that is not to be trusted as it is")
    parser.add_argument("--overwrite", action="store_true", help="replace a walker of this name")


def _run_import(options: argparse.Namespace) -> str:
    from gluteweak import importing
    from gluteweak.study import find_model_dir

    if not _NAME.fullmatch(options.name):
        raise InputError(
            f"'{options.name}' is no name for a walker: use letters, digits, - and _, a letter or digit first."
        )
    if options.name == _DONOR:
        raise InputError(f"'{_DONOR}' is the built-in walker: give another --name.")
    donor = str(find_model_dir(_DONOR))
    person = [f"--{name}" for name in _PERSON if getattr(options, name) is not None]
    if options.model is None:
        stage, given = "generic", _person(options)
    elif person:
        raise InputError(f"{person[0]} describes a person without a model; leave it out, or leave --model out.")
    else:
        stage, given = "convert", _laboratory(options)
    order = importing.Order(
        options.name,
        stage,
        {"name": options.name, "sex": options.sex, "donor_dir": donor, **given},
        options.accept,
        options.overwrite,
    )
    return importing.run(order)


def _laboratory(options: argparse.Namespace) -> dict[str, Any]:
    if options.motion is None:
        raise InputError("A model needs a gait: give its inverse kinematics with --motion.")
    if options.external_loads is not None and options.ground_reactions is None:
        raise InputError("--external-loads says where forces act, but there are none: give --ground-reactions.")
    for flag in ("filter_hz", "force_filter_hz"):
        value = getattr(options, flag)
        if value is not None and not value >= 0.0:
            raise InputError(f"--{flag.replace('_', '-')} is {value:g}: give a frequency in Hz, or 0 for no filter.")

    def text(path: Path | None) -> str | None:
        return None if path is None else str(path)

    return {
        "model": str(options.model),
        "motion": str(options.motion),
        "ground_reactions": text(options.ground_reactions),
        "external_loads": text(options.external_loads),
        "start_s": options.start,
        "end_s": options.end,
        "motion_filter_hz": options.filter_hz,
        "force_filter_hz": options.force_filter_hz or 0.0,
    }


def _person(options: argparse.Namespace) -> dict[str, Any]:
    files = [f"--{name.replace('_', '-')}" for name in _FILES if getattr(options, name) is not None]
    if files:
        raise InputError(f"{files[0]} belongs to a model: give the model with --model.")
    for name, unit, low, high in (("mass", "kg", 30.0, 200.0), ("height", "m", 1.2, 2.2)):
        value = getattr(options, name)
        if value is None:
            raise InputError(
                "Give a scaled model with --model and --motion, or a person with --mass, --height and --sex."
            )
        if not low <= value <= high:
            raise InputError(f"--{name} is {value:g} {unit}: give {low:g} to {high:g} {unit}.")
    if options.sex is None:
        raise InputError("Give --sex male or female: segment masses and strength depend on it.")
    return {"mass_kg": options.mass, "height_m": options.height, "speed_m_s": options.speed}


def _add_new_study(commands: arguments.Commands[arguments.Parser]) -> None:
    parser = arguments.command(commands, "new-study", _run_new_study, "Write the default study for a walker.")
    parser.add_argument("--model", required=True, metavar="NAME", help="walker: a folder below models/")
    parser.add_argument("--name", metavar="NAME", help="name of the study (default: the walker's)")
    arguments.path(parser, "--out", "study file to write (default: config/<name>.yaml)", required=False)


def _run_new_study(options: argparse.Namespace) -> str:
    from gluteweak.new_study import write_study

    return write_study(options.model, options.name or options.model, options.out)
