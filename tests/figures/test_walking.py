"""The walking figure draws the bodies as posed and the angles as the sweep says."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import posed_walker as walker
import pytest
from matplotlib.collections import PolyCollection
from PIL import Image

from gluteweak.errors import InputError
from gluteweak.figures import commands, scene, style
from gluteweak.figures.walking import body_lines, draw_walking, labels, read_walking, title
from gluteweak.skeleton import meshes
from gluteweak.skeleton.bones import bones
from gluteweak.skeleton.shapes import Mesh, ellipsoid
from gluteweak.skeleton.walks import read_walks

RECIPE = Path(__file__).parents[1] / "golden" / "make_walking_figure.py"


@pytest.fixture
def study(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS)
    return tmp_path


def test_healthy_and_the_weakest_of_each_adaptation_are_shown(study):
    walks = read_walking(study / "sweep.h5", study / "scenarios")
    assert [walk.scenario_id for walk in walks] == [walker.FULL, walker.NONE, walker.KEPT]


def test_instants_follow_the_weak_sides_cycle(study):
    walk = read_walks(study / "sweep.h5", study / "scenarios")[0]
    # The right foot strikes after a fifth of the cycle; the left lifts off at (0.77 + 0.6 * 1.1 - 0.22) / 1.1 = 110 %.
    assert walk.instant(0.0) == 20
    assert walk.instant(90.0) == 10
    assert walk.single_stance_pct() == pytest.approx((10.0, 50.0))


def test_drawn_lines_have_the_angles_that_are_written(study):
    for walk in read_walks(study / "sweep.h5", study / "scenarios"):
        for pct in (0.0, 30.0, 62.0):
            lines = body_lines(walk, walk.instant(pct))
            right, left = lines["pelvis"]
            drop = np.degrees(np.arctan2((right - left)[1], (right - left)[2]))
            assert drop == pytest.approx(walk.angle_deg("pelvic_drop_deg", pct), abs=0.02)
            up = lines["trunk"][1] - lines["trunk"][0]
            lean = np.degrees(np.arctan2(up[2], up[1]))
            assert lean == pytest.approx(walk.angle_deg("trunk_lean_deg", pct), abs=0.02)


def test_words_say_which_way(study):
    walk = read_walks(study / "sweep.h5", study / "scenarios")[3]
    words = {label.head: label.text for label in labels(walk, 30.0)}
    # 30 % after foot strike is the middle of the file, where the sine is 0: lean 9 deg, left side 1 deg higher.
    assert words["Trunk"] == "9.0\N{DEGREE SIGN} to the right"
    assert words["Pelvis"] == "left 1.0\N{DEGREE SIGN} higher"


def test_a_weak_left_side_is_told_from_its_own_stance(tmp_path):
    strength = np.array([s[2] for s in walker.SCENARIOS])
    weak = np.stack([np.where(m == "glmed1_l", strength, 1.0) for m in walker.MUSCLES], axis=1)
    walker.write_study(tmp_path, walker.SCENARIOS, muscle_strength_fraction=weak)
    walk = read_walks(tmp_path / "sweep.h5", tmp_path / "scenarios")[3]
    assert walk.posed.side[walk.side] == "left"
    # 30 % after its foot strike at 0.77 s the cycle of 1.1 s is at its start, where the sine is 0.
    assert walk.instant(30.0) == 0
    words = {label.head: label.text for label in labels(walk, 30.0)}
    assert words["Trunk"] == "9.0\N{DEGREE SIGN} to the right"
    assert words["Pelvis"] == "right 1.0\N{DEGREE SIGN} lower"
    commands.walking(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "out")
    assert "from the left" in (tmp_path / "out" / "walking.svg").read_text(encoding="utf-8")


def test_walks_that_differ_in_timing_alone_are_shown_by_their_labels(tmp_path):
    scenarios = [("a", "re_optimised", 1.0, 0.0, 2.0), ("b", "re_optimised", 1.0, 4.0, 2.0)]
    label = np.array(["a", "Right glmed 100 ms late, $5"], dtype=object)
    walker.write_study(tmp_path, scenarios, label=label)
    walks = read_walking(tmp_path / "sweep.h5", tmp_path / "scenarios")
    assert [title(walk) for walk in walks] == ["Healthy", r"Right glmed 100 ms late, \$5"]
    commands.walking(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "out")


def test_the_figure_is_written_whole_with_its_caption(study, tmp_path):
    commands.walking(study / "sweep.h5", study / "scenarios", tmp_path / "out")
    text = " ".join((tmp_path / "out" / "walking.txt").read_text(encoding="utf-8").split())
    assert "Weakened: right gluteus medius." in text
    assert "Computed for one model, not measured in you." in text
    assert "Bones:" in text
    assert (tmp_path / "out" / "walking.png").stat().st_size > 50_000
    # Bones are a picture within the vector file; words and lines stay words and lines.
    svg = (tmp_path / "out" / "walking.svg").read_text(encoding="utf-8")
    assert "No strength left" in svg
    assert len(svg) < 5_000_000


def test_nothing_leaves_the_page(study):
    with style.house_style():
        figure, _ = draw_walking(read_walking(study / "sweep.h5", study / "scenarios"))
        renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
        for axes in figure.axes:
            for text in axes.texts:
                box = text.get_window_extent(renderer)
                assert -1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1, text.get_text()
        assert sum(isinstance(c, PolyCollection) for axes in figure.axes for c in axes.collections) == 3 + 2 * 4


def test_one_scenario_and_a_walker_without_legs_are_drawn_too(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS[:1])
    joints = (("ground", "hips", (0, 0, 0)), ("hips", "trunk_segment", (0, 0.1, 0)))
    walker.write_poses(tmp_path / "scenarios" / walker.FULL / "poses.h5", joints=joints, paths={})
    commands.walking(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "out")
    assert (tmp_path / "out" / "walking.png").exists()


def test_without_poses_it_says_what_to_run(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS[:1])
    (tmp_path / "scenarios" / walker.FULL / "poses.h5").unlink()
    with pytest.raises(InputError, match=r"has a poses\.h5 in .*: run 'gluteweak poses' first"):
        read_walking(tmp_path / "sweep.h5", tmp_path / "scenarios")


def test_near_surfaces_are_painted_over_far_ones(study):
    walk = read_walks(study / "sweep.h5", study / "scenarios")[0]
    ball = ellipsoid((0, 0, 0), (0.1, 0.1, 0.1))
    model = scene.Model.of({"pelvis": ball.moved((-1, 0, 0)), "torso": ball.moved((1, 0, 0))})
    shown = scene.polygons(walk.posed, model, 20, scene.FRONT, None, colour=np.array([1.0, 1.0, 1.0]))
    # From the front the torso's ball, two metres nearer, comes last; half of each ball faces the eye.
    height = np.array([corner[:, 1].mean() for corner in shown.corners])
    torso = walk.posed.frame("torso", 20)[1][1]
    assert len(height) == len(ball.faces)
    assert np.all(height[len(height) // 2 :] > torso - 0.15)
    assert np.all(height[: len(height) // 2] < torso + 0.08)


def test_views_turn_the_right_way():
    right_hand = np.array([[0.0, 0.0, 1.0]])
    forward = np.array([[1.0, 0.0, 0.0]])
    # Seen from the front, the walker's right is on the left; seen from his right, he walks to the right.
    assert scene.FRONT.flat(right_hand)[0] == pytest.approx([-1.0, 0.0])
    assert scene.RIGHT_SIDE.flat(forward)[0] == pytest.approx([1.0, 0.0])
    assert scene.view(-90.0).flat(forward)[0] == pytest.approx([-1.0, 0.0])


def test_shading_is_even_over_a_ball():
    ball = ellipsoid((0, 0, 0), (0.1, 0.1, 0.1), rings=20, sides=24)
    center = ball.vertices[ball.faces].mean(axis=1)
    outward = center / np.linalg.norm(center, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", scene.normals(ball), outward).min() > 0.97
    assert scene.normals(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]))) == pytest.approx(np.zeros((1, 3)))


def test_bones_of_the_hand_made_walker_are_complete(study):
    posed = read_walks(study / "sweep.h5", study / "scenarios")[0].posed
    assert set(bones(posed).by_body) == set(posed.body)


def test_the_figure_looks_as_it_is_supposed_to(tmp_path, monkeypatch):
    monkeypatch.setattr(meshes, "folder", lambda: None)
    spec = spec_from_file_location("recipe", RECIPE)
    recipe = module_from_spec(spec)
    spec.loader.exec_module(recipe)
    drawn = recipe.picture(tmp_path).astype(int)
    golden = np.asarray(Image.open(recipe.GOLDEN).convert("RGB")).astype(int)
    assert drawn.shape == golden.shape
    off = np.abs(drawn - golden).max(axis=2)
    # Room for another font renderer, none for a body that stands elsewhere.
    assert off.mean() < 0.3
    assert (off > 60).mean() < 0.002
