/** Unsent text and files, per user and ticket; they survive a reload and are dropped after a week. */

import { recall, recalled, remember } from "./preferences.js";
import { state } from "./store.js";

const WEEK = 7 * 24 * 3_600_000;
const EMPTY = Object.freeze({ mode: "reply", reply: "", note: "", attachments: [] });
const cache = new Map();
let onDraft = () => {};

/** `{mode: "reply"|"note", reply, note, attachments}` */
export function draft(ticketId) {
  const name = nameOf(ticketId);
  if (!cache.has(name)) cache.set(name, { ...EMPTY, ...recall(name, {}) });
  return cache.get(name);
}

/** `listener(ticketId)` hears of every change that is not `quietly` made. */
export function whenDraftChanges(listener) {
  onDraft = listener;
}

export function changeDraft(ticketId, change, { quietly = false } = {}) {
  const next = { ...draft(ticketId), ...change };
  cache.set(nameOf(ticketId), next);
  const stored = { ...next, attachments: next.attachments.filter((each) => each.id), at: Date.now() };
  const empty = !next.reply && !next.note && stored.attachments.length === 0;
  remember(nameOf(ticketId), empty ? null : stored);
  if (!quietly) onDraft(ticketId);
}

/** True when something unsent waits there: the list marks it. */
export function hasDraft(ticketId) {
  const { reply, note, attachments } = draft(ticketId);
  return Boolean(reply.trim() || note.trim() || attachments.length);
}

export function pruneDrafts() {
  for (const name of recalled("draft.")) if (!(recall(name)?.at > Date.now() - WEEK)) remember(name, null);
}

function nameOf(ticketId) {
  return `draft.${state.user?.id}.${ticketId}`;
}
