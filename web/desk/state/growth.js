/** People's growth: one's own, and for supervisors everybody's and the figures. */

import { t } from "../i18n/index.js";
import { get, post } from "../net/api.js";
import { closeDialog } from "../ui/modal.js";
import { toast } from "./notices.js";
import { may } from "./pages.js";
import { changed, state } from "./store.js";

export async function loadGrowth() {
  const { growth } = state;
  growth.error = null;
  try {
    growth.own = await get("growth");
    if (may("supervise")) [growth.team, growth.figures] = await Promise.all([get("growth/team"), get("growth/figures")]);
  } catch (error) {
    growth.error = error;
  }
  changed();
}

export function showGrowth(view) {
  Object.assign(state.growth, { view, one: null });
  changed();
}

/** Somebody's own page, as they see it themselves. */
export async function lookAt(person) {
  try {
    state.growth.one = await get(`growth/people/${encodeURIComponent(person.id)}`);
  } catch (error) {
    state.growth.error = error;
  }
  changed();
}

export function lookAway() {
  state.growth.one = null;
  changed();
}

export async function promote(person, { note, despite }) {
  const body = { grade: person.next, note: note.trim(), despite: despite === "on" };
  state.growth.one = await post(`growth/people/${encodeURIComponent(person.id)}/promote`, body);
  closeDialog();
  toast(t("growth.promoted", { name: person.name }), "success");
  await loadGrowth();
}

export async function answerSurvey(values) {
  const scores = Object.entries(values).map(([item, score]) => [item, Number(score)]);
  state.growth.own.survey = await post("growth/survey", Object.fromEntries(scores));
  changed();
}
