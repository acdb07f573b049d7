/** What holds for an article in every language: category, audience, tags, dates, related articles. */

import { pick, t } from "../i18n/index.js";
import { audienceName } from "../i18n/names.js";
import { edit } from "../state/article.js";
import { AUDIENCES } from "../state/content.js";
import { findArticles } from "../state/knowledge.js";
import { changed, state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { inputId, problemLines, problemsAt } from "./problems.js";

const OFFERED = 6;
const TYPING_PAUSE = 250;
/** The search for a related article: what was typed, and what was found for it. */
const search = { query: "", found: [], timer: 0, titles: new Map() };

export function aboutPanel(article) {
  return h(
    "section",
    { class: "about", key: "about", "aria-labelledby": "about-title" },
    h("h2", { id: "about-title" }, t("article.about")),
    line(article, "category", { list: "categories", maxlength: 60, hint: t("article.category_hint") }),
    categories(),
    audience(article),
    line(article, "tags", { maxlength: 300, hint: t("article.tags_hint") }),
    h(
      "div",
      { class: "date-pair" },
      line(article, "valid_from", { type: "date" }),
      line(article, "valid_until", { type: "date" }),
    ),
    h("p", { class: "hint" }, t("article.dates_hint")),
    related(article),
  );
}

function line(article, name, { hint = "", ...props }) {
  return labelled(
    article,
    name,
    h("input", {
      type: "text",
      ...common(article, name, hint),
      ...props,
      value: article.form[name],
      oninput: (event) => edit(article, name, event.target.value),
    }),
    hint,
  );
}

function categories() {
  const known = new Set((state.knowledge.articles ?? []).map(({ category }) => category).filter(Boolean));
  return h(
    "datalist",
    { id: "categories" },
    [...known].sort().map((each) => h("option", { value: each, key: each })),
  );
}

function audience(article) {
  return labelled(
    article,
    "audience",
    h(
      "select",
      {
        ...common(article, "audience", "hint"),
        value: article.form.audience,
        onchange: (event) => edit(article, "audience", event.target.value),
      },
      AUDIENCES.map((each) => h("option", { value: each, key: each }, audienceName(each))),
    ),
    t(`audience.${article.form.audience}_hint`),
  );
}

function common(article, name, hint) {
  const id = inputId(name);
  const problems = problemsAt(article, name);
  const described = [hint && `${id}-hint`, problems.length > 0 && `${id}-problems`].filter(Boolean).join(" ");
  return {
    id,
    "aria-invalid": problems.some(({ error }) => error) ? "true" : null,
    "aria-describedby": described || null,
  };
}

function labelled(article, name, control, hint = "") {
  const id = inputId(name);
  return h(
    "div",
    { class: "field", key: name },
    h("label", { for: id }, t(`article.${name}`)),
    control,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    problemLines(problemsAt(article, name), `${id}-problems`),
  );
}

function related(article) {
  const { related: chosen } = article.form;
  const offered = search.found.filter(({ id }) => id !== article.id && !chosen.includes(id)).slice(0, OFFERED);
  return labelled(
    article,
    "related",
    h(
      "div",
      { class: "related" },
      chosen.length > 0 &&
        h(
          "ul",
          { class: "related-chosen" },
          chosen.map((id) =>
            h(
              "li",
              { key: id },
              h("span", null, titleOf(id)),
              button({
                glyph: "close",
                label: t("article.related_remove", { title: titleOf(id) }),
                kind: "quiet",
                small: true,
                onclick: () =>
                  edit(
                    article,
                    "related",
                    chosen.filter((each) => each !== id),
                  ),
              }),
            ),
          ),
        ),
      h("input", {
        ...common(article, "related", ""),
        type: "search",
        placeholder: t("article.related_search"),
        autocomplete: "off",
        value: search.query,
        oninput: (event) => searchSoon(event.target.value),
      }),
      search.query &&
        h(
          "ul",
          { class: "related-offered", "aria-label": t("article.related_found") },
          offered.map(({ id, titles }) =>
            h(
              "li",
              { key: id },
              h(
                "button",
                { type: "button", class: "menu-item", onclick: () => add(article, id) },
                icon("plus"),
                h("span", null, pick(titles) || id),
              ),
            ),
          ),
        ),
    ),
  );
}

function titleOf(id) {
  const listed = state.knowledge.articles?.find((each) => each.id === id);
  return pick(search.titles.get(id) ?? listed?.titles) || id;
}

function add(article, id) {
  Object.assign(search, { query: "", found: [] });
  edit(article, "related", [...article.form.related, id]);
  document.getElementById(inputId("related"))?.focus();
}

function searchSoon(query) {
  search.query = query;
  changed();
  clearTimeout(search.timer);
  search.timer = setTimeout(() => find(query.trim()), TYPING_PAUSE);
}

async function find(query) {
  const found = query ? await findArticles(query, OFFERED + 2).catch(() => []) : [];
  if (search.query.trim() !== query) return;
  search.found = found;
  for (const { id, titles } of found) search.titles.set(id, titles);
  changed();
}
