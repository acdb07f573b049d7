/**
 * A flow from left to right: places as bars in columns, links as bands as thick as what goes through them. The figures
 * stand in a table beside it, so for screen readers the picture itself is decoration.
 */

import { h } from "./vdom.js";

const BAR = 14;
const GAP = 16;
const COLUMN = 224;
const HEIGHT = 460;
const LEAST = 2;

/** `places`: `{id, step, count, label, tone}`, `links`: `{from, to, count, label}`. */
export function sankey(places, links) {
  const laid = layout(places, links);
  const width = COLUMN * (Math.max(...places.map(({ step }) => step)) + 1);
  return h(
    "svg",
    { class: "sankey", viewBox: `0 0 ${width} ${laid.height}`, width, height: laid.height, "aria-hidden": "true" },
    h("g", { class: "sankey-links" }, laid.links.map(band)),
    laid.places.map(bar),
  );
}

function layout(places, links) {
  const columns = new Map();
  for (const place of places) columns.set(place.step, [...(columns.get(place.step) ?? []), place]);
  const scale = Math.min(
    ...[...columns.values()].map((column) => {
      const total = column.reduce((sum, { count }) => sum + count, 0);
      return (HEIGHT - GAP * (column.length - 1)) / Math.max(total, 1);
    }),
  );
  const laid = new Map();
  for (const [step, column] of columns) {
    let top = 0;
    for (const place of [...column].sort((one, other) => other.count - one.count)) {
      const height = Math.max(place.count * scale, LEAST);
      laid.set(place.id, { ...place, x: step * COLUMN, y: top, height, out: 0, in: 0 });
      top += height + GAP;
    }
  }
  const drawn = [...links]
    .sort((one, other) => laid.get(one.to).y - laid.get(other.to).y)
    .map((link) => {
      const [from, to] = [laid.get(link.from), laid.get(link.to)];
      const thick = Math.max(link.count * scale, 1);
      const [startY, endY] = [from.y + from.out + thick / 2, to.y + to.in + thick / 2];
      from.out += thick;
      to.in += thick;
      return { ...link, thick, startX: from.x + BAR, startY, endX: to.x, endY };
    });
  const all = [...laid.values()];
  return { places: all, links: drawn, height: Math.max(...all.map(({ y, height }) => y + height)) + 24 };
}

function band({ from, to, thick, startX, startY, endX, endY, label }) {
  const middle = (startX + endX) / 2;
  return h(
    "path",
    {
      key: `${from}>${to}`,
      class: "sankey-link",
      d: `M${startX} ${startY}C${middle} ${startY} ${middle} ${endY} ${endX} ${endY}`,
      "stroke-width": thick,
    },
    h("title", null, label),
  );
}

function bar({ id, x, y, height, label, count, tone }) {
  return h(
    "g",
    { key: id },
    h("rect", { class: `sankey-place sankey-${tone}`, x, y, width: BAR, height, rx: 2 }),
    h("text", { class: "sankey-label", x: x + BAR + 5, y: y + Math.max(height / 2, 6) - 1 }, label),
    h("text", { class: "sankey-count", x: x + BAR + 5, y: y + Math.max(height / 2, 6) + 13 }, count),
  );
}
