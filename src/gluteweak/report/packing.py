"""Numbers as text that a browser unpacks into typed arrays, and data as JSON that cannot leave its script element."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LARGEST = {np.dtype("<i2"): 32767, np.dtype("<u2"): 65535}


def floats(values: ArrayLike) -> str:
    """Base64 of 32-bit floats, little-endian, in C order."""
    return _text(np.ascontiguousarray(values, dtype="<f4"))


def indices(values: ArrayLike) -> str:
    """Base64 of unsigned 16-bit integers.

    Raises
    ------
    ValueError
        If one does not fit.
    """
    array = np.asarray(values)
    if array.size and (array.min() < 0 or array.max() > _LARGEST[np.dtype("<u2")]):
        raise ValueError(f"indices from {array.min()} to {array.max()} do not fit into 16 bits")
    return _text(np.ascontiguousarray(array, dtype="<u2"))


def shorts(values: ArrayLike) -> dict[str, Any]:
    """Signed 16-bit integers and the step between them: ``values = step * integers``."""
    array = np.asarray(values, dtype=np.float64)
    largest = float(np.abs(array).max()) if array.size else 0.0
    step = largest / _LARGEST[np.dtype("<i2")] or 1.0
    return {"step": step, "data": _text(np.ascontiguousarray(np.round(array / step), dtype="<i2"))}


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def script_json(data: Any) -> str:
    """JSON for a ``<script type="application/json">``: nothing in it ends the element or starts another.

    Raises
    ------
    ValueError
        If the data holds NaN or an infinite number, which are no JSON.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
