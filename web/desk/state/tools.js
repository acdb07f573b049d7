/** What an agent does with a ticket besides talking: let it rest, merge it, block who abuses. */

import { get, post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { now } from "./clock.js";
import { toast } from "./notices.js";
import { loadPerson } from "./person.js";
import { go, toTicket } from "./route.js";
import { changed, state } from "./store.js";
import { keep } from "./tickets.js";
import { merge as mergeEntries } from "./thread.js";

const HOUR = 3_600_000;
const MORNING = 9;
/** Later than this, a ticket sleeps until its customer writes: desk/snoozing.py. */
const NEVER = 32_000_000_000_000;

/** `[id, when it wakes]` in the order of their keys; null: when the customer writes. */
export function snoozeTimes() {
  return [
    ["customer", null],
    ["1h", now() + HOUR],
    ["4h", now() + 4 * HOUR],
    ["tomorrow", morning(1)],
    ["3d", morning(3)],
    ["7d", morning(7)],
  ];
}

/** Nine in the morning, where the agent is, in so many days. */
function morning(days) {
  const date = new Date(now());
  date.setDate(date.getDate() + days);
  return date.setHours(MORNING, 0, 0, 0);
}

export const sleepsUntilCustomer = (ticket) => ticket.snoozed_until > NEVER;
export const isSnoozed = (ticket) => Boolean(ticket.snoozed_until) && ticket.snoozed_until > now();

export async function snooze(ticketId, until, note = "") {
  accept(await post(`${pathOf(ticketId)}/snooze`, { until, note }));
  closeDialog();
  toast(t("snooze.done"), "success");
}

export async function wake(ticketId) {
  accept(await post(`${pathOf(ticketId)}/wake`));
}

/** This ticket becomes part of the other one, which is shown then. */
export async function mergeInto(ticketId, into) {
  accept(await post(`${pathOf(ticketId)}/merge`, { into: into.id ?? into }));
  closeDialog();
  toast(t("merge.done"), "success");
  const survivor = state.tickets.get(ticketId).merged_into;
  go(toTicket(survivor, "mine"));
}

export async function part(ticketId) {
  accept(await post(`${pathOf(ticketId)}/part`));
  toast(t("merge.parted"), "success");
}

export async function block(ticketId, customerId, reason, days) {
  accept(await post(`${pathOf(ticketId)}/identities/${encodeURIComponent(customerId)}/block`, { reason, days }));
  closeDialog();
  if (state.thread) await loadPerson(state.thread);
}

export async function unblock(ticketId, customerId) {
  accept(await post(`${pathOf(ticketId)}/identities/${encodeURIComponent(customerId)}/unblock`));
  if (state.thread) await loadPerson(state.thread);
}

/** The customer's other tickets that go on. */
export async function otherTickets(ticket) {
  const { tickets } = await get(`tickets/${encodeURIComponent(ticket.id)}/siblings`);
  return tickets;
}

/** What a canned reply does besides, as the service is asked for it together with the reply. */
export function thenOf(actions) {
  const value = (name) => actions.find((each) => each.do === name)?.value;
  const tags = actions.filter((each) => each.do === "tag").map((each) => each.value);
  const then = { category: value("category") ?? "", tags: [...new Set(tags)] };
  if (actions.some((each) => each.do === "resolve")) return { ...then, resolve: true, wrap_up: value("wrap_up") ?? "" };
  if (!value("snooze")) return then;
  const [, until] = snoozeTimes().find(([id]) => id === value("snooze"));
  return { ...then, snooze: true, until };
}

function accept({ ticket, entry }) {
  keep(ticket);
  if (entry && state.thread?.id === ticket.id) mergeEntries(state.thread, [entry]);
  changed();
}

function pathOf(ticketId) {
  return `tickets/${encodeURIComponent(ticketId)}`;
}
