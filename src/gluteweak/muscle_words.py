"""Muscles in words: plain names, sides, and which OpenSim muscles are parts of one."""

from __future__ import annotations

import re

#: OpenSim names without side and part number, of the Rajagopal and the gait2392 family. Others show as they are.
_MUSCLES = {
    "glmed": "Gluteus medius",
    "glut_med": "Gluteus medius",
    "glmin": "Gluteus minimus",
    "glut_min": "Gluteus minimus",
    "glmax": "Gluteus maximus",
    "glut_max": "Gluteus maximus",
    "tfl": "Tensor fasciae latae",
    "piri": "Piriformis",
    "peri": "Piriformis",
    "sart": "Sartorius",
    "sar": "Sartorius",
    "recfem": "Rectus femoris",
    "rect_fem": "Rectus femoris",
    "vasint": "Vastus intermedius",
    "vas_int": "Vastus intermedius",
    "vaslat": "Vastus lateralis",
    "vas_lat": "Vastus lateralis",
    "vasmed": "Vastus medialis",
    "vas_med": "Vastus medialis",
    "psoas": "Psoas",
    "iliacus": "Iliacus",
    "bflh": "Biceps femoris, long head",
    "bifemlh": "Biceps femoris, long head",
    "bfsh": "Biceps femoris, short head",
    "bifemsh": "Biceps femoris, short head",
    "semimem": "Semimembranosus",
    "semiten": "Semitendinosus",
    "grac": "Gracilis",
    "gra": "Gracilis",
    "addbrev": "Adductor brevis",
    "add_brev": "Adductor brevis",
    "addlong": "Adductor longus",
    "add_long": "Adductor longus",
    "addmag": "Adductor magnus",
    "add_mag": "Adductor magnus",
    "gasmed": "Gastrocnemius, medial",
    "med_gas": "Gastrocnemius, medial",
    "gaslat": "Gastrocnemius, lateral",
    "lat_gas": "Gastrocnemius, lateral",
    "soleus": "Soleus",
    "tibant": "Tibialis anterior",
    "tib_ant": "Tibialis anterior",
    "tibpost": "Tibialis posterior",
    "tib_post": "Tibialis posterior",
    "perlong": "Peroneus longus",
    "per_long": "Peroneus longus",
    "perbrev": "Peroneus brevis",
    "per_brev": "Peroneus brevis",
    "edl": "Extensor digitorum",
    "ehl": "Extensor hallucis",
    "fdl": "Flexor digitorum",
    "fhl": "Flexor hallucis",
}
_PART = re.compile(r"(\d+|Dist|Isch|Mid|Prox)$")
_SIDE = re.compile(r"_[rl]$")
_SIDES = {"_r": "right", "_l": "left"}


def muscle_base(name: str) -> str:
    """``glmed1_r`` as ``glmed``: without side and part."""
    return _PART.sub("", _SIDE.sub("", name))


def muscle(base: str) -> str:
    """A muscle's name in words."""
    return _MUSCLES.get(base, base)


def side_of(name: str) -> str:
    """``right`` or ``left``, empty where the name has no side."""
    return _SIDES.get(name[-2:], "")


def whole_muscle(name: str) -> str:
    """The muscle that an OpenSim muscle is a part of, side kept: ``glmed2_r`` as ``glmed_r``."""
    return muscle_base(name) + (name[-2:] if name[-2:] in _SIDES else "")


def in_words(name: str) -> str:
    """``glmed2_r`` as ``right gluteus medius``."""
    base = muscle_base(name)
    word = muscle(base)
    return f"{side_of(name)} {word if word == base else word.lower()}".strip()
