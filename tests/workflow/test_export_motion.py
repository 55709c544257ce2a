"""Exported motions as OpenSim opens them. Oracle: bodies posed by the motion and by the solved states."""

import json
import subprocess
import sys

import pytest

from gluteweak.export import export_motion

pytestmark = pytest.mark.workflow

WEAK = "glmed_r-s050-re_optimised"
#: In a process of its own: opensim and casadi cannot share one.
OPENED = """
import json, sys
import numpy as np
import opensim as osim

model_file, motion_file, states_file, forces_file = sys.argv[1:]
osim.Logger.setLevelString("Off")
model = osim.Model(model_file)
state = model.initSystem()
motion = osim.Storage(motion_file)  # what the GUI's "Load Motion" reads
degrees = motion.isInDegrees()
model.getSimbodyEngine().convertDegreesToRadians(motion)
labels = [motion.getColumnLabels().get(i) for i in range(motion.getColumnLabels().getSize())][1:]
table = osim.TimeSeriesTable(motion_file)
states = osim.TimeSeriesTable(states_file)
bodies = [model.getBodySet().get(i) for i in range(model.getBodySet().getSize())]
coordinates = model.getCoordinateSet()


def origins():
    model.realizePosition(state)
    return np.array([[body.getPositionInGround(state)[k] for k in range(3)] for body in bodies])


worst = moved = 0.0
for row in range(0, motion.getSize(), 7):
    values = motion.getStateVector(row).getData()
    for i, label in enumerate(labels):
        coordinates.get(label).setValue(state, values.get(i), False)
    ours = origins()
    moved = max(moved, float(np.ptp(ours[:, 0])))
    solved = states.getRowAtIndex(row)
    columns = states.getColumnLabels()
    for i, path in enumerate(columns):
        if path.endswith("/value"):
            coordinates.get(path.split("/")[-2]).setValue(state, solved[i], False)
    worst = max(worst, float(np.abs(origins() - ours).max()))
known = {coordinates.get(i).getName() for i in range(coordinates.getSize())}
forces = osim.TimeSeriesTable(forces_file)
print(json.dumps({
    "degrees": bool(degrees), "missing": sorted(known - set(labels)), "unknown": sorted(set(labels) - known),
    "rows": [table.getNumRows(), states.getNumRows(), forces.getNumRows()], "worst_m": worst, "moved_m": moved,
    "largest_angle": max(abs(value) for value in table.getDependentColumn("knee_angle_r").to_numpy()),
    "forces": list(forces.getColumnLabels()),
}))
"""


def test_opensim_opens_an_exported_motion_and_poses_the_model_as_it_was_solved(finished, tmp_path):
    files = export_motion(finished[0] / "results" / "quick" / "sweep.h5", WEAK, tmp_path / "out")
    assert [path.name for path in files] == [
        f"{WEAK}{end}" for end in (".osim", ".mot", "_states.sto", "_ground_reaction.mot")
    ]
    command = [sys.executable, "-c", OPENED, *map(str, files)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # SWIG has words of its own after that.
    seen = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    assert seen["degrees"] is True
    assert (seen["missing"], seen["unknown"]) == ([], [])
    assert len(set(seen["rows"])) == 1
    assert seen["worst_m"] < 1e-9
    # A body that stands has half a metre between its parts; a knee in degrees bends by more than ten.
    assert seen["moved_m"] > 0.3
    assert seen["largest_angle"] > 30
    assert "ground_force_r_vy" in seen["forces"]
