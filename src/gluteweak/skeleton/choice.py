"""Which scenarios of a large study to pose: a page cannot hold thousands of bodies."""

from __future__ import annotations

import math
from collections.abc import Mapping

#: Bodies that a page can hold.
MOST = 40
_HEALTHY = "healthy"


def posed_scenarios(roles: Mapping[str, str], most: int = MOST) -> list[str]:
    """Scenarios to pose, in the order of the study: all, or the healthy ones and an even choice of the others.

    The last scenario of the study is always among them: sweeps end with the weakest.

    Parameters
    ----------
    roles
        Scenario -> its role (``healthy``, ``untreated``, ``treated``), in the order of the study.
    most
        How many.
    """
    if len(roles) <= most:
        return list(roles)
    healthy = [name for name, role in roles.items() if role == _HEALTHY][: most // 2]
    others = [name for name in roles if name not in healthy]
    step = math.ceil(len(others) / (most - len(healthy)))
    chosen = {*healthy, *others[::-1][::step]}
    return [name for name in roles if name in chosen]
