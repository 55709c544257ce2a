"""Bones: closed surfaces of the right size, for any walker; meshes of the extra where it is installed."""

from __future__ import annotations

import struct

import numpy as np
import posed_walker as walker
import pytest

from gluteweak.errors import InputError
from gluteweak.skeleton import meshes, stylised
from gluteweak.skeleton.bones import STYLISED_CREDIT, bones
from gluteweak.skeleton.posed import read_poses
from gluteweak.skeleton.shapes import Mesh, coarser, ellipsoid, join, plate, tube
from gluteweak.skeleton.sizes import sizes


def volume(mesh):
    """Of a closed surface whose triangles turn counter-clockwise seen from outside (divergence theorem)."""
    a, b, c = np.moveaxis(mesh.vertices[mesh.faces], 1, 0)
    return float((a * np.cross(b, c)).sum() / 6.0)


def open_edges(mesh):
    """Edges that belong to one triangle only."""
    edges = np.sort(np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]], mesh.faces[:, [2, 0]]]), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    return int((count == 1).sum())


def test_volumes_of_shapes():
    assert volume(ellipsoid((0.1, 0.2, 0.3), (0.1, 0.2, 0.3), rings=60, sides=60)) == pytest.approx(
        4 / 3 * np.pi * 0.006, rel=0.01
    )
    # A bar of radius r and length l with round ends: a cylinder and a ball.
    bar = tube(np.outer(np.linspace(0, 1, 5), [0.0, 0.5, 0.0]), 0.05, sides=60)
    assert volume(bar) == pytest.approx(np.pi * 0.05**2 * 0.5 + 4 / 3 * np.pi * 0.05**3, rel=0.03)
    flat = plate([(0, 0, 0), (0.1, 0, 0)], [(0, 0.2, 0), (0.1, 0.2, 0)], 0.01)
    assert abs(volume(flat)) == pytest.approx(0.1 * 0.2 * 0.01)
    assert open_edges(flat) == 0


@pytest.mark.parametrize("body", stylised.BONES)
def test_stylised_bones_look_outward_and_mirror(body):
    mesh = stylised.BONES[body]()
    assert volume(mesh) > 0.0
    assert volume(mesh.mirrored()) == pytest.approx(volume(mesh))
    assert np.isfinite(mesh.vertices).all()
    assert np.abs(mesh.vertices).max() < 0.75


def test_coarser_draws_close_vertices_together():
    fine = ellipsoid((0, 0, 0), (0.1, 0.1, 0.1), rings=60, sides=60)
    rough = coarser(fine, 0.02)
    assert len(rough.faces) < len(fine.faces) / 3
    assert volume(rough) == pytest.approx(volume(fine), rel=0.08)


@pytest.fixture
def posed(tmp_path):
    walker.write_poses(tmp_path / "poses.h5")
    return read_poses(tmp_path / "poses.h5")


def test_bones_are_stretched_between_the_joints(posed):
    factors = sizes(posed)
    assert factors["femur_r"][1] == pytest.approx(0.42 / 0.4044)
    assert factors["tibia_l"][1] == pytest.approx(0.41 / 0.400)
    assert factors["pelvis"] == pytest.approx([0.06 / 0.0563, 0.08 / 0.0785, 0.08 / 0.0773])
    # The thigh bone's head sits in the hip, its condyles at the knee.
    femur = bones(posed, use_meshes=False).by_body["femur_l"]
    assert femur.vertices[:, 1].min() == pytest.approx(-0.42, abs=0.03)
    assert femur.vertices[:, 1].max() == pytest.approx(0.024, abs=0.01)


def test_path_points_are_where_bodies_carry_them(posed):
    rotation, origin = walker.frames()["femur_r"]
    assert posed.paths(30)[0][1] == pytest.approx(origin[30] + rotation[30] @ [-0.015, -0.018, 0.06], abs=1e-6)
    assert posed.joint_in_ground("tibia_r", 30) == pytest.approx(
        origin[30] + rotation[30] @ [0.0, -0.42, 0.0], abs=1e-6
    )
    assert posed.joint_in_ground("tail", 30) is None


def test_a_walker_with_other_parts_gets_bars_and_no_crash(tmp_path):
    joints = (
        ("ground", "pelvis", (0, 0, 0)),
        ("pelvis", "trunk_segment", (0, 0.1, 0)),
        ("trunk_segment", "head_segment", (0, 0.5, 0)),
    )
    walker.write_poses(tmp_path / "poses.h5", joints=joints, paths={})
    posed = read_poses(tmp_path / "poses.h5")
    found = bones(posed, use_meshes=False).by_body
    # From its own joint to the next: half a metre and two round ends.
    assert np.ptp(found["trunk_segment"].vertices, axis=0)[1] == pytest.approx(0.5 + 2 * 0.012, abs=1e-3)
    assert set(found) == {"pelvis", "trunk_segment", "head_segment"}
    assert [len(path) for path in posed.paths(0)] == [0, 0, 0, 0]
    assert posed.root == "pelvis"


def write_stl(path, corners):
    record = b"".join(struct.pack("<12fH", 0, 0, 0, *np.ravel(triangle), 0) for triangle in corners)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(corners)) + record)


def test_read_stl(tmp_path):
    corners = [[[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[1, 0, 0], [1, 1, 0], [0, 1, 0]]]
    write_stl(tmp_path / "two.stl", corners)
    mesh = meshes.read_stl(tmp_path / "two.stl")
    assert mesh.vertices[mesh.faces] == pytest.approx(np.array(corners))
    assert len(mesh.vertices) == 4
    (tmp_path / "cut.stl").write_bytes((tmp_path / "two.stl").read_bytes()[:-1])
    with pytest.raises(InputError, match=r"cut\.stl is no whole binary STL file"):
        meshes.read_stl(tmp_path / "cut.stl")


def test_meshes_replace_stylised_bones_where_there_are_files(tmp_path, posed, monkeypatch):
    write_stl(tmp_path / "r_femur.stl", [[[0, 0, 0], [0.1, 0, 0], [0, -0.4, 0]]])
    monkeypatch.setattr(meshes, "folder", lambda: tmp_path)
    found = bones(posed)
    assert "musclemimic-models" in found.credit
    assert len(found.by_body["femur_r"].faces) == 1
    assert np.array_equal(found.by_body["femur_l"].faces, found.by_body["femur_r"].faces[:, ::-1])
    assert len(found.by_body["tibia_r"].faces) > 100
    assert bones(posed, use_meshes=False).credit == STYLISED_CREDIT


@pytest.mark.skipif(meshes.folder() is None, reason="the optional extra gluteweak[bones] is not installed")
def test_meshes_of_the_extra_fit_between_the_joints(posed):
    found = bones(posed).by_body
    low, high = found["tibia_r"].vertices[:, 1].min(), found["tibia_r"].vertices[:, 1].max()
    assert -0.45 < low < -0.40
    assert -0.03 < high < 0.0
    assert 3000 < sum(len(mesh.faces) for mesh in found.values()) < 60_000


def test_join_keeps_every_triangle():
    one = Mesh(np.eye(3), np.array([[0, 1, 2]]))
    both = join([one, one.moved((1, 0, 0))])
    assert both.vertices[both.faces[1]] == pytest.approx(np.add(np.eye(3), (1, 0, 0)))
