/** One measure of a report: what it came to, how sure that is, how it went, and told apart. */

import { locale, pick, t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { state } from "../state/store.js";
import { toggleDefinition } from "../state/reports.js";
import { stackedBar } from "../ui/charts.js";
import { button } from "../ui/controls.js";
import { date, duration } from "../ui/format.js";
import { plot } from "../ui/plots.js";
import { h } from "../ui/vdom.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** What an axis of times ends with, so that its quarters are round. */
const TOPS = [20 * SECOND, MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR];
const COUNTED = new Set(["count", "level"]);
const BOUNDS = { share: [0, 1], mean: [1, 5] };

export function measureCard(about, found) {
  const { id, kind } = about;
  const open = state.reports.explained === id;
  return h(
    "section",
    { class: "card report-card", key: id, "aria-labelledby": `measure-${id}` },
    h(
      "div",
      { class: "report-card-head" },
      h("h3", { id: `measure-${id}` }, pick(about.name)),
      button({ glyph: "info", kind: "quiet", small: true, label: t("reports.definition"), "aria-expanded": open, onclick: () => toggleDefinition(id) }),
    ),
    open && h("p", { class: "report-definition" }, pick(about.definition)),
    headline(about, found),
    plot(
      found.series.map((point) => ({ ...point, label: mark(point.step), title: sentence(kind, label(point.step), point) })),
      { bars: kind === "count", bounds: BOUNDS[kind] ?? null, tick: (value) => axis(kind, value), whole: COUNTED.has(kind), tops: kind === "duration" ? TOPS : [] },
    ),
    found.groups.length > 0 && groups(about, found),
    table(about, found),
  );
}

function headline({ kind, better }, { total, before }) {
  return h(
    "p",
    { class: "report-headline" },
    h("strong", null, worded(kind, total.value)),
    total.low !== null && h("span", { class: "hint" }, t("reports.between", { low: worded(kind, total.low), high: worded(kind, total.high) })),
    total.p90 !== null && h("span", { class: "hint" }, t("reports.p90", { value: worded(kind, total.p90) })),
    !COUNTED.has(kind) && h("span", { class: "hint" }, t("reports.of", { n: number(total.n) })),
    before && h("span", { class: `report-change report-${tone(better, total, before)}` }, t("reports.before", { value: worded(kind, before.value), change: change(kind, total.value, before.value) })),
  );
}

/** Better or worse only where that is more than chance: the two intervals lie apart. */
function tone(better, now, before) {
  if (!better || now.low === null || before.low === null) return "same";
  if (now.low <= before.high && before.low <= now.high) return "same";
  return now.value > before.value === (better === "more") ? "good" : "bad";
}

/** Shares in points, scores as they are, everything else in percent of what was before. */
function change(kind, value, before) {
  if (value === null || before === null) return "–";
  const signed = (number_, options) => new Intl.NumberFormat(locale(), { signDisplay: "exceptZero", maximumFractionDigits: 1, ...options }).format(number_);
  if (kind === "share") return t("reports.points", { value: signed((value - before) * 100) });
  if (kind === "mean") return signed(value - before, { maximumFractionDigits: 2 });
  return before ? signed(value / before - 1, { style: "percent", maximumFractionDigits: 0 }) : "–";
}

function groups({ kind, name }, { groups: rows }) {
  const largest = kind === "share" ? 1 : kind === "mean" ? 5 : Math.max(...rows.map(({ value }) => value ?? 0), 1);
  const compared = rows.some(({ before }) => before);
  return h(
    "div",
    { class: "table-holder", tabindex: "0", role: "region", "aria-label": t("reports.groups", { name: pick(name) }) },
    h(
      "table",
      { class: "numbers" },
      h("thead", null, h("tr", null, heads(kind, [t(`reports.${state.reports.shownBy || "group"}`), t("reports.value")], compared))),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            { key: row.key, title: sentence(kind, groupName(row), row) },
            h("th", { scope: "row" }, groupName(row), stackedBar([["handed_over", row.value ?? 0]], largest)),
            cells(kind, row),
            compared && h("td", null, worded(kind, row.before?.value ?? null)),
          ),
        ),
      ),
    ),
  );
}

function groupName({ key, name }) {
  return state.reports.shownBy === "channel" ? channelName(key) : pick(name);
}

function table({ kind, name }, { series }) {
  return h(
    "details",
    { class: "flow-table" },
    h("summary", null, t("reports.as_table")),
    h(
      "div",
      { class: "table-holder", tabindex: "0", role: "region", "aria-label": t("reports.over_time", { name: pick(name) }) },
      h(
        "table",
        { class: "numbers" },
        h("thead", null, h("tr", null, heads(kind, [t("reports.time"), t("reports.value")]))),
        h("tbody", null, series.map((point) => h("tr", { key: point.step }, h("th", { scope: "row" }, label(point.step)), cells(kind, point)))),
      ),
    ),
  );
}

function heads(kind, first, compared = false) {
  const sure = COUNTED.has(kind) ? [] : [t("reports.interval"), ...(kind === "duration" ? [t("reports.p90_head")] : []), t("reports.n")];
  return [...first, ...sure, ...(compared ? [t("reports.before_head")] : [])].map((text) => h("th", { scope: "col", key: text }, text));
}

function cells(kind, { value, low, high, p90, n }) {
  const sure = low === null ? "–" : `${worded(kind, low)} – ${worded(kind, high)}`;
  return [
    h("td", null, worded(kind, value)),
    !COUNTED.has(kind) && [h("td", null, sure), kind === "duration" && h("td", null, worded(kind, p90)), h("td", null, number(n))],
  ];
}

function sentence(kind, name, { value, low, high, n }) {
  const sure = low === null ? "" : ` (${worded(kind, low)} – ${worded(kind, high)})`;
  const of = COUNTED.has(kind) ? "" : ` · ${t("reports.of", { n: number(n) })}`;
  return `${name}: ${worded(kind, value)}${sure}${of}`;
}

function label(step) {
  return step.length > 10 ? `${date(step.slice(0, 10))} ${step.slice(11)}:00` : date(step);
}

/** The same, as short as an axis needs it. */
function mark(step) {
  const options = { day: "numeric", month: "short", timeZone: "UTC" };
  const day = new Intl.DateTimeFormat(locale(), options).format(new Date(`${step.slice(0, 10)}T00:00Z`));
  return step.length > 10 ? `${day} ${step.slice(11)}:00` : day;
}

function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

function worded(kind, value) {
  if (value === null) return "–";
  if (kind === "duration") return duration(value);
  if (kind === "share") return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(value);
  if (kind === "mean") return value.toFixed(2);
  return number(value);
}

/** Short enough for an axis. */
function axis(kind, value) {
  if (kind === "duration") {
    const [unit, length] = value >= HOUR ? ["hour", HOUR] : value >= MINUTE ? ["minute", MINUTE] : ["second", SECOND];
    return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 1 }).format(value / length);
  }
  if (kind === "share") return new Intl.NumberFormat(locale(), { style: "percent" }).format(value);
  return new Intl.NumberFormat(locale(), { notation: "compact" }).format(value);
}
