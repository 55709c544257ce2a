"""The report in a real browser: Chromium, headless, from disk."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import posed_walker as walker
import pytest
import sensitivity_files
from scenario_sweeps import NO_KNEECAP, without_kneecap

from gluteweak.report.build import write_report
from gluteweak.skeleton.posed import read_poses

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine (Debian: apt install chromium)")

#: WebGL without a graphics card, and a browser that does not phone home by itself.
FLAGS = (
    *("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
HOSTILE = "<script>window.hacked=1</script> \"q\" 'r' 🦴 مرحبا"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    values = walker.write_study(folder, walker.SCENARIOS)
    write_report(folder / "sweep.h5", folder / "scenarios", folder / "report.html")
    return folder, values


@pytest.fixture(scope="module")
def running():
    with playwright.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(running):
    browser = running.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
    yield browser
    browser.close()


class Visit:
    """A page that has been opened, with everything that it asked for and complained about."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(
            reduced_motion="reduce", **{"viewport": {"width": 1440, "height": 900}, **options}
        )
        self.page = self.context.new_page()
        self.requests, self.problems = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(dialog.message), dialog.dismiss()))
        self.page.goto(Path(path).as_uri())
        self.page.wait_for_function("document.documentElement.dataset.ready")

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def picture(self):
        """The walker as pixels, once two successive pictures are alike."""
        self.page.wait_for_timeout(150)
        return self.page.locator("#walker").screenshot()


@pytest.fixture
def visit(chromium, study):
    opened = Visit(chromium, study[0] / "report.html")
    yield opened
    opened.context.close()
    assert opened.problems == []


def test_it_asks_for_nothing_and_complains_of_nothing(visit, study):
    for selector in ("[data-view=side]", "#play", "#play", "[data-theme-choice=dark]", "#sides button >> nth=1"):
        visit.page.click(selector)
    for pct in range(0, 101, 5):
        visit.page.locator("#phase").fill(str(pct))
        visit.picture()
    assert visit.problems == []
    assert visit.requests == [(study[0] / "report.html").as_uri()]


def test_the_slider_moves_the_numbers_and_the_walker(visit, study):
    _, values = study
    visit.page.click("#families button >> nth=0")
    slider = visit.page.locator("#strength")
    slider.focus()
    visit.page.keyboard.press("Home")
    pictures = []
    # Strong to weak in the sweep: full, half, none. The slider's left end is no strength.
    for scenario, said in ((2, "0\u202f%"), (1, "50\u202f%"), (0, "100\u202f%")):
        assert visit.text("#strength-text") == said
        assert slider.get_attribute("aria-valuetext") == f"{said} strength left"
        peak = values["peak_trunk_lean_deg"][scenario, 0]
        assert visit.text("[data-outcome=peak_trunk_lean_deg] .value") == f"{peak:.1f}°"
        pictures.append(visit.picture())
        visit.page.keyboard.press("ArrowRight")
    assert len(set(pictures)) == 3
    assert visit.text("#badge") == "Healthy"


def test_bodies_stand_where_the_files_put_them(visit, study):
    posed = read_poses(study[0] / "scenarios" / walker.HALF / "poses.h5")
    found = visit.page.evaluate(
        """() => { const g = window.gluteweak, w = g.walkerOf(1), p = g.pose(w, 0.3);
        return { o: [...p.o], points: [...p.points], tension: [...p.tension] }; }"""
    )
    # Three tenths of the cycle are instant 30 of 100.
    origins = np.array(found["o"]).reshape(-1, 3)[: len(posed.body)]
    assert origins == pytest.approx(posed.origin_m[:, 30], abs=2e-4)
    assert np.array(found["points"]).reshape(-1, 3) == pytest.approx(np.concatenate(posed.paths(30)), abs=5e-4)
    assert found["tension"] == pytest.approx(posed.tension_n[30], abs=0.1)


def test_scrubbing_moves_walker_cursors_and_words(visit, study):
    _, values = study
    before = visit.picture()
    phase = visit.page.locator("#phase")
    phase.focus()
    visit.page.keyboard.press("Home")
    for _ in range(8):
        visit.page.keyboard.press("PageUp")
    pct = int(phase.input_value())
    assert pct > 50
    assert visit.picture() != before
    scenario = visit.page.evaluate("window.gluteweak.state.scenario")
    shown = visit.text("[data-curve=trunk_lean_deg] .now")
    assert shown.replace("\N{MINUS SIGN}", "-") == f"{values['trunk_lean_deg'][scenario, 0, pct]:.1f}°"
    foot = "down" if pct <= walker.FOOT_OFF_PCT[0] else "up"
    assert phase.get_attribute("aria-valuetext") == f"{pct} % of the gait cycle, right foot {foot}"


