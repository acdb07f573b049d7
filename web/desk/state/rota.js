/** The rota: a week of shifts and absences, swaps, and whether one should be here now. */

import { t } from "../i18n/index.js";
import { get, post, put, withParams } from "../net/api.js";
import { moment } from "../ui/format.js";
import { closeDialog } from "../ui/modal.js";
import { announce, run, toast } from "./notices.js";
import { changed, state } from "./store.js";

/** The midnight that begins the week of a moment, here. */
export function mondayOf(at) {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - ((day.getDay() + 6) % 7));
  return day.getTime();
}

export function weekLater(monday, weeks) {
  return dayLater(monday, 7 * weeks);
}

export function dayLater(midnight, days) {
  const day = new Date(midnight);
  day.setDate(day.getDate() + days);
  return day.getTime();
}

/** A date as the service writes it. */
export function dateOf(at) {
  const day = new Date(at);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

export async function loadRota() {
  state.rota.monday ??= mondayOf(Date.now());
  const { monday } = state.rota;
  try {
    const seen = await get(withParams("rota", { since: monday, until: weekLater(monday, 1) }));
    if (state.rota.monday === monday) Object.assign(state.rota, { seen, error: null });
  } catch (error) {
    state.rota.error = error;
  }
  changed();
}

export function showWeek(weeks) {
  state.rota.monday = weeks ? weekLater(state.rota.monday, weeks) : mondayOf(Date.now());
  state.rota.seen = null;
  changed();
  return loadRota();
}

/** Who logs in outside a shift is told so, and may go on. */
export async function tellShift() {
  const { by_rota: byRota, on_shift: onShift, next_at: next } = await get("rota/now").catch(() => ({}));
  if (!byRota || onShift) return;
  const text = next ? t("rota.off_until", { time: moment(next) }) : t("rota.off");
  toast(text, "info");
  announce(text);
}

/** `id` of a new one stays the same however often the form is submitted. */
export async function saveShift(id, shift, { agent_id: agent, starts_at: starts, ends_at: ends, tiers, note, weeks }) {
  const body = { agent_id: agent, tiers, starts_at: instant(starts), ends_at: instant(ends), note: note.trim() };
  if (shift?.id) await put(`rota/shifts/${shift.id}`, body);
  else await post("rota/shifts", { ...body, client_id: id, weeks: Number(weeks) || 1 });
  return done();
}

export function removeShift(shift, following) {
  return run(`rota.${shift.id}`, async () => {
    await post(`rota/shifts/${shift.id}/remove`, { following });
    await done();
  });
}

export async function saveAbsence({ agent_id: agent, starts_at: starts, ends_at: ends, kind, note }) {
  await post("rota/absences", { agent_id: agent, starts_at: instant(starts), ends_at: instant(ends), kind, note: note.trim() });
  return done();
}

export function removeAbsence(absence) {
  return run(`rota.${absence.id}`, async () => {
    await post(`rota/absences/${absence.id}/remove`);
    await done();
  });
}

export async function askSwap(shift, { to_id: to, note }) {
  await post(`rota/shifts/${shift.id}/swap`, { to_id: to, note: note.trim() });
  toast(t("rota.swap_asked"), "success");
  return done();
}

/** `what`: answer | cancel | decide. */
export function settleSwap(swap, what, body = {}) {
  return run(`rota.${swap.id}`, async () => {
    await post(`rota/swaps/${swap.id}/${what}`, body);
    await done();
  });
}

export async function acceptSwap(swap, { in_return: inReturn }) {
  await post(`rota/swaps/${swap.id}/answer`, { accept: true, in_return: inReturn });
  return done();
}

export async function bringCalendar({ agent_id: agent, tiers, calendar }) {
  const { added } = await post("rota/import", { agent_id: agent, tiers, calendar: await calendar.text() });
  toast(t("rota.brought", { count: added }), "success");
  return done();
}

/** The address at which a calendar subscribes to one's own shifts. */
export function loadFeed(renew = false) {
  return run("rota.feed", async () => {
    const { path } = await post("rota/feed", { renew });
    state.rota.feed = new URL(path, location.origin).href;
    changed();
  });
}

/** Where an `input type=datetime-local` has an instant. */
export function localInput(at) {
  const day = new Date(at);
  return new Date(at - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instant(local) {
  const at = new Date(local).getTime();
  return Number.isNaN(at) ? 0 : at;
}

function done() {
  closeDialog();
  return loadRota();
}
