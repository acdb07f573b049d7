/** What people know better than triage. */

import { get, put } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { toast } from "./notices.js";
import { changed, state } from "./store.js";
import { merge } from "./thread.js";
import { keep } from "./tickets.js";

export const DIMENSIONS = ["category", "complexity", "urgency", "value", "risk"];

/** All five go along: what an agent leaves as it is, is confirmed, and learned from as well. */
export async function correctTriage(ticketId, body) {
  const path = `tickets/${encodeURIComponent(ticketId)}`;
  const { ticket, entry } = await put(`${path}/triage`, body);
  keep(ticket);
  if (state.thread?.id === ticketId) {
    if (entry) merge(state.thread, [entry]);
    state.thread.packet = (await get(path)).packet;
  }
  closeDialog();
  toast(t("triage.corrected"), "success");
  changed();
}
