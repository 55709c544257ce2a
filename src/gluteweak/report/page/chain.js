"use strict";
/* The chain from the weak muscle to the knee, a link that did not show drawn as such. */
const CHAIN_ORDER = ["muscle", "trunk", "pelvis", "thigh", "knee", "kneecap", "band"];
function showChain(scenario, list, verdict) {
  const links = [...scenario.chain].sort((a, b) => CHAIN_ORDER.indexOf(a.key) - CHAIN_ORDER.indexOf(b.key));
  list.replaceChildren();
  if (!links.length) { verdict.textContent = "This is the healthy walk: choose less strength to see what changes."; return; }
  const which = (link) => {
    const signs = new Set(link.items.filter((item) => item.counts).map((item) => Math.sign(item.to - item.from)));
    return signs.size === 1 ? (signs.has(1) ? "more" : "less") : "";
  };
  const shown = links.filter((link) => link.shows).map((link) => link.title.toLowerCase() + (which(link) ? ` (${which(link)})` : ""));
  const quiet = links.filter((link) => !link.shows).map((link) => link.title.toLowerCase());
  const listed = (names) => names.length > 1 ? names.slice(0, -1).join(", ") + " and " + names[names.length - 1] : names[0];
  verdict.textContent = shown.length ? `Changed: ${listed(shown)}.` + (quiet.length ? ` Did not show: ${listed(quiet)}.` : "") : "No link of the chain changed by a size that counts.";
  for (const link of links) {
    const item = make("li", { class: link.shows ? "link shows" : "link", "data-key": link.key });
    item.append(make("h3", { text: link.title }), make("p", { class: "q", text: link.question }), make("p", { class: "state", text: link.shows ? "Changed" + (which(link) ? `: ${which(link)}` : "") : "Did not show" }));
    const values = make("dl");
    for (const part of link.items) {
      const unit = part.unit === "\u00b0" || part.unit === "%" ? part.unit : "\u00a0" + part.unit, change = part.to - part.from;
      const dd = make("dd", {}, `${number(part.from, part.decimals)} \u2192 `, make("b", { text: number(part.to, part.decimals) + unit }), ` (${number(change, part.decimals, true)})`, make("span", { class: "yard", text: (part.counts ? "counts: more than " : "counts from ") + named(part.yardstick.replace(" deg", "\u00b0")) }));
      values.append(make("dt", { text: part.short }), dd);
    }
    item.append(values);
    list.append(item);
  }
}

/* Who takes over: the muscles whose mean force in stance changes most. */
const MOST_BARS = 8, NOISE_N = 1;
function showEffort(index, table, verdict) {
  const effort = DATA.effort, scenario = DATA.scenarios[index];
  table.replaceChildren();
  if (!effort.names) { verdict.textContent = "This sweep holds no muscle forces."; return; }
  if (scenario.reference === null) { verdict.textContent = scenario.healthy ? "This is the healthy walk." : "There is nothing to compare with."; return; }
  const before = effort.forces[scenario.reference], now = effort.forces[index];
  const rows = effort.names.map((name, i) => ({ name, weak: effort.weak[i], from: before[i], to: now[i], change: now[i] - before[i] }))
    .filter((row) => Math.abs(row.change) > NOISE_N).sort((a, b) => Math.abs(b.change) - Math.abs(a.change)).slice(0, MOST_BARS);
  const all = effort.names.map((_, i) => now[i] - before[i]);
  const added = all.filter((c, i) => c > NOISE_N && !effort.weak[i]).reduce((a, b) => a + b, 0), lost = -all.filter((_, i) => effort.weak[i]).reduce((a, b) => a + b, 0);
  verdict.textContent = rows.length ? `The weak muscles pull ${number(Math.abs(lost), 0)}\u00a0N ${lost >= 0 ? "less" : "more"}; other muscles of the leg add ${number(added, 0)}\u00a0N.` : "No muscle of this leg changes its mean force by more than 1\u00a0N.";
  const most = Math.max(1, ...rows.map((row) => Math.abs(row.change)));
  if (rows.length) table.append(make("thead", {}, make("tr", {}, make("th", { scope: "col", text: "Muscle" }), make("th", { scope: "col", text: "Change" }), make("th", { scope: "col", class: "v", text: "N" }), make("th", { scope: "col", class: "v", text: "from \u2192 to" }))));
  const body = make("tbody");
  for (const row of rows) {
    const bar = make("i", { class: row.change > 0 ? "bar more" : "bar less" }), share = 50 * Math.abs(row.change) / most;
    bar.style.width = `${share}%`;
    bar.style.left = row.change > 0 ? "50%" : `${50 - share}%`;
    body.append(make("tr", {}, make("th", { scope: "row", text: row.name + (row.weak ? " (weak)" : "") }), make("td", {}, make("div", { class: "beam", "aria-hidden": "true" }, bar)),
      make("td", { class: "v", text: number(row.change, 0, true) }), make("td", { class: "v from", text: `${number(row.from, 0)} \u2192 ${number(row.to, 0)}` })));
  }
  table.append(body);
}
