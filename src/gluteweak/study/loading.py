"""Study files and sheets: from a path to a checked study."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gluteweak.errors import InputError
from gluteweak.study.names import find_model_dir
from gluteweak.study.scenario import ID_PATTERN
from gluteweak.study.sheet import read_cases
from gluteweak.study.study import Study
from gluteweak.study_text import first_problem, read_mapping

#: A grid grows by a factor with every axis; more than this may be a slip of the pen.
LARGEST_WITHOUT_YES = 100_000
_SHEET_SUFFIX = ".csv"
#: Walker of a sheet that is a study by itself.
_SHEET_MODEL = "adult"


def load_study(path: Path, *, yes: bool = True) -> Study:
    """Read and check a study file or sheet, its muscle names included.

    Parameters
    ----------
    path
        YAML, or a CSV sheet: a study of the adult, named as the file.
    yes
        False refuses a study of more than ``LARGEST_WITHOUT_YES`` scenarios before they are made.

    Raises
    ------
    InputError
        One sentence that names the file, the key and what would do, for whatever is wrong with the file.
    """
    data = _sheet_as_study(path) if path.suffix.lower() == _SHEET_SUFFIX else read_mapping(path)
    try:
        study = _with_sheet(data, path)
        find_model_dir(study.model)
        if not yes:
            _refuse_huge(study)
        study.scenarios()
    except ValidationError as error:
        raise InputError(f"{path}: {first_problem(error, Study)}") from None
    except InputError as error:
        message = str(error)
        raise InputError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    return study


def _refuse_huge(study: Study) -> None:
    if study.size > LARGEST_WITHOUT_YES:
        raise InputError(
            f"the study has {study.size} scenarios, more than {LARGEST_WITHOUT_YES}; give --yes if you mean it, or "
            "list fewer values in its grids."
        )


def _sheet_as_study(path: Path) -> dict[str, Any]:
    if not re.fullmatch(ID_PATTERN, path.stem):
        raise InputError(
            f"{path}: a sheet's file name is the name of its study; use letters, digits, - and _ instead of "
            f"'{path.stem}'."
        )
    return {"name": path.stem, "model": _SHEET_MODEL, "sheet": path.name}


def _with_sheet(data: dict[str, Any], path: Path) -> Study:
    """The study, the lines of its sheet among its cases."""
    sheet = data.get("sheet")
    if not isinstance(sheet, str):
        return Study.model_validate(data)
    from_sheet = read_cases(path.parent / sheet)
    # The file's own cases are validated with the study, so that a mistake is named by its key.
    listed = data.get("cases") or []
    if not isinstance(listed, list):
        return Study.model_validate(data)
    return Study.model_validate({**data, "cases": [*listed, *(case.model_dump() for case in from_sheet)]})


def schema_text() -> str:
    """JSON schema of study files, as committed in config/study.schema.json."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Study.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"
