/** What an agent does with a ticket, besides talking. */

import { post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog, openDialog } from "../ui/modal.js";
import { changeDraft, draft } from "./drafts.js";
import { run, toast } from "./notices.js";
import { replace, toTicket } from "./route.js";
import { changed, show, state } from "./store.js";
import { keep } from "./tickets.js";
import { merge, refreshThread } from "./thread.js";

/** First come, first served: who is late learns who was faster. */
export function take(ticketId) {
  return run(`take.${ticketId}`, async () => {
    try {
      accept(await post(`${pathOf(ticketId)}/take`));
      if (state.route.ticketId !== ticketId) return;
      replace(toTicket(ticketId, "mine"));
      show();
      document.getElementById("composer-text")?.focus();
    } catch (error) {
      if (error.status === 409 || error.status === 404) await refreshThread();
      throw error;
    }
  });
}

export async function resolve(ticketId, note, wrapUp = "") {
  accept(await post(`${pathOf(ticketId)}/resolve`, { note, wrap_up: wrapUp }));
  leaveDone("done.resolved");
}

export async function returnToBot(ticketId, briefing) {
  accept(await post(`${pathOf(ticketId)}/return`, { briefing }));
  leaveDone("done.returned");
}

/** An empty tier is the same one, an empty agent anybody of it. */
export async function transfer(ticketId, { tier = "", agent_id: agentId = "", note = "" }) {
  accept(await post(`${pathOf(ticketId)}/transfer`, { tier, agent_id: agentId, note }));
  leaveDone(tier || agentId ? "done.transferred" : "done.put_back");
}

function leaveDone(text) {
  closeDialog();
  toast(t(text), "success");
}

function accept({ ticket, entry }) {
  keep(ticket);
  if (entry && state.thread?.id === ticket.id) merge(state.thread, [entry]);
  changed();
}

/** Uploads `files` into the reply's draft; each is shown at once and marked while it is on its way. */
export async function attach(ticketId, files) {
  await Promise.all([...files].map((file) => upload(ticketId, file)));
}

async function upload(ticketId, file) {
  const placeholder = { key: crypto.randomUUID(), name: file.name, size: file.size, media_type: file.type };
  changeDraft(ticketId, { attachments: [...draft(ticketId).attachments, placeholder] });
  changed();
  const body = new FormData();
  body.append("file", file);
  try {
    const { attachment } = await post(`${pathOf(ticketId)}/attachments`, body);
    edit(ticketId, (each) => (each.key === placeholder.key ? { ...attachment, key: placeholder.key } : each));
  } catch (error) {
    edit(ticketId, (each) => (each.key === placeholder.key ? null : each));
    toast(`${file.name}${t("colon")}${error.message}`, "error");
  }
}

export function detach(ticketId, key) {
  edit(ticketId, (each) => (each.key === key ? null : each));
}

function edit(ticketId, change) {
  changeDraft(ticketId, { attachments: draft(ticketId).attachments.map(change).filter(Boolean) });
  changed();
}

export function openActionDialog(kind) {
  const ticket = state.thread && state.tickets.get(state.thread.id);
  if (ticket?.can.includes(kind)) openDialog(kind, { ticket });
}

function pathOf(ticketId) {
  return `tickets/${encodeURIComponent(ticketId)}`;
}
