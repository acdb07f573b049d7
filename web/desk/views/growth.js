/** How people grow: the next grade and what it asks for, with the work behind each number. */

import { t } from "../i18n/index.js";
import { gradeName } from "../i18n/names.js";
import { answerSurvey, loadGrowth, lookAt, lookAway, promote, showGrowth } from "../state/growth.js";
import { may } from "../state/pages.js";
import { toTicket } from "../state/route.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, segmented, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { moment, percent } from "../ui/format.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const SCORES = [1, 2, 3, 4, 5];
const ROWS = 8;

export const GROWTH_DIALOGS = { growth_promote: promoteDialog };

export function growthPage() {
  const { own, team, one, view, error } = state.growth;
  const views = [
    ["own", t("growth.own")],
    ["team", t("growth.team")],
  ];
  return h(
    "section",
    { class: "page page-narrow", key: "growth", mount: loadGrowth },
    h(
      "header",
      { class: "page-head" },
      h("h1", null, t("nav.growth")),
      may("supervise") && segmented(t("nav.growth"), views, view, showGrowth),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadGrowth })),
    !own && !error && spinner(t("loading")),
    own && view === "own" && [person(own), survey(own.survey)],
    view === "team" && one && person(one, true),
    view === "team" && !one && team && [people(team.people), figures(state.growth.figures)],
  );
}

function person(shown, other = false) {
  return [
    h(
      "section",
      { class: "card growth-person", key: `person-${shown.id}` },
      other && button({ text: t("growth.back"), small: true, onclick: lookAway }),
      h(
        "p",
        { class: "growth-way" },
        other && h("strong", null, shown.name),
        badge(gradeName(shown.grade) || "—", "accent"),
        shown.next && [h("span", { "aria-hidden": "true" }, "→"), badge(gradeName(shown.next))],
        shown.due && badge(t("growth.due"), "success", { glyph: "check" }),
      ),
      h("p", { class: "hint" }, shown.next ? t("growth.explain", { days: shown.period_days }) : t("growth.no_next")),
      shown.checks.length > 0 && h("ul", { class: "growth-checks" }, shown.checks.map(criterion)),
      other && shown.next && button({ text: t("growth.promote"), kind: shown.due ? "primary" : "plain", onclick: () => openDialog("growth_promote", { person: shown }) }),
    ),
    cases("solved", shown.solved),
    cases("rated", shown.rated),
    way(shown.history),
  ];
}

function criterion(check) {
  const part = (have, need) => (need ? Math.min(1, have / need) : 1);
  const share = Math.min(part(check.have, check.need), part(check.of, check.of_need)); // a mean of too few is not enough
  const number = (value) => (check.name === "sla" ? percent(value) : String(Math.round(value * 100) / 100));
  return h(
    "li",
    { key: check.name, class: check.met ? "growth-met" : "" },
    h("span", { class: "growth-name" }, t(`growth.check_${check.name}`)),
    h("progress", { max: 1, value: share, "aria-label": t(`growth.check_${check.name}`) }),
    h("span", { class: "growth-number" }, `${number(check.have)} / ${number(check.need)}`),
    h("span", { class: "hint" }, check.of_need > 0 && check.name !== "sla" ? t("growth.resting", { of: check.of, need: check.of_need }) : ""),
    check.met ? badge(t("growth.met"), "success", { glyph: "check" }) : badge(t("growth.open")),
  );
}

function cases(kind, rows) {
  if (rows.length === 0) return null;
  return h(
    "details",
    { class: "card growth-cases", key: kind },
    h("summary", null, t(`growth.cases_${kind}`)),
    h(
      "ul",
      null,
      rows.slice(0, ROWS * 3).map((row) =>
        h(
          "li",
          { key: row.id },
          h("a", { href: toTicket(row.id, "all") }, row.number || row.id),
          row.score !== null && h("span", null, `${row.score}/5`),
          row.closed_at && h("span", { class: "hint" }, moment(row.closed_at)),
        ),
      ),
    ),
  );
}

