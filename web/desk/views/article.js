/** One article: its head, and the pages on which it is written, tried and looked back on. */

import { pick, t } from "../i18n/index.js";
import { hasUnsaved, load, save } from "../state/article.js";
import { LANGUAGES } from "../state/content.js";
import { mayPublish } from "../state/publishing.js";
import { SECTIONS, toArticle } from "../state/route.js";
import { state } from "../state/store.js";
import { badge, button, notice, spinner } from "../ui/controls.js";
import { clock } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { conflictPanel } from "./article_conflict.js";
import { articleForm } from "./article_form.js";
import { historySection } from "./history.js";
import { standing } from "./knowledge.js";
import { replaySection } from "./replay.js";

const GLYPHS = { write: "note", replay: "reload", history: "history" };

export function articlePage() {
  const { article } = state;
  return h(
    "section",
    { class: "page page-article", key: `article-${article.id}` },
    h("p", { class: "crumb" }, h("a", { href: "#/knowledge" }, icon("arrowLeft"), t("nav.knowledge"))),
    article.error &&
      notice("error", article.error.message, button({ text: t("retry"), small: true, onclick: () => load(article) })),
    !article.form && article.loading && spinner(t("loading")),
    article.form && [head(article), sections(article), body(article)],
  );
}

function head(article) {
  const title = pick(Object.fromEntries(LANGUAGES.map((each) => [each, article.form.texts[each].title])));
  return h(
    "header",
    { class: "article-head" },
    h(
      "div",
      { class: "article-heading" },
      h("h1", null, title.trim() || t("article.untitled")),
      h(
        "p",
        { class: "article-line" },
        h("code", null, article.id),
        standing({ ...article, draft: article.draft || hasUnsaved(article), problems: [], audience: "public" }),
        article.version > 0 && badge(t("article.version", { number: article.version }), "neutral", { key: "version" }),
        article.draft?.note && badge(article.draft.note, "neutral", { glyph: "inbox", key: "note" }),
        saved(article),
      ),
    ),
    h("div", { class: "article-tools" }, onward(article), more(article)),
  );
}

/** The next step with a draft. */
function onward(article) {
  const waits = (article.draft || hasUnsaved(article)) && !article.conflict && state.route.section !== "replay";
  if (!waits) return null;
  return h(
    "a",
    { class: "button button-primary", href: toArticle(article.id, "replay") },
    icon("send"),
    h("span", null, t(mayPublish() ? "article.onward" : "article.onward_agent")),
  );
}

/** Whether what is on the screen is stored: said in words, and read out when it changes. */
function saved(article) {
  const { status, draft, message } = article;
  const at = draft ? clock(draft.at) : "";
  const [glyph, text] = {
    clean: draft ? ["check", t("save.draft", { name: draft.by.name, time: at })] : ["", ""],
    dirty: ["clock", t("save.dirty")],
    saving: ["clock", t("save.saving")],
    saved: ["check", t("save.saved", { time: at })],
    failed: ["alert", t("save.failed", { message })],
    refused: ["alert", t("save.refused", { message })],
    conflict: ["alert", t("save.conflict")],
  }[status];
  return h(
    "span",
    { class: `save-state save-${status}`, role: "status", key: "saved" },
    glyph && icon(glyph),
    h("span", null, text),
    status === "refused" && button({ text: t("retry"), small: true, onclick: () => save(article) }),
  );
}

function more(article) {
  const item = (glyph, text, onclick) =>
    h("button", { type: "button", class: "menu-item", onclick }, icon(glyph), text);
  const live = article.state === "published" || article.state === "not_valid";
  const items = [
    (article.draft || hasUnsaved(article)) &&
      item("trash", t("article.discard"), () => openDialog("article_discard", { article })),
    live && mayPublish() && item("close", t("article.withdraw"), () => openDialog("article_withdraw", { article })),
    live && !mayPublish() && h("p", { class: "menu-note" }, t("publish.who")),
  ].filter(Boolean);
  if (items.length === 0) return null;
  return menu(
    "article",
    {
      props: { class: "button button-icon", "aria-label": t("action.more") },
      children: icon("more"),
    },
    items,
  );
}

function sections(article) {
  return h(
    "nav",
    { class: "page-tabs", "aria-label": t("article.sections") },
    SECTIONS.map((section) =>
      h(
        "a",
        {
          key: section,
          href: toArticle(article.id, section),
          "aria-current": state.route.section === section ? "page" : null,
        },
        icon(GLYPHS[section]),
        h("span", null, t(`article.section.${section}`)),
        section === "history" && article.versions.length > 0 && h("span", { class: "count" }, article.versions.length),
      ),
    ),
  );
}

function body(article) {
  if (article.conflict) return conflictPanel(article);
  if (state.route.section === "replay") return replaySection(article);
  if (state.route.section === "history") return historySection(article);
  return [standingNotice(article), articleForm(article)];
}

function standingNotice({ state: standingNow }) {
  if (!["withdrawn", "not_valid", "broken"].includes(standingNow)) return null;
  return notice("warn", t(`article.notice.${standingNow}`));
}
