"""Scenarios that failed while the others were kept: named in the sweep, and by everything that is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gluteweak.errors import InputError
from gluteweak.storage import open_file

#: File attribute of a sweep: scenarios of the study that are not in it, and why, as JSON.
ATTRIBUTE = "failed"
#: Reasons that a sentence spells out; the sweep and the logs have the others.
_SPELT_OUT = 5


def failures(failed: Mapping[str, str], total: int) -> str:
    """``1 of 100 scenarios failed, the others are kept: a (why)``."""
    reasons = "; ".join(f"{name} ({why})" for name, why in list(failed.items())[:_SPELT_OUT])
    more = len(failed) - _SPELT_OUT
    return f"{len(failed)} of {total} scenarios failed, the others are kept: {reasons}" + (
        f" and {more} more" if more > 0 else ""
    )


def failed_in(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Scenarios that the study has and the sweep lacks, and why; empty for a complete sweep.

    Raises
    ------
    InputError
        If the attribute is damaged.
    """
    try:
        found = json.loads(str(attributes.get(ATTRIBUTE, "{}")))
        return {str(name): str(why) for name, why in found.items()}
    except (ValueError, AttributeError):
        raise InputError("The sweep's list of failed scenarios is damaged: collect it again.") from None


def read_failed(sweep: Path) -> dict[str, str]:
    """`failed_in` of a file."""
    with open_file(sweep) as file:
        return failed_in(file.attrs)
