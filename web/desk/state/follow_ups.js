/** Follow-ups: customers whom somebody has promised, or is asked, to get in touch with again. */

import { t } from "../i18n/index.js";
import { get, post, withParams } from "../net/api.js";
import { closeDialog } from "../ui/modal.js";
import { announce, run, toast } from "./notices.js";
import { may } from "./pages.js";
import { go, toTicket } from "./route.js";
import { changed, state } from "./store.js";

export const VIEWS = ["open", "due", "planned", "done"];

/** The list on the screen, and how many concern this agent. */
export function loadFollowUps() {
  return fetchList();
}

async function fetchList() {
  const list = state.followUps;
  list.error = null;
  try {
    const found = await get(withParams("follow_ups", { view: list.view, mine: list.mine ? "true" : "" }));
    Object.assign(list, { all: found.follow_ups, counts: found.counts });
  } catch (error) {
    list.error = error;
  }
  changed();
}

/** Only the counts, for the bar; a role that sees no tickets has none. */
export async function loadFollowUpCounts() {
  if (may("see_tier")) await fetchList();
}

export function show(change) {
  Object.assign(state.followUps, change, { all: null });
  changed();
  return fetchList();
}

/** One has changed: of what is due its owner hears, and everybody of its tier while nobody has it. */
export function followUpArrived({ follow_up: row, counts, reminder }) {
  state.followUps.counts = counts;
  const mine = row.agent === null || row.agent.id === state.user.id;
  if (reminder && mine && row.state === "due") {
    const text = t("followup.reminder", { name: row.customer_name || row.number });
    toast(text, "info");
    announce(text);
  }
  if (state.followUps.all) fetchList();
}

/** `id` stays the same however often the form is submitted. */
export async function schedule(id, ticket, { due_at: due, note, who }) {
  const [kind, tier = ""] = who.split(":");
  const body = { client_id: id, due_at: instant(due), note: note.trim(), mine: kind === "mine", tier };
  await post(`tickets/${encodeURIComponent(ticket.id)}/follow_ups`, body);
  closeDialog();
  toast(t("followup.scheduled"), "success");
}

export const take = (row) => act(row, "take");
export const drop = (row) => act(row, "cancel");

/** Opens the customer's conversation, with the ticket in one's own hands. */
export function reach(row) {
  return run(`followup.${row.id}`, async () => {
    const { ticket_id: ticketId } = await post(`${pathOf(row)}/reach`);
    go(toTicket(ticketId, "mine"));
  });
}

export async function finish(row, { outcome, note }) {
  await post(`${pathOf(row)}/done`, { outcome, note: note.trim() });
  closeDialog();
  await fetchList();
}

export async function postpone(row, { due_at: due }) {
  await post(`${pathOf(row)}/postpone`, { due_at: instant(due) });
  closeDialog();
  await fetchList();
}

/** The customer's private link, onto the clipboard. */
export function copyStatusLink(ticket) {
  state.menu = "";
  return run(`status_link.${ticket.id}`, async () => {
    const { url } = await post(`tickets/${encodeURIComponent(ticket.id)}/status_link`);
    await navigator.clipboard?.writeText(url);
    toast(t("status_link.copied"), "success");
  });
}

/** Tomorrow at ten, as an input of a date and a time has it. */
export function tomorrow() {
  const at = new Date(Date.now() + 86_400_000);
  at.setHours(10, 0, 0, 0);
  const pad = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

function act(row, what) {
  return run(`followup.${row.id}`, async () => {
    await post(`${pathOf(row)}/${what}`);
    await fetchList();
  });
}

const instant = (text) => new Date(text).getTime() || 0;
const pathOf = (row) => `follow_ups/${encodeURIComponent(row.id)}`;
