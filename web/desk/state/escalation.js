/** What agents ask of each other: escalation, internal tickets, consultation, and where one is mentioned. */

import { get, post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { announceMention } from "./desktop.js";
import { toast } from "./notices.js";
import { changed, state } from "./store.js";
import { merge } from "./thread.js";
import { keep, searchAgainSoon } from "./tickets.js";

/** A request's own id: the same when it is repeated, so that nothing is done twice. */
export const newClientId = () => `c-${crypto.randomUUID()}`;

const DONE = {
  escalate: "done.escalated",
  "give-back": "done.given_back",
  result: "done.result",
  bounce: "done.bounced",
  inform: "done.informed",
  reopen: "done.reopened",
};

/** `what`: escalate | give-back | result | bounce | inform | reopen. Closes the dialog it was asked in. */
export async function ask(ticketId, what, body) {
  accept(await post(`tickets/${encodeURIComponent(ticketId)}/${what}`, body));
  closeDialog();
  toast(t(body.keep ? "done.asked" : DONE[what]), "success");
  await loadLinked(state.thread);
}

export async function attend(ticketId) {
  accept(await post(`tickets/${encodeURIComponent(ticketId)}/attended`));
}

/** A question to colleagues, or an answer in `thread`. */
export async function consult(ticketId, body) {
  accept(await post(`tickets/${encodeURIComponent(ticketId)}/consult`, body));
}

export async function settleQuestion(ticketId, thread, done) {
  accept(await post(`tickets/${encodeURIComponent(ticketId)}/consult/${encodeURIComponent(thread)}/done`, { done }));
}

function accept({ ticket, entry }) {
  keep(ticket);
  if (entry && state.thread?.id === ticket.id) merge(state.thread, [entry]);
  changed();
}

/** The tickets linked with the one on the screen; of an internal one also all that was said in its case. */
export async function loadLinked(thread) {
  const ticket = thread && state.tickets.get(thread.id);
  if (!ticket || (ticket.kind !== "internal" && !ticket.escalations)) return;
  try {
    thread.linked = await get(`tickets/${encodeURIComponent(thread.id)}/linked`);
    changed();
  } catch {
    // The next change or connection asks again.
  }
}

export function linkedChanged({ ticket_id: ticketId }) {
  if (state.thread?.id === ticketId) loadLinked(state.thread);
}

export async function loadMentions() {
  keepMentions(await get("mentions"));
}

/** From the socket: somebody has spoken to this agent, or they have read it elsewhere. */
export function mentionsArrived(found) {
  const known = new Set(state.mentions.all.map(({ id }) => id));
  const news = found.mentions.filter((each) => !each.read_at && !known.has(each.id));
  keepMentions(found);
  news.slice(0, 1).forEach(announceMention);
  if (news.length) searchAgainSoon();
  if (news.some((each) => each.ticket_id === state.thread?.id)) readMentions(state.thread.id);
}

function keepMentions({ mentions, unread }) {
  state.mentions = { all: mentions, unread };
  changed();
}

/** What there was for this agent on a ticket has been seen; without one: everything. */
export async function readMentions(ticketId = "") {
  const waiting = state.mentions.all.some((each) => !each.read_at && (!ticketId || each.ticket_id === ticketId));
  if (!waiting) return;
  try {
    await post("mentions/read", { ticket_id: ticketId });
    await loadMentions();
  } catch {
    // They stay marked as new.
  }
}
