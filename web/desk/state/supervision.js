/** A supervisor's hand in a colleague's ticket, and what the colleague hears of it. */

import { post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { announce, toast } from "./notices.js";
import { replace, toTicket } from "./route.js";
import { changed, state } from "./store.js";
import { keep } from "./tickets.js";
import { merge } from "./thread.js";

const path = (ticket, what) => `tickets/${encodeURIComponent(ticket.id)}/${what}`;

export async function whisper(ticket, text) {
  accept(await post(path(ticket, "whisper"), { client_id: `w-${crypto.randomUUID()}`, text }));
  closeDialog();
  toast(t("whisper.sent", { name: ticket.agent.name }), "success");
}

export async function takeOver(ticket, reason) {
  accept(await post(path(ticket, "take-over"), { reason }));
  closeDialog();
  replace(toTicket(ticket.id, "mine"));
}

/** A quiet word for this user: on the screen until it is dismissed, and heard. */
export function whisperArrived({ ticket_id: ticketId, name, text }) {
  const words = t("whisper.heard", { name, text, number: state.tickets.get(ticketId)?.number ?? "" });
  toast(words, "whisper");
  announce(words);
}

function accept({ ticket, entry }) {
  keep(ticket);
  if (entry && state.thread?.id === ticket.id) merge(state.thread, [entry]);
  changed();
}
