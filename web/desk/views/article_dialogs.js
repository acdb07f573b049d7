/** What is asked before an article begins, goes, or goes back. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { discard } from "../state/article.js";
import { LANGUAGES } from "../state/content.js";
import { createArticle } from "../state/knowledge.js";
import { dismissGap } from "../state/learning.js";
import { rollBack, withdraw } from "../state/publishing.js";
import { state } from "../state/store.js";
import { notice } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, closeDialog, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const LONGEST_NOTE = 500;
const SHOWN = 5;

export function articleNewDialog(data) {
  const form = "article_new";
  const known = [...new Set((state.knowledge.articles ?? []).map(({ category }) => category).filter(Boolean))];
  const work = async ({ title, id, category, language }) => {
    await createArticle({ title: title.trim(), id: id.trim() || slug(title), category: category.trim(), language });
    closeDialog();
  };
  return modal(
    { title: t("article_new.title"), wide: true, form: submitting(form, work) },
    [
      h("p", null, t("article_new.explain")),
      field(form, {
        name: "title",
        label: t("article_new.question"),
        hint: t("article_new.question_hint"),
        required: true,
        maxlength: 200,
        autocomplete: "off",
        autofocus: true,
        oninput: (event) => suggestId(event.target.value, data),
      }),
      h(
        "div",
        { class: "form-grid" },
        field(form, {
          name: "language",
          label: t("article_new.language"),
          options: LANGUAGES.map((each) => [each, languageName(each)]),
          value: data.language,
        }),
        field(form, {
          name: "category",
          label: t("article.category"),
          required: true,
          maxlength: 60,
          list: "new-categories",
          autocomplete: "off",
          autocapitalize: "none",
        }),
        field(form, {
          name: "id",
          label: t("article_new.id"),
          hint: t("article_new.id_hint"),
          required: true,
          maxlength: 80,
          pattern: "[a-z0-9]+(-[a-z0-9]+)*",
          autocomplete: "off",
          autocapitalize: "none",
          spellcheck: "false",
          oninput: () => (data.ownId = true),
        }),
      ),
      h(
        "datalist",
        { id: "new-categories" },
        known.sort().map((each) => h("option", { value: each, key: each })),
      ),
      formError(form, ["title", "id", "category", "language"]),
    ],
    [cancelButton(), submitButton(form, t("article_new.begin"))],
  );
}

/** The id follows the title until somebody writes one. */
function suggestId(title, data) {
  if (!data.ownId) document.getElementById("article_new-id").value = slug(title);
}

function slug(title) {
  const words = title.toLowerCase().match(/[a-z0-9]+/gu) ?? [];
  return words.slice(0, 7).join("-").slice(0, 60);
}

export function discardDialog({ article }) {
  const form = "article_discard";
  const work = async () => {
    if (await discard(article)) closeDialog();
  };
  return modal(
    { title: t("article_discard.title"), form: submitting(form, work) },
    [h("p", null, t(article.content ? "article_discard.explain" : "article_discard.explain_new")), formError(form)],
    [cancelButton(), submitButton(form, t("article.discard"), "danger")],
  );
}

export function withdrawDialog(data) {
  const words = { action: t("article.withdraw"), anyway: t("article_withdraw.anyway"), kind: "danger" };
  return noted("article_withdraw", data, words, {}, (note, accept) => withdraw(data.article, note, accept));
}

export function rollBackDialog(data) {
  const { article, number } = data;
  const to = number === 0 ? t("history.file") : t("article.version", { number });
  const words = { action: t("history.roll_back"), anyway: t("article_rollback.anyway"), kind: "primary" };
  return noted("article_rollback", data, words, { to }, (note, accept) => rollBack(article, number, note, accept));
}

/** A dialog that wants to know why. `data.against` is what the service has said against it. */
function noted(form, data, { action, anyway, kind }, values, work) {
  const { against } = data;
  const sent = async ({ note }) => {
    try {
      await work(note.trim(), Boolean(against));
    } catch (error) {
      if (against || !["replay_failed", "unavailable"].includes(error.code)) throw error;
      data.against = { changes: error.extra.changes ?? [] };
    }
  };
  return modal(
    { title: t(`${form}.title`, values), form: submitting(form, sent) },
    [
      h("p", null, t(`${form}.explain`, values)),
      h("div", { role: "alert" }, against && objection(against.changes.filter(({ verdict }) => verdict === "worse"))),
      field(form, {
        name: "note",
        label: t("publish.note"),
        hint: t(`${form}.hint`),
        area: true,
        required: true,
        maxlength: LONGEST_NOTE,
        autofocus: true,
      }),
      formError(form, ["note"]),
    ],
    [cancelButton(), submitButton(form, against ? anyway : action, against ? "danger" : kind)],
  );
}

/** Which questions would get a worse answer; none: they could not be asked. */
function objection(worse) {
  if (worse.length === 0) return notice("warn", t("article_back.untried"));
  return [
    notice("error", t("article_back.worse", { count: worse.length })),
    h(
      "ul",
      { class: "hint" },
      worse.slice(0, SHOWN).map(({ question }, index) => h("li", { key: index, dir: "auto" }, question)),
    ),
  ];
}

export function dismissDialog({ gap }) {
  const form = "gap_dismiss";
  return modal(
    { title: t("gap_dismiss.title"), form: submitting(form, () => dismissGap(gap)) },
    [h("blockquote", { class: "question" }, gap.label), h("p", null, t("gap_dismiss.explain")), formError(form)],
    [cancelButton(), submitButton(form, t("learning.dismiss"))],
  );
}
