/** The search over all conversations: what was asked, what was found, and the conversation that is looked into. */

import { get, withParams } from "../net/api.js";
import { replace, toSearch } from "./route.js";
import { changed, state } from "./store.js";

const PAUSE = 250;
const AGAIN = 1_500;
let timer = 0;
let request = 0;

/** Shows what the address says: `q`, and of what was found the message `<conversation>:<message>`. */
export function openSearch(q, place) {
  if (q !== state.search.q || (q && !state.search.found && !state.search.loading)) {
    state.search.q = q;
    look();
  }
  if (place !== state.search.reading) readInto(place);
}

/** What is typed is looked for after a moment. */
export function searchSoon(q) {
  clearTimeout(timer);
  timer = setTimeout(() => replace(toSearch(q.trim())), PAUSE);
}

async function look() {
  const mine = ++request;
  const { search } = state;
  if (!search.q) {
    Object.assign(search, { found: null, loading: false, error: null, more: false, waiting: 0 });
    changed();
    return;
  }
  Object.assign(search, { loading: true, error: null });
  changed();
  try {
    const answer = await get(withParams("search", { q: search.q }));
    if (mine !== request) return;
    Object.assign(search, { found: answer.conversations, more: answer.more, waiting: answer.waiting });
    if (answer.waiting && state.route.page === "search") setTimeout(() => mine === request && look(), AGAIN);
  } catch (error) {
    if (mine === request) Object.assign(search, { error, found: null });
  } finally {
    if (mine === request) search.loading = false;
    changed();
  }
}

async function readInto(place) {
  Object.assign(state.search, { reading: place, read: null });
  changed();
  if (!place) return;
  const [conversationId, around = ""] = place.split(":");
  try {
    const read = await get(withParams(`search/conversations/${encodeURIComponent(conversationId)}`, { around }));
    if (state.search.reading === place) state.search.read = { ...read, around };
  } catch (error) {
    if (state.search.reading === place) state.search.read = { error };
  }
  changed();
}
