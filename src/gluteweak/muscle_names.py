"""Muscle names of the common leg models, so that one group means the same muscles in every walker.

Two families are in use: that of Rajagopal 2016 and its relatives (``glmed1``, ``recfem``) and that of gait2392 and its
relatives (``glut_med1``, ``rect_fem``). A walker keeps the names that its model gives; only groups are looked up by the
first family's name. Names are without side.
"""

from __future__ import annotations

import re

#: Words of the second family, and what the first calls them. Matched from the start; a number that follows stays.
_FAMILY = {
    "glutmed": "glmed",
    "glutmin": "glmin",
    "glutmax": "glmax",
    "gmed": "glmed",
    "gmin": "glmin",
    "gmax": "glmax",
    "sar": "sart",
    "rectfem": "recfem",
    "rf": "recfem",
    "vasmed": "vasmed",
    "vasint": "vasint",
    "vaslat": "vaslat",
    "medgas": "gasmed",
    "latgas": "gaslat",
    "gasmed": "gasmed",
    "gaslat": "gaslat",
    "sol": "soleus",
    "tibpost": "tibpost",
    "tibant": "tibant",
    "flexdig": "fdl",
    "flexhal": "fhl",
    "extdig": "edl",
    "exthal": "ehl",
    "perbrev": "perbrev",
    "perlong": "perlong",
    "pertert": "pertert",
    "peri": "piri",
    "bifemlh": "bflh",
    "bifemsh": "bfsh",
    "addlong": "addlong",
    "addbrev": "addbrev",
    "addmag": "addmag",
    "pect": "pect",
    "quadfem": "quadfem",
    "iliacus": "iliacus",
    "psoas": "psoas",
    "tfl": "tfl",
    "grac": "grac",
    "gracilis": "grac",
    "semimem": "semimem",
    "semiten": "semiten",
}
_WORD = re.compile(r"([a-z]+?)(\d*)$")

#: Groups of muscles that models outside the first family have.
_FURTHER_GROUPS = {
    "addmag1": ("hip_adductors",),
    "addmag2": ("hip_adductors",),
    "addmag3": ("hip_adductors",),
    "pect": ("hip_adductors",),
    "pertert": ("dorsiflexors", "peroneals"),
    "ercspn": ("trunk",),
    "intobl": ("trunk",),
    "extobl": ("trunk",),
}

SARTORIUS = "sart"
RECTUS_FEMORIS = "recfem"
TENSOR_FASCIAE_LATAE = "tfl"
QUADRICEPS = ("recfem", "vasint", "vaslat", "vasmed")


def family_name(base: str) -> str:
    """Name of a muscle in the first family: ``glut_med1`` -> ``glmed1``; unknown names come back as they are.

    Parameters
    ----------
    base
        Name without side, ``glmed1`` or ``glut_med1``.
    """
    plain = base.replace("_", "").lower()
    match = _WORD.fullmatch(plain)
    if match is None:
        return base
    word, number = match.groups()
    return _FAMILY[word] + number if word in _FAMILY else base


_SIDE = re.compile(r"_[rl]$")
_PART = re.compile(r"(\d+|Dist|Isch|Mid|Prox)$")


def whole_muscle(name: str) -> str:
    """The muscle that a part belongs to, in the first family: ``glmed1_r`` and ``glut_med1_l`` -> ``glmed``.

    Parameters
    ----------
    name
        OpenSim name, with or without side.
    """
    return _PART.sub("", family_name(_PART.sub("", _SIDE.sub("", name))))


def groups_of(base: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Groups of a muscle.

    Parameters
    ----------
    base
        Name without side, of either family.
    known
        First-family name -> groups, as a walker's own table has them.
    """
    name = family_name(base)
    if base in known:
        return known[base]
    return known.get(name, _FURTHER_GROUPS.get(name, ()))


def plays(name: str, part: str) -> bool:
    """Whether a muscle, named with or without side, is ``part`` in either family (``glmax`` stands for all its parts).

    Parameters
    ----------
    name
        ``glut_max1_r``, ``glmax1``.
    part
        First-family name, with or without number.
    """
    found = family_name(re.sub(r"_[rl]$", "", name))
    return found == part or re.sub(r"\d+$", "", found) == part
