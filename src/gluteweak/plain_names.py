"""Plain names of muscles for tables and figures, and which OpenSim muscles are parts of one."""

from __future__ import annotations

import re

_SIDES = {"_r": "right", "_l": "left"}
#: Names of the Rajagopal family of models; a muscle that is not listed keeps its OpenSim name.
_PLAIN = {
    "addbrev": "adductor brevis",
    "addlong": "adductor longus",
    "addmag": "adductor magnus",
    "bflh": "biceps femoris, long head",
    "bfsh": "biceps femoris, short head",
    "edl": "extensor digitorum longus",
    "ehl": "extensor hallucis longus",
    "fdl": "flexor digitorum longus",
    "fhl": "flexor hallucis longus",
    "gaslat": "gastrocnemius, lateral",
    "gasmed": "gastrocnemius, medial",
    "glmax": "gluteus maximus",
    "glmed": "gluteus medius",
    "glmin": "gluteus minimus",
    "grac": "gracilis",
    "iliacus": "iliacus",
    "perbrev": "peroneus brevis",
    "perlong": "peroneus longus",
    "piri": "piriformis",
    "psoas": "psoas",
    "recfem": "rectus femoris",
    "sart": "sartorius",
    "semimem": "semimembranosus",
    "semiten": "semitendinosus",
    "soleus": "soleus",
    "tfl": "tensor fasciae latae",
    "tibant": "tibialis anterior",
    "tibpost": "tibialis posterior",
    "vasint": "vastus intermedius",
    "vaslat": "vastus lateralis",
    "vasmed": "vastus medialis",
}
_PARTS = re.compile(r"^(addmag)(?:Dist|Isch|Mid|Prox)$|^(.*?)[0-9]+$")


def whole_muscle(name: str) -> str:
    """The muscle that an OpenSim muscle is a part of, side kept: ``glmed2_r`` -> ``glmed_r``."""
    base, side = name[:-2], name[-2:]
    if side not in _SIDES:
        return name
    part = _PARTS.match(base)
    return f"{part.group(1) or part.group(2)}{side}" if part else name


def plain_name(name: str) -> str:
    """``glmed2_r`` or ``glmed_r`` as ``gluteus medius``; the side is `side_of`."""
    base = whole_muscle(name)
    return _PLAIN.get(base[:-2], base[:-2]) if base[-2:] in _SIDES else _PLAIN.get(base, base)


def side_of(name: str) -> str:
    """``right`` or ``left``, empty where the name has no side."""
    return _SIDES.get(name[-2:], "")
