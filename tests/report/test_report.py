"""The report's data: what a browser unpacks is what the files hold, and text stays text."""

from __future__ import annotations

import base64
import html.parser
import json
import re
import shutil

import h5py
import numpy as np
import posed_walker as walker
import pytest

from gluteweak.comparison.reading import Walk
from gluteweak.errors import InputError
from gluteweak.report import assets, packing, walkers
from gluteweak.report.build import build_page, write_report
from gluteweak.report.families import families
from gluteweak.report.gather import gather
from gluteweak.report.references import references
from gluteweak.skeleton.posed import read_poses

HOSTILE = "</script><script>window.hacked=1</script> \"q\" 'r' & \u202e🦴 مرحبا %%DATA%%"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, walker.write_study(folder, walker.SCENARIOS)


@pytest.fixture(scope="module")
def data(study):
    folder, _ = study
    return gather(folder / "sweep.h5", folder / "scenarios")


def unpack(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_numbers_survive_packing():
    values = np.array([[-1.25, 0.0], [3.5, 1e-3]])
    packed = packing.shorts(values)
    assert unpack(packed["data"], "<i2").reshape(2, 2) * packed["step"] == pytest.approx(values, abs=3.5 / 32767)
    assert unpack(packing.floats(values), "<f4") == pytest.approx(values.ravel())
    assert list(unpack(packing.indices([0, 65535]), "<u2")) == [0, 65535]
    assert packing.shorts(np.zeros(3))["step"] == 1.0
    with pytest.raises(ValueError, match="indices from 0 to 70000 do not fit"):
        packing.indices([0, 70000])


def test_json_cannot_leave_its_element():
    text = packing.script_json({"name": HOSTILE + "\u2028"})
    assert not re.search(r"[<>&\u2028]", text)
    assert json.loads(text)["name"] == HOSTILE + "\u2028"
    with pytest.raises(ValueError, match="Out of range"):
        packing.script_json({"x": float("nan")})


def walk(row, name, strength, adaptation="pattern_kept"):
    return Walk(row, name, name, adaptation, strength, True)


def test_scenarios_that_differ_in_strength_alone_share_a_row():
    walks = [
        walk(0, "glmed_r-s100-pattern_kept", 1.0),
        walk(1, "glmed_r-s012p5-pattern_kept", 0.125),
        walk(2, "glmed_r-s050-pattern_kept-fast", 0.5),
        walk(3, "glmed_r-s100-re_optimised", 1.0, "re_optimised"),
        walk(4, "case-a", 0.5, "own_way"),
        walk(5, "glmed_r-s050-pattern_kept", 0.5),
    ]
    found = families(walks, ["label"] * 6)
    assert [family.members for family in found] == [(0, 5, 1), (2,), (3,), (4,)]
    assert found[2].title == "Muscles used anew, posture kept"
    # Two rows of one adaptation: each needs more than the adaptation's name.
    assert found[0].title == "Muscle pattern kept, posture gives: glmed r"
    assert found[1].title == "label"
    assert found[3].title == "own way"


def test_a_strength_that_comes_twice_opens_another_row():
    walks = [walk(0, "a", 1.0), walk(1, "a", 1.0), walk(2, "a", 0.5)]
    assert [family.members for family in families(walks, ["x", "y", "z"])] == [(0, 2), (1,)]


def test_mean_forces_in_stance_are_those_of_the_sweep(study, data):
    _, values = study
    assert data["effort"]["names"] == ["Gluteus medius", "Rectus femoris"]
    assert data["effort"]["weak"] == [True, False]
    for i, forces in enumerate(data["effort"]["forces"]):
        # Right muscles; the right foot is on the ground for 62 %: 63 of 101 samples.
        assert forces == pytest.approx(values["muscle_force_n"][i, :2, :63].mean(axis=1), abs=0.06)


def test_the_title_names_what_is_weak(data, tmp_path):
    assert data["study"]["weakWords"] == "right gluteus medius"
    walker.write_study(tmp_path, walker.SCENARIOS[:1])
    assert gather(tmp_path / "sweep.h5", tmp_path / "scenarios")["study"]["weakWords"] == ""


def test_curves_and_peaks_are_those_of_the_sweep(study, data):
    _, values = study
    for packed, curve in zip(data["curveData"], data["curves"], strict=True):
        due = values[curve["dataset"]]
        shown = (unpack(packed["data"], "<i2") * packed["step"]).reshape(len(walker.SCENARIOS), 2, 101)
        assert shown == pytest.approx(due, abs=np.abs(due).max() / 65534)
    for i, scenario in enumerate(data["scenarios"]):
        assert scenario["values"]["peak_trunk_lean_deg"] == pytest.approx(values["peak_trunk_lean_deg"][i], abs=1e-4)
        # Stored as a share, shown in per cent.
        shares = values["peak_abductor_demand_over_capacity"][i]
        assert scenario["values"]["peak_abductor_demand_over_capacity"] == pytest.approx(100.0 * shares, abs=1e-3)


def test_bodies_are_those_of_the_poses(study, data):
    folder, _ = study
    posed = read_poses(folder / "scenarios" / walker.KEPT / "poses.h5")
    packed = next(w for w in data["walkers"] if data["scenarios"][w["scenario"]]["id"] == walker.KEPT)
    origins = unpack(packed["origins"]["data"], "<i2") * packed["origins"]["step"]
    assert origins.reshape(posed.origin_m.shape) == pytest.approx(posed.origin_m, abs=1e-4)
    assert unpack(packed["pointStill"], "<f4").reshape(-1, 3) == pytest.approx(posed.point_local_m[:, 0], abs=1e-6)
    assert packed["strength"] == list(posed.strength_fraction)
    assert {bone["body"] for bone in data["surfaces"]["bones"]} == set(range(len(posed.body)))


def test_each_weak_walk_is_compared_with_the_healthy_one_of_its_kind(data):
    by_id = {s["id"]: s for s in data["scenarios"]}
    assert data["scenarios"][by_id[walker.NONE]["reference"]]["id"] == walker.FULL
    assert by_id[walker.FULL]["chain"] == []
    assert by_id[walker.FULL]["healthy"]
    keys = [link["key"] for link in by_id[walker.NONE]["chain"]]
    assert set(keys) == {"muscle", "trunk", "pelvis", "thigh", "knee", "kneecap", "band"}
    for link in by_id[walker.NONE]["chain"]:
        assert link["shows"] == any(item["counts"] for item in link["items"])


def test_scenarios_without_a_posed_body_keep_their_numbers(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS[:2])
    (tmp_path / "scenarios" / walker.HALF / "poses.h5").unlink()
    found = gather(tmp_path / "sweep.h5", tmp_path / "scenarios")
    assert [w["scenario"] for w in found["walkers"]] == [0]
    assert len(found["scenarios"]) == 2


def test_as_many_walkers_as_a_page_can_hold(study, monkeypatch):
    folder, _ = study
    monkeypatch.setattr(walkers, "_BUDGET", 100_000)
    found = gather(folder / "sweep.h5", folder / "scenarios")
    assert 0 < len(found["walkers"]) < len(walker.SCENARIOS)
    assert len(found["scenarios"]) == len(walker.SCENARIOS)


def test_broken_certificates_and_validations_are_refused(tmp_path):
    walker.write_study(tmp_path, walker.SCENARIOS[:1])
    (tmp_path / "scenarios" / walker.FULL / "certificate.json").write_text('{"certified": true}', encoding="utf-8")
    with pytest.raises(InputError, match=r"certificate\.json is no certificate of this version"):
        write_report(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "report.html")
    (tmp_path / "scenarios" / walker.FULL / "certificate.json").unlink()
    (tmp_path / "validation.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match=r"validation\.json is no validation of this version"):
        write_report(
            tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "report.html", tmp_path / "validation.json"
        )
    assert not (tmp_path / "report.html").exists()


class _Scripts(html.parser.HTMLParser):
    """The script elements as a browser would cut them out."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.texts, self.open, self.links = [], False, []

    def handle_starttag(self, tag, attrs):
        self.open = tag == "script"
        if self.open:
            self.texts.append("")
        self.links += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        self.open = self.open and tag != "script"

    def handle_data(self, text):
        if self.open:
            self.texts[-1] += text


def test_hostile_names_change_nothing_about_the_page(data):
    hostile = json.loads(json.dumps(data))
    hostile["study"]["name"] = HOSTILE
    parsers = []
    for found in (data, hostile):
        parser = _Scripts()
        parser.feed(build_page(found))
        parsers.append(parser)
    harmless, attacked = parsers
    assert len(attacked.texts) == len(harmless.texts)
    assert json.loads(attacked.texts[0])["study"]["name"] == HOSTILE
    assert attacked.texts[1:] == harmless.texts[1:]
    # Nothing is fetched: links lead within the page, the icon is empty data.
    assert all(link.startswith(("#", "data:,")) for link in harmless.links)


def test_only_the_pages_own_scripts_may_run(data):
    page = build_page(data)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#x27;", "'")
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert re.fullmatch(r"('sha256-[A-Za-z0-9+/=]{44}' ?){8}", directives["script-src"])
    assert "unsafe" not in policy
    assert "http" not in policy


def test_libraries_are_whole():
    three, d3 = assets.three_js(), assets.d3_js()
    assert "SPDX-License-Identifier: MIT" in three[:200]
    assert three.rstrip().endswith("}));")
    assert 400_000 < len(three) < 900_000
    assert 150_000 < len(d3) < 400_000


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(assets.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="package trimesh is not installed, which the report takes a library from"):
        assets.three_js()


def test_references_from_the_bibliography(tmp_path):
    (tmp_path / "some.bib").write_text(
        "@article{one2001,\n  author = {Beaupr{\\'e}, Gary S. and Two, B.},\n  title = {A {Title}},\n"
        "  journal = {Journal},\n  volume = {3},\n  pages = {1--2},\n  year = {2001},\n  doi = {10.1/x}\n}\n",
        encoding="utf-8",
    )
    with (tmp_path / "some.bib").open("a", encoding="utf-8") as bibliography:
        bibliography.write("@article{many2002,\n  author = {Kendall, K. D. and others},\n  title = {B}\n}\n")
    assert references(["many2002"], tmp_path / "some.bib")[0]["authors"] == "Kendall et al."
    first, second = references(["one2001", "unknown", "one2001"], tmp_path / "some.bib")
    assert first == {
        "key": "one2001",
        "authors": "Beaupré, Two",
        "year": "2001",
        "title": "A Title",
        "where": "Journal 3 1\N{EN DASH}2",
        "doi": "10.1/x",
    }
    assert second["title"] == "unknown"
    real = references(["rajagopal2016"])[0]
    assert real["authors"] == "Rajagopal et al."
    assert real["doi"] == "10.1109/TBME.2016.2586891"


def luminance(colour):
    """Relative luminance of a colour #rrggbb (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_stand_out_from_their_ground_in_light_and_dark():
    style = assets.own("style.css")
    blocks = re.findall(r"\{([^{}]*--paper:[^{}]*)\}", style)
    palettes = [dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", block)) for block in blocks]
    # Light, dark by the system, dark by choice: the two dark ones are the same.
    assert len(palettes) == 3
    assert palettes[1] == palettes[2]
    pairs = [(ink, ground) for ink in ("ink", "soft", "faint") for ground in ("paper", "card", "bad-soft")]
    pairs += [("soft", "stage-b"), ("ink", "stage-b")]
    pairs += [(ink, "card") for ink in ("accent", "bad", "good", "trunk", "pelvis", "thigh", "knee")]
    pairs += [("accent", "paper"), ("accent", "accent-soft"), ("bad", "bad-soft"), ("accent-ink", "accent")]
    for palette in palettes:
        for ink, ground in pairs:
            light, dark = sorted((luminance(palette[ink]), luminance(palette[ground])), reverse=True)
            # WCAG 2.1 AA for text.
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground, palette[ink], palette[ground])


def test_scenarios_that_failed_are_named_on_the_page(study, tmp_path):
    folder, _ = study
    shutil.copy(folder / "sweep.h5", tmp_path)
    with h5py.File(tmp_path / "sweep.h5", "r+") as file:
        file.attrs["failed"] = json.dumps({HOSTILE: "solve: no start converged"})
    said = gather(tmp_path / "sweep.h5", folder / "scenarios")["study"]
    assert said["asked"] == said["total"] + 1
    assert [each["why"] for each in said["failed"]] == ["solve: no start converged"]
    assert "\u202e" not in said["failed"][0]["name"]
    assert gather(folder / "sweep.h5", folder / "scenarios")["study"]["failed"] == []
