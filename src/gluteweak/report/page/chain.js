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
