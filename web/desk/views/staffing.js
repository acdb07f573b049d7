/** The staffing plan: what is asked, how far it is, the week as a plot, and a day as a table beside it. */

import { locale, t } from "../i18n/index.js";
import { tierName } from "../i18n/names.js";
import { adoptPlan, makePlan, showDay, weeksToPlan } from "../state/staffing.js";
import { dateOf, mondayOf } from "../state/rota.js";
import { state } from "../state/store.js";
import { button, empty, notice, segmented } from "../ui/controls.js";
import { field, submitting } from "../ui/form.js";
import { date, duration, percent } from "../ui/format.js";
import { staffingChart } from "../ui/staffing_chart.js";
import { h } from "../ui/vdom.js";

const MONDAY = new Date(2024, 0, 1).getTime();
const DAY = 24 * 3_600_000;

export function staffingPage() {
  const { plan, progress, error } = state.staffing;
  return h(
    "section",
    { class: "page staffing", key: "staffing" },
    h("header", { class: "page-head" }, h("div", null, h("h1", null, t("nav.staffing")), h("p", null, t("staffing.explain")))),
    question(),
    error && notice("error", error.message),
    progress !== null && waiting(progress),
    !plan && progress === null && !error && empty("chart", t("staffing.none")),
    plan && plan.hours.length === 0 && empty("chart", t("staffing.closed")),
    plan && plan.hours.length > 0 && shown(plan),
  );
}

function question() {
  const weeks = weeksToPlan(Date.now());
  return h(
    "form",
    { class: "staffing-form", onsubmit: submitting("staffing", makePlan) },
    field("staffing", { name: "tier", label: t("staffing.tier"), options: state.tiers.map(({ id }) => [id, tierName(id)]) }),
    field("staffing", {
      name: "monday",
      label: t("staffing.week"),
      options: weeks.map((each) => [dateOf(each), date(dateOf(each))]),
      value: dateOf(mondayOf(Date.now())),
    }),
    field("staffing", { name: "target", label: t("staffing.target"), type: "number", min: 10, max: 99, placeholder: "90" }),
    field("staffing", { name: "within", label: t("staffing.within"), type: "number", min: 0.1, step: "any", placeholder: t("staffing.by_sla") }),
    field("staffing", { name: "shrinkage", label: t("staffing.shrinkage"), type: "number", min: 0, max: 80, placeholder: "30" }),
    field("staffing", { name: "weeks", label: t("staffing.history"), options: ["4", "8", "12", "26", "52"].map((each) => [each, t("staffing.weeks", { count: each })]), value: "8" }),
    button({ type: "submit", text: t("staffing.make"), kind: "primary", disabled: state.busy.has("staffing") || !state.tiers.length }),
  );
}

function waiting(progress) {
  return h(
    "div",
    { class: "staffing-progress", role: "status" },
    h("label", { for: "staffing-progress" }, t("staffing.working", { share: percent(progress) })),
    h("progress", { id: "staffing-progress", max: 1, value: progress }),
  );
}

function shown(plan) {
  const days = [...new Set(plan.hours.map(({ weekday }) => weekday))];
  const names = weekdays();
  return [
    basis(plan),
    h(
      "div",
      { class: "flow-holder", tabindex: "0", role: "region", "aria-label": t("staffing.plot") },
      staffingChart(plan, names),
    ),
    h(
      "ul",
      { class: "staffing-legend" },
      ["needed", "working", "planned", "actual", "level", "range"].map((each) => h("li", { class: `legend-${each}`, key: each }, t(`staffing.legend_${each}`))),
    ),
    h(
      "div",
      { class: "staffing-actions" },
      segmented(t("staffing.day"), days.map((day) => [day, names[day]]), state.staffing.day, showDay),
      button({ text: t(plan.adopted ? "staffing.adopt_again" : "staffing.adopt"), disabled: state.busy.has("staffing.adopt"), onclick: adoptPlan }),
    ),
    table(plan),
  ];
}

function basis({ tier, goal, basis: known }) {
  const facts = {
    tier: tierName(tier),
    target: percent(goal.target),
    within: duration(goal.within_s * 1000),
    arrivals: known.arrivals,
    weeks: number(known.weeks),
    handled: known.handled,
    handling: duration(known.handling.mean_s * 1000),
    concurrency: number(known.concurrency),
  };
  return [
    h("p", { class: "hint" }, t("staffing.basis", facts)),
    known.thin && notice("warn", t("staffing.thin", facts)),
    Math.abs(known.trend - 1) >= 0.05 && h("p", { class: "hint" }, t("staffing.trend", { factor: number(known.trend) })),
  ];
}

const COLUMNS = ["hour", "arrivals", "by_erlang", "agents", "rostered", "planned", "actual", "predicted", "simulated"];

function table(plan) {
  return h(
    "div",
    { class: "table-holder", tabindex: "0", role: "region", "aria-label": t("staffing.table") },
    h(
      "table",
      { class: "numbers" },
      h("caption", { class: "visually-hidden" }, t("staffing.table")),
      h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col", key: name }, t(`staffing.${name}`))))),
      h("tbody", null, plan.hours.map((hour, index) => hour.weekday === state.staffing.day && row(plan, hour, index))),
    ),
  );
}

function row({ planned, actual, goal }, hour, index) {
  const { arrivals, simulated } = hour;
  const lacks = planned[index] < hour.rostered;
  const misses = simulated.share !== null && simulated.high < goal.target;
  const cells = {
    arrivals: `${number(arrivals.mean)} (${number(arrivals.low)}–${number(arrivals.high)})${arrivals.pooled ? " *" : ""}`,
    by_erlang: hour.least === hour.most ? hour.by_erlang : `${hour.by_erlang} (${hour.least}–${hour.most})`,
    agents: hour.agents,
    rostered: hour.rostered,
    planned: number(planned[index]),
    actual: actual[index] ?? "–",
    predicted: percent(hour.predicted),
    simulated: simulated.share === null ? "–" : `${percent(simulated.share)} (${percent(simulated.low)}–${percent(simulated.high)})`,
  };
  const bad = { planned: lacks, simulated: misses };
  return h(
    "tr",
    { key: hour.at },
    h("th", { scope: "row" }, `${hour.hour}:00`),
    COLUMNS.slice(1).map((name) => h("td", { key: name, class: bad[name] ? "figure-bad" : null, "data-label": t(`staffing.${name}`) }, cells[name])),
  );
}

function number(value) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(value);
}

function weekdays() {
  const format = new Intl.DateTimeFormat(locale(), { weekday: "short" });
  return Array.from({ length: 7 }, (_, index) => format.format(MONDAY + index * DAY));
}