def test_pointing_at_a_curve_moves_the_walker(visit):
    chart = visit.page.locator("[data-curve=pelvic_drop_deg] svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 60)
    assert visit.page.locator("#phase").input_value() == "100"


def test_the_other_legs_curves_run_in_their_own_cycle(visit, study):
    _, values = study
    visit.page.click("#sides button >> nth=1")
    pct = float(visit.page.evaluate("window.gluteweak.state.pct"))
    scenario = visit.page.evaluate("window.gluteweak.state.scenario")
    later = 100.0 * (walker.FOOT_STRIKE_S[1] - walker.FOOT_STRIKE_S[0]) / walker.DURATION_S
    own = (pct - later) % 100.0
    due = np.interp(own, np.arange(101), values["pelvic_drop_deg"][scenario, 1])
    assert visit.text("[data-curve=pelvic_drop_deg] .now").replace("\N{MINUS SIGN}", "-") == f"{due:.1f}°"


def test_every_control_is_reached_by_keyboard_and_named(visit):
    reached = set()
    # A row of a single strength has nothing to slide.
    visit.page.click("#families button >> nth=0")
    visit.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    visit.page.locator("body").press("Tab")
    for _ in range(80):
        reached.add(visit.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        visit.page.keyboard.press("Tab")
    assert {"walker", "play", "phase", "speed", "strength", "ghost", "muscles", "csv-table", "csv-curves"} <= reached
    assert {"Skip to the walker", "Front", "Dark", "References"} <= reached
    nameless = visit.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, canvas, svg[role=img], [role=region]')]
        .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length
        && e.labels[0].textContent.trim()))).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    before = visit.picture()
    visit.page.locator("#walker").focus()
    visit.page.keyboard.press("ArrowLeft")
    assert visit.picture() != before
    visit.page.keyboard.press(" ")
    assert visit.page.locator("#play").get_attribute("aria-label") == "Pause"


def test_light_and_dark(chromium, study):
    grounds = {}
    for scheme in ("light", "dark"):
        seen = Visit(chromium, study[0] / "report.html", color_scheme=scheme)
        grounds[scheme] = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.page.click(f"[data-theme-choice={'dark' if scheme == 'light' else 'light'}]")
        grounds[scheme, "chosen"] = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.context.close()
    assert grounds["light"] == grounds["dark", "chosen"] == "rgb(251, 250, 248)"
    assert grounds["dark"] == grounds["light", "chosen"] == "rgb(18, 20, 23)"


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_screen(chromium, study, width):
    seen = Visit(chromium, study[0] / "report.html", viewport={"width": width, "height": 844})
    assert seen.page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert seen.page.locator("#walker").bounding_box()["width"] > 0.5 * min(width, 700)
    seen.context.close()


def test_the_chain_draws_links_that_did_not_show_as_such(visit):
    visit.page.click("#families button >> nth=0")
    visit.page.locator("#strength").focus()
    visit.page.keyboard.press("Home")
    data = visit.page.evaluate("JSON.parse(document.getElementById('data').textContent).scenarios[2].chain")
    for link in data:
        box = visit.page.locator(f".link[data-key={link['key']}]")
        assert ("shows" in box.get_attribute("class").split()) == link["shows"]
        style = box.evaluate("(e) => getComputedStyle(e).borderTopStyle")
        assert style == ("solid" if link["shows"] else "dashed")
    visit.page.keyboard.press("End")
    assert "healthy walk" in visit.text("#chain-verdict")


def test_a_scenario_of_its_own_has_its_label_and_nothing_to_slide(visit):
    # The row that the page begins with holds one scenario.
    assert visit.page.locator("#strength").is_hidden()
    assert visit.text("#strength-text") == "0\u202f%"
    assert visit.text("#badge").startswith("0 % strength, muscle pattern kept")
    visit.page.click("#families button >> nth=0")
    assert visit.page.locator("#strength").is_visible()


