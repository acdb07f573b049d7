/** Trainings: what one has to take, the questions on the screen, and for supervisors making and assigning them. */

import { language } from "../i18n/index.js";
import { del, get, post, put, withParams } from "../net/api.js";
import { closeDialog } from "../ui/modal.js";
import { run } from "./notices.js";
import { may } from "./pages.js";
import { changed, state } from "./store.js";

export async function loadTrainings() {
  const { training } = state;
  training.error = null;
  try {
    training.tasks = (await get("trainings/mine")).tasks;
    if (may("supervise")) {
      const { trainings, articles } = await get("trainings");
      Object.assign(training, { all: trainings, articles });
    }
  } catch (error) {
    training.error = error;
  }
  changed();
}

export function showTrainings(view) {
  Object.assign(state.training, { view, open: null, quiz: null });
  changed();
}

export function startQuiz(task) {
  return run(`training.${task.id}`, async () => {
    const quiz = await get(withParams(`${pathOf(task)}/questions`, { language: language() }));
    state.training.quiz = { ...quiz, given: {}, result: null, clientId: crypto.randomUUID() };
    changed();
  });
}

export function choose(question, option) {
  state.training.quiz.given[question.id] = option;
  changed();
}

export function handIn() {
  const { quiz } = state.training;
  return run(`training.${quiz.id}`, async () => {
    const body = { client_id: quiz.clientId, version: quiz.version, answers: quiz.given };
    quiz.result = await post(`${pathOf(quiz)}/answers`, body);
    await loadTrainings();
  });
}

export function closeQuiz() {
  state.training.quiz = null;
  changed();
}

export async function makeTraining({ title, each, articles }) {
  const made = await post("trainings", { title: title.trim(), each: Number(each), articles });
  closeDialog();
  openCopy(made);
  await loadTrainings();
}

export function openTraining(row) {
  return run(`training.${row.id}`, async () => openCopy(await get(pathOf(row))));
}

/** What is on the screen is a copy until it is saved. */
function openCopy(found) {
  state.training.open = structuredClone(found);
  changed();
}

export function closeTraining() {
  state.training.open = null;
  changed();
}

export function change(what) {
  what(state.training.open);
  state.training.open.touched = true;
  changed();
}

export function saveTraining() {
  const { open } = state.training;
  return run(`training.${open.id}`, async () => {
    const { version, title, questions } = open;
    const numbers = Object.fromEntries(["pass_mark", "tries", "hours", "cost"].map((name) => [name, Number(open[name])]));
    openCopy(await put(pathOf(open), { version, title, questions, ...numbers }));
    await loadTrainings();
  });
}

export function deleteTraining(row) {
  return run(`training.${row.id}`, async () => {
    await del(pathOf(row));
    closeTraining();
    await loadTrainings();
  });
}

export async function assignTraining(row, { whom, due }) {
  const [kind, id] = whom.split(":");
  const body = { due_at: new Date(`${due}T18:00`).getTime() || 0 };
  if (kind === "agent") body.agent_ids = [id];
  else body[kind] = id;
  openCopy(await post(`${pathOf(row)}/assign`, body));
  closeDialog();
  await loadTrainings();
}

/** Two weeks from now, as an input of a date has it. */
export function inTwoWeeks() {
  return new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
}

const pathOf = (row) => `trainings/${encodeURIComponent(row.id)}`;
