/**
 * Plots of figures over time: curves with the band in which the true value lies, and bars. The figures stand in a table
 * beside them, so for screen readers the pictures are decoration; each point says what it is when pointed at.
 */

import { h } from "./vdom.js";

const WIDTH = 560;
const HEIGHT = 170;
const LEFT = 52;
const RIGHT = 10;
const TOP = 10;
const BOTTOM = 22;
const LINES = 4;

/**
 * `points`: `{label, value, low, high, title}` in order, `value` null where there is nothing. `bars`: draw bars.
 * `bounds`: what the axis shows, by default from 0 to a round number above all, one of `tops` where there is such;
 * `tick(value)`: as words.
 */
export function plot(points, { bars = false, bounds = null, tick = String, whole = false, tops = [] }) {
  const known = points.flatMap(({ value, high }) => [value, high]).filter((value) => value !== null);
  const [bottom, top] = bounds ?? [0, round(Math.max(...known, 0), whole, tops)];
  const x = (index) => LEFT + ((WIDTH - LEFT - RIGHT) * (index + 0.5)) / points.length;
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - bottom) / (top - bottom));
  const step = (top - bottom) / LINES;
  return h(
    "svg",
    { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
    Array.from({ length: LINES + 1 }, (_, n) => bottom + n * step).map((value, n) => [
      h("line", { class: n ? "plot-grid" : "plot-ground", key: `line${n}`, x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      h("text", { class: "plot-tick", key: `tick${n}`, x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, tick(value)),
    ]),
    labels(points).map((index) =>
      h("text", { class: "plot-tick", key: `label${index}`, x: x(index), y: HEIGHT - 6, "text-anchor": anchor(index, points.length) }, points[index].label),
    ),
    bars ? columns(points, x, y, bottom) : curve(points, x, y),
  );
}

function columns(points, x, y, bottom) {
  const width = Math.max(1, ((WIDTH - LEFT - RIGHT) / points.length) * 0.7);
  return points.map(
    ({ value, title }, index) =>
      value !== null &&
      h("rect", { class: "plot-bar", key: index, x: x(index) - width / 2, y: y(value), width, height: Math.max(0, y(bottom) - y(value)) }, h("title", null, title)),
  );
}

function curve(points, x, y) {
  const stretches = [];
  points.forEach((point, index) => {
    if (point.value === null) return;
    const before = stretches.at(-1);
    if (before && before.at(-1).index === index - 1) before.push({ ...point, index });
    else stretches.push([{ ...point, index }]);
  });
  const radius = points.length > 60 ? 1.6 : 3;
  return stretches.map((stretch, n) => {
    const sure = stretch.filter(({ low }) => low !== null);
    const upper = sure.map(({ index, high }) => `${x(index)} ${y(high)}`);
    const lower = sure.map(({ index, low }) => `${x(index)} ${y(low)}`).reverse();
    return h(
      "g",
      { key: n },
      sure.length > 1 && h("path", { class: "plot-band", d: `M${[...upper, ...lower].join("L")}Z` }),
      h("path", { class: "plot-line", d: `M${stretch.map(({ index, value }) => `${x(index)} ${y(value)}`).join("L")}` }),
      stretch.map(({ index, value, title }) =>
        h("circle", { class: "plot-point", key: index, cx: x(index), cy: y(value), r: radius }, h("title", null, title)),
      ),
    );
  });
}

/** The first, the last, and what has room between them. */
function labels(points) {
  const every = Math.max(1, Math.ceil(points.length / 5));
  return points.map((_, index) => index).filter((index) => index % every === 0 && (index === 0 || points.length - index > every / 2));
}

function anchor(index, count) {
  if (count === 1) return "middle";
  return index === 0 ? "start" : index === count - 1 ? "end" : "middle";
}

/** The next round number whose quarters are round, too. */
function round(value, whole, tops) {
  const known = tops.find((top) => top >= value);
  if (known) return known;
  if (value <= 0) return whole ? LINES : 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const found = [1, 2, 4, 8, 10].find((factor) => factor * power >= value) * power;
  return whole ? Math.max(LINES, found) : found;
}
