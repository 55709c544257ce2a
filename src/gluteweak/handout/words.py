"""The handout's words: one YAML file a language, all with the same keys and the same places for numbers."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from gluteweak.errors import InputError
from gluteweak.study_text import nearest

_FOLDER = Path(__file__).with_name("words")


def languages() -> tuple[str, ...]:
    """Languages that have a file, by their ISO codes."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def load(language: str) -> Mapping[str, Any]:
    """The words of a language, flat: ``section.key`` -> text.

    Raises
    ------
    InputError
        If there is no such language.
    """
    if language not in languages():
        raise InputError(
            f"No handout in language '{language}'{nearest(language, languages())}: give --language "
            f"{' or '.join(languages())}, or add a file words/{language}.yaml to gluteweak's handout."
        )
    with (_FOLDER / f"{language}.yaml").open(encoding="utf-8") as file:
        return _flat(yaml.safe_load(file))


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{name}."))
        else:
            flat[name] = " ".join(str(value).split())
    return flat
