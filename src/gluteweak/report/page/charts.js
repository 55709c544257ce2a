"use strict";
/* Curves over the gait cycle, one cursor for all. */
class Charts {
  constructor(host, onpoint) {
    this.host = host; this.onpoint = onpoint; this.panels = [];
    const groups = [...new Set(DATA.curves.map((c) => c.group))];
    for (const group of groups) {
      host.append(make("h3", { class: "group-title", text: group }));
      const grid = make("div", { class: "grid" });
      host.append(grid);
      DATA.curves.forEach((info, which) => { if (info.group === group) this.panels.push(this.panel(grid, info, which)); });
    }
    new ResizeObserver(() => this.redraw()).observe(host);
  }
  panel(grid, info, which) {
    const now = make("span", { class: "now" });
    const caption = make("figcaption", {}, make("span", { text: info.heading + " " }, make("span", { class: "up", text: "\u2191 " + info.up })), now);
    const figure = make("figure", { class: "chart", "data-line": info.line, "data-curve": info.dataset }, caption);
    const svg = d3.select(figure).append("svg").attr("role", "img");
    grid.append(figure);
    const panel = { info, which, figure, now, svg, node: svg.node() };
    const point = (event) => { const box = panel.node.getBoundingClientRect(); this.onpoint(this.pctAt(panel, event.clientX - box.left)); };
    panel.node.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" || event.buttons) point(event); });
    panel.node.addEventListener("pointerdown", point);
    return panel;
  }
  pctAt(panel, x) { return Math.min(100, Math.max(0, panel.x ? panel.x.invert(x) : 0)); }
  /* What is shown: scenario, its healthy one, the others of its row, and whose leg. */
  show(state) { this.state = state; this.pct = state.pct; this.redraw(); }
  redraw() {
    if (!this.state) return;
    for (const panel of this.panels) this.draw(panel);
    this.cursor(this.pct);
  }
  draw(panel) {
    const { scenario, healthy, others, side } = this.state, width = panel.node.clientWidth || 320, height = panel.node.clientHeight || 170;
    const margin = { left: 34, right: 8, top: 8, bottom: 20 };
    const mine = curve(scenario, panel.which, side), all = [...new Set([scenario, ...(healthy === null ? [] : [healthy]), ...others])];
    let low = Infinity, high = -Infinity;
    for (const s of all) for (let both = 0; both < DATA.sides.length; both++) for (const v of curve(s, panel.which, both)) { low = Math.min(low, v); high = Math.max(high, v); }
    if (high - low < 1e-6) { low -= 0.5; high += 0.5; }
    panel.x = d3.scaleLinear().domain([0, 100]).range([margin.left, width - margin.right]);
    panel.y = d3.scaleLinear().domain([low, high]).nice(4).range([height - margin.bottom, margin.top]);
    panel.mine = mine;
    const svg = panel.svg;
    svg.selectAll("*").remove();
    svg.append("rect").attr("class", "stance").attr("x", panel.x(0)).attr("width", panel.x(DATA.scenarios[scenario].off[side]) - panel.x(0)).attr("y", margin.top).attr("height", height - margin.top - margin.bottom);
    for (const tick of panel.y.ticks(4)) {
      svg.append("line").attr("class", tick === 0 ? "zero" : "gridline").attr("x1", panel.x(0)).attr("x2", panel.x(100)).attr("y1", panel.y(tick)).attr("y2", panel.y(tick));
      svg.append("text").attr("x", margin.left - 6).attr("y", panel.y(tick)).attr("dy", "0.32em").attr("text-anchor", "end").text(String(tick).replace("-", MINUS));
    }
    for (const tick of [0, 25, 50, 75, 100]) svg.append("text").attr("x", panel.x(tick)).attr("y", height - 5).attr("text-anchor", tick === 100 ? "end" : tick === 0 ? "start" : "middle").text(tick === 100 ? "100 %" : tick);
    const line = d3.line().x((_, i) => panel.x(i)).y((v) => panel.y(v));
    for (const s of others) if (s !== scenario && s !== healthy) svg.append("path").attr("class", "other").attr("d", line(curve(s, panel.which, side)));
    if (healthy !== null && healthy !== scenario) svg.append("path").attr("class", "healthy").attr("d", line(curve(healthy, panel.which, side)));
    svg.append("path").attr("class", "chosen").attr("d", line(mine));
    panel.line = svg.append("line").attr("class", "cursor").attr("y1", margin.top).attr("y2", height - margin.bottom);
    panel.dot = svg.append("circle").attr("class", "dot").attr("r", 4);
    const decimals = panel.info.unit === "\u00b0" ? 1 : panel.info.unit === "N" ? 0 : 2, unit = unitText(panel.info.unit);
    panel.decimals = decimals;
    let text = `${panel.info.heading} of the ${DATA.sides[side]} leg: from ${number(d3.min(mine), decimals)} to ${number(d3.max(mine), decimals)}${unit}`;
    if (healthy !== null && healthy !== scenario) { const h = curve(healthy, panel.which, side); text += `; healthy ${number(d3.min(h), decimals)} to ${number(d3.max(h), decimals)}${unit}`; }
    panel.node.setAttribute("aria-label", text);
  }
  cursor(pct) {
    this.pct = pct;
    for (const panel of this.panels) {
      if (!panel.mine) continue;
      const value = at(panel.mine, pct), x = panel.x(pct);
      panel.line.attr("x1", x).attr("x2", x);
      panel.dot.attr("cx", x).attr("cy", panel.y(value));
      panel.now.textContent = number(value, panel.decimals) + unitText(panel.info.unit);
    }
  }
}
