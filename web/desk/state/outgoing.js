/**
 * Replies and notes on their way. They are on the screen at once, carry a `client_id` and are sent again with the same
 * one until the service has answered, so a doubtful connection loses nothing and doubles nothing.
 */

import { Unreachable, post } from "../net/api.js";
import { recall, remember } from "./preferences.js";
import { changed, state } from "./store.js";
import { keep } from "./tickets.js";
import { merge } from "./thread.js";
import { thenOf } from "./tools.js";

const RETRY_AFTER = 4_000;
/** Another window has messages of its own. */
const HERE = { store: "sessionStorage" };

/** `kind`: message | note. Those of one ticket go out one after the other. */
export function sendEntry(ticketId, { kind, text, attachments = [], macros = [], articles = [], actions = [] }) {
  const item = {
    clientId: `c-${crypto.randomUUID()}`,
    ticketId,
    kind,
    text,
    attachments,
    macros,
    articles,
    actions,
    then: actions.length ? thenOf(actions) : null,
    at: Date.now(),
    status: "sending",
    error: "",
  };
  change(ticketId, (items) => [...items, item]);
  pump(ticketId);
}

export function retry(item) {
  Object.assign(item, { status: "sending", error: "" });
  change(item.ticketId, (items) => [...items]);
  pump(item.ticketId);
}

/** Takes back what failed. Returns it, so that the text is not lost. */
export function withdraw(item) {
  settle(item.ticketId, item.clientId);
  return item;
}

/** The service has it: the real entry replaces the pending one. */
export function settle(ticketId, clientId) {
  if (clientId && waiting(ticketId).some((item) => item.clientId === clientId)) {
    change(ticketId, (items) => items.filter((item) => item.clientId !== clientId));
  }
}

export function waiting(ticketId) {
  return state.outgoing.get(ticketId) ?? [];
}

/** The connection is back: what did not get through is tried again at once. */
export function retryUnreached() {
  for (const wake of asleep) wake();
}

/** After a reload what was on its way is offered again rather than sent behind the agent's back. */
export function restoreOutgoing() {
  state.outgoing = new Map();
  for (const item of recall(storeName(), [], HERE)) {
    const items = state.outgoing.get(item.ticketId) ?? [];
    state.outgoing.set(item.ticketId, [...items, { ...item, status: "failed", error: "" }]);
  }
}

/** The browser asks before it closes a window from which something has not been sent. */
export function warnBeforeLosing() {
  addEventListener("beforeunload", (event) => {
    if (state.outgoing.size) event.preventDefault();
  });
}

const pumping = new Set();
const asleep = new Set();

async function pump(ticketId) {
  if (pumping.has(ticketId)) return;
  pumping.add(ticketId);
  try {
    for (let item = next(ticketId); item; item = next(ticketId)) await deliver(item);
  } finally {
    pumping.delete(ticketId);
  }
}

function next(ticketId) {
  return waiting(ticketId).find((item) => item.status === "sending");
}

async function deliver(item) {
  const path = `tickets/${encodeURIComponent(item.ticketId)}/${item.kind === "note" ? "notes" : "messages"}`;
  const body = { client_id: item.clientId, text: item.text };
  if (item.attachments.length) body.attachments = item.attachments.map((each) => each.id);
  if (item.macros?.length) body.macros = item.macros;
  if (item.articles?.length) body.articles = item.articles;
  if (item.then) body.then = item.then;
  try {
    const { ticket, entry } = await post(path, body);
    if (ticket) keep(ticket);
    if (entry && state.thread?.id === item.ticketId) merge(state.thread, [entry]);
    settle(item.ticketId, item.clientId);
  } catch (error) {
    if (error instanceof Unreachable || error.status >= 500 || error.status === 429) {
      item.error = error.message;
      changed();
      await pause((error.extra?.retry_after ?? 0) * 1000 || RETRY_AFTER);
      return;
    }
    Object.assign(item, { status: "failed", error: error.message });
    change(item.ticketId, (items) => [...items]);
  }
}

async function pause(duration) {
  await new Promise((resolve) => {
    asleep.add(resolve);
    setTimeout(resolve, duration);
  }).finally(() => asleep.clear());
}

function change(ticketId, edit) {
  const items = edit(waiting(ticketId));
  if (items.length) state.outgoing.set(ticketId, items);
  else state.outgoing.delete(ticketId);
  if (state.user) remember(storeName(), state.outgoing.size ? [...state.outgoing.values()].flat() : null, HERE);
  changed();
}

function storeName() {
  return `outgoing.${state.user.id}`;
}
