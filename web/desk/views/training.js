/** Trainings: what one has to take and the questions; for supervisors all of them. */

import { t } from "../i18n/index.js";
import { may } from "../state/pages.js";
import { toArticle } from "../state/route.js";
import { state } from "../state/store.js";
import { choose, closeQuiz, handIn, loadTrainings, openTraining, showTrainings, startQuiz } from "../state/training.js";
import { badge, button, empty, notice, segmented, spinner } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { trainingForm } from "./training_form.js";

const TONE = { open: "info", passed: "success", expired: "warn", draft: "neutral", assigned: "info", closed: "neutral" };

export function trainingPage() {
  const { view, quiz, open, error } = state.training;
  const views = [
    ["mine", t("training.mine")],
    ["all", t("training.all")],
  ];
  return h(
    "section",
    { class: "page page-narrow", key: "training", mount: loadTrainings },
    h(
      "header",
      { class: "page-head" },
      h("h1", null, t("nav.training")),
      may("supervise") && segmented(t("nav.training"), views, view, showTrainings),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadTrainings })),
    view === "mine" && (quiz ? asked(quiz) : tasks()),
    view === "all" && (open ? trainingForm(open) : everything()),
  );
}

function tasks() {
  const all = state.training.tasks;
  if (!all) return spinner(t("loading"));
  if (all.length === 0) return empty("check", t("training.none"));
  return h("ul", { class: "trainings", key: "tasks" }, all.map(task));
}

function task(row) {
  const left = row.tries - row.tried;
  const open = row.state !== "passed";
  return h(
    "li",
    { class: "card training-row", key: row.id },
    h("strong", null, row.title),
    badge(row.overdue ? t("training.overdue") : t(`training.task_${row.state}`), row.overdue ? "danger" : TONE[row.state]),
    h("span", { class: "hint" }, open ? t("training.due", { time: moment(row.due_at), left }) : t("training.passed_at", { time: moment(row.passed_at) })),
    h("span", { class: "spacer" }),
    button({
      text: open ? t("training.start") : t("training.again"),
      small: true,
      kind: open ? "primary" : "plain",
      disabled: state.busy.has(`training.${row.id}`) || (open && left <= 0),
      onclick: () => startQuiz(row),
    }),
  );
}

function asked(quiz) {
  const all = quiz.questions.length;
  const given = Object.keys(quiz.given).length;
  return h(
    "section",
    { class: "quiz", key: `quiz-${quiz.id}` },
    h("header", null, h("h2", null, quiz.title), h("p", { class: "hint" }, t("training.pass_mark", { percent: quiz.pass_mark, count: all }))),
    quiz.result && outcome(quiz),
    quiz.questions.map((question, number) => questionCard(quiz, question, number + 1)),
    h(
      "footer",
      { class: "quiz-foot" },
      button({ text: t("training.back"), onclick: closeQuiz }),
      !quiz.result && button({ text: t("training.hand_in", { given, all }), kind: "primary", disabled: given < all || state.busy.has(`training.${quiz.id}`), onclick: handIn }),
    ),
  );
}

function outcome({ result }) {
  const text = t(result.passed ? "training.passed" : "training.failed", { score: result.score, left: Math.max(0, result.tries - result.task.tried) });
  return notice(result.passed ? "success" : "warn", text);
}

function questionCard({ given, result }, question, number) {
  const wrong = result?.wrong.some(({ id }) => id === question.id);
  return h(
    "fieldset",
    { class: `card quiz-question${wrong ? " quiz-wrong" : ""}`, key: question.id, disabled: Boolean(result) },
    h("legend", null, `${number}. ${question.text}`),
    question.options.map((option, index) =>
      h(
        "label",
        { key: index },
        h("input", { type: "radio", name: question.id, value: String(index), checked: given[question.id] === index, onchange: () => choose(question, index) }),
        h("span", null, option),
      ),
    ),
    wrong && h("p", { class: "field-error" }, t("training.wrong"), " ", h("a", { href: toArticle(question.article_id) }, t("training.read"))),
  );
}

function everything() {
  const { all } = state.training;
  if (!all) return spinner(t("loading"));
  return [
    h("p", { key: "new" }, button({ text: t("training.new"), glyph: "plus", kind: "primary", onclick: () => openDialog("training_new") })),
    all.length === 0 && empty("book", t("training.no_trainings")),
    h(
      "ul",
      { class: "trainings", key: "all" },
      all.map((row) =>
        h(
          "li",
          { class: "card training-row", key: row.id },
          h("strong", null, row.title),
          badge(t(`training.state_${row.state}`), TONE[row.state]),
          row.overdue > 0 && badge(t("training.overdue_count", { count: row.overdue }), "danger"),
          row.renewed_at && badge(t("training.renewed"), "warn", { title: moment(row.renewed_at) }),
          h("span", { class: "hint" }, t("training.progress", { passed: row.passed, assigned: row.assigned, asked: row.asked })),
          h("span", { class: "spacer" }),
          button({ text: t("training.open"), small: true, "aria-label": `${t("training.open")}${t("colon")}${row.title}`, onclick: () => openTraining(row) }),
        ),
      ),
    ),
  ];
}
