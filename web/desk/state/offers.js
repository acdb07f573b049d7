/** Tickets that are offered to this agent: it is their turn, for some seconds. */

import { t } from "../i18n/index.js";
import { post } from "../net/api.js";
import { take } from "./actions.js";
import { now } from "./clock.js";
import { run, toast } from "./notices.js";
import { go, toTicket } from "./route.js";
import { state } from "./store.js";
import { isQueued, keep } from "./tickets.js";

/** What is offered now, the most pressing first. */
export function offers() {
  return [...state.tickets.values()]
    .filter((ticket) => ticket.offer && isQueued(ticket) && ticket.offer.until > now())
    .sort((one, other) => one.offer.until - other.offer.until);
}

/** Takes it and opens it. */
export async function accept(ticketId) {
  go(toTicket(ticketId, "queue"));
  await take(ticketId);
}

export function pass(ticketId) {
  return run(`pass.${ticketId}`, async () => {
    keep((await post(`tickets/${encodeURIComponent(ticketId)}/pass`)).ticket);
    toast(t("assignment.passed"));
  });
}

/** The service has set this agent away, who should see why. */
export function setAway() {
  toast(t("assignment.set_away"), "error");
}
