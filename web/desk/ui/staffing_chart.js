/** Agents by hour as SVG: what is needed as bars with the range of arrivals, the rota and who was there as steps, and below the simulated service level. */

import { h } from "./vdom.js";

const LEFT = 42;
const TOP = 14;
const COLUMN = 9;
const PLOT = 150;
const GAP = 30;
const LEVEL = 60;
const DAY_GAP = 10;

/** `plan` is the service's; `days` the names of weekdays. */
export function staffingChart(plan, days) {
  const { hours, planned, actual, goal } = plan;
  const most = Math.max(1, ...hours.map((hour) => hour.rostered), ...hours.map((hour) => hour.most), ...planned, ...actual);
  const shown = [...new Set(hours.map((hour) => hour.weekday))];
  const first = Math.min(...hours.map((hour) => hour.hour));
  const width = (Math.max(...hours.map((hour) => hour.hour)) - first + 1) * COLUMN;
  const x = ({ weekday, hour }) => LEFT + shown.indexOf(weekday) * (width + DAY_GAP) + (hour - first) * COLUMN;
  const y = (agents) => TOP + PLOT * (1 - agents / most);
  const bottom = TOP + PLOT + GAP;
  const level = (share) => bottom + LEVEL * (1 - share);
  const end = LEFT + shown.length * (width + DAY_GAP);
  const height = bottom + LEVEL + 20;
  const marks = ticks(most);
  return h(
    "svg",
    { class: "staffing-chart", viewBox: `0 0 ${end} ${height}`, width: end, height, "aria-hidden": "true" },
    marks.map((value) => [
      h("line", { class: "staffing-grid", key: `g${value}`, x1: LEFT, x2: end, y1: y(value), y2: y(value) }),
      h("text", { class: "staffing-axis", key: `t${value}`, x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value),
    ]),
    hours.map((hour) => bar(hour, x(hour), y)),
    steps(hours, planned, x, y, "staffing-planned"),
    steps(hours, actual, x, y, "staffing-actual"),
    [0, 1].map((share) =>
      h("text", { class: "staffing-axis", key: `l${share}`, x: LEFT - 6, y: level(share) + 4, "text-anchor": "end" }, `${share * 100}%`),
    ),
    h("line", { class: "staffing-target", x1: LEFT, x2: end, y1: level(goal.target), y2: level(goal.target) }),
    hours.map((hour) => whisker(hour, x(hour) + COLUMN / 2, level)),
    shown.map((weekday, index) =>
      h("text", { class: "staffing-day", key: `d${weekday}`, x: LEFT + index * (width + DAY_GAP), y: TOP + PLOT + 16 }, days[weekday]),
    ),
    shown.map((weekday, index) =>
      h("text", { class: "staffing-axis", key: `h${weekday}`, x: LEFT + index * (width + DAY_GAP), y: height - 4 }, `${first}–${first + width / COLUMN} h`),
    ),
  );
}

function bar(hour, x, y) {
  const middle = x + COLUMN / 2;
  return h(
    "g",
    { key: hour.at },
    h("rect", { class: "staffing-needed", x: x + 1, y: y(hour.rostered), width: COLUMN - 2, height: y(0) - y(hour.rostered) }),
    h("rect", { class: "staffing-working", x: x + 1, y: y(hour.agents), width: COLUMN - 2, height: y(0) - y(hour.agents) }),
    h("line", { class: "staffing-range", x1: middle, x2: middle, y1: y(hour.least), y2: y(hour.most) }),
  );
}

/** One line for each day and each stretch of hours with a value. */
function steps(hours, values, x, y, kind) {
  let path = "";
  let before = null;
  hours.forEach((hour, index) => {
    if (values[index] === null) {
      before = null;
      return;
    }
    const left = x(hour);
    const joins = before !== null && Math.abs(x(before) + COLUMN - left) < 0.5;
    path += `${joins ? "L" : "M"}${left} ${y(values[index])}H${left + COLUMN}`;
    before = hour;
  });
  return path && h("path", { class: kind, d: path });
}

function whisker({ at, simulated }, x, level) {
  if (simulated.share === null) return null;
  return h(
    "g",
    { key: `w${at}` },
    h("line", { class: "staffing-range", x1: x, x2: x, y1: level(simulated.low), y2: level(simulated.high) }),
    h("circle", { class: "staffing-level", cx: x, cy: level(simulated.share), r: 2.4 }),
  );
}

function ticks(most) {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => most / each <= 5) ?? 2000;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}
