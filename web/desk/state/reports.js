/** Reports: which one is looked at, of what time, told apart by what. Managers see the desk's, others their own. */

import { file, get, withParams } from "../net/api.js";
import { run } from "./notices.js";
import { may } from "./pages.js";
import { changed, state } from "./store.js";

export const PERIODS = ["7", "28", "90", "365", "this_month", "last_month", "custom"];
export const STEPS = ["hour", "day", "week"];
export const DIMENSIONS = ["", "tier", "agent", "channel", "category", "language", "urgency", "hour"];
const FILTERS = ["tier", "agent", "channel", "category", "language", "urgency"];
const HOURS_WITHIN = 14;

let asked = 0;

/** Loads what the reports mean, once, and the one that is chosen. */
export async function openReports() {
  try {
    state.reports.about ??= await get("reports");
  } catch (error) {
    Object.assign(state.reports, { error });
    return changed();
  }
  return loadReport();
}

export function chooseReport(change) {
  Object.assign(state.reports.chosen, change);
  const { chosen } = state.reports;
  if (chosen.period === "custom" && !chosen.first) Object.assign(chosen, daysOf(state.reports.span ?? "28"));
  if (change.period && change.period !== "custom") state.reports.span = change.period;
  const { first, last } = days();
  if (chosen.step === "hour" && length(first, last) > HOURS_WITHIN) chosen.step = "day";
  return loadReport();
}

/** Whether hours can be shown of the chosen time. */
export function hoursFit() {
  const { first, last } = days();
  return length(first, last) <= HOURS_WITHIN;
}

export async function loadReport() {
  const turn = ++asked;
  Object.assign(state.reports, { loading: true, error: null });
  changed();
  try {
    const { by } = state.reports.chosen;
    const found = await get(address());
    if (turn !== asked) return;
    state.reports.shownBy = may("reports") ? by : "";
    state.reports.found = may("reports") ? [{ id: found.report, measures: found.measures }] : found.reports;
  } catch (error) {
    if (turn !== asked) return;
    state.reports.error = error;
  }
  state.reports.loading = false;
  changed();
}

/** Saves the report as a file of the given form. */
export function exportReport(form) {
  return run(`reports.${form}`, async () => {
    const { chosen } = state.reports;
    const { first, last } = days();
    const content = await file(withParams(`reports/${chosen.report}/export`, { ...params(), form }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = `${chosen.report}-${first}-${last}.${form}`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

export function toggleDefinition(id) {
  state.reports.explained = state.reports.explained === id ? "" : id;
  changed();
}

function address() {
  const { chosen } = state.reports;
  if (may("reports")) return withParams(`reports/${chosen.report}`, params());
  return withParams("reports/me", { ...days(), step: chosen.step, compare: chosen.compare });
}

function params() {
  const { chosen } = state.reports;
  const filters = Object.fromEntries(FILTERS.map((name) => [name, chosen[name]]));
  return { ...days(), step: chosen.step, by: chosen.by, compare: chosen.compare, ...filters };
}

/** The first and the last day, where the company is. */
export function days() {
  const { chosen } = state.reports;
  return chosen.period === "custom" ? { first: chosen.first, last: chosen.last } : daysOf(chosen.period);
}

function daysOf(period) {
  const today = new Date(`${todayThere()}T00:00Z`);
  const day = (year, month, date) => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
  const [year, month, date] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  if (period === "this_month") return { first: day(year, month, 1), last: day(year, month, date) };
  if (period === "last_month") return { first: day(year, month - 1, 1), last: day(year, month, 0) };
  return { first: day(year, month, date - Number(period) + 1), last: day(year, month, date) };
}

function todayThere() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: state.reports.about.zone, dateStyle: "short" }).format();
}

function length(first, last) {
  return (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
}
