"""Moco, an independent solver on OpenSim's own model, finds the motion that gluteweak finds.

The benchmark starts a process for each engine; this file imports neither.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks/vs_moco.py"

#: Moco stops at a tolerance of 1e-4 on finite differences, and its friction has a kink where ours is rounded (by 1 %).
COST_RELATIVE = 1e-3
ANGLE_DEG = 0.02
POSITION_MM = 0.05
ACTIVATION = 0.01


@pytest.fixture(scope="module")
def rail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rail")
    command = [sys.executable, BENCHMARK, "--problem", "rail", "--folder", folder, "--json", folder / "all.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "all.json").read_text()), folder


def test_both_converge_to_one_cost(rail):
    results, _ = rail
    assert results["moco"]["converged"]
    assert results["moco"]["objective"] == pytest.approx(results["gluteweak"]["objective"], rel=COST_RELATIVE)


def test_both_find_one_motion(rail):
    difference = rail[0]["moco"]["difference"]
    assert difference["angle_deg"] < ANGLE_DEG
    assert difference["position_mm"] < POSITION_MM
    assert difference["activation"] < ACTIVATION


def test_the_motion_uses_muscles_motor_and_floor(rail):
    """The agreement is worth something: no part of the walker idles."""
    from gluteweak.storage import read_file  # noqa: PLC0415

    values, _ = read_file(rail[1] / "solution.h5")
    assert (values["muscle_activation"].max(axis=0) > 0.02).all()
    assert values["contact_force_n"][:, :, 1].max() > 30.0
    assert abs(values["contact_force_n"][:, :, 0]).max() > 10.0
    assert abs(values["actuator_torque_nm"]).max() > 5.0


def test_every_term_of_the_cost_is_moco_s_too(rail):
    """Each weight is mapped to the right goal: the terms agree one by one."""
    import numpy as np  # noqa: PLC0415

    from gluteweak.plant import read_plant  # noqa: PLC0415
    from gluteweak.storage import read_file  # noqa: PLC0415

    results, folder = rail
    values, _ = read_file(folder / "solution.h5")
    plant = read_plant(folder / "plant.h5")
    weight_n = plant.mass_kg * plant.gravity_m_s2

    def mean_square(deviation):
        return float(values["quadrature_weight"] @ np.square(deviation).reshape(len(deviation), -1).sum(axis=1))

    # One sphere on each leg, right before left.
    reaction = values["contact_force_n"] / weight_n
    deviation = values["coordinate_value"] - values["cost_coordinate_value"]
    control = values["actuator_torque_nm"] / plant.actuator_optimal_force_nm
    expected = {
        "posture": mean_square(np.sqrt(values["cost_coordinate_weight"]) * deviation),
        "effort": values["cost_effort_weight"] * mean_square(values["muscle_activation"]),
        "actuators": values["cost_control_weight"] * mean_square(control),
        "accelerations": values["cost_acceleration_weight"] * mean_square(values["coordinate_acceleration"]),
        "ground_reaction": mean_square(
            np.sqrt(values["cost_ground_reaction_weight"]) * (reaction - values["cost_ground_reaction_bw"])
        ),
    }
    # Moco has a goal for each axis of the ground reaction.
    terms = dict(results["moco"]["terms"])
    terms["ground_reaction"] = sum(terms.pop(f"ground_reaction_{axis}") for axis in "xyz")
    assert set(terms) == set(expected)
    bound = COST_RELATIVE * results["gluteweak"]["objective"]
    # Every term is larger than what it may differ by: a wrong weight would show.
    assert min(expected.values()) > 2 * bound
    for name, value in expected.items():
        assert terms[name] == pytest.approx(value, abs=bound), name
