/** What is noticed outside the page: desktop notifications, the number in the window's title, and a sound when a ticket
 * is offered. */

import { reasonName } from "../i18n/names.js";
import { t } from "../i18n/index.js";
import { plain } from "../ui/markdown.js";
import { announce, toast } from "./notices.js";
import { isPrivate, wanted } from "./notify_kinds.js";
import { recall, remember } from "./preferences.js";
import { go, toTicket } from "./route.js";
import { chime } from "./sound.js";
import { changed, state } from "./store.js";
import { isMine, isQueued } from "./tickets.js";

/** unsupported | denied | off | on */
export function notifications() {
  if (!("Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && recall("notify", false) ? "on" : "off";
}

/** Called by a click, as browsers demand. */
export async function toggleNotifications() {
  if (notifications() === "on") remember("notify", false);
  else if ((await Notification.requestPermission()) === "granted") remember("notify", true);
  else toast(t("notify.denied"), "error");
  changed();
}

/** Says so when `ticket` is news for this agent; `known` is what it was before, or `null`. */
export function announceChange(known, ticket) {
  if (known && ticket.version <= known.version) return;
  if (ticket.offer && ticket.offer.until !== known?.offer?.until) {
    const title = t("assignment.offered", { number: ticket.number });
    if (wanted("assigned")) chime();
    notify("assigned", ticket, title, ticket.question, "queue");
    announce(`${title}. ${ticket.question}`);
  } else if (isMine(ticket) && known && isQueued(known) && !state.busy.has(`take.${ticket.id}`)) {
    const title = t("assignment.given", { number: ticket.number });
    if (wanted("assigned")) chime();
    notify("assigned", ticket, title, ticket.question, "mine");
    announce(`${title}. ${ticket.question}`);
  } else if (isQueued(ticket) && ticket.can.includes("take") && !(known && isQueued(known))) {
    const title = t(ticket.reopened > (known?.reopened ?? 0) ? "notify.reopened" : "notify.new", {
      number: ticket.number,
    });
    notify(
      "queue",
      ticket,
      title,
      `${ticket.customer.name || t("customer.unnamed")} · ${reasonName(ticket.reason)}\n${ticket.question}`,
      "queue",
    );
    announce(`${title}. ${ticket.question}`);
  } else if (isMine(ticket) && known && ticket.reopened > known.reopened) {
    notify("customer", ticket, t("notify.reopened", { number: ticket.number }), ticket.question, "mine");
    announce(t("notify.reopened", { number: ticket.number }));
  } else if (isMine(ticket) && ticket.last?.author === "customer" && ticket.unread > (known?.unread ?? 0)) {
    notify("customer", ticket, ticket.customer.name || t("customer.unnamed"), plain(ticket.last.text), "mine");
    if (state.thread?.id !== ticket.id)
      announce(t("announce.elsewhere", { name: ticket.customer.name, number: ticket.number }));
  } else if (isMine(ticket) && known?.snoozed_until && !ticket.snoozed_until && !state.busy.has(`snooze.${ticket.id}`)) {
    const title = t("notify.woken", { number: ticket.number });
    notify("assigned", ticket, title, ticket.question, "mine");
    toast(title);
  }
}

/** Somebody speaks to this agent on a ticket. */
export function announceMention({ ticket_id: id, by_name: by, text, via }) {
  const title = t("notify.mention", { name: by || t("mention.desk") });
  const body = via === "alert" ? t("mention.alert") : text;
  notify("mentioned", { id }, title, body, "all");
  announce(`${title}. ${body}`);
}

/** A promise to a customer runs out, or was not kept. */
export function announcePromise(id, text) {
  notify("sla", { id }, text, "", "all");
}

/** The vendor's window, in which answers reach the customer, closes. */
export function announceWindow(ticket) {
  const text = t("notify.window", { number: ticket.number });
  notify("sla", ticket, text, "", "mine");
  toast(text);
}

/** On a private screen only the number is shown: a locked screen, or one that is shared, is read by others. */
function notify(kind, ticket, title, body, view) {
  if (notifications() !== "on" || !wanted(kind) || document.hasFocus() || state.user.presence === "away") return;
  const hidden = isPrivate();
  const number = ticket.number ?? state.tickets.get(ticket.id)?.number ?? "";
  try {
    const notice = new Notification(hidden ? t("notify.private_title", { number }) : title, {
      body: hidden ? "" : body.slice(0, 200),
      tag: ticket.id,
      icon: "icon.svg",
      silent: true,
    });
    notice.addEventListener("click", () => {
      window.focus();
      go(toTicket(ticket.id, view));
      notice.close();
    });
  } catch {
    // Some phones have the interface but allow it only to service workers; the title still counts.
  }
}

/** Waiting tickets and unread messages, in front of the title. */
export function title() {
  const unread = [...state.tickets.values()].filter(isMine).reduce((sum, ticket) => sum + ticket.unread, 0);
  const waiting = state.phase === "ready" ? state.counts.queue + unread : 0;
  const name = `${t("app.name")} – ${t("app.desk")}`;
  return waiting ? `(${waiting}) ${name}` : name;
}
