/** Which of a ticket's promises comes first, and what is told when one runs out. */

import { t } from "../i18n/index.js";
import { clock as timeOfDay } from "../ui/format.js";
import { now } from "./clock.js";
import { announcePromise } from "./desktop.js";
import { toast } from "./notices.js";
import { state } from "./store.js";

/** The clock that matters most now: the nearest that is due, else one that stands still; `null` where nothing is owed. */
export function nearest(ticket) {
  const owed = (ticket.sla ?? []).filter((clock) => !clock.ended);
  const due = owed.filter(isDue).sort((one, other) => one.due_at - other.due_at);
  return due[0] ?? owed[0] ?? null;
}

/** Whether a clock has a moment by which it must be kept. */
export function isDue(clock) {
  return clock.due_at !== null && clock.state !== "paused";
}

/** late | near | fine | paused */
export function standing(clock) {
  if (!isDue(clock)) return "paused";
  if (now() > clock.due_at) return "late";
  return clock.warns_at !== null && now() >= clock.warns_at ? "near" : "fine";
}

/** A promise of one of the tickets one answers for runs out, or was not kept. */
export function slaArrived({ ticket_id: ticketId, number, event, data }) {
  const about = { number, name: state.tickets.get(ticketId)?.customer.name || number, what: t(`sla.what.${data.metric}`) };
  const late = event === "sla_breached";
  const text = late ? t("sla.toast_breached", about) : t("sla.toast_warned", { ...about, time: timeOfDay(data.due_at) });
  toast(text, late ? "error" : "info");
  announcePromise(ticketId, text);
}
