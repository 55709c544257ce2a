"""Every literature number names a source that the bibliography has, and where it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gluteweak import parameters

BIBLIOGRAPHY = Path(__file__).parents[1] / "docs/references.bib"
PARAMETERS = {name: value for name, value in vars(parameters).items() if isinstance(value, parameters.Parameter)}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_source_is_in_the_bibliography(name):
    keys = re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE)
    assert PARAMETERS[name].source in keys
    assert PARAMETERS[name].unit
    assert PARAMETERS[name].locator


def test_bibliography_has_no_key_twice():
    keys = re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_spread_sources_of_the_adult_are_in_the_bibliography():
    text = (BIBLIOGRAPHY.parents[1] / "models/adult/coordinates.csv").read_text(encoding="utf-8")
    assert "schwartz2008" in text
    assert re.search(r"^@\w+\{schwartz2008,", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE)
