"""Study files as text: YAML in, and the first thing that is wrong with it as one sentence out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from gluteweak.errors import InputError

#: References may repeat what a file says so many times over; some lines could unfold to more than all memory.
_MOST_REPEATED = 100


class _Loader(yaml.SafeLoader):
    """SafeLoader that refuses repeated keys and endless references, and reads 1e-6 as a number.

    The last is YAML 1.2; PyYAML follows 1.1.
    """

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None:
            sizes: dict[int, int] = {}
            if _unfolded(node, sizes) > _MOST_REPEATED * len(sizes):
                problem = "references (&, *) repeat its parts too often"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            if key_node.value in seen:
                problem = f"key '{key_node.value}' is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _unfolded(node: yaml.Node, sizes: dict[int, int]) -> int:
    """Number of nodes below a node, where a reference counts as what it stands for; ``sizes`` has that of each."""
    if id(node) not in sizes:
        sizes[id(node)] = 1 << 62  # a node that holds itself
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        pairs = (part if isinstance(part, tuple) else (part,) for part in parts)
        sizes[id(node)] = 1 + sum(_unfolded(part, sizes) for pair in pairs for part in pair)
    return sizes[id(node)]


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


#: What pydantic says in Python's words, in the words of a study file.
_PLAIN_WORDS = {
    "tuple_type": "should be a list in square brackets, or one item a line after dashes",
    "too_short": "should list at least one, or the study has no scenarios",
    "model_type": "should hold keys with values",
}


def read_mapping(path: Path) -> dict[str, Any]:
    """The file's YAML mapping.

    Raises
    ------
    InputError
        If the file is missing, is not text, is not YAML or is not a mapping.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # a SafeLoader
    except FileNotFoundError:
        raise InputError(f"No study file {path}: give the path of one, for instance config/default.yaml.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a text file ({error}): give the path of a study file.") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {_yaml_problem(error)}.") from None
    except (RecursionError, ValueError) as error:  # a date or number that Python does not have
        said = "its brackets are nested too deep" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{path} cannot be read: {said}; start from a copy of config/default.yaml.") from None
    if not isinstance(data, dict):
        found = "is empty" if data is None else f"holds a {type(data).__name__}"
        raise InputError(f"{path} {found}, not keys with values: start from a copy of config/default.yaml.")
    return data


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem that validation found in a ``model``, as one sentence."""
    problems = error.errors(include_url=False)
    # An unknown key is more often the cause of a missing one than the other way round.
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    location = first["loc"]
    path = key_path(location)
    if first["type"] == "extra_forbidden":
        known = tuple(_model_at(model, location[:-1]).model_fields)
        return f"unknown key '{path}'{nearest(str(location[-1]), known)}; known keys here: {', '.join(known)}."
    if first["type"] == "missing":
        field = _model_at(model, location[:-1]).model_fields[str(location[-1])]
        return f"key '{path}' is missing; add it ({(field.description or '').rstrip('.')})."
    message = _PLAIN_WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    message = message[0].lower() + message[1:]
    found = first["input"]
    if first["type"] == "literal_error" and isinstance(found, str):
        message += nearest(found, re.findall("'([^']+)'", message))
    # The whole mapping would drown the message; a value or a list of values explains it.
    what = f"'{path}'" if isinstance(found, dict) or not path else f"'{path}' is {found!r}"
    return f"{what}: {message}." if path else f"{message}."


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known name, or nothing where none is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


def key_path(location: tuple[int | str, ...]) -> str:
    """``("adaptation", 1, "effort")`` as ``adaptation[1].effort``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The section class at a key path; list positions lead to the class of the list's items."""
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            candidates = (annotation, *get_args(annotation))
            model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return model


def _yaml_problem(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(error).split())
