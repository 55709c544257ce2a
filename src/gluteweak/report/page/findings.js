"use strict";
/* What the walker does instead, signs, muscles that matter, and the tables that only some studies have. */
const listOf = (names) => names.length > 1 ? names.slice(0, -1).join(", ") + " and " + names[names.length - 1] : names[0] || "";
const sourceOf = (key) => key === "gluteweak" ? "own choice" : SOURCES.get(key) || key.replace(/_/g, " ");
const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function headRow(...titles) {
  return make("thead", {}, make("tr", {}, ...titles.map((text, i) => make("th", { scope: "col", class: i ? "" : "first", text }))));
}

function showCoping(scenario, table, verdict) {
  const found = scenario.coping;
  table.replaceChildren();
  table.parentElement.hidden = !found;
  if (!found) { verdict.textContent = scenario.healthy ? "This is the healthy walk: it compensates for nothing." : scenario.reference === null ? "There is no healthy walk to compare with." : "This sweep does not hold what is needed to name a compensation."; return; }
  const named = found.named.length ? `${upper(listOf(found.named))}.` : "Nothing changes by more than its yardstick.";
  const helped = found.helpers.map((h) => `${h.name} (${number(h.more, 0, true)}\u00a0N)`);
  verdict.textContent = named.replace(/ deg\)/g, "\u00b0)") + (helped.length ? ` Helped most by ${listOf(helped)}.` : "");
  table.append(headRow("Compensation", "Healthy", "Here", "Change", "Named from", "Source"));
  const body = make("tbody");
  for (const row of found.rows) {
    body.append(make("tr", {}, make("th", { scope: "row", text: upper(row.label) }),
      make("td", { text: number(row.from, row.decimals) + unitText(row.unit) }), make("td", { text: number(row.to, row.decimals) + unitText(row.unit) }),
      make("td", { class: row.named ? "counts" : "", text: number(row.to - row.from, row.decimals, true) + unitText(row.unit) + (row.named ? " (named)" : "") }),
      make("td", { text: String(Number(row.yardstick.toPrecision(3))) + unitText(row.unit) }), make("td", { text: sourceOf(row.source) })));
  }
  table.append(body);
}

function showSigns(scenario, table, verdict) {
  const found = scenario.signs;
  table.replaceChildren();
  table.parentElement.hidden = !found;
  if (!found) { verdict.textContent = "This sweep does not hold what the checklist needs."; return; }
  const present = found.rows.filter((row) => row.present).map((row) => row.label);
  verdict.textContent = `${upper(found.count)} present${present.length ? ": " + listOf(present) : ""}.`;
  table.append(headRow("Sign", "Here", "Normal", "From", "Source", "Present"));
  const body = make("tbody");
  for (const row of found.rows) {
    const edge = row.high === null ? row.low : row.high;
    const limit = edge === null ? "\u2013" : `${row.high === null ? "at least" : "at most"} ${number(edge, row.decimals)}${unitText(row.unit)}`;
    body.append(make("tr", {}, make("th", { scope: "row", text: upper(row.label) }), make("td", { text: number(row.value, row.decimals) + unitText(row.unit) }),
      make("td", { text: limit }), make("td", { text: row.normal.replace("+-", "\u00b1") }), make("td", { text: sourceOf(row.source) + (row.confirm ? " (to be confirmed)" : "") }),
      make("td", { class: row.present ? "counts" : "", text: row.present ? "yes" : "no" })));
  }
  table.append(body);
}

function showMuscles(scenario, section, host) {
  section.hidden = !scenario.muscles;
  host.replaceChildren();
  for (const panel of scenario.muscles || []) {
    const figure = make("figure", { class: "chart matter" }, make("figcaption", {}, make("span", { text: panel.title }), make("span", { class: "up", text: `now ${number(panel.value, Math.max(panel.decimals - 1, 0))}${unitText(panel.unit)}` })));
    const table = make("table", { class: "bars" }), body = make("tbody"), most = Math.max(1e-12, ...panel.rows.map((row) => Math.abs(row.change)));
    for (const row of panel.rows) {
      const share = 50 * Math.abs(row.change) / most, bar = make("i", { class: `bar ${row.change > 0 ? "more" : "less"}${row.doubtful ? " hollow" : ""}` });
      bar.style.width = `${share}%`;
      bar.style.left = row.change > 0 ? "50%" : `${50 - share}%`;
      body.append(make("tr", {}, make("th", { scope: "row", text: upper(row.name) + (row.doubtful ? " (direction only)" : "") }), make("td", {}, make("div", { class: "beam", "aria-hidden": "true" }, bar)), make("td", { class: "v", text: number(row.change, panel.decimals, true) })));
    }
    table.append(body); figure.append(table); host.append(figure);
  }
}

function buildStudyTables(found, section) {
  section.hidden = !found.tables;
  if (!found.tables) return;
  const host = section.querySelector("div");
  for (const one of found.tables) {
    const head = make("tr", {}, make("th", { scope: "col", class: "first", text: "Walker" }));
    for (const column of one.columns) head.append(make("th", { scope: "col" }, column.label, make("small", { text: column.unit || "\u00a0" })));
    const body = make("tbody");
    for (const row of one.rows) {
      const name = make("th", { scope: "row", dir: "auto" }, row.name);
      if (row.note) name.append(make("small", { class: "why", text: ` ${row.note}` }));
      const line = make("tr", {}, name);
      row.cells.forEach((cell, i) => {
        const decimals = one.columns[i].decimals, change = row.name === "Healthy" && !cell.change ? "" : ` (${number(cell.change, decimals, true)})`;
        line.append(make("td", { class: cell.counts ? "counts" : "", text: number(cell.value, decimals) + change }));
      });
      body.append(line);
    }
    host.append(make("h3", { class: "group-title", text: one.title }), make("div", { class: "scroll plain", tabindex: "0", role: "region", "aria-label": one.title }, make("table", {}, make("thead", {}, head), body)));
  }
  section.querySelector("p.note:last-child").textContent = found.note;
}
