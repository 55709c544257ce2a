"use strict";
/* Unpack what the page carries. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const SAMPLES = 101;

function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found.buffer;
}
const floats = (text) => new Float32Array(bytes(text));
const indices = (text) => new Uint16Array(bytes(text));
function shorts(packed) {
  const whole = new Int16Array(bytes(packed.data)), found = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i++) found[i] = whole[i] * packed.step;
  return found;
}

const CURVES = DATA.curveData.map(shorts);
/* The 101 samples of a curve: scenario, curve, side. */
function curve(scenario, which, side) {
  const start = (scenario * DATA.sides.length + side) * SAMPLES;
  return CURVES[which].subarray(start, start + SAMPLES);
}
function at(samples, pct) {
  const x = Math.min(Math.max(pct, 0), 100), i = Math.min(Math.floor(x), 99), part = x - i;
  return samples[i] * (1 - part) + samples[i + 1] * part;
}

const MINUS = "\u2212";
function number(value, decimals, signed) {
  let text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  if (value < 0) text = MINUS + text;
  else if (signed) text = "+" + text;
  return text;
}
function unitText(unit) { return unit ? (unit === "\u00b0" || unit === "%" ? unit : "\u00a0" + unit) : ""; }

/* A new element with text as text: nothing in the data is ever taken for markup. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value);
  }
  for (const child of children) element.append(child);
  return element;
}

/* Sources as author and year where a sentence names them by key. */
const SOURCES = new Map(DATA.references.map((r) => [r.key, r.authors && r.year ? `${r.authors.split(/,| et al/)[0]} ${r.year}` : r.key]));
const named = (text) => text.replace(/\(([a-z0-9_]+)\)/g, (whole, key) => (SOURCES.has(key) ? `(${SOURCES.get(key)})` : whole));
