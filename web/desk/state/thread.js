/** The ticket on the screen: its packet and timeline, who is typing, what was seen. */

import { get } from "../net/api.js";
import { announce } from "./notices.js";
import { settle } from "./outgoing.js";
import { loadPerson, mark, nobodyYet } from "./person.js";
import { loadDraft } from "./draft_sync.js";
import { loadLinked, readMentions } from "./escalation.js";
import { send } from "./live.js";
import { changed, state } from "./store.js";
import { isMine, keep } from "./tickets.js";
import { loadCard } from "./card.js";
import { forgetSuggestions, suggest } from "./suggestions.js";
import { loadSummary, summarizeSoon } from "./summary.js";
import { translateThread } from "./translation.js";
import { plain } from "../ui/markdown.js";
import { t } from "../i18n/index.js";

const TYPING_FADES = 6_000;

/** Shows `ticketId`; an empty one shows none. */
export async function openThread(ticketId) {
  if (state.thread?.id === ticketId) return;
  if (state.thread) send({ type: "unwatch", ticket_id: state.thread.id });
  if (!ticketId) {
    state.thread = null;
    changed();
    return;
  }
  state.thread = {
    id: ticketId,
    packet: null,
    entries: [],
    seenByCustomer: "",
    seenByMe: "",
    typing: {},
    viewers: [],
    loading: true,
    error: null,
    gone: false,
    summary: null,
    worded: null,
    assistant: false,
    card: null,
    cardConsent: null,
    translating: false,
    translations: new Map(),
    ...nobodyYet(),
  };
  state.panel.open = false;
  forgetSuggestions();
  changed();
  await refreshThread();
  if (state.thread?.id === ticketId && state.thread.packet) {
    suggest("");
    loadDraft(ticketId);
    readMentions(ticketId);
  }
}

/** Fetches the whole ticket again: after a lost connection, or when its signed links got old. */
export async function refreshThread() {
  const thread = state.thread;
  if (!thread) return;
  send({ type: "watch", ticket_id: thread.id });
  thread.loading = true;
  changed();
  try {
    const answer = await get(`tickets/${encodeURIComponent(thread.id)}`);
    keep(answer.ticket);
    Object.assign(thread, {
      packet: answer.packet,
      seenByCustomer: answer.seen_by_customer,
      seenByMe: "",
      error: null,
      gone: false,
    });
    merge(thread, answer.timeline);
    await Promise.all([loadPerson(thread), loadSummary(), loadCard(thread)]);
    await loadLinked(thread);
  } catch (error) {
    if (error.code === "not_found") thread.gone = true;
    else thread.error = error;
  } finally {
    thread.loading = false;
    changed();
  }
}

/** An entry from the socket. A hole before it means something was missed: it is fetched. */
export async function entryArrived(ticketId, entry) {
  settle(ticketId, entry.client_id);
  const thread = state.thread;
  if (thread?.id !== ticketId) return;
  const last = thread.entries.at(-1)?.n ?? 0;
  merge(thread, [entry]);
  if (entry.author === "customer") {
    delete thread.typing.customer;
    announce(t("announce.message", { name: entry.name, text: plain(entry.content.text ?? "") }));
    if (entry.kind === "message" && state.suggestions.q === "") suggest("");
  }
  if (entry.author === "agent") delete thread.typing.agent;
  summarizeSoon();
  translateThread();
  changed();
  if (entry.n > last + 1 && !thread.loading) await catchUp(thread, last);
}

async function catchUp(thread, after) {
  try {
    merge(thread, (await get(`tickets/${encodeURIComponent(thread.id)}/timeline?after=${after}`)).timeline);
    changed();
  } catch {
    // The next connection or entry asks again.
  }
}

/** Adds entries by id, in the order of `n`. */
export function merge(thread, entries) {
  const byId = new Map(thread.entries.map((entry) => [entry.id, entry]));
  for (const entry of entries) {
    byId.set(entry.id, entry);
    mark(thread, entry.id, entry);
    settle(thread.id, entry.client_id);
  }
  thread.entries = [...byId.values()].sort((one, other) => one.n - other.n);
}

export function typingArrived({ ticket_id: ticketId, author, name, on, what = "reply" }) {
  const thread = state.thread;
  if (thread?.id !== ticketId) return;
  if (on) thread.typing[author] = { name, what, until: Date.now() + TYPING_FADES };
  else delete thread.typing[author];
  changed();
}

/** Who is typing now: `[{author, name, what}]`; colleagues write a `reply` or a `note`. */
export function typingNow(thread) {
  return Object.entries(thread.typing)
    .filter(([, { until }]) => until > Date.now())
    .map(([author, { name, what }]) => ({ author, name, what }));
}

export function seenArrived({ ticket_id: ticketId, entry_id: entryId }) {
  if (state.thread?.id !== ticketId) return;
  state.thread.seenByCustomer = entryId;
  changed();
}

/** Tells the service (and so the customer) that the newest message is on the agent's screen. */
export function markSeen() {
  const thread = state.thread;
  const ticket = thread && state.tickets.get(thread.id);
  if (!ticket || !isMine(ticket) || document.visibilityState !== "visible" || !document.hasFocus()) return;
  const newest = thread.entries.findLast((entry) => entry.kind === "message" && entry.author === "customer");
  if (!newest || thread.seenByMe === newest.id) return;
  if (send({ type: "seen", ticket_id: thread.id, entry_id: newest.id })) thread.seenByMe = newest.id;
}
