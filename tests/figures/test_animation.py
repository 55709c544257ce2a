"""The film: healthy and weak in step, playable, small."""

from __future__ import annotations

import av
import numpy as np
import posed_walker as walker
import pytest
from PIL import Image

from gluteweak.errors import InputError
from gluteweak.figures import animation
from gluteweak.skeleton.walks import read_walks


@pytest.fixture
def study(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS)
    return tmp_path


def test_healthy_walks_beside_the_weakest_or_the_one_that_is_asked_for(study):
    walks = read_walks(study / "sweep.h5", study / "scenarios")
    assert [walk.scenario_id for walk in animation.choose(walks, None)] == [walker.FULL, walker.KEPT]
    assert [walk.scenario_id for walk in animation.choose(walks, walker.HALF)] == [walker.FULL, walker.HALF]
    with pytest.raises(
        InputError,
        match=r"No certified scenario 'halff' with a poses\.h5; there are: glmed_r-s100-re_optimised, glmed_r",
    ):
        animation.choose(walks, "halff")


def test_film_and_loop_can_be_played(study, monkeypatch):
    monkeypatch.setattr(animation, "_PER_CYCLE", 4)
    film, loop = animation.animate(study / "sweep.h5", study / "scenarios", study / "out")
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 1280, 720)
    assert len(frames) == 4 * animation._CYCLES
    # Each half shows something, the halves differ, and the walkers move.
    left, right = frames[1][:, :640].astype(int), frames[1][:, 640:].astype(int)
    assert left.std() > 10
    assert right.std() > 10
    assert np.abs(left - right).mean() > 0.5
    assert np.abs(frames[2].astype(int) - frames[0].astype(int)).mean() > 0.5
    # The film repeats: the first picture of the second cycle is the first one again, but for compression.
    assert np.abs(frames[4].astype(int) - frames[0].astype(int)).mean() < 1.5
    with Image.open(loop) as picture:
        assert (picture.n_frames, picture.info["loop"]) == (4, 0)
        # Twice as slow as life: two seconds and a bit for a cycle of 1.1 s.
        assert picture.info["duration"] == pytest.approx(1000 * 2 * walker.DURATION_S / 4, abs=10)


def test_a_study_without_poses_leaves_no_film(study):
    for poses in study.glob("scenarios/*/poses.h5"):
        poses.unlink()
    with pytest.raises(InputError, match="run 'gluteweak poses' first"):
        animation.animate(study / "sweep.h5", study / "scenarios", study / "out")
    assert not (study / "out").exists()
