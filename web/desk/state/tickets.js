/** The lists. Pages are fetched, changes arrive on the socket; of two versions of a ticket the newer one is kept. */

import { get, withParams } from "../net/api.js";
import { announceChange } from "./desktop.js";
import { changed, state } from "./store.js";

const PAGE = 50;
const WAITING = ["queued"];
const OPEN = ["open", "waiting_customer"];
const URGENCY = ["urgent", "high", "normal", "low"];
const SEARCH_AGAIN = 800;
const NEWS = 3;

export const isQueued = (ticket) => WAITING.includes(ticket.state);
const isOpen = (ticket) => OPEN.includes(ticket.state);
export const isClosed = (ticket) => !isQueued(ticket) && !isOpen(ticket);
export const isMine = (ticket) => isOpen(ticket) && ticket.agent?.id === state.user.id;

const VIEWS = {
  queue: { has: isQueued, order: inTurn },
  mine: { has: isMine, order: latestFirst },
  all: { has: (ticket) => !isClosed(ticket), order: latestFirst },
  resolved: { has: isClosed, order: (one, other) => (other.closed_at ?? 0) - (one.closed_at ?? 0) },
};

/** Most urgent first, then who has waited longest; what was handed to this agent before the rest of its urgency. */
function inTurn(one, other) {
  const rank = (ticket) => URGENCY.indexOf(ticket.urgency);
  const forMe = (ticket) => (ticket.for_agent?.id === state.user.id ? 0 : 1);
  return rank(one) - rank(other) || forMe(one) - forMe(other) || one.queued_at - other.queued_at;
}

function latestFirst(one, other) {
  return other.updated_at - one.updated_at;
}

/** The tickets of the chosen view and filters, in order. */
export function shown() {
  const { filters, found } = state.list;
  const view = VIEWS[state.route.view];
  return [...state.tickets.values()]
    .filter((ticket) => view.has(ticket) && matches(ticket, filters) && (found === null || found.has(ticket.id)))
    .sort(view.order);
}

function matches(ticket, { tier, language }) {
  return (tier === "" || ticket.tier === tier) && (language === "" || ticket.language === language);
}

/** Keeps `ticket` unless a newer version is known. Returns what was known before, or `null`. */
export function keep(ticket) {
  const known = state.tickets.get(ticket.id) ?? null;
  if (known === null || ticket.version >= known.version) state.tickets.set(ticket.id, ticket);
  heard.add(ticket.id);
  changed();
  return known;
}

export function forget(ticketId) {
  state.tickets.delete(ticketId);
  changed();
}

/** Ids that arrived while a page was on its way: the page may be older than they are. */
let heard = new Set();
let request = 0;
let again = 0;

/** Fetches the first page of the view; what it should hold and doesn't is no longer there. */
export function loadList() {
  return load(async (isCurrent) => {
    const page = await fetchPage(state.route.view, state.list.filters);
    if (!isCurrent()) return;
    const view = VIEWS[state.route.view];
    showPage(page, (ticket) => view.has(ticket) && matches(ticket, state.list.filters));
  });
}

/** The same, and my own tickets, and nothing else is believed any more: after the connection was down. */
export function loadEverything() {
  return load(async (isCurrent) => {
    const [page, own] = await Promise.all([fetchPage(state.route.view, state.list.filters), fetchPage("mine", {})]);
    if (!isCurrent()) return;
    const known = new Map(state.tickets);
    showPage(page, () => true);
    own.tickets.forEach(keep);
    if (known.size)
      page.tickets
        .filter(isQueued)
        .slice(0, NEWS)
        .forEach((ticket) => announceChange(known.get(ticket.id) ?? null, ticket));
  });
}

export function loadMore() {
  return load(async (isCurrent) => {
    const page = await fetchPage(state.route.view, state.list.filters, state.list.after);
    if (!isCurrent()) return;
    page.tickets.forEach(keep);
    for (const ticket of page.tickets) state.list.found?.add(ticket.id);
    state.list.after = page.after;
  });
}

/** Runs one fetch of the list; an older one that answers later is ignored. */
async function load(work) {
  const mine = ++request;
  clearTimeout(again);
  heard = new Set();
  Object.assign(state.list, { loading: true, error: null });
  changed();
  try {
    await work(() => mine === request);
  } catch (error) {
    if (mine === request) state.list.error = error;
  } finally {
    if (mine === request) state.list.loading = false;
    changed();
  }
}

/** Shows a first page. What `covers` says it should hold, but doesn't, is gone, unless the socket brought it meanwhile. */
function showPage(page, covers) {
  const present = new Set(page.tickets.map((ticket) => ticket.id));
  for (const [id, ticket] of state.tickets) {
    if (covers(ticket) && !present.has(id) && !heard.has(id) && id !== state.thread?.id) state.tickets.delete(id);
  }
  page.tickets.forEach(keep);
  state.list.found = state.list.filters.q === "" ? null : present;
  state.list.after = page.after;
}

export function filter(change) {
  Object.assign(state.list.filters, change);
  state.list.found = null;
  loadList();
}

/** Only the service can search messages, so a search is asked again when something changed. */
export function searchAgainSoon() {
  if (state.list.filters.q === "") return;
  clearTimeout(again);
  again = setTimeout(loadList, SEARCH_AGAIN);
}

export async function loadCounts() {
  state.counts = await get("counts");
  changed();
}

function fetchPage(view, filters, after = "") {
  return get(withParams("tickets", { view, ...filters, limit: PAGE, after }));
}
