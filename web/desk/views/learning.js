/** What the bot should learn: questions without an answer, articles that fail, articles nobody needs. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { loadLearning, lookAgain, writeFor } from "../state/learning.js";
import { toArticle } from "../state/route.js";
import { state } from "../state/store.js";
import { stackedBar } from "../ui/charts.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { date, moment, percent } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { knowledgeHead } from "./knowledge.js";

const OUTCOMES = ["none", "clarified", "handed_over"];
const EXAMPLES = 3;

export function learningPage() {
  const { found, loading, error } = state.learning;
  return h(
    "section",
    { class: "page", key: "learning", mount: loadLearning },
    knowledgeHead(
      "learning",
      button({ text: t("learning.refresh"), glyph: "reload", disabled: loading, onclick: lookAgain }),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadLearning })),
    !found && !error && spinner(t("loading")),
    found && [period(found), gaps(found.gaps), failing(found.failing), stale(found.stale)],
  );
}

function period({ since, updated_at: updatedAt }) {
  if (!since && !updatedAt) return null;
  return h(
    "p",
    { class: "hint learning-period" },
    [
      since && t("learning.since", { date: moment(since) }),
      updatedAt && t("learning.updated", { time: moment(updatedAt) }),
    ]
      .filter(Boolean)
      .join(" · "),
  );
}

function section(name, count, ...children) {
  return h(
    "section",
    { class: "learning-section", key: name, "aria-labelledby": `learning-${name}` },
    h(
      "header",
      null,
      h("h2", { id: `learning-${name}` }, t(`learning.${name}`), h("span", { class: "count" }, count)),
      h("p", { class: "hint" }, t(`learning.${name}_hint`)),
    ),
    children,
  );
}

function gaps(all) {
  if (all.length === 0) return section("gaps", 0, empty("check", t("learning.no_gaps")));
  const most = Math.max(...all.map(({ count }) => count));
  return section(
    "gaps",
    all.length,
    legend(),
    h(
      "ul",
      { class: "gaps" },
      all.map((gap) => gapCard(gap, most)),
    ),
  );
}

function legend() {
  return h(
    "p",
    { class: "legend" },
    OUTCOMES.map((each) =>
      h(
        "span",
        { key: each },
        h("span", { class: `swatch swatch-${each}`, "aria-hidden": "true" }),
        t(`outcome.${each}`),
      ),
    ),
  );
}

function gapCard(gap, most) {
  const { label, count, languages, outcomes, nearest, draft } = gap;
  const examples = gap.examples.filter((each) => each !== label);
  const parts = OUTCOMES.map((each) => [each, outcomes[each] ?? 0]);
  return h(
    "li",
    { class: "card gap", key: gap.id },
    h(
      "div",
      { class: "gap-head" },
      h("p", { class: "gap-count" }, h("strong", null, count), h("span", null, t("learning.times", { count }))),
      h(
        "div",
        { class: "gap-what" },
        h("h3", { dir: "auto" }, label),
        stackedBar(parts, most),
        h(
          "p",
          { class: "hint gap-outcomes" },
          parts
            .filter(([, number]) => number > 0)
            .map(([name, number]) => `${t(`outcome.${name}`)} ${number}`)
            .join(" · "),
        ),
      ),
      languages.map((each) => badge(languageName(each), "neutral", { key: each })),
    ),
    examples.length > 0 &&
      h(
        "ul",
        { class: "gap-examples", "aria-label": t("learning.examples") },
        examples.slice(0, EXAMPLES).map(example),
      ),
    examples.length > EXAMPLES &&
      h(
        "details",
        { class: "gap-more" },
        h("summary", null, t("learning.more_examples", { count: examples.length - EXAMPLES })),
        h("ul", { class: "gap-examples" }, examples.slice(EXAMPLES).map(example)),
      ),
    h(
      "div",
      { class: "gap-foot" },
      h(
        "p",
        { class: "hint" },
        nearest
          ? [t("learning.nearest"), h("a", { href: toArticle(nearest.id), dir: "auto" }, nearest.title)]
          : t("learning.no_nearest"),
        ` · ${t("learning.last", { time: moment(gap.last_at) })}`,
      ),
      button({
        text: t("learning.dismiss"),
        kind: "quiet",
        small: true,
        "aria-label": `${t("learning.dismiss")}${t("colon")}${label}`,
        onclick: () => openDialog("gap_dismiss", { gap }),
      }),
      draft
        ? h("a", { class: "button button-small", href: toArticle(draft) }, icon("note"), t("learning.open"))
        : button({
            text: t("learning.write"),
            glyph: "plus",
            kind: "primary",
            small: true,
            "aria-label": `${t("learning.write")}${t("colon")}${label}`,
            disabled: state.busy.has(`gap.${gap.id}`),
            onclick: () => writeFor(gap),
          }),
    ),
  );
}

function example(text, index) {
  return h("li", { key: index, dir: "auto" }, text);
}

function failing(all) {
  if (all.length === 0) return section("failing", 0, empty("check", t("learning.no_failing")));
  return section(
    "failing",
    all.length,
    table("failing", ["article", "shown", "then_human", "share"], all, (article) => [
      cell("shown", article.shown),
      cell("then_human", article.then_human),
      cell("share", h("span", { class: "share" }, stackedBar([["worse", article.share]], 1), percent(article.share))),
    ]),
  );
}

function stale(all) {
  if (all.length === 0) return section("stale", 0, empty("check", t("learning.no_stale")));
  return section(
    "stale",
    all.length,
    table("stale", ["article", "updated", "last_shown", "reason"], all, (article) => [
      cell("updated", article.updated ? date(article.updated) : "–"),
      cell("last_shown", article.last_shown ? moment(article.last_shown) : t("learning.never")),
      cell("reason", reason(article.reason)),
    ]),
  );
}

const REASONS = ["ended", "ending", "file_newer", "related_withdrawn", "old"];

function reason(code) {
  return REASONS.includes(code) ? t(`stale.${code}`) : code;
}

function table(name, columns, all, cells) {
  return h(
    "div",
    { class: "table-holder" },
    h(
      "table",
      { class: `learning-table learning-table-${name}` },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((column) => h("th", { scope: "col", key: column }, t(`learning.column.${column}`))),
        ),
      ),
      h(
        "tbody",
        null,
        all.map((article) =>
          h(
            "tr",
            { key: article.id },
            h("th", { scope: "row" }, h("a", { class: "article-name", href: toArticle(article.id) }, article.title)),
            cells(article),
          ),
        ),
      ),
    ),
  );
}

function cell(column, ...children) {
  return h("td", { "data-label": t(`learning.column.${column}`) }, h("div", { class: "cell" }, children));
}
