/** The list of articles, and the way to what the bot could not answer. */

import { language, pick, t } from "../i18n/index.js";
import { audienceName, languageName } from "../i18n/names.js";
import { LANGUAGES } from "../state/content.js";
import { FILTERS, filterArticles, loadArticles, moreArticles, searchArticlesSoon } from "../state/knowledge.js";
import { toArticle } from "../state/route.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, searchBox, spinner } from "../ui/controls.js";
import { date } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

export function knowledgePage() {
  return h(
    "section",
    { class: "page", key: "knowledge", mount: loadArticles },
    knowledgeHead("knowledge", button({ text: t("knowledge.new"), glyph: "plus", kind: "primary", onclick: begin })),
    filters(),
    list(),
  );
}

/** The head of both pages: articles, and learning. */
export function knowledgeHead(current, ...actions) {
  const tab = (page, glyph) =>
    h(
      "a",
      { href: `#/${page}`, key: page, "aria-current": current === page ? "page" : null },
      icon(glyph),
      h("span", null, t(`nav.${page === "knowledge" ? "articles" : page}`)),
    );
  return h(
    "header",
    { class: "page-head" },
    h("div", null, h("h1", null, t("nav.knowledge")), h("p", null, t(`${current}.explain`))),
    h("div", { class: "page-actions" }, actions),
    h(
      "nav",
      { class: "page-tabs", "aria-label": t("nav.knowledge") },
      tab("knowledge", "book"),
      tab("learning", "bulb"),
    ),
  );
}

function begin() {
  openDialog("article_new", { language: language() });
}

function filters() {
  const { query, filter, loading, articles, total } = state.knowledge;
  return h(
    "div",
    { class: "article-filters", role: "search", "aria-label": t("nav.articles") },
    searchBox(t("knowledge.search"), { value: query, oninput: (event) => searchArticlesSoon(event.target.value) }),
    h(
      "div",
      { class: "segmented article-filter", role: "group", "aria-label": t("knowledge.show") },
      FILTERS.map((each) =>
        h(
          "button",
          {
            type: "button",
            key: each,
            "aria-pressed": filter === each,
            onclick: () => filterArticles({ filter: each }),
          },
          t(`knowledge.filter.${each}`),
        ),
      ),
    ),
    h(
      "p",
      { class: "hint article-count", role: "status" },
      loading || !articles ? t("loading") : t("knowledge.count", { shown: articles.length, total }),
    ),
  );
}

function list() {
  const { articles, total, loading, error, query, filter } = state.knowledge;
  if (error && !articles)
    return notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadArticles }));
  if (!articles) return spinner(t("loading"));
  if (articles.length === 0)
    return query || filter !== "all"
      ? empty("search", t("knowledge.none_found"), t("knowledge.none_found_hint"))
      : empty("book", t("knowledge.none"), t("knowledge.none_hint"));
  return [
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadArticles })),
    h(
      "div",
      { class: "table-holder", "aria-busy": loading },
      h("table", { class: "article-table" }, head(), h("tbody", null, articles.map(row))),
    ),
    articles.length < total &&
      h(
        "div",
        { class: "more" },
        button({ text: loading ? t("loading") : t("queue.more"), disabled: loading, onclick: moreArticles }),
      ),
  ];
}

function head() {
  const columns = ["article", "languages", "standing", "updated"];
  return h(
    "thead",
    null,
    h(
      "tr",
      null,
      columns.map((column) => h("th", { scope: "col", key: column }, t(`knowledge.${column}`))),
    ),
  );
}

/** Rows that did not change are not made again: the page is shown anew each second, and may have thousands. */
const made = new WeakMap();

function row(article) {
  const known = made.get(article);
  if (known?.language === language()) return known.row;
  const fresh = makeRow(article);
  made.set(article, { language: language(), row: fresh });
  return fresh;
}

function makeRow(article) {
  const cell = (column, ...children) =>
    h("td", { "data-label": t(`knowledge.${column}`) }, h("div", { class: "cell" }, children));
  return h(
    "tr",
    { key: article.id, class: article.state === "withdrawn" ? "disabled" : null },
    h(
      "th",
      { scope: "row" },
      h("a", { class: "article-name", href: toArticle(article.id) }, pick(article.titles) || article.id),
      h(
        "span",
        { class: "article-about" },
        h("code", null, article.id),
        article.category && h("span", null, article.category),
        article.tags.slice(0, 4).map((tag) => h("span", { class: "tag", key: tag }, tag)),
      ),
    ),
    cell(
      "languages",
      LANGUAGES.map((each) => languageMark(each, article.languages.includes(each))),
    ),
    cell("standing", standing(article)),
    cell("updated", h("span", { class: "article-date" }, article.updated ? date(article.updated) : "–")),
  );
}

/** `EN`, or a struck-out mark that says in words that this language is missing. */
export function languageMark(code, present) {
  const name = languageName(code);
  return h(
    "span",
    {
      class: present ? "language-mark" : "language-mark language-missing",
      key: code,
      title: present ? name : t("knowledge.missing", { language: name }),
    },
    !present && icon("alert"),
    h("span", { "aria-hidden": "true" }, code === "zh" ? "中" : code.toUpperCase()),
    h("span", { class: "visually-hidden" }, present ? name : t("knowledge.missing", { language: name })),
  );
}

/** What is out of the ordinary; an article that is simply published says only that. */
export function standing({ state: standingNow, draft, problems = [], audience, source }) {
  const errors = problems.filter(({ error }) => error).length;
  const warnings = problems.length - errors;
  const tone = { published: "success", draft_only: "info", withdrawn: "neutral", not_valid: "warn", broken: "danger" }[
    standingNow
  ];
  return [
    badge(t(`article.state.${standingNow}`), tone, { key: "state" }),
    draft && standingNow !== "draft_only" && badge(t("knowledge.draft"), "info", { glyph: "note", key: "draft" }),
    errors > 0 && badge(t("knowledge.errors", { count: errors }), "danger", { glyph: "alert", key: "errors" }),
    errors === 0 &&
      warnings > 0 &&
      badge(t("knowledge.warnings", { count: warnings }), "warn", { glyph: "info", key: "warnings" }),
    audience !== "public" && badge(audienceName(audience), "accent", { glyph: "lock", key: "audience" }),
    source === "file" && h("span", { class: "from-file", key: "source" }, icon("file"), t("article.source.file")),
  ];
}
