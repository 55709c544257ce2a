"""Fixtures for the tests of ``walking``; nothing here imports casadi."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gluteweak.plant import read_plant


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Files of a study of the small walker, its programme, and ``solve`` from strengths to a solution's values."""
    from small_study import make_study  # noqa: PLC0415  (imports casadi)

    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def small_plant(study):
    """The small walker."""
    return study.plant


@pytest.fixture(scope="session")
def adult(tmp_path_factory):
    """The built-in adult, built once in a process of its own: its paths, its plant, and its committed gait."""
    folder = tmp_path_factory.mktemp("adult")
    model, plant = folder / "model.osim", folder / "plant.h5"
    build_adult(model, plant)
    gait = Path(__file__).parents[2] / "models/adult/reference_gait.h5"
    return SimpleNamespace(model_path=model, plant_path=plant, plant=read_plant(plant), reference_gait=gait)


@pytest.fixture(scope="session")
def adult_point(adult):
    """The adult's functions of one instant, derivatives included: made once, they take seconds."""
    from gluteweak.walking.point import build_point, point_functions  # noqa: PLC0415  (imports casadi)

    return point_functions(build_point(adult.plant))


def build_adult(model, plant):
    """Run ``gluteweak build-model adult``."""
    command = [
        sys.executable,
        "-m",
        "gluteweak.cli",
        "build-model",
        "adult",
        "--out",
        str(model),
        "--plant",
        str(plant),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