def test_who_takes_over_is_told_with_the_slider(visit, study):
    _, values = study
    visit.page.click("#families button >> nth=0")
    visit.page.locator("#strength").focus()
    visit.page.keyboard.press("End")
    assert visit.text("#effort-verdict") == "This is the healthy walk."
    visit.page.keyboard.press("Home")
    mean = values["muscle_force_n"][:, :2, :63].mean(axis=2)
    # Random forces between 0 and 1 N: nothing changes by a newton, and the page says so.
    assert np.abs(mean[2] - mean[0]).max() < 1.0
    assert visit.text("#effort-verdict") == "No muscle of this leg changes its mean force by more than 1\u00a0N."
    visit.page.evaluate("DATA.effort.forces[2] = [10, 412]; DATA.effort.forces[0] = [300, 400]")
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("Home")
    rows = visit.page.locator("#bars tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["Gluteus medius (weak)", "Rectus femoris"]
    assert "\N{MINUS SIGN}290" in rows[0]
    assert "+12" in rows[1]
    assert (
        visit.text("#effort-verdict")
        == "The weak muscles pull 290\u00a0N less; other muscles of the leg add 12\u00a0N."
    )


def test_compensation_and_signs_follow_the_slider(visit):
    visit.page.click("#families button >> nth=0")
    visit.page.locator("#strength").focus()
    visit.page.keyboard.press("End")
    assert visit.text("#coping-verdict") == "This is the healthy walk: it compensates for nothing."
    assert visit.page.locator("#coping-table").is_hidden()
    visit.page.keyboard.press("Home")
    data = visit.page.evaluate("DATA.scenarios[2]")
    rows = visit.page.locator("#coping-table tbody tr").all_inner_texts()
    assert len(rows) == len(data["coping"]["rows"])
    assert rows[0].startswith("Pelvic drop\t")
    named = [row for row in rows if "(named)" in row]
    assert len(named) == len(data["coping"]["named"])
    signs = visit.page.locator("#signs-table tbody tr").all_inner_texts()
    present = [row["present"] for row in data["signs"]["rows"]]
    assert [row.endswith("\tyes") for row in signs] == present
    assert visit.text("#signs-verdict").startswith(f"{sum(present)} of {len(present)} signs present")
    for section in ("#treatments", "#timing", "#muscles-matter"):
        assert visit.page.locator(section).is_hidden()


def test_tables_that_only_some_studies_have(chromium, tmp_path):
    """Treatments, timing faults and muscles that matter, and the note of a walker without a kneecap."""
    count = len(walker.SCENARIOS)
    told = {
        "role": np.array(["healthy", "treated", "untreated", "untreated"], dtype=object),
        "treatment": np.array(["", "hip", "", ""], dtype=object),
        "comparison": np.array(["weak"] * 3 + ["late"], dtype=object),
        "badly_timed": np.array([""] * (count - 1) + ["glmed1_r"], dtype=object),
        "onset_delay_ms": np.array([0.0] * (count - 1) + [100.0]),
        "slower_activation": np.ones(count),
        "activation_ceiling": np.ones(count),
        "early_shutoff_ms": np.zeros(count),
    }
    walker.write_study(tmp_path, walker.SCENARIOS, **told)
    without_kneecap(tmp_path / "sweep.h5")
    sensitivity_files.write(tmp_path / "scenarios" / walker.HALF / "sensitivity.h5")
    write_report(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "report.html")
    seen = Visit(chromium, tmp_path / "report.html")
    assert seen.text("#kneecap-note") == NO_KNEECAP
    rows = seen.page.locator("#treatment-tables tbody th").all_inner_texts()
    assert [row.split("\n")[0] for row in rows] == ["Healthy", "Untreated", "Hip"]
    assert "similar pain" in seen.text("#treatments-note")
    assert seen.page.locator("#timing-tables tbody tr").count() == 2
    seen.page.evaluate(f"document.querySelector('[title=\"{walker.HALF}\"]').click()")
    bars = seen.page.locator("#matter figure").first.locator("tbody tr").all_inner_texts()
    assert bars[0].split("\t")[0] == "Right gluteus medius"
    assert bars[0].split("\t")[-1] == "\N{MINUS SIGN}0.30"
    assert seen.problems == []
    for width in (390, 1440):
        seen.page.set_viewport_size({"width": width, "height": 844})
        assert seen.page.evaluate("document.scrollingElement.scrollWidth") <= width
    seen.context.close()


def test_tables_can_be_saved(visit, study):
    _, values = study
    with visit.page.expect_download() as waiting:
        visit.page.click("#csv-curves")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert waiting.value.suggested_filename == "test_curves.csv"
    head = text[0].split(",")
    assert len(text) == 1 + len(walker.SCENARIOS) * 2 * 101
    row = dict(zip(head, text[1 + 101 + 40].split(","), strict=True))
    assert (row["scenario"], row["side"], row["gait_cycle_pct"]) == (walker.FULL, "left", "40")
    assert float(row["hip_contact_force_bw"]) == pytest.approx(values["hip_contact_force_bw"][0, 1, 40], abs=5e-5)


def test_hostile_names_are_shown_as_text(chromium, tmp_path):
    scenarios = [(name, HOSTILE if name == walker.HALF else kind, *rest) for name, kind, *rest in walker.SCENARIOS[:2]]
    walker.write_study(tmp_path, scenarios, study_json=json.dumps({"name": HOSTILE, "model": HOSTILE}))
    write_report(tmp_path / "sweep.h5", tmp_path / "scenarios", tmp_path / "report.html")
    seen = Visit(chromium, tmp_path / "report.html")
    assert seen.text("#study-title") == HOSTILE
    assert HOSTILE[:20] in seen.text("#table")
    assert seen.page.evaluate("window.hacked") is None
    assert seen.problems == []
    seen.context.close()


def test_what_slips_in_neither_runs_nor_calls_home(visit):
    visit.page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1';
        const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(s, i); }"""
    )
    visit.page.wait_for_timeout(100)
    assert visit.page.evaluate("window.hacked") is None
    assert all("Content Security Policy" in problem for problem in visit.problems)
    assert len(visit.problems) == 2
    visit.problems.clear()


def test_without_3d_the_rest_still_works(running, study):
    browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-3d-apis"])
    seen = Visit(browser, study[0] / "report.html")
    assert "shows no 3-D" in seen.text("#no3d")
    assert seen.page.locator(".chart .chosen").count() == 12
    seen.page.click("#families button >> nth=0")
    seen.page.locator("#strength").focus()
    seen.page.keyboard.press("End")
    assert seen.text("#strength-text") == "100\u202f%"
    browser.close()
