"""Fixtures for the tests of ``walking``; nothing here imports casadi."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from gluteweak.plant import read_plant


@pytest.fixture(scope="session")
def adult(tmp_path_factory):
    """The built-in adult, built once in a process of its own: ``model_path``, ``plant_path`` and ``plant``."""
    folder = tmp_path_factory.mktemp("adult")
    model, plant = folder / "model.osim", folder / "plant.h5"
    build_adult(model, plant)
    return SimpleNamespace(model_path=model, plant_path=plant, plant=read_plant(plant))


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
