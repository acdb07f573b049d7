/** The customer behind the ticket on the screen: identities, what was said on all channels, and what became of it. */

import { get, post, withParams } from "../net/api.js";
import { t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { closeDialog, openDialog } from "../ui/modal.js";
import { run, toast } from "./notices.js";
import { changed, state } from "./store.js";
import { keep } from "./tickets.js";

const PAGE = 100;
const CALM = 400;
let again = 0;
const wanted = new Set();

/** What a thread knows of its customer before anything is fetched. */
export const nobodyYet = () => ({ person: null, history: [], earlier: null, marks: new Map() });

/** Fetches both; a desk whose conversations are elsewhere has neither. */
export async function loadPerson(thread) {
  await Promise.all([fetchPerson(thread), fetchHistory(thread)]);
}

async function fetchPerson(thread) {
  try {
    thread.person = await get(`${pathOf(thread.id)}/person`);
  } catch (error) {
    if (error.code !== "not_found") throw error;
    thread.person = null;
  }
  changed();
}

async function fetchHistory(thread, before = "") {
  try {
    const page = await get(withParams(`${pathOf(thread.id)}/history`, { limit: PAGE, before }));
    const known = new Map(thread.history.map((each) => [each.id, each]));
    for (const each of page.messages) {
      known.set(each.id, { ...each, kind: "message", before: false, elsewhere: true, data: {} });
      mark(thread, each.id, each);
    }
    const first = thread.history.length === 0;
    thread.history = [...known.values()].sort((one, other) => one.at - other.at);
    if (before || first) thread.earlier = page.before;
  } catch (error) {
    if (error.code !== "not_found") throw error;
  }
  changed();
}

/** Remembers by which channel a message came or went, and what became of it. */
export function mark(thread, id, { channel, delivery }) {
  if (channel) thread.marks.set(id, { channel, delivery: delivery ?? thread.marks.get(id)?.delivery ?? null });
}

export function loadEarlier() {
  const { thread } = state;
  return run("earlier", () => fetchHistory(thread, thread.earlier));
}

export function deliveryArrived({ ticket_id: ticketId, entry_id: id, channel, delivery }) {
  if (state.thread?.id === ticketId) mark(state.thread, id, { channel, delivery });
}

export function personArrived({ ticket_id: ticketId }) {
  lookAgain(ticketId, fetchPerson, fetchHistory);
}

/** Something was said on one of the channels. */
export function historyArrived({ ticket_id: ticketId }) {
  lookAgain(ticketId, fetchHistory);
}

/** Many things may happen in a moment: what they change is fetched once. */
function lookAgain(ticketId, ...fetches) {
  if (state.thread?.id !== ticketId) return;
  fetches.forEach((each) => wanted.add(each));
  clearTimeout(again);
  again = setTimeout(async () => {
    const { thread } = state;
    const looks = [...wanted];
    wanted.clear();
    if (thread) await Promise.allSettled(looks.map((look) => look(thread))); // the next hint asks again
  }, CALM);
}

/** One click; what may have arrived is asked about first. */
export function resend(messageId, way, status) {
  if (status === "unknown") openDialog("resend", { messageId, way });
  else run(`resend.${messageId}`, () => send(messageId, way, false));
}

export const resendAnyway = async (messageId, way) => {
  await send(messageId, way, true);
  closeDialog();
};

async function send(messageId, way, confirmed) {
  const path = `messages/${encodeURIComponent(messageId)}/resend`;
  await act(path, { identity: way.id, confirmed });
  toast(t("done.resent", { channel: channelName(way.channel) }), "success");
}

export async function unlink(identity) {
  await act(`identities/${encodeURIComponent(identity.id)}/unlink`);
  closeDialog();
  toast(t("done.unlinked"), "success");
}

export async function linkTicket(number) {
  await act("link", { number });
  closeDialog();
  toast(t("done.linked"), "success");
}

export function setConsent(identity, granted) {
  return run(`consent.${identity.id}`, () => act(`identities/${encodeURIComponent(identity.id)}/consent`, { granted }));
}

export function invite() {
  return run("invite", async () => {
    await act("invite", { client_id: `c-${crypto.randomUUID()}` });
    toast(t("done.invited"), "success");
  });
}

async function act(path, body = {}) {
  const { thread } = state;
  const answer = await post(`${pathOf(thread.id)}/${path}`, body);
  keep(answer.ticket);
  await loadPerson(thread);
}

function pathOf(ticketId) {
  return `tickets/${encodeURIComponent(ticketId)}`;
}
