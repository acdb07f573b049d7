/** What has been promised to a customer, and how much time is left: in lists, in a ticket's head, and on its timeline. */

import { locale, t } from "../i18n/index.js";
import { now } from "../state/clock.js";
import { isDue, nearest, standing } from "../state/sla.js";
import { badge } from "../ui/controls.js";
import { moment } from "../ui/format.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LOOKS = {
  fine: { tone: "success", glyph: "clock" },
  near: { tone: "warn", glyph: "clock" },
  late: { tone: "danger", glyph: "alert" },
  paused: { tone: "neutral", glyph: "moon" },
};

/** What the chip of a ticket says, as a list needs it to know whether it changes; empty where nothing is owed. */
export function slaText(ticket) {
  const clock = nearest(ticket);
  if (!clock) return "";
  const how = standing(clock);
  const time = isDue(clock) ? span(Math.abs(clock.due_at - now())) : "";
  return t(`sla.chip.${how === "fine" || how === "near" ? "left" : how}`, { what: t(`sla.short.${clock.metric}`), time });
}

/** The promise that comes first, as a badge. Its words say what its colour does. */
export function slaChip(ticket) {
  const clock = nearest(ticket);
  if (!clock) return null;
  const { tone, glyph } = LOOKS[standing(clock)];
  const what = t(`sla.what.${clock.metric}`);
  const title = isDue(clock) ? t("sla.due", { what, time: moment(clock.due_at) }) : t("sla.paused", { what });
  return badge(slaText(ticket), tone, { glyph, title, key: "sla" });
}

/** What `sla_warned` and `sla_breached` say on the timeline. */
export function slaEventText({ event, data }) {
  const what = t(`sla.what.${data.metric}`);
  if (event === "sla_warned") return t("event.sla_warned", { what, time: span(data.left_s * 1000) });
  return t("event.sla_breached", { what, time: span(data.target_s * 1000) });
}

/** A span of time in its largest unit, and never nothing. */
function span(ms) {
  const [value, unit] = ms < HOUR ? [ms / MINUTE, "minute"] : ms < 2 * DAY ? [ms / HOUR, "hour"] : [ms / DAY, "day"];
  const shown = unit === "minute" ? Math.max(1, Math.ceil(value)) : Math.floor(value);
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" }).format(shown);
}