function way(steps) {
  if (steps.length === 0) return null;
  return h(
    "section",
    { class: "card", key: "history" },
    h("h2", null, t("growth.history")),
    h(
      "ul",
      { class: "growth-history" },
      steps.map((step) =>
        h(
          "li",
          { key: step.id },
          h("p", null, h("strong", null, `${gradeName(step.from_grade) || "—"} → ${gradeName(step.to_grade)}`), " ", h("span", { class: "hint" }, [moment(step.at), step.by_name].join(" · "))),
          step.note && h("p", { class: "plain" }, step.note),
          step.missing.length > 0 && h("p", { class: "hint" }, t("growth.despite", { what: step.missing.map((name) => t(`growth.check_${name}`)).join(t("growth.comma")) })),
        ),
      ),
    ),
  );
}

function people(all) {
  if (all.length === 0) return empty("users", t("growth.nobody"));
  return h(
    "ul",
    { class: "growth-team", key: "team" },
    all.map((each) =>
      h(
        "li",
        { class: "card", key: each.id },
        h("strong", null, each.name),
        badge(gradeName(each.grade) || "—", "accent"),
        each.next && h("span", { class: "hint" }, t("growth.met_of", { met: each.checks.filter(({ met }) => met).length, all: each.checks.length, grade: gradeName(each.next) })),
        each.due && badge(t("growth.due"), "success", { glyph: "check" }),
        h("span", { class: "spacer" }),
        button({ text: t("growth.look"), small: true, "aria-label": `${t("growth.look")}${t("colon")}${each.name}`, onclick: () => lookAt(each) }),
      ),
    ),
  );
}

function figures(found) {
  if (!found) return null;
  const number = (value, text = String) => (value === null ? "—" : text(value));
  const pairs = [
    ["promotion_rate", number(found.promotion_rate, percent)],
    ["promoted", found.promoted],
    ["training_hours", found.training_hours],
    ["training_cost", found.training_cost],
  ];
  return h(
    "section",
    { class: "card growth-figures", key: "figures" },
    h("h2", null, t("growth.figures")),
    h("dl", null, pairs.map(([name, value]) => h("div", { key: name }, h("dt", null, t(`growth.${name === "promoted" ? "promoted_count" : name}`)), h("dd", null, value)))),
    h("h3", null, t("growth.survey")),
    h("p", { class: "hint" }, t("growth.survey_hidden")),
    h(
      "ul",
      null,
      found.survey.filter(({ means }) => means).map(({ quarter, answers, means }) =>
        h("li", { key: quarter }, `${quarter} (${answers})${t("colon")}${Object.entries(means).map(([item, mean]) => `${t(`growth.survey_${item}`)} ${mean.toFixed(1)}`).join(" · ")}`),
      ),
    ),
  );
}

function survey({ answered, quarter, items }) {
  if (answered) return h("p", { class: "hint", key: "thanks" }, t("growth.survey_thanks", { quarter }));
  const options = [["", t("growth.choose")], ...SCORES.map((score) => [String(score), t(`growth.agree_${score}`)])];
  return h(
    "form",
    { class: "card growth-survey", key: "survey", onsubmit: submitting("survey", answerSurvey) },
    h("h2", null, t("growth.survey")),
    h("p", { class: "hint" }, t("growth.survey_explain")),
    items.map((item) => field("survey", { name: item, label: t(`growth.survey_${item}`), options, value: "", required: true })),
    formError("survey"),
    submitButton("survey", t("growth.survey_send")),
  );
}

function promoteDialog({ person: who }) {
  const missing = who.checks.filter(({ met }) => !met);
  return modal(
    { title: t("growth.promote_title", { name: who.name, grade: gradeName(who.next) }), form: submitting("growth_promote", (values) => promote(who, values)) },
    [
      missing.length > 0 && notice("warn", t("growth.missing", { what: missing.map(({ name }) => t(`growth.check_${name}`)).join(t("growth.comma")) })),
      field("growth_promote", { name: "note", label: t("growth.note"), hint: t("growth.note_hint"), area: true, required: true, maxlength: 2000, autofocus: true }),
      missing.length > 0 && h("label", { class: "choice" }, h("input", { type: "checkbox", name: "despite" }), t("growth.confirm_despite")),
      formError("growth_promote", ["note"]),
    ],
    [cancelButton(), submitButton("growth_promote", t("growth.promote"))],
  );
}
