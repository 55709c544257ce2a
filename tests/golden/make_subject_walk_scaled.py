"""Recipe of subject_walk_scaled.npz: what OpenSim says about the original model at 50 random walking poses.

usage: python tests/golden/make_subject_walk_scaled.py FOLDER_OF_SUBJECT_WALK_SCALED OUT.npz

The folder is opensim-core's OpenSim/Examples/Moco/example3DWalking (Apache-2.0). The model is used as it stands, with
one exception: the mass centre of toes_l is mirrored from toes_r (see models/adult/README.md).
"""

import sys
from pathlib import Path

import numpy as np
import opensim as osim

POSES, SEED = 50, 20240917
#: Degrees, or metres for translations: what walking, weak walking included, may need.
RANGES = {
    "pelvis_tilt": (-15, 15),
    "pelvis_list": (-12, 12),
    "pelvis_rotation": (-20, 20),
    "pelvis_tx": (-1, 1),
    "pelvis_ty": (0.85, 1.05),
    "pelvis_tz": (-0.3, 0.3),
    "hip_flexion": (-20, 35),
    "hip_adduction": (-15, 15),
    "hip_rotation": (-15, 15),
    "knee_angle": (0, 75),
    "ankle_angle": (-25, 20),
    "mtp_angle": (-20, 40),
    "lumbar_extension": (-20, 10),
    "lumbar_bending": (-15, 15),
    "lumbar_rotation": (-15, 15),
    "arm_flex": (-30, 30),
    "arm_add": (-20, 5),
    "arm_rot": (-30, 30),
    "elbow_flex": (10, 60),
    "pro_sup": (20, 70),
}
LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "mtp_angle")


def random_poses(names):
    generator = np.random.default_rng(SEED)
    columns = []
    for name in names:
        low, high = RANGES[name if name in RANGES else name[:-2]]
        values = generator.uniform(low, high, POSES)
        columns.append(values if name.startswith("pelvis_t") and name != "pelvis_tilt" else np.deg2rad(values))
    return np.column_stack(columns)


def set_pose(model, state, names, pose):
    coordinates = model.getCoordinateSet()
    for name, value in zip(names, pose, strict=True):
        coordinates.get(name).setValue(state, float(value), False)
        if name.startswith("knee_angle"):
            coordinates.get(f"{name}_beta").setValue(state, float(value), False)
    model.realizePosition(state)


def observe(model, names, poses, muscles, pairs):
    """Mass centre, muscle lengths, and moment arms of (muscle, coordinate) pairs at every pose."""
    state = model.initSystem()
    center, length, arm = np.empty((len(poses), 3)), np.empty((len(poses), len(muscles))), []
    paths = {name: osim.Muscle.safeDownCast(model.getMuscles().get(name)).getPath() for name in muscles}
    for i, pose in enumerate(poses):
        set_pose(model, state, names, pose)
        at = model.calcMassCenterPosition(state)
        center[i] = [at.get(k) for k in range(3)]
        length[i] = [paths[name].getLength(state) for name in muscles]
        arm.append([paths[m].computeMomentArm(state, model.getCoordinateSet().get(c)) for m, c in pairs])
    return center, length, np.array(arm)


def observe_original(folder):
    osim.Logger.setLevelString("Error")
    model = osim.Model(str(Path(folder) / "subject_walk_scaled.osim"))
    center = model.getBodySet().get("toes_r").getMassCenter()
    model.updBodySet().get("toes_l").setMassCenter(osim.Vec3(center.get(0), center.get(1), -center.get(2)))
    state = model.initSystem()
    all_names = [model.getCoordinateSet().get(i).getName() for i in range(model.getNumCoordinates())]
    names = [name for name in all_names if not name.endswith("_beta")]
    muscles = [model.getMuscles().get(i).getName() for i in range(model.getMuscles().getSize())]
    poses = random_poses(names)
    candidates = [(m, f"{c}_{m[-1]}") for m in muscles for c in LEG]
    _, _, first = observe(model, names, poses[:3], muscles, candidates)
    pairs = [pair for pair, used in zip(candidates, np.any(np.abs(first) > 1e-4, axis=0), strict=True) if used]
    center, length, arm = observe(model, names, poses, muscles, pairs)
    return {
        "coordinate": np.array(names),
        "pose": poses,
        "muscle": np.array(muscles),
        "pair": np.array(pairs),
        "mass_kg": model.getTotalMass(state),
        "mass_center_m": center,
        "length_m": length,
        "moment_arm_m": arm,
    }


if __name__ == "__main__":
    np.savez_compressed(sys.argv[2], **observe_original(sys.argv[1]))
