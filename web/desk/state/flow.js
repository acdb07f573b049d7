/** The way of one ticket, and the flow of all. */

import { get, withParams } from "../net/api.js";
import { openDialog } from "../ui/modal.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

const DAY = 24 * 3_600_000;

export const PERIODS = [1, 7, 30, 90];

export function showWay(ticket) {
  return run(`way.${ticket.id}`, async () => {
    const way = await get(`tickets/${encodeURIComponent(ticket.id)}/way`);
    openDialog("way", { ticket, way });
  });
}

export async function loadFlow() {
  const { days, channel, language, category, tier } = state.flow.filters;
  const until = Date.now() + 60_000;
  state.flow.loading = true;
  changed();
  try {
    const path = withParams("flow", { since: until - days * DAY, until, channel, language, category, tier });
    Object.assign(state.flow, { found: await get(path), error: null });
  } catch (error) {
    state.flow.error = error;
  }
  state.flow.loading = false;
  changed();
}

export function filterFlow(change) {
  Object.assign(state.flow.filters, change);
  return loadFlow();
}
