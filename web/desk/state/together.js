/** Colleagues at the same ticket: who looks at it, and who answered while one was writing. */

import { t } from "../i18n/index.js";
import { announceWindow } from "./desktop.js";
import { draft } from "./drafts.js";
import { changed, state } from "./store.js";

/** By ticket: the number of the last entry when the draft that is there now was begun. */
const begun = new Map();

export function viewersArrived({ ticket_id: ticketId, viewers }) {
  if (state.thread?.id !== ticketId) return;
  state.thread.viewers = viewers;
  changed();
}

/** The vendor lets us answer for a little while only: the ticket's holder is told. */
export function windowCloses({ ticket_id: ticketId }) {
  const ticket = state.tickets.get(ticketId);
  if (ticket) announceWindow(ticket);
}

/** Notes when a reply is begun, and forgets it when it is gone. */
export function writes(ticketId) {
  const empty = !draft(ticketId).reply.trim();
  if (empty) begun.delete(ticketId);
  else if (!begun.has(ticketId)) begun.set(ticketId, state.thread?.entries.at(-1)?.n ?? 0);
}

/** The colleague who answered since the reply on the screen was begun; empty: nobody. */
export function overtakenBy(thread) {
  const since = begun.get(thread.id);
  if (since === undefined) return "";
  const other = thread.entries.findLast(
    (each) => each.n > since && each.kind === "message" && each.author === "agent" && each.agent_id !== state.user.id,
  );
  return other?.name ?? "";
}

/** The warning was read: from here on only news counts. */
export function goesOn(ticketId) {
  begun.set(ticketId, state.thread?.entries.at(-1)?.n ?? 0);
}

export function sent(ticketId) {
  begun.delete(ticketId);
}

/** Names of those who look at the ticket, as one line. */
export function viewersLine(thread) {
  const names = (thread.viewers ?? []).map((each) => each.name);
  return names.length ? t("viewers.here", { names: names.join(t("comma")), count: names.length }) : "";
}
