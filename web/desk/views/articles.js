/** Articles for the reply: found for the customer's question or for what the agent looks for. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { changed, state } from "../state/store.js";
import { suggest, suggestSoon } from "../state/suggestions.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { percent } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { markdown, plain } from "../ui/markdown.js";
import { h } from "../ui/vdom.js";
import { insertArticle } from "./composer.js";

export function articlesPanel(ticket) {
  const { q, found, loading, error } = state.suggestions;
  return [
    h(
      "div",
      { class: "search", role: "search", "aria-label": t("context.articles") },
      icon("search"),
      h("input", {
        type: "search",
        id: "article-search",
        "aria-label": t("articles.search"),
        placeholder: t("articles.search"),
        value: q,
        maxlength: 200,
        oninput: (event) => suggestSoon(event.target.value),
      }),
    ),
    h(
      "p",
      { class: "hint", role: "status" },
      loading ? t("loading") : q ? t("articles.count", { count: found.length }) : t("articles.for_question"),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: () => suggest(q) })),
    loading && found.length === 0 && spinner(t("loading")),
    !loading && !error && found.length === 0 && empty("book", t("articles.none"), t("articles.none_hint")),
    h(
      "ul",
      { class: "articles" },
      found.map((article, index) => card(article, ticket, index + 1)),
    ),
  ];
}

function card(article, ticket, number) {
  const key = `${article.article_id}/${article.language}`;
  const open = state.suggestions.open === key;
  return h(
    "li",
    { class: "article", key },
    h(
      "h3",
      null,
      h(
        "button",
        { type: "button", class: "article-title", "aria-expanded": open, onclick: () => toggle(open ? "" : key) },
        icon("chevron"),
        h("span", null, article.title),
      ),
    ),
    h(
      "p",
      { class: "tried-line" },
      h("span", {
        class: "meter",
        vars: { "--share": `${Math.round(article.confidence * 100)}%` },
        "aria-hidden": "true",
      }),
      h("span", { class: "confidence", title: t("packet.confidence") }, percent(article.confidence)),
      number <= 5 && h("kbd", { title: t("articles.key") }, `Alt ${number}`),
      badge(languageName(article.language), article.language === ticket.language ? "neutral" : "warn"),
    ),
    open
      ? h("div", { class: "article-text rich", key: "whole" }, markdown(article.text))
      : h("p", { class: "article-text article-clipped", key: "start" }, plain(article.text)),
    h(
      "div",
      { class: "article-actions" },
      button({
        text: t("articles.insert"),
        glyph: "insert",
        small: true,
        disabled: !ticket.can.includes("reply"),
        title: ticket.can.includes("reply") ? null : t("composer.take_first"),
        "aria-label": `${t("articles.insert")}${t("colon")}${article.title}`,
        onclick: () => insertArticle(ticket.id, article),
      }),
      article.url &&
        h("a", { class: "article-link", href: article.url, target: "_blank", rel: "noopener" }, t("articles.open")),
    ),
  );
}

function toggle(key) {
  state.suggestions.open = key;
  changed();
}
