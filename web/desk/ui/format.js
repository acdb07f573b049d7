/** Times, sizes and shares as people read them, in the console's language. */

import { locale, t } from "../i18n/index.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A running clock: 0:42, 12:05, 1:02:09, then days. */
export function duration(ms) {
  const total = Math.max(0, ms);
  if (total >= DAY) return t("time.days", { days: Math.floor(total / DAY), hours: Math.floor((total % DAY) / HOUR) });
  const seconds = pad(Math.floor((total % MINUTE) / SECOND));
  const minutes = Math.floor((total % HOUR) / MINUTE);
  const hours = Math.floor(total / HOUR);
  return hours ? `${hours}:${pad(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** `long` | `warn` | `fine`: how patient a waiting customer can be expected to be. */
export function patience(ms) {
  if (ms >= 10 * MINUTE) return "long";
  return ms >= 3 * MINUTE ? "warn" : "fine";
}

/** How long ago, in one unit. */
export function ago(ms) {
  if (ms < MINUTE) return t("time.now");
  const [value, unit] = ms < HOUR ? [ms / MINUTE, "minute"] : ms < DAY ? [ms / HOUR, "hour"] : [ms / DAY, "day"];
  return new Intl.RelativeTimeFormat(locale(), { style: "short" }).format(-Math.floor(value), unit);
}

export function clock(at) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(at);
}

export function day(at) {
  const options = { weekday: "short", day: "numeric", month: "long" };
  if (new Date(at).getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat(locale(), options).format(at);
}

export function moment(at) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** A day as the service writes it, such as 2026-11-01. */
export function date(text) {
  const at = new Date(`${text}T00:00`);
  return Number.isNaN(at.getTime()) ? text : new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(at);
}

export function sameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  const inMegabytes = size >= 1024 * 1024;
  const value = size / (inMegabytes ? 1024 * 1024 : 1024);
  const number = new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  return `${number} ${inMegabytes ? "MB" : "KB"}`;
}

export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

function pad(number) {
  return String(number).padStart(2, "0");
}
