"""numba's ``njit`` with the types of the function it compiles, and without options.

No ``fastmath`` (it drops NaN), no ``cache`` (a cached kernel keeps calling an old callee), no ``parallel``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def njit(function: Function) -> Function:
    """Compile a kernel at its first call."""
    return cast(Function, numba.njit(function))
