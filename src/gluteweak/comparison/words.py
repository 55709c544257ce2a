"""Short words for muscles and adaptations, for figures and pages alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

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

#: Column titles of the adaptations that come with gluteweak; others show their own name.
ADAPTATIONS = {
    "re_optimised": "Muscles used anew, posture kept",
    "pattern_kept": "Muscle pattern kept, posture gives",
    "fixed_gait": "Gait held as it was",
}


def muscle_base(name: str) -> str:
    """``glmed1_r`` as ``glmed``: without side and part."""
    return _PART.sub("", _SIDE.sub("", name))


def muscle(base: str) -> str:
    """A muscle's name in words."""
    return _MUSCLES.get(base, base)


def adaptation(name: str) -> str:
    """An adaptation's name in words."""
    return ADAPTATIONS.get(name, name.replace("_", " "))


def weakness(muscles: Sequence[str]) -> str:
    """Weak muscles in words, each muscle once, with its sides."""
    sides: dict[str, set[str]] = {}
    for name in muscles:
        sides.setdefault(muscle(muscle_base(name)).lower(), set()).add("left" if name.endswith("_l") else "right")
    said = [f"{'both sides' if len(found) > 1 else next(iter(found))} {base}" for base, found in sides.items()]
    return ", ".join(said) or "no muscle"
