"""What a study file may call things: walkers, muscles, groups of muscles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gluteweak import walker_tables
from gluteweak.errors import InputError
from gluteweak.study.sections import SUFFIXES, Side
from gluteweak.study_text import nearest

#: Joins muscles and groups that change together into one name: glmed+tfl.
TOGETHER = "+"
#: More muscles than this are counted in a scenario's name instead of listed.
_LISTED_MUSCLES = 3
_SIDE_LABEL: dict[Side, str] = {"right": "r", "left": "l", "both": "both"}


def find_model_dir(name: str) -> Path:
    """Folder of a walker: below models/ of the working directory, or of the checkout that gluteweak runs from.

    Raises
    ------
    InputError
        If there is no such walker.
    """
    roots = (Path("models"), Path(__file__).parents[3] / "models")
    for root in roots:
        if (root / name / "muscles.csv").is_file():
            return root / name
    known = sorted({table.parent.name for root in roots for table in root.glob("*/muscles.csv")})
    raise InputError(
        f"Unknown model '{name}'{nearest(name, known)}: there is no models/{name}/muscles.csv. "
        f"Known models: {', '.join(known) or 'none'}."
    )


def walker_files(name: str) -> list[str]:
    """What a walker's model is built from: its tables, or the model and arrays of an imported one.

    Raises
    ------
    InputError
        If there is no such walker.
    """
    folder = find_model_dir(name)
    found = [*folder.glob("*.csv"), *(folder / file for file in ("model.osim", "plant.h5", "person.json"))]
    return sorted(str(path) for path in found if path.is_file())


class MuscleNames:
    """The muscles and groups of a walker, and those that a study names itself."""

    def __init__(self, model: str, own_groups: Mapping[str, tuple[str, ...]]) -> None:
        """Read the walker's muscle table.

        Raises
        ------
        InputError
            If there is no such walker, or a group of the study is named as something else or holds unknown names.
        """
        self.model, self.model_dir = model, find_model_dir(model)
        self.groups = walker_tables.muscle_groups(self.model_dir)
        names = walker_tables.muscle_names(self.model_dir)
        self.muscles = tuple(dict.fromkeys(map(walker_tables.base_name, names)))
        self._found: dict[tuple[str, Side], tuple[str, ...]] = {}
        found = {}
        for group, members in own_groups.items():
            if group in self.groups or group in self.muscles:
                raise InputError(
                    f"groups.{group}: models/{model} already calls something '{group}'; take another name."
                )
            found[group] = self._bases(members, f"groups.{group}")
        self.groups = {**self.groups, **found}

    def resolve(self, who: str, side: Side, where: str) -> tuple[str, ...]:
        """OpenSim names of muscles or groups joined by +, in the order given, each once.

        Parameters
        ----------
        where
            Key of the study file that holds ``who``, for the message.

        Raises
        ------
        InputError
            If a name is neither a muscle nor a group.
        """
        if (who, side) not in self._found:
            bases = self._bases(parts(who), where) if who else ()
            self._found[who, side] = tuple(base + suffix for suffix in SUFFIXES[side] for base in bases)
        return self._found[who, side]

    def resolve_list(self, names: tuple[str, ...], side: Side, where: str) -> tuple[str, ...]:
        """The same for a list; the message names the place in the list."""
        bases = self._bases(names, where, listed=True)
        return tuple(base + suffix for suffix in SUFFIXES[side] for base in bases)

    def _bases(self, names: tuple[str, ...], where: str, *, listed: bool = False) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for i, name in enumerate(names):
            if name not in self.groups and name not in self.muscles:
                place = f"{where}[{i}]" if listed else where
                raise InputError(
                    f"{place}: unknown muscle or group '{name}'{nearest(name, (*self.groups, *self.muscles))}. "
                    f"models/{self.model} has the groups {', '.join(self.groups)} and the muscles "
                    f"{', '.join(self.muscles)}."
                )
            found.update(dict.fromkeys(self.groups.get(name, (name,))))
        return tuple(found)


def parts(who: str) -> tuple[str, ...]:
    """``"glmed + tfl"`` as its names."""
    return tuple(name.strip() for name in who.split(TOGETHER))


def who_label(names: tuple[str, ...], side: Side) -> str:
    """Short name of muscles and side, for scenario names: ``glmed_tfl_r``, ``4_muscles_both``."""
    listed = "_".join(names) if len(names) <= _LISTED_MUSCLES else f"{len(names)}_muscles"
    return f"{listed}_{_SIDE_LABEL[side]}"


def percent_label(percent: float) -> str:
    """Three digits, so that folders sort by strength; a decimal point would look like a file suffix."""
    return number_label(percent, 3)


def number_label(value: float, digits: int) -> str:
    """A number of at least so many digits before ``p``, which stands for the decimal point."""
    whole, _, decimals = f"{value:.10g}".partition(".")
    return f"{int(whole):0{digits}d}" + (f"p{decimals}" if decimals else "")
