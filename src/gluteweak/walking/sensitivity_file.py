"""From the files of a solved scenario to ``motion_sensitivity.h5``: the motion's derivatives by muscle strength."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak import provenance
from gluteweak.errors import InputError
from gluteweak.storage import read_file, write_file
from gluteweak.walking.commands import open_study
from gluteweak.walking.scenario import pose, read_scenario
from gluteweak.walking.sensitivity import derivative_values, motion_derivative
from gluteweak.walking.solution import read_start


def motion_sensitivity(
    plant: Path, reference: Path, problem: Path, scenario: Mapping[str, Any], solution: Path, out: Path
) -> None:
    """Differentiate a solved scenario by the strength of every muscle.

    Parameters
    ----------
    reference
        The healthy gait that the scenario started from: the study's, or that of the scenario's speed.
    scenario
        ``study.Scenario`` as a mapping.
    solution
        ``solution.h5`` of that scenario.

    Raises
    ------
    InputError
        If the files do not belong together.
    SolveError
        If the motion is no strict local minimum.
    """
    study = open_study(plant, reference, problem)
    walker, gait, point, programme = study.walker, study.gait, study.point, study.programme
    values, attributes = read_file(solution)
    if attributes.get("scenario_id") != scenario["scenario_id"]:
        raise InputError(
            f"{solution} holds scenario '{attributes.get('scenario_id')}', not '{scenario['scenario_id']}': correct "
            "the path."
        )
    if attributes.get("plant_sha256") != provenance.sha256_file(plant):
        raise InputError(f"{solution} was made with another model than {plant}: simulate the scenario again.")
    solved = read_start(values)
    wanted = read_scenario(programme, scenario)
    # The stride time of the motion is kept; where it was free, it would change a little with strength.
    posed = pose(programme.with_duration(float(attributes["duration_s"])), gait, wanted)
    derivative = motion_derivative(posed.programme, solved, posed.parameters, posed.bounds)
    kept = ("scenario_id", "strength_fraction", "duration_s", "distance_m", "plant_sha256", "body_mass_kg")
    write_file(
        out,
        {
            "coordinate": np.array(walker.coordinate, dtype=object),
            "muscle": np.array(walker.muscle, dtype=object),
            "contact_sphere": np.array(walker.contact_sphere, dtype=object),
            **derivative_values(posed.programme, point["report"], solved, posed.parameters, derivative),
        },
        {
            **{key: attributes[key] for key in kept},
            "solution_sha256": provenance.sha256_file(solution),
            "relative_error": derivative.relative_error,
            "source_fingerprint": provenance.source_fingerprint(*provenance.WALKING_SOURCES),
            "versions": provenance.versions_json(),
        },
    )
