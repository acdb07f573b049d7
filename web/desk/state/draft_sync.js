/**
 * Drafts on every device of an agent: kept by the service a moment after the last key. Two windows that write in the
 * same ticket are not mixed: whoever is behind is told, and chooses.
 */

import { get, put } from "../net/api.js";
import { changeDraft, draft, whenDraftChanges } from "./drafts.js";
import { changed, state } from "./store.js";

const PAUSE = 800;
const WINDOW = crypto.randomUUID();
/** By ticket: the version that the service has and that was on this screen, what it said, and the next save. */
const known = new Map();

whenDraftChanges((ticketId) => {
  const here = entry(ticketId);
  clearTimeout(here.timer);
  here.timer = setTimeout(() => save(ticketId), PAUSE);
});

/** Fetches what was written elsewhere; what is here unsent and different is kept, and the agent chooses. */
export async function loadDraft(ticketId) {
  try {
    const { draft: found } = await get(`tickets/${encodeURIComponent(ticketId)}/draft`);
    arrived(ticketId, found);
  } catch {
    // What is written here stays here until the next save.
  }
}

/** Another window of this agent has saved one. */
export function draftArrived({ ticket_id: ticketId, draft: found, window: from }) {
  if (from !== WINDOW) arrived(ticketId, found);
}

/** What another window has, where it differs from what was written here meanwhile; `null`: nothing to choose. */
export function otherDraft(ticketId) {
  return entry(ticketId).other;
}

/** `theirs`: what the other window has is taken; else what is here goes on, and replaces it. */
export function chooseDraft(ticketId, theirs) {
  const here = entry(ticketId);
  const other = here.other;
  Object.assign(here, { version: other.version, said: said(other), other: null });
  if (theirs) take(ticketId, other);
  else save(ticketId);
  changed();
}

function arrived(ticketId, found) {
  const here = entry(ticketId);
  if (found.version <= here.version) return;
  const mine = said(draft(ticketId));
  if (mine === here.said || mine === said(found) || isEmpty(draft(ticketId))) {
    Object.assign(here, { version: found.version, said: said(found), other: null });
    take(ticketId, found);
  } else here.other = found;
  changed();
}

async function save(ticketId) {
  const here = entry(ticketId);
  const mine = draft(ticketId);
  if (here.other || here.saving || said(mine) === here.said || !state.user) return;
  here.saving = true;
  const saying = said(mine);
  const body = {
    mode: mine.mode,
    reply: mine.reply,
    note: mine.note,
    attachments: mine.attachments.filter((each) => each.id).map((each) => each.id),
    version: here.version,
    window: WINDOW,
  };
  try {
    const { draft: kept } = await put(`tickets/${encodeURIComponent(ticketId)}/draft`, body);
    Object.assign(here, { version: kept.version, said: saying });
  } catch (error) {
    here.saving = false;
    if (error.code === "stale_draft") arrived(ticketId, error.extra.draft);
    return;
  }
  here.saving = false;
  if (said(draft(ticketId)) !== saying) save(ticketId);
}

function take(ticketId, { mode, reply, note, attachments }) {
  const kept = attachments.map((each) => ({ ...each, key: each.id }));
  changeDraft(ticketId, { mode, reply, note, attachments: kept }, { quietly: true });
}

function entry(ticketId) {
  if (!known.has(ticketId)) known.set(ticketId, { version: 0, said: said({}), other: null, saving: false, timer: 0 });
  return known.get(ticketId);
}

function said({ reply = "", note = "", attachments = [] }) {
  return JSON.stringify([reply, note, attachments.filter((each) => each.id).map((each) => each.id)]);
}

function isEmpty(one) {
  return said(one) === said({});
}
