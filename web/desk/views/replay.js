/** "What would this change?": recent questions asked again with the draft, and publishing it. */

import { t } from "../i18n/index.js";
import { decisionName, languageName } from "../i18n/names.js";
import { hasUnsaved } from "../state/article.js";
import { isFresh, mayPublish, obstacle, publish, replay } from "../state/publishing.js";
import { toArticle } from "../state/route.js";
import { stackedBar } from "../ui/charts.js";
import { badge, button, empty, notice } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { duration, percent } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { errorsOf } from "./problems.js";

const VERDICTS = ["worse", "different", "better"];
const GLYPHS = { worse: "arrowDown", different: "differs", better: "arrowUp" };
const TONES = { worse: "danger", different: "info", better: "success" };
const LONGEST_NOTE = 500;

export function replaySection(article) {
  if (!article.draft && !hasUnsaved(article)) return empty("reload", t("replay.no_draft"), t("replay.no_draft_hint"));
  return [intro(article), outcome(article), publishing(article)];
}

function intro(article) {
  const asked = Boolean(article.replay?.changes);
  return h(
    "section",
    { class: "card replay-intro", key: "intro" },
    h("div", null, h("h2", null, t("replay.title")), h("p", { class: "hint" }, t("replay.explain"))),
    button({
      text: t(asked ? "replay.again" : "replay.start"),
      glyph: "reload",
      kind: asked ? "plain" : "primary",
      disabled: Boolean(article.replay?.running),
      onclick: () => replay(article),
    }),
  );
}

function outcome(article) {
  const { replay: result } = article;
  if (!result) return null;
  if (result.running)
    return h(
      "div",
      { class: "card replay-running", key: "running", role: "status" },
      h("span", { class: "spinner", "aria-hidden": "true" }),
      h("p", null, t("replay.running")),
      h("span", { class: "hint", "aria-hidden": "true" }, duration(Date.now() - result.startedAt)),
      h("div", { class: "progress", "aria-hidden": "true" }),
    );
  if (result.error) return notice("error", result.error.message);
  return [
    !isFresh(article) && notice("warn", t("replay.outdated")),
    result.asked !== undefined && figures(result),
    result.changes.length > 0 ? table(result.changes) : empty("check", t("replay.nothing"), t("replay.nothing_hint")),
  ];
}

function figures({ asked, unchanged, changes }) {
  const counts = Object.fromEntries(
    VERDICTS.map((each) => [each, changes.filter(({ verdict }) => verdict === each).length]),
  );
  const figure = (name, count, glyph = "") =>
    h(
      "div",
      { class: `figure figure-${name}`, key: name },
      h("dt", null, glyph && icon(glyph), t(`replay.${name}`)),
      h("dd", null, count),
    );
  return h(
    "section",
    { class: "card figures-card", key: "figures", "aria-label": t("replay.summary") },
    h(
      "dl",
      { class: "figures" },
      figure("asked", asked),
      figure("unchanged", unchanged),
      VERDICTS.toReversed().map((each) => figure(each, counts[each], GLYPHS[each])),
    ),
    stackedBar(
      [
        ["unchanged", unchanged],
        ["better", counts.better],
        ["different", counts.different],
        ["worse", counts.worse],
      ],
      asked,
    ),
  );
}

function table(changes) {
  const columns = ["verdict", "question", "times", "before", "after"];
  const sorted = [...changes].sort(
    (one, other) => VERDICTS.indexOf(one.verdict) - VERDICTS.indexOf(other.verdict) || other.times - one.times,
  );
  return h(
    "div",
    { class: "table-holder", key: "changes" },
    h(
      "table",
      { class: "replay-table" },
      h("caption", { class: "visually-hidden" }, t("replay.changes")),
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((column) => h("th", { scope: "col", key: column }, t(`replay.column.${column}`))),
        ),
      ),
      h("tbody", null, sorted.map(row)),
    ),
  );
}

function row(change, index) {
  const cell = (column, ...children) =>
    h("td", { "data-label": t(`replay.column.${column}`) }, h("div", { class: "cell" }, children));
  const { verdict } = change;
  return h(
    "tr",
    { key: index, class: `change change-${verdict}` },
    cell("verdict", badge(t(`replay.${verdict}`), TONES[verdict], { glyph: GLYPHS[verdict] })),
    h(
      "th",
      { scope: "row" },
      h("span", { dir: "auto" }, change.question),
      h("span", { class: "hint" }, languageName(change.language)),
    ),
    cell("times", change.times),
    cell("before", answer(change.before)),
    cell("after", answer(change.after)),
  );
}

/** What the bot does with a question: in words, and with which article. */
function answer({ decision, article, title, confidence }) {
  return h(
    "div",
    { class: "answer" },
    h("span", { class: "answer-decision" }, decisionName(decision)),
    article && h("a", { class: "answer-title", href: toArticle(article), dir: "auto" }, title || article),
    article && h("span", { class: "hint" }, t("replay.confidence", { share: percent(confidence) })),
  );
}

function publishing(article) {
  const { replay: result } = article;
  const errors = errorsOf(article).length;
  const worse = (result?.changes ?? []).filter(({ verdict }) => verdict === "worse").length;
  const against = obstacle(article);
  const form = "publish";
  return h(
    "form",
    {
      class: "card publish",
      key: "publish",
      "aria-labelledby": "publish-title",
      onsubmit: submitting(form, ({ note }) => publish(article, note.trim(), against !== "")),
    },
    h("h2", { id: "publish-title" }, t("publish.title")),
    against === "worse" && notice("error", t("publish.gate", { count: worse })),
    against === "untried" && notice("warn", t("publish.untried")),
    errors > 0 && notice("warn", t("problem.summary", { count: errors })),
    !mayPublish() && notice("info", t("publish.who")),
    field(form, {
      name: "note",
      label: t("publish.note"),
      hint: t(against ? "publish.note_needed" : "publish.note_hint"),
      area: true,
      rows: 2,
      required: against !== "",
      maxlength: LONGEST_NOTE,
    }),
    formError(form, ["note"]),
    h(
      "div",
      { class: "publish-actions" },
      mayPublish() && errors === 0
        ? submitButton(form, t(against ? "publish.anyway" : "publish.publish"), against ? "danger" : "primary")
        : button({ text: t("publish.publish"), kind: "primary", disabled: true }),
      h("p", { class: "hint" }, t("publish.soon")),
    ),
  );
}
