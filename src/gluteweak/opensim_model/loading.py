"""Open ``.osim`` files quietly, with errors that users understand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opensim as osim

from gluteweak.errors import InputError

# OpenSim would leave an opensim.log in every working directory and warn about each missing bone mesh.
osim.Logger.removeFileSink()
osim.Logger.setLevelString("Error")


def load_model(path: Path) -> Any:
    """The model in ``path``, its connections made.

    Raises
    ------
    InputError
        If there is no such file or OpenSim cannot make a model of it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"No model file {path}: run the step that makes it, or correct the path.")
    try:
        model = osim.Model(str(path))
        model.initSystem()
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"OpenSim cannot open {path} ({reason}): build the model again.") from None
    return model
