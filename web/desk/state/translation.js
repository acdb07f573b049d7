/** What was said, side by side in the agent's language, and the agent's words in the customer's: by a language model. */

import { language } from "../i18n/index.js";
import { post } from "../net/api.js";
import { changeDraft, draft } from "./drafts.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

const AT_ONCE = 10;

/** Whether this conversation can be translated for this agent. */
export function translates(thread, ticket) {
  return Boolean(thread.assistant && ticket && ticket.language !== language());
}

/** Shows translations beneath the messages, or no longer. */
export function toggleTranslation() {
  const thread = state.thread;
  thread.translating = !thread.translating;
  changed();
  if (thread.translating) translateThread();
}

/** Translates what is on the screen and not translated yet, the latest first. */
export function translateThread() {
  const thread = state.thread;
  if (!thread?.translating) return;
  const missing = () =>
    thread.entries
      .filter((entry) => entry.kind !== "event" && entry.content.text && !thread.translations.has(entry.id))
      .map((entry) => entry.id);
  return run(`translate.${thread.id}`, async () => {
    for (let next = missing(); next.length && state.thread === thread; next = missing()) {
      const asked = next.slice(-AT_ONCE);
      const { entries } = await ask(thread.id, { entries: asked, to: language() });
      for (const id of asked) thread.translations.set(id, entries[id] ?? "");
      changed();
    }
  });
}

/** Puts the customer's language in the place of the draft, and keeps what the agent had written. */
export function translateDraft(ticket) {
  const { reply } = draft(ticket.id);
  return run(`translate_draft.${ticket.id}`, async () => {
    const { text } = await ask(ticket.id, { text: reply, to: ticket.language });
    if (draft(ticket.id).reply === reply) changeDraft(ticket.id, { reply: text, original: reply });
    changed();
  });
}

/** Takes back what `translateDraft` did. */
export function restoreDraft(ticketId) {
  changeDraft(ticketId, { reply: draft(ticketId).original, original: "" });
  changed();
}

function ask(ticketId, body) {
  return post(`tickets/${encodeURIComponent(ticketId)}/translations`, body, { patience: 120_000 });
}
