/** Where an article is written: both languages beside each other, each with the answer as customers see it. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { edit, showLanguage } from "../state/article.js";
import { LANGUAGES, isWritten, split } from "../state/content.js";
import { theme } from "../state/preferences.js";
import { badge, button, segmented } from "../ui/controls.js";
import { customersView } from "../ui/bubble.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { aboutPanel } from "./article_about.js";
import { MARKS, marksKeyed, putMark } from "./article_marks.js";
import { errorsOf, inputId, placeOf, problemLines, problemsAt, sentence } from "./problems.js";

/** About so many characters fit a chat (data/kb/README.md). */
const FITS = 900;
const LONGEST = { title: 200, questions: 4_000, body: 8_000 };

export function articleForm(article) {
  return [
    summary(article),
    h(
      "div",
      { class: "language-tabs" },
      segmented(
        t("article.language"),
        LANGUAGES.map((each) => [each, languageName(each)]),
        article.language,
        (language) => showLanguage(article, language),
      ),
    ),
    h(
      "div",
      { class: `editor editor-${article.language}` },
      LANGUAGES.map((language) => column(article, language)),
      aboutPanel(article),
    ),
  ];
}

/** What keeps the draft from being published, and the way there. */
function summary(article) {
  const errors = errorsOf(article);
  if (errors.length === 0) return null;
  return h(
    "div",
    { class: "notice notice-error problem-summary", role: "status", key: "summary" },
    icon("alert"),
    h(
      "div",
      { class: "notice-text" },
      h("p", null, t("problem.summary", { count: errors.length })),
      h(
        "ul",
        null,
        errors.map((problem, index) => h("li", { key: index }, problemLink(article, problem))),
      ),
    ),
  );
}

function problemLink(article, problem) {
  const place = placeOf(problem);
  const [first, language, name] = place.split(".");
  const where = name ? `${languageName(language)}, ${t(`article.${name}`)}` : fieldName(first);
  const text = where ? `${where}${t("colon")}${sentence(problem)}` : sentence(problem);
  if (!where) return text;
  const reach = () => {
    if (name) showLanguage(article, language);
    requestAnimationFrame(() => document.getElementById(inputId(place))?.focus());
  };
  return h("button", { type: "button", class: "link-button", onclick: reach }, text);
}

const ABOUT = ["category", "tags", "audience", "valid_from", "valid_until", "related"];

function fieldName(name) {
  return ABOUT.includes(name) ? t(`article.${name}`) : "";
}

function column(article, language) {
  const text = article.form.texts[language];
  const written = isWritten(text);
  return h(
    "section",
    { class: "text-column", key: language, "data-language": language, "aria-labelledby": `column-${language}` },
    h(
      "header",
      { class: "column-head" },
      h("h2", { id: `column-${language}` }, languageName(language)),
      !written && badge(t("article.missing"), "warn", { glyph: "alert" }),
    ),
    input(article, language, "title"),
    area(article, language, "body", {
      hint: t("article.body_hint"),
      count: `${[...text.body.trim()].length} / ${FITS}`,
      over: [...text.body.trim()].length > FITS,
      rows: 7,
      marks: true,
    }),
    preview(article, language),
    area(article, language, "questions", {
      hint: t("article.questions_hint"),
      count: t("article.phrasings", { count: split(text.questions, "\n").length }),
      rows: 5,
    }),
  );
}

function input(article, language, name) {
  const path = `texts.${language}.${name}`;
  return labelled(
    article,
    path,
    t(`article.${name}`),
    h("input", {
      ...common(article, path, language),
      type: "text",
      maxlength: LONGEST[name],
      placeholder: t(`article.${name}_placeholder`),
      oninput: (event) => edit(article, path, event.target.value),
    }),
  );
}

function area(article, language, name, { hint, count, over = false, rows, marks = false }) {
  const path = `texts.${language}.${name}`;
  return labelled(
    article,
    path,
    t(`article.${name}`),
    h("textarea", {
      ...common(article, path, language, true),
      rows,
      maxlength: LONGEST[name],
      oninput: (event) => edit(article, path, event.target.value),
      onkeydown: marks ? marksKeyed : null,
    }),
    {
      hint,
      count: h("span", { class: over ? "length length-over" : "length" }, count),
      tools: marks && markTools(path, language),
    },
  );
}

function markTools(path, language) {
  return h(
    "div",
    { class: "marks", role: "group", "aria-label": t("marks.label", { language: languageName(language) }) },
    Object.keys(MARKS).map((mark) =>
      button({
        key: mark,
        glyph: MARKS[mark].glyph,
        label: t(`marks.${mark}`),
        kind: "quiet",
        small: true,
        onclick: () => putMark(document.getElementById(inputId(path)), mark),
      }),
    ),
  );
}

/** The label names the language for those who don't see the column. */
function labelled(article, path, label, control, { hint = "", count = null, tools = null } = {}) {
  const id = inputId(path);
  const language = path.split(".")[1];
  return h(
    "div",
    { class: "field" },
    h(
      "div",
      { class: "field-head" },
      h("label", { for: id }, label, h("span", { class: "visually-hidden" }, ` (${languageName(language)})`)),
      tools,
    ),
    control,
    (hint || count) && h("p", { class: "field-foot hint", id: `${id}-hint` }, h("span", null, hint), count),
    problemLines(problemsAt(article, path), `${id}-problems`),
  );
}

function common(article, path, language, hinted = false) {
  const id = inputId(path);
  const problems = problemsAt(article, path);
  const described = [hinted && `${id}-hint`, problems.length > 0 && `${id}-problems`].filter(Boolean).join(" ");
  return {
    id,
    lang: language === "zh" ? "zh-CN" : "en",
    dir: "auto",
    value: article.form.texts[language][path.split(".")[2]],
    "aria-invalid": problems.some(({ error }) => error) ? "true" : null,
    "aria-describedby": described || null,
  };
}

function preview(article, language) {
  const { body } = article.form.texts[language];
  const elsewhere = LANGUAGES.some((each) => article.form.texts[each].body.trim());
  const chosen = theme();
  return h(
    "div",
    { class: "preview" },
    h("h3", null, icon("eye"), t("article.preview")),
    body.trim()
      ? customersView({
          text: body.trim(),
          language,
          theme: chosen === "system" ? "" : chosen,
          label: `${t("article.preview")} (${languageName(language)})`,
        })
      : h(
          "p",
          { class: "preview-empty" },
          t(elsewhere ? "article.preview_missing" : "article.preview_nothing", { language: languageName(language) }),
        ),
  );
}
