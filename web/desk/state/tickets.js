/** The lists. Pages are fetched, changes arrive on the socket; of two versions of a ticket the newer one is kept. */

import { get, withParams } from "../net/api.js";
import { now } from "./clock.js";
import { announceChange } from "./desktop.js";
import { recall, remember } from "./preferences.js";
import { FILTERS, replace, toList } from "./route.js";
import { changed, state } from "./store.js";

const PAGE = 100;
const WAITING = ["queued"];
const OPEN = ["open", "waiting_customer"];
const URGENCY = ["urgent", "high", "normal", "low"];
const SEARCH_AGAIN = 800;
const NEWS = 3;
const MINUTE = 60_000;

export const isQueued = (ticket) => WAITING.includes(ticket.state);
const isOpen = (ticket) => OPEN.includes(ticket.state);
export const isClosed = (ticket) => !isQueued(ticket) && !isOpen(ticket);
export const isMine = (ticket) => isOpen(ticket) && ticket.agent?.id === state.user.id;

const SOON = 10 * 60_000;
const NEVER = Number.MAX_SAFE_INTEGER;

/** Put off, and the customer has said nothing since. */
const isAsleep = (ticket) => (ticket.snoozed_until ?? 0) > now() && ticket.unread === 0;
const isPressing = (ticket) => ticket.breached || (ticket.due_at ?? NEVER) <= now() + SOON;
const isAwake = (ticket) => !isClosed(ticket) && !isAsleep(ticket);

/** `has`: what belongs to the view; `order`: as the service has it, so that pages fit together. */
const VIEWS = {
  queue: { has: (ticket) => isQueued(ticket) && isAwake(ticket), order: inTurn },
  mine: { has: (ticket) => isMine(ticket) && isAwake(ticket), order: latestFirst },
  team: { has: (ticket) => isOpen(ticket) && !isMine(ticket) && isAwake(ticket), order: latestFirst },
  tier: { has: isAwake, order: inTurn },
  breaching: {
    has: (ticket) => isAwake(ticket) && isPressing(ticket),
    order: (one, other) => (one.due_at ?? NEVER) - (other.due_at ?? NEVER),
  },
  snoozed: {
    has: (ticket) => !isClosed(ticket) && isAsleep(ticket),
    order: (one, other) => one.snoozed_until - other.snoozed_until,
  },
  mentioned: { has: (ticket) => !isClosed(ticket), order: latestFirst },
  all: { has: isAwake, order: latestFirst },
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

/** Rises with every change of what is known of tickets; the order of thousands is not made anew for each second. */
let epoch = 0;
let order = { key: "", tickets: [] };

/** The tickets of the chosen view and filters, in order. */
export function shown() {
  const { filters, found } = state.list;
  const asked = [epoch, state.tickets.size, state.route.view, Math.floor(now() / MINUTE), JSON.stringify(filters)];
  const key = asked.join(" ");
  if (order.key !== key || order.found !== found) {
    const view = VIEWS[state.route.view];
    const fits = (ticket) => view.has(ticket) && matches(ticket, filters) && (found === null || found.has(ticket.id));
    order = { key, found, tickets: [...state.tickets.values()].filter(fits).sort(view.order) };
  }
  return order.tickets;
}

function matches(ticket, filters) {
  const { tier, language, channel, category, tag, agent, urgency } = filters;
  return (
    (!tier || ticket.tier === tier) &&
    (!language || ticket.language === language) &&
    (!channel || ticket.channel === channel) &&
    (!category || ticket.category === category) &&
    (!urgency || ticket.urgency === urgency) &&
    (!agent || ticket.agent?.id === agent) &&
    (!tag || (ticket.tags ?? []).includes(tag))
  );
}

/** Keeps `ticket` unless a newer version is known. Returns what was known before, or `null`. */
export function keep(ticket) {
  const known = state.tickets.get(ticket.id) ?? null;
  if (known === null || ticket.version >= known.version) {
    state.tickets.set(ticket.id, ticket);
    epoch += 1;
  }
  heard.add(ticket.id);
  changed();
  return known;
}

export function forget(ticketId) {
  state.tickets.delete(ticketId);
  epoch += 1;
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
  epoch += 1;
  page.tickets.forEach(keep);
  state.list.found = onlyServiceKnows() ? present : null;
  state.list.after = page.after;
}

/** Whether the tickets themselves don't tell what belongs to the list: words of messages, or whom they mention. */
const onlyServiceKnows = () => state.list.filters.q !== "" || state.route.view === "mentioned";

/** Narrows the list; the page's address says so too, and the next visit finds it again. */
export function filter(change) {
  Object.assign(state.list.filters, change);
  const { q, ...kept } = state.list.filters;
  remember("filters", kept);
  replace(toList(state.route.view, state.list.filters, state.route.ticketId));
  state.list.found = null;
  loadList();
}

/** Those of the last visit. */
export function restoreFilters() {
  adoptFilters({ ...state.list.filters, ...recall("filters", {}) });
}

/** Takes the filters an address names; true when that changes the list. */
export function adoptFilters(filters) {
  if (!filters || FILTERS.every((name) => state.list.filters[name] === filters[name])) return false;
  Object.assign(state.list.filters, filters);
  return true;
}

/** What only the service knows is asked for again when something changed. */
export function searchAgainSoon() {
  if (!onlyServiceKnows()) return;
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
