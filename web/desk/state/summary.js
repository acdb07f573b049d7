/** The ticket in half a minute, kept up to date while it is on the screen; and the same in a language model's words. */

import { get, post } from "../net/api.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

const PAUSE = 1_200;
let timer = 0;

const path = (ticketId, what) => `tickets/${encodeURIComponent(ticketId)}/${what}`;

/** Fetches the summary of the ticket that is open. */
export async function loadSummary() {
  clearTimeout(timer);
  const thread = state.thread;
  if (!thread) return;
  try {
    const { summary, assistant } = await get(path(thread.id, "summary"));
    Object.assign(thread, { summary, assistant });
  } catch {
    // The packet is shown all the same; the next message asks again.
  }
  changed();
}

/** Fetches it again when no more is said for a moment. */
export function summarizeSoon() {
  clearTimeout(timer);
  timer = setTimeout(loadSummary, PAUSE);
}

export function wordSummary() {
  const thread = state.thread;
  return run(`summary.${thread.id}`, async () => {
    thread.worded = (await post(path(thread.id, "summary"))).sentences;
    changed();
  });
}
