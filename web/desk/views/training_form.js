/** A training as supervisors write it: its questions, what it costs, and who has to take it. */

import { pick, t } from "../i18n/index.js";
import { gradeName, languageName, tierName } from "../i18n/names.js";
import { state } from "../state/store.js";
import { assignTraining, change, closeTraining, deleteTraining, inTwoWeeks, makeTraining, saveTraining } from "../state/training.js";
import { badge, button } from "../ui/controls.js";
import { choices, field, formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const NUMBERS = [
  ["pass_mark", 1, 100, "1"],
  ["tries", 1, 20, "1"],
  ["hours", 0, 1000, "0.25"],
  ["cost", 0, 10_000_000, "any"],
];

export const TRAINING_DIALOGS = { training_new: newDialog, training_assign: assignDialog };

export function trainingForm(open) {
  const draft = open.state === "draft";
  const busy = state.busy.has(`training.${open.id}`);
  return h(
    "section",
    { class: "quiz", key: `training-${open.id}` },
    h(
      "header",
      { class: "training-tools" },
      button({ text: t("training.back"), small: true, onclick: closeTraining }),
      h("span", { class: "spacer" }),
      draft && button({ text: t("training.delete"), small: true, kind: "danger", disabled: busy, onclick: () => deleteTraining(open) }),
      button({ text: t("training.save"), small: true, disabled: busy || !open.touched, onclick: saveTraining }),
      button({ text: t("training.assign"), small: true, kind: "primary", disabled: busy || open.touched || open.state === "closed", onclick: () => openDialog("training_assign", { row: open }) }),
    ),
    h(
      "div",
      { class: "card training-numbers" },
      input("title", t("training.title"), open.title, { maxlength: 120, oninput: (event) => change((row) => (row.title = event.target.value)) }),
      NUMBERS.map(([name, min, max, step]) => input(name, t(name === "pass_mark" ? "training.pass_mark_percent" : `training.${name}`), open[name], { type: "number", min, max, step, oninput: (event) => change((row) => (row[name] = event.target.value)) })),
    ),
    open.people.length > 0 && takers(open.people),
    h("p", { class: "hint" }, draft ? t("training.edit_hint") : t("training.fixed_hint")),
    open.questions.map((question, index) => questionForm(question, index, draft)),
  );
}

function input(name, label, value, props) {
  const id = `training-${name}`;
  return h("div", { class: "field", key: name }, h("label", { for: id }, label), h("input", { id, type: "text", value: String(value), ...props }));
}

function takers(people) {
  return h(
    "details",
    { class: "card" },
    h("summary", null, t("training.people", { count: people.length })),
    h(
      "ul",
      { class: "growth-history" },
      people.map((each) =>
        h("li", { key: each.id }, h("strong", null, each.name), " ", badge(each.overdue ? t("training.overdue") : t(`training.task_${each.state}`), each.overdue ? "danger" : "neutral"), " ", h("span", { class: "hint" }, [moment(each.due_at), each.score !== null && `${each.score}%`].filter(Boolean).join(" · "))),
      ),
    ),
  );
}

function questionForm(question, index, draft) {
  const at = (row) => row.questions[index];
  return h(
    "fieldset",
    { class: "card quiz-question", key: question.id, disabled: !draft },
    h("legend", { class: "visually-hidden" }, `${t("training.question")} ${index + 1}`),
    h(
      "p",
      { class: "training-tools" },
      badge(t(`training.kind_${question.kind}`), "info"),
      badge(languageName(question.language)),
      h("code", null, question.article_id),
      h("span", { class: "spacer" }),
      draft && button({ glyph: "trash", label: `${t("training.remove")} ${index + 1}`, small: true, kind: "quiet", onclick: () => change((row) => row.questions.splice(index, 1)) }),
    ),
    h("textarea", { rows: 2, maxlength: 600, "aria-label": `${t("training.question")} ${index + 1}`, value: question.text, oninput: (event) => change((row) => (at(row).text = event.target.value)) }),
    question.options.map((option, number) =>
      h(
        "div",
        { class: "quiz-option", key: number },
        h("input", { type: "radio", name: `right-${question.id}`, checked: question.right === number, "aria-label": `${t("training.right")} ${index + 1}.${number + 1}`, onchange: () => change((row) => (at(row).right = number)) }),
        h("input", { type: "text", maxlength: 600, value: option, "aria-label": `${t("training.option")} ${index + 1}.${number + 1}`, oninput: (event) => change((row) => (at(row).options[number] = event.target.value)) }),
      ),
    ),
  );
}

function newDialog() {
  const articles = state.training.articles.map(({ id, titles }) => [id, pick(titles)]);
  return modal(
    { title: t("training.new"), wide: true, form: submitting("training_new", makeTraining) },
    [
      field("training_new", { name: "title", label: t("training.title"), required: true, maxlength: 120, autofocus: true }),
      field("training_new", { name: "each", label: t("training.each"), type: "number", min: 1, max: 10, value: "3", required: true }),
      h("div", { class: "training-articles" }, choices("training_new", { name: "articles", label: t("training.articles"), options: articles, value: [] })),
      formError("training_new", ["title", "each", "articles"]),
    ],
    [cancelButton(), submitButton("training_new", t("training.make"))],
  );
}

function assignDialog({ row }) {
  const whom = [
    ...state.grades.map(({ id }) => [`grade:${id}`, t("training.of_grade", { name: gradeName(id) })]),
    ...state.tiers.map(({ id }) => [`tier:${id}`, t("training.of_tier", { name: tierName(id) })]),
    ...state.agents.map(({ id, name }) => [`agent:${id}`, name]),
  ];
  return modal(
    { title: t("training.assign_title", { title: row.title }), form: submitting("training_assign", (values) => assignTraining(row, values)) },
    [
      field("training_assign", { name: "whom", label: t("training.whom"), options: whom, value: whom[0]?.[0] }),
      field("training_assign", { name: "due", label: t("training.until"), type: "date", required: true, value: inTwoWeeks() }),
      formError("training_assign", []),
    ],
    [cancelButton(), submitButton("training_assign", t("training.assign"))],
  );
}
