"""Numbers from the literature: each with its unit, where it was read and what kind of number it is.

``source`` is a key of ``docs/references.bib`` (``gluteweak`` for this project's own choices), ``locator`` the page,
table or sentence. No physical number stands anywhere else in the code; the model's own numbers are in ``models/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Parameter:
    """One number, or a tuple of numbers that belong together; ``kind`` says how it came about."""

    value: float | tuple[float, ...]
    unit: str
    source: str
    locator: str
    kind: Literal["measured", "derived", "defined", "assumed"]


# Patellofemoral contact area -----------------------------------------------------------------------------------------

PATELLOFEMORAL_AREA_FLEXION = Parameter(
    value=(0.0, 30.0, 60.0),
    unit="deg",
    source="besier2005",
    locator="abstract: knee flexion of the scanned postures",
    kind="defined",
)
PATELLOFEMORAL_AREA_MALE = Parameter(
    value=(210.0, 414.0, 520.0),
    unit="mm^2",
    source="besier2005",
    locator="abstract: unloaded, 8 men",
    kind="measured",
)
PATELLOFEMORAL_AREA_FEMALE = Parameter(
    value=(210.0, 269.0, 396.0),
    unit="mm^2",
    source="besier2005",
    locator="abstract: unloaded, 8 women; at 0 deg it says 'similar' to men, so the men's value stands there",
    kind="measured",
)
PATELLOFEMORAL_AREA_WEIGHT_BEARING_FACTOR = Parameter(
    value=1.24,
    unit="1",
    source="besier2005",
    locator="abstract: +24 % on average at 0.45 body weight per leg",
    kind="measured",
)

# Gait events ---------------------------------------------------------------------------------------------------------

FOOT_CONTACT_THRESHOLD = Parameter(
    value=20.0,
    unit="N",
    source="gluteweak",
    locator="vertical ground reaction above which a foot counts as on the ground; customary for force plates",
    kind="assumed",
)
