"use strict";
/* State, controls and words. */
(function () {
  const $ = (id) => document.getElementById(id), still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const state = { family: 0, scenario: 0, pct: 0, playing: false, speed: 0.5, side: DATA.weakSide, view: "front", travelled: 0, from: null, since: 0, dirty: true };
  let stage = null, charts = null;
  unpackWalkers();
  const scenarios = DATA.scenarios, walkerOf = (index) => (index === null ? null : BODY.byScenario.get(index) || null);

  /* Words that come with the study. */
  $("study-title").textContent = DATA.study.name;
  $("study-question").textContent = DATA.study.weakWords ? `What weakness of the ${DATA.study.weakWords} does to walking` : "Simulated walks, side by side";
  document.title = `${DATA.study.name}: ${$("study-question").textContent}`;
  $("study-answer").textContent = "Take strength away with the slider and watch what the body does about it, and what hip, knee and kneecap then carry.";

  /* Colours. */
  function theme(choice) {
    document.documentElement.dataset.theme = choice;
    document.querySelectorAll("[data-theme-choice]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.themeChoice === choice)));
    try { localStorage.setItem("gluteweak-theme", choice); } catch (_) { /* a page from disk may have no storage */ }
    recolour();
  }
  function recolour() { if (stage) stage.colours(getComputedStyle(document.documentElement)); if (charts) charts.redraw(); }
  document.querySelectorAll("[data-theme-choice]").forEach((b) => b.addEventListener("click", () => theme(b.dataset.themeChoice)));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

  /* Rows of scenarios that differ in strength alone. */
  function buildFamilies() {
    const host = $("families"), few = DATA.families.length <= 5;
    if (DATA.families.every((family) => family.members.length === 1)) $("family-legend").textContent = "Scenario";
    $("family-field").hidden = DATA.families.length < 2 && !DATA.families[0].meaning;
    if (few) {
      DATA.families.forEach((family, index) => {
        const button = make("button", { type: "button", "aria-pressed": "false", text: family.title, dir: "auto" });
        button.addEventListener("click", () => chooseFamily(index));
        host.append(button);
      });
    } else {
      const select = make("select", { "aria-label": $("family-legend").textContent });
      DATA.families.forEach((family, index) => select.append(make("option", { value: index, text: family.title })));
      select.addEventListener("change", () => chooseFamily(Number(select.value)));
      host.append(select);
    }
  }
  function chooseFamily(index, wanted) {
    const strength = wanted === undefined ? scenarios[state.scenario].strength : wanted;
    state.family = index;
    const family = DATA.families[index], members = family.members;
    $("families").querySelectorAll("button").forEach((b, i) => b.setAttribute("aria-pressed", String(i === index)));
    const select = $("families").querySelector("select");
    if (select) select.value = String(index);
    $("meaning").textContent = family.meaning;
    const slider = $("strength");
    /* The slider's right end is full strength. */
    slider.max = String(Math.max(members.length - 1, 0));
    slider.disabled = members.length < 2;
    for (const id of ["strength", "ticks", "strength-hint"]) $(id).hidden = members.length < 2;
    /* A label for each stop, or for as many as there is room for. */
    const every = Math.ceil((members.length - 1) / 5) || 1;
    $("ticks").replaceChildren(...[...members].reverse().map((i, n) => make("span", { text: n % every === 0 ? percent(scenarios[i].strength) : "" })));
    $("ticks").classList.toggle("many", every > 1);
    let nearest = 0;
    members.forEach((m, i) => { if (Math.abs(scenarios[m].strength - strength) < Math.abs(scenarios[members[nearest]].strength - strength)) nearest = i; });
    slider.value = String(members.length - 1 - nearest);
    choose(members[nearest]);
  }
  const percent = (share) => `${Number((100 * share).toFixed(1))}\u202f%`;
  $("strength").addEventListener("input", () => {
    const members = DATA.families[state.family].members;
    choose(members[members.length - 1 - Number($("strength").value)]);
  });

  function choose(index) {
    const before = walkerOf(state.scenario);
    state.from = before && walkerOf(index) && index !== state.scenario && !still.matches ? state.scenario : null;
    state.since = performance.now();
    state.scenario = index;
    const scenario = scenarios[index], members = DATA.families[state.family].members;
    const text = percent(scenario.strength);
    $("strength-text").textContent = text;
    $("strength").setAttribute("aria-valuetext", `${text} strength left`);
    [...$("ticks").children].forEach((tick, i) => tick.classList.toggle("on", members[members.length - 1 - i] === index));
    $("badge").textContent = scenario.healthy ? "Healthy" : members.length > 1 ? `${text} strength` : scenario.label;
    showCards(scenario);
    showChain(scenario, $("links"), $("chain-verdict"));
    showEffort(index, $("bars"), $("effort-verdict"));
    showCoping(scenario, $("coping-table"), $("coping-verdict"));
    showSigns(scenario, $("signs-table"), $("signs-verdict"));
    showMuscles(scenario, $("muscles-matter"), $("matter"));
    document.querySelectorAll("#table tbody tr").forEach((row) => row.classList.toggle("on", Number(row.dataset.scenario) === index));
    const off = scenario.off[DATA.weakSide];
    $("stance-bar").style.width = `${off}%`;
    if (charts) charts.show({ scenario: index, healthy: scenario.reference, others: members, side: state.side, pct: sidePct() });
    const there = walkerOf(index);
    $("no3d").hidden = Boolean(stage && there);
    $("walker").style.visibility = there ? "visible" : "hidden";
    if (!there && stage) $("no3d").textContent = "This scenario has curves and numbers, but its body was not posed.";
    describe(scenario);
    showPhase();
    state.dirty = true;
  }
  function outcome(name) { return DATA.outcomes.find((o) => o.name === name); }
  function showCards(scenario) {
    const host = $("cards"), reference = scenario.reference === null ? null : scenarios[scenario.reference];
    host.replaceChildren();
    for (const name of DATA.cards) {
      const info = outcome(name), value = scenario.values[name][DATA.weakSide];
      const card = make("div", { class: "card", "data-outcome": name }, make("p", { class: "what", text: info.label + ", peak" }));
      card.append(make("div", { class: "value" }, number(value, info.decimals), make("span", { class: info.unit === "\u00b0" || info.unit === "%" ? "unit tight" : "unit", text: unitText(info.unit) })));
      if (reference) {
        const change = value - reference.values[name][DATA.weakSide], counts = scenario.chain.some((link) => link.items.some((item) => item.name === name && item.counts));
        card.append(make("div", { class: counts ? "delta counts" : "delta", text: `${number(change, info.decimals, true)}${unitText(info.unit)} against healthy` + (counts ? "" : ", too small to count") }));
      } else card.append(make("div", { class: "delta", text: scenario.healthy ? "healthy" : "nothing to compare with" }));
      host.append(card);
    }
  }
  let announced = 0;
  function describe(scenario) {
    const parts = DATA.cards.slice(0, 3).map((name) => { const info = outcome(name); return `${info.label.toLowerCase()} up to ${number(scenario.values[name][DATA.weakSide], info.decimals)}${unitText(info.unit)}`; });
    const words = `${scenario.label}: ${parts.join(", ")}, in the stance of the ${DATA.sides[DATA.weakSide]} leg.`;
    $("walker").setAttribute("aria-label", `Walking skeleton. ${words} Arrow keys turn it, plus and minus bring it nearer or farther.`);
    clearTimeout(announced);
    announced = setTimeout(() => { $("announce").textContent = words; }, 400);
  }

  /* The gait cycle. */
  function share(index, pct) { const walker = walkerOf(index), s = scenarios[index]; return walker ? s.strike[DATA.weakSide] / walker.duration + pct / 100 : 0; }
  function sidePct() {
    if (state.side === DATA.weakSide) return state.pct;
    const walker = walkerOf(state.scenario), s = scenarios[state.scenario];
    const shift = walker ? 100 * (s.strike[state.side] - s.strike[DATA.weakSide]) / walker.duration : 50;
    return ((state.pct - shift) % 100 + 100) % 100;
  }
  function fromSide(pct) {
    if (state.side === DATA.weakSide) return pct;
    const was = state.pct; state.pct = 0; const zero = sidePct(); state.pct = was;
    return ((pct - zero) % 100 + 100) % 100;
  }
  function setPhase(pct) { state.pct = pct; $("phase").value = String(Math.round(pct)); showPhase(); if (charts) charts.cursor(sidePct()); state.dirty = true; }
  function showPhase() {
    const down = state.pct <= scenarios[state.scenario].off[DATA.weakSide], foot = `${DATA.sides[DATA.weakSide]} foot ${down ? "down" : "up"}`;
    $("phase-text").replaceChildren(`${Math.round(state.pct)}\u202f%`, make("span", { class: "phase-foot", text: ` ${foot}` }));
    $("phase").setAttribute("aria-valuetext", `${Math.round(state.pct)} % of the gait cycle, ${foot}`);
  }
  $("phase").addEventListener("input", () => { play(false); setPhase(Number($("phase").value)); });
  function play(on) {
    state.playing = on; state.last = null;
    $("play").setAttribute("aria-label", on ? "Pause" : "Play");
    $("play-icon").setAttribute("d", on ? "M6 4.5h4.4v15H6zM13.6 4.5H18v15h-4.4z" : "M7 4.5v15l12.5-7.5z");
    state.dirty = true;
  }
  $("play").addEventListener("click", () => play(!state.playing));
  $("speed").addEventListener("change", () => { state.speed = Number($("speed").value); });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && (event.target === document.body || event.target === $("walker"))) { event.preventDefault(); play(!state.playing); }
  });

  /* Views. */
  function view(name, at_once) {
    const side = DATA.weakSide === 0 ? Math.PI / 2 : -Math.PI / 2;
    const there = { front: [0, 0.03], side: [side, 0.03], back: [Math.PI, 0.03], corner: [side * 0.42, 0.2] }[name];
    document.querySelectorAll("[data-view]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.view === name)));
    if (stage && there) stage.look(...there, at_once || still.matches);
  }
  document.querySelectorAll("[data-view]").forEach((b) => b.addEventListener("click", () => view(b.dataset.view)));
  for (const id of ["ghost", "muscles", "lines", "arrows"]) $(id).addEventListener("change", () => { state.dirty = true; });

  /* Which leg the curves show. */
  DATA.sides.forEach((name, side) => {
    const button = make("button", { type: "button", "aria-pressed": String(side === state.side), text: `${name} leg${side === DATA.weakSide && DATA.study.weak.length ? " (weak)" : ""}` });
    button.addEventListener("click", () => {
      state.side = side;
      [...$("sides").children].forEach((b, i) => b.setAttribute("aria-pressed", String(i === side)));
      choose(state.scenario);
    });
    $("sides").append(button);
  });

  /* The table of scenarios. */
  function buildTable() {
    const table = $("table"), shown = DATA.outcomes.filter((o) => o.name.startsWith("peak_"));
    const head = make("tr", {}, make("th", { scope: "col", class: "first", text: "Scenario" }));
    head.firstChild.style.textAlign = "left";
    for (const o of shown) head.append(make("th", { scope: "col" }, o.label, make("small", { text: o.unit || "\u00a0" })));
    head.append(make("th", { scope: "col", text: "OpenSim" }));
    table.append(make("thead", {}, head));
    const body = make("tbody");
    scenarios.forEach((s, index) => {
      const row = make("tr", { "data-scenario": index }), name = make("th", { scope: "row" });
      const go = make("button", { type: "button", class: "go", text: s.label, dir: "auto", title: s.id });
      go.addEventListener("click", () => { const family = DATA.families.findIndex((f) => f.members.includes(index)); chooseFamily(family, s.strength); $("explore").scrollIntoView(); $("strength").focus({ preventScroll: true }); });
      name.append(go); row.append(name);
      for (const o of shown) {
        const counts = s.chain.some((link) => link.items.some((item) => item.name === o.name && item.counts));
        row.append(make("td", { class: counts ? "counts" : "", text: number(s.values[o.name][DATA.weakSide], o.decimals) }));
      }
      row.append(make("td", { text: s.certificate && s.certificate.certified ? "confirmed" : "\u2013" }));
      body.append(row);
    });
    table.append(body);
    const { total, usable, listed, failed, asked } = DATA.study;
    if (failed.length) {
      const most = 5, more = failed.length - most;
      $("incomplete").textContent = `Incomplete: ${failed.length} of the ${asked} scenarios of this study failed and ${failed.length > 1 ? "are" : "is"} missing on this page: ${failed.slice(0, most).map((f) => `${f.name} (${f.why})`).join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
      $("incomplete").hidden = false;
    }
    let words = `Peaks in the stance of the ${DATA.sides[DATA.weakSide]} leg. In colour: changes that count.`;
    if (usable < total) words += ` ${total - usable} of ${total} scenarios have no certified result and are left out.`;
    if (listed < usable) words += ` The first ${listed} of ${usable} are listed; sweep.h5 has all.`;
    const walking = BODY.byScenario.size;
    if (walking < listed) words += ` ${walking} of them can be seen walking.`;
    $("table-note").textContent = words;
  }

  /* Trust. */
  function buildTrust() {
    const known = scenarios.filter((s) => s.certificate), host = $("certificates");
    if (known.length) {
      const worst = Math.max(...known.map((s) => s.certificate.force)), moment = Math.max(...known.map((s) => s.certificate.moment)), bound = known[0].certificate.bound;
      host.append(make("p", { class: "big", text: `${known.filter((s) => s.certificate.certified).length} of ${DATA.study.total}` }),
        make("p", { text: `walks are confirmed: replayed with OpenSim's own muscles, paths, contact and equations, the largest force still missing is ${number(worst, 2)} % of body weight, the largest moment ${number(moment, 2)} % of body weight times 1 m. The study allows ${bound} %.` }));
    } else host.append(make("p", { text: "No certificates lie beside this sweep; the sweep itself holds certified scenarios only." }));
    const checked = DATA.validation, place = $("validation");
    if (!checked.tests) { place.append(make("p", { text: "No validation was made for this sweep (gluteweak validate)." })); return; }
    const inside = checked.counts.inside || 0, outside = checked.counts.outside || 0;
    place.append(make("p", { class: "big", text: `${inside} of ${inside + outside}` }), make("p", { text: "numbers lie inside the range of published measurements. Nothing was tuned to them; every one that lies outside is listed, with the reason as far as it is known." }));
    for (const test of checked.tests) {
      const good = test.rows.filter((r) => r.verdict === "inside").length, bad = test.rows.filter((r) => r.verdict === "outside").length;
      const detail = make("details", {}, make("summary", {}, make("span", { text: test.title }), make("span", { class: "tally", text: good + bad ? `${good} inside, ${bad} outside` : "not in this sweep" })));
      const rows = make("table", { class: "rows" }, make("thead", {}, make("tr", {}, make("th", { scope: "col", text: "What" }), make("th", { scope: "col", text: "Here" }), make("th", { scope: "col", text: "Published range" }), make("th", { scope: "col", text: "Verdict" }))));
      const body = make("tbody");
      const range = (r) => r.low === undefined && r.high === undefined ? (r.published || "") : r.high === undefined ? `at least ${short(r.low)}` : r.low === undefined ? `at most ${short(r.high)}` : `${short(r.low)} to ${short(r.high)}`;
      const several = new Set(test.rows.map((r) => r.scenario)).size > 1;
      for (const r of test.rows) {
        const what = make("td", {}, `${r.what}${r.unit ? ` (${r.unit})` : ""}${r.side ? `, ${r.side}` : ""}`);
        if (r.scenario && several) what.append(make("div", { class: "why", text: r.scenario }));
        if (r.reason && r.verdict !== "inside") what.append(make("div", { class: "why", text: r.reason }));
        body.append(make("tr", {}, what, make("td", { class: "v", text: typeof r.value === "number" ? short(r.value) : "\u2013" }), make("td", { class: "v", text: range(r) }), make("td", { class: r.verdict === "inside" ? "in" : r.verdict === "outside" ? "out" : "", text: r.verdict })));
      }
      rows.append(body);
      detail.append(make("div", { class: "scroll" }, rows));
      place.append(detail);
    }
  }
  const short = (value) => typeof value !== "number" ? String(value) : String(Number(value.toPrecision(3))).replace("-", MINUS);

  /* Methods and sources. */
  function buildMethods() {
    const place = new Map(DATA.references.map((r, i) => [r.key, i + 1]));
    for (const method of DATA.methods) {
      const dd = make("dd", { text: method.text });
      method.sources.filter((key) => place.has(key)).forEach((key) => dd.append(make("sup", {}, make("a", { href: `#ref-${place.get(key)}`, text: ` ${place.get(key)}`, "aria-label": `Reference ${place.get(key)}` }))));
      $("method-list").append(make("div", {}, make("dt", { text: method.title }), dd));
    }
    DATA.references.forEach((r, i) => {
      const words = [r.authors, r.year && `(${r.year})`].filter(Boolean).join(" ");
      const item = make("li", { id: `ref-${i + 1}` }, `${words}${words ? ". " : ""}${r.title}.${r.where ? ` ${r.where}.` : ""}`);
      if (r.doi) item.append(` doi:${r.doi}`);
      $("reference-list").append(item);
    });
    document.querySelectorAll(".methods sup a").forEach((a) => a.addEventListener("click", () => { document.querySelector(".references").open = true; }));
    $("credits").textContent = `${DATA.surfaces.credit || ""} Page: three.js (MIT) and d3 (BSD 3-clause), carried inside this file; it asks nothing of a network.`;
    const made = DATA.made, versions = Object.entries(made.versions).map(([n, v]) => `${n} ${v}`).join(" \u00b7 ");
    $("provenance").textContent = `walker ${DATA.study.model}, ${number(made.mass, 1)} kg \u00b7 model ${made.model} \u00b7 source ${made.source} \u00b7 ${versions}`;
  }

  /* Downloads: made here, from what the page holds. */
  function save(name, lines) {
    const url = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    const link = make("a", { href: url, download: name });
    document.body.append(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
  /* A spreadsheet takes cells that begin with these signs for formulas. */
  const cell = (value) => { let t = String(value); if (typeof value === "string" && /^[=+\-@\t\r]/.test(t)) t = "'" + t; return /[",\r\n]/.test(t) ? `"${t.replace(/"/g, '""')}"` : t; };
  const fileName = DATA.study.name.replace(/[^A-Za-z0-9_-]+/g, "_") || "study";
  function tableLines() {
    const lines = [["scenario", "label", "adaptation", "strength_fraction", "side", ...DATA.outcomes.map((o) => `${o.name}${o.unit ? ` [${o.unit}]` : ""}`)].map(cell).join(",")];
    for (const s of scenarios) DATA.sides.forEach((side, row) => lines.push([s.id, s.label, s.adaptation, s.strength, side, ...DATA.outcomes.map((o) => s.values[o.name][row])].map(cell).join(",")));
    return lines;
  }
  function curveLines() {
    const lines = [["scenario", "side", "gait_cycle_pct", ...DATA.curves.map((c) => c.dataset)].map(cell).join(",")];
    scenarios.forEach((s, index) => DATA.sides.forEach((side, row) => { for (let i = 0; i < SAMPLES; i++) lines.push([s.id, side, i, ...DATA.curves.map((_, which) => Number(curve(index, which, row)[i].toPrecision(6)))].map(cell).join(",")); }));
    return lines;
  }
  $("csv-table").addEventListener("click", () => save(`${fileName}_scenarios.csv`, tableLines()));
  $("csv-curves").addEventListener("click", () => save(`${fileName}_curves.csv`, curveLines()));

  /* A machine that draws without a graphics card gets fewer pixels, so that the walk stays a walk. */
  const SLOW_MS = 60, PATIENCE = 8;
  let slow = 0;
  function pace(step) {
    slow = step > SLOW_MS ? slow + 1 : 0;
    if (stage && slow > PATIENCE && stage.quality > 0.5) { stage.quality *= 0.7; slow = 0; stage.resize(); }
  }

  /* One picture after the other, and only when something has changed. */
  const BLEND_MS = 320;
  function frame(now) {
    if (state.playing) {
      if (state.last) {
        const walker = walkerOf(state.scenario), duration = walker ? walker.duration : 1.1;
        const pct = state.pct + 100 * state.speed * Math.min(now - state.last, 100) / 1000 / duration;
        if (pct >= 100 && walker) state.travelled += walker.distance;
        setPhase(pct % 100);
      }
      if (state.last) pace(now - state.last);
      state.last = now;
    }
    if (state.from !== null) state.dirty = true;
    if (stage && state.dirty) { state.dirty = false; picture(now); }
    requestAnimationFrame(frame);
  }
  function picture(now) {
    const walker = walkerOf(state.scenario);
    if (!walker) return;
    let posed = pose(walker, share(state.scenario, state.pct));
    if (state.from !== null) {
      const part = Math.min(1, (now - state.since) / BLEND_MS), before = walkerOf(state.from), eased = part * part * (3 - 2 * part);
      if (before) posed = blend(pose(before, share(state.from, state.pct)), posed, eased);
      if (part >= 1) state.from = null; else state.dirty = true;
    }
    const healthy = scenarios[state.scenario].reference, other = walkerOf(healthy);
    stage.draw(walker, posed, other, other ? pose(other, share(healthy, state.pct)) : null,
      { ghost: $("ghost").checked, muscles: $("muscles").checked, lines: $("lines").checked, arrows: $("arrows").checked, side: DATA.weakSide, travelled: state.travelled });
  }

  function start() {
    try { theme(localStorage.getItem("gluteweak-theme") || "auto"); } catch (_) { theme("auto"); }
    $("force-max").textContent = BODY.forceMax ? String(BODY.forceMax) : "";
    if (BODY.byScenario.size) {
      try {
        stage = new Stage($("walker"));
        stage.onchange = () => { state.dirty = true; };
        stage.onorbit = () => document.querySelectorAll("[data-view]").forEach((b) => b.setAttribute("aria-pressed", "false"));
        new ResizeObserver(() => stage.resize()).observe($("stage"));
        stage.resize();
        view("front", true);
      } catch (problem) {
        stage = null;
        $("no3d").textContent = "This browser shows no 3-D here. Curves, chain and numbers below work without it.";
      }
    } else $("no3d").textContent = "No scenario of this study was posed: run 'gluteweak poses' to see the walker. Curves and numbers work without it.";
    $("legend").hidden = !stage;
    $("kneecap-note").textContent = DATA.study.kneecap;
    buildStudyTables(DATA.treatments, $("treatments")); buildStudyTables(DATA.timing, $("timing"));
    buildFamilies(); buildTable(); buildTrust(); buildMethods();
    charts = new Charts($("charts"), (pct) => { play(false); setPhase(fromSide(pct)); });
    recolour();
    /* Begin where there is something to see: the weakest walk of the last way of adapting that can be seen walking. */
    const seen = DATA.families.map((family) => Boolean(walkerOf(family.members[family.members.length - 1])));
    chooseFamily(seen.includes(true) ? seen.lastIndexOf(true) : DATA.families.length - 1, -1);
    setPhase(30);
    requestAnimationFrame(frame);
    if (!still.matches && stage) play(true);
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  }
  window.gluteweak = { state, tableLines, curveLines, pose, walkerOf };
  start();
})();
