/** Rests, mergers and blocks on a ticket: the menu's items, the badges, and what the timeline says of them. */

import { t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { run } from "../state/notices.js";
import { isSnoozed, part, sleepsUntilCustomer, wake } from "../state/tools.js";
import { badge } from "../ui/controls.js";
import { duration, moment } from "../ui/format.js";
import { openDialog } from "../ui/modal.js";

const SOON = 4 * 3_600_000;

export const TOOL_EVENTS = new Set([
  "snoozed",
  "woken",
  "merged",
  "merged_in",
  "parted",
  "blocked",
  "unblocked",
  "window_closing",
]);

export function toolEventText({ event, name, data }) {
  const channel = channelName(data.channel ?? "");
  if (event === "snoozed")
    return data.until ? t("event.snoozed", { name, time: moment(data.until) }) : t("event.snoozed_customer", { name });
  if (event === "woken") return t(`event.woken_${data.because}`, { name });
  if (event === "window_closing") return t("event.window_closing", { time: moment(data.until) });
  return t(`event.${event}`, { name, number: data.number, channel });
}

/** `[icon, text, act]` of the menu in the ticket's head. */
export function toolItems(ticket) {
  const can = (action) => ticket.can.includes(action);
  const items = [
    can("snooze") &&
      (isSnoozed(ticket)
        ? ["sun", t("action.wake"), () => run(`snooze.${ticket.id}`, () => wake(ticket.id))]
        : ["moon", t("action.snooze"), () => openDialog("snooze", { ticket })]),
    can("merge") && ["link", t("action.merge"), () => openDialog("merge", { ticket })],
    ticket.merged_into && ["swap", t("action.part"), () => run(`part.${ticket.id}`, () => part(ticket.id))],
  ];
  return items.filter(Boolean);
}

export function restBadge(ticket) {
  if (ticket.merged_into) return badge(t("merge.badge"), "neutral", { glyph: "link", key: "merged" });
  if (!isSnoozed(ticket)) return null;
  const text = sleepsUntilCustomer(ticket) ? t("snooze.until_customer") : moment(ticket.snoozed_until);
  return badge(text, "info", { glyph: "moon", key: "snoozed" });
}

/** In lists: only windows that close soon. */
export function windowSoon({ window: { until, left } }) {
  const time = until - now();
  if (time <= 0) return badge(t("window.closed"), "danger", { glyph: "clock", key: "window" });
  if (time > SOON && (left === null || left > 1)) return null;
  return badge(duration(time), time < SOON / 4 || left === 1 ? "warn" : "info", {
    glyph: "clock",
    key: "window",
    title: t("window.open", { time: duration(time) }),
  });
}
