"""A study of the small walker, from its plant to solved scenarios. Imports casadi."""

from __future__ import annotations

import json
from types import SimpleNamespace

import swaying_walker as walker

from gluteweak.plant import write_plant
from gluteweak.storage import read_file
from gluteweak.walking import commands
from gluteweak.walking.commands.opened import programme_on
from gluteweak.walking.healthy_gait import Reference
from gluteweak.walking.point import build_point, point_functions
from gluteweak.walking.transcription import Grid

SETTINGS = {"intervals": 5, "degree": 2, "tolerance": 1e-8, "max_iterations": 300}
ADAPTED = {"effort": 1.0, "posture_habit": 1.0, "motor_habit": 0.0}
UNADAPTED = {"effort": 0.1, "posture_habit": 0.02, "motor_habit": 1.0}


def wish(strengths, weights=ADAPTED, **more):
    """A scenario of a study file."""
    least = min(strengths.values(), default=1.0)
    return {
        "scenario_id": "test",
        "strength_fraction": least,
        "adaptation_name": "test",
        "muscle_strength": strengths,
        "weights": weights,
        **more,
    }


def programme_of(plant, attributes, point=None):
    grid = Grid(int(attributes["intervals"]), int(attributes["degree"]), float(attributes["duration_s"]))
    return programme_on(plant, grid, point or point_functions(build_point(plant)))


def make_study(folder):
    """Files of a study of the small walker, its programme, and ``solve`` from strengths to a solution's values."""
    files = {name: folder / name for name in ("plant.h5", "measured_gait.h5", "problem", "healthy.h5")}
    plant = walker.make()
    write_plant(files["plant.h5"], plant)
    measured = walker.write_measurement(folder, plant)
    commands.track_reference(files["plant.h5"], *measured, walker.START_S, walker.END_S, files["measured_gait.h5"])
    commands.build_problem(files["plant.h5"], files["problem"])
    inputs = files["plant.h5"], files["measured_gait.h5"], files["problem"]
    commands.healthy(*inputs, SETTINGS, files["healthy.h5"])
    values, attributes = read_file(files["healthy.h5"])
    point = point_functions(build_point(plant))
    done = {}

    def solve(strengths, weights=ADAPTED, **more):
        key = json.dumps([strengths, weights, more], sort_keys=True)
        if key not in done:
            out = folder / f"scenario{len(done)}"
            commands.simulate(
                *inputs[:1], files["healthy.h5"], files["problem"], wish(strengths, weights, **more), SETTINGS, out
            )
            done[key] = (*read_file(out / "solution.h5"), out)
        return done[key]

    return SimpleNamespace(
        folder=folder,
        files=files,
        plant=plant,
        healthy=values,
        attributes=attributes,
        point=point,
        programme=programme_of(plant, attributes, point),
        reference=Reference(values, float(attributes["distance_m"])),
        solve=solve,
    )
