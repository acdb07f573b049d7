/** Articles that may answer the customer: for what was asked last, or for what the agent types. */

import { get, withParams } from "../net/api.js";
import { changed, state } from "./store.js";

const TYPING_PAUSE = 250;
let running = null;
let timer = 0;

/** Searches now. An empty `q` takes what the customer asked last. */
export async function suggest(q) {
  clearTimeout(timer);
  running?.abort();
  const ticketId = state.thread?.id;
  if (!ticketId) return;
  const mine = new AbortController();
  running = mine;
  const keepShown = state.suggestions.ticketId === ticketId ? state.suggestions.found : [];
  state.suggestions = { ...state.suggestions, q, ticketId, found: keepShown, loading: true, error: null };
  changed();
  try {
    const path = withParams(`tickets/${encodeURIComponent(ticketId)}/suggestions`, { q });
    const { suggestions } = await get(path, { signal: mine.signal });
    if (running === mine) Object.assign(state.suggestions, { found: suggestions, loading: false });
  } catch (error) {
    if (running === mine) Object.assign(state.suggestions, { loading: false, error });
  }
  changed();
}

/** Another ticket is on the screen: what was found for the one before is nothing to insert there. */
export function forgetSuggestions() {
  clearTimeout(timer);
  running?.abort();
  running = null;
  state.suggestions = { q: "", ticketId: "", found: [], loading: false, error: null, open: "" };
}

/** Searches when the typing pauses. */
export function suggestSoon(q) {
  state.suggestions = { ...state.suggestions, q };
  changed();
  clearTimeout(timer);
  timer = setTimeout(() => suggest(q.trim()), TYPING_PAUSE);
}
