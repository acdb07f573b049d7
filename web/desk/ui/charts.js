/** Small charts as SVG. The figures stand beside them in words, so the pictures themselves are decoration. */

import { h } from "./vdom.js";

const HEIGHT = 8;
const GAP = 1;

/** Parts of a whole beside each other; `parts` are `[tone, count]`, `whole` what the full width stands for. */
export function stackedBar(parts, whole = parts.reduce((sum, [, count]) => sum + count, 0)) {
  let left = 0;
  const shown = parts.filter(([, count]) => count > 0);
  return h(
    "svg",
    { class: "bar", viewBox: `0 0 100 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    h("rect", { class: "bar-ground", width: 100, height: HEIGHT }),
    shown.map(([tone, count]) => {
      const width = (100 * count) / Math.max(whole, 1);
      const rect = h("rect", {
        key: tone,
        class: `bar-part bar-${tone}`,
        x: left,
        width: Math.max(width - (left + width < 99.9 ? GAP / 2 : 0), 0.5),
        height: HEIGHT,
      });
      left += width;
      return rect;
    }),
  );
}
