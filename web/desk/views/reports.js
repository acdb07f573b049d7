/** The desk's figures: one report at a time, each measure as a number, a curve, and told apart. */

import { pick, t } from "../i18n/index.js";
import { channelName, languageName, tierName, urgencyName } from "../i18n/names.js";
import { may } from "../state/pages.js";
import { chooseReport, DIMENSIONS, exportReport, hoursFit, loadReport, openReports, PERIODS, STEPS } from "../state/reports.js";
import { state } from "../state/store.js";
import { button, empty, notice, spinner } from "../ui/controls.js";
import { h } from "../ui/vdom.js";
import { measureCard } from "./report_measure.js";

export function reportsPage() {
  const { about, found, loading, error, chosen } = state.reports;
  const all = may("reports");
  return h(
    "section",
    { class: "page reports", key: "reports", mount: openReports, "aria-busy": String(loading) },
    h(
      "header",
      { class: "page-head" },
      h("h1", null, t("nav.reports")),
      h("p", null, t(all ? "reports.hint" : "reports.hint_own", { zone: about?.zone ?? "" })),
    ),
    about && all && tabs(about, chosen),
    about && filters(all, chosen),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: about ? loadReport : openReports })),
    !found && !error && spinner(t("loading")),
    found && about && found.map((report) => measures(about, report, all)),
  );
}

function tabs(about, chosen) {
  return h(
    "nav",
    { class: "report-tabs", "aria-label": t("nav.reports") },
    about.reports.map(({ id, name }) =>
      h(
        "button",
        { type: "button", key: id, "aria-current": chosen.report === id ? "page" : null, onclick: () => chooseReport({ report: id }) },
        pick(name),
      ),
    ),
  );
}

function filters(all, chosen) {
  const select = (name, options) =>
    h(
      "label",
      { class: "flow-filter", key: name },
      h("span", null, t(`reports.${name}`)),
      h(
        "select",
        { value: chosen[name], onchange: (event) => chooseReport({ [name]: event.target.value }) },
        options.map(([value, text]) => h("option", { value, key: value }, text)),
      ),
    );
  const day = (name) =>
    h(
      "label",
      { class: "flow-filter", key: name },
      h("span", null, t(`reports.${name}`)),
      h("input", { type: "date", class: "input", required: true, value: chosen[name], onchange: (event) => event.target.value && chooseReport({ [name]: event.target.value }) }),
    );
  const any = ["", t("reports.any")];
  const channels = [...new Set([chosen.channel, ...[...state.tickets.values()].map(({ channel }) => channel)])].filter(Boolean).sort();
  const steps = STEPS.filter((step) => step !== "hour" || hoursFit());
  return h(
    "div",
    { class: "flow-filters report-filters", role: "group", "aria-label": t("reports.filters") },
    select("period", PERIODS.map((period) => [period, t(`reports.period.${period}`)])),
    chosen.period === "custom" && [day("first"), day("last")],
    select("step", steps.map((step) => [step, t(`reports.step.${step}`)])),
    all && [
      select("by", DIMENSIONS.map((name) => [name, name ? t(`reports.${name}`) : t("reports.nothing")])),
      select("tier", [any, ...state.tiers.map(({ id }) => [id, tierName(id)])]),
      select("agent", [any, ...state.agents.map(({ id, name }) => [id, name])]),
      select("channel", [any, ...channels.map((name) => [name, channelName(name)])]),
      select("category", [any, ...state.categories.map(({ id, name }) => [id, pick(name)])]),
      select("language", [any, ...["en", "zh"].map((name) => [name, languageName(name)])]),
      select("urgency", [any, ...["urgent", "high", "normal", "low"].map((name) => [name, urgencyName(name)])]),
    ],
    h(
      "label",
      { class: "report-compare" },
      h("input", { type: "checkbox", checked: chosen.compare, onchange: (event) => chooseReport({ compare: event.target.checked }) }),
      h("span", null, t("reports.compare")),
    ),
    all &&
      may("export") &&
      h(
        "div",
        { class: "report-export", role: "group", "aria-label": t("reports.export") },
        ["csv", "xlsx"].map((form) =>
          button({ text: form.toUpperCase(), glyph: "down", small: true, key: form, label: t("reports.save_as", { form: form.toUpperCase() }), disabled: state.busy.has(`reports.${form}`), onclick: () => exportReport(form) }),
        ),
      ),
  );
}

function measures(about, report, all) {
  const { name, measures: known } = about.reports.find(({ id }) => id === report.id);
  if (report.measures.length === 0) return empty("chart", t("reports.not_apart"));
  const cards = report.measures.map((found) => measureCard(known.find(({ id }) => id === found.id), found));
  return h(
    "section",
    { key: report.id, "aria-label": pick(name) },
    h("h2", { class: all ? "visually-hidden" : "report-title" }, pick(name)),
    h("div", { class: "report-cards" }, cards),
  );
}
