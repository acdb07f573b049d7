/** What the socket brings, and what is fetched again whenever the line was down: the console is never stale for long. */

import { get } from "../net/api.js";
import { articleChanged } from "./article.js";
import { LiveSocket } from "../net/socket.js";
import { announceChange } from "./desktop.js";
import { followUpArrived, loadFollowUpCounts } from "./follow_ups.js";
import { listChanged } from "./knowledge.js";
import { linkedChanged, loadMentions, mentionsArrived } from "./escalation.js";
import { setAway } from "./offers.js";
import { draftArrived } from "./draft_sync.js";
import { macrosChanged } from "./macros.js";
import { viewersArrived, windowCloses } from "./together.js";
import { retryUnreached } from "./outgoing.js";
import { slaArrived } from "./sla.js";
import { deliveryArrived, historyArrived, personArrived } from "./person.js";
import { changed, state } from "./store.js";
import { whisperArrived } from "./supervision.js";
import { wallMoved } from "./wall.js";
import { entryArrived, refreshThread, seenArrived, typingArrived } from "./thread.js";
import { forget, keep, loadCounts, loadEverything, searchAgainSoon } from "./tickets.js";

const FRAMES = {
  ready({ user, counts, accepting }) {
    Object.assign(state, { user, counts, accepting });
  },
  ticket({ ticket }) {
    announceChange(keep(ticket), ticket);
    searchAgainSoon();
  },
  gone({ ticket_id: ticketId }) {
    if (state.thread?.id === ticketId) state.thread.gone = true;
    forget(ticketId);
  },
  entry({ ticket_id: ticketId, entry }) {
    entryArrived(ticketId, entry);
  },
  typing: typingArrived,
  seen: seenArrived,
  delivery: deliveryArrived,
  person: personArrived,
  history: historyArrived,
  linked: linkedChanged,
  mentions: mentionsArrived,
  follow_up: followUpArrived,
  knowledge(frame) {
    articleChanged(frame);
    listChanged();
  },
  counts({ counts }) {
    state.counts = counts;
    wallMoved();
  },
  agents({ agents }) {
    state.agents = agents;
    wallMoved();
  },
  me({ user }) {
    state.user = user;
  },
  viewers: viewersArrived,
  draft: draftArrived,
  macros: macrosChanged,
  window: windowCloses,
  whisper: whisperArrived,
  set_away: setAway,
  sla: slaArrived,
  desk({ accepting }) {
    state.accepting = accepting;
  },
};

const REFETCH_AFTER = 3_000;
let onSessionOver = () => {};
let again = 0;

const socket = new LiveSocket({
  frame(frame) {
    FRAMES[frame.type]?.(frame);
    changed();
  },
  up() {
    state.connection = { up: true, since: Date.now(), retryAt: 0 };
    refetch();
  },
  down(retryAt) {
    const since = state.connection.up || !state.connection.since ? Date.now() : state.connection.since;
    state.connection = { up: false, since, retryAt };
    refetch();
  },
  over() {
    onSessionOver();
  },
});

/** `listener` hears when the server ended the session. */
export function goLive(listener) {
  onSessionOver = listener;
  state.connection = { up: false, since: 0, retryAt: 0 };
  socket.open();
}

export function leaveLive() {
  clearTimeout(again);
  socket.close();
}

export const reconnect = () => socket.retry();
export const restartLive = () => socket.restart();
export const send = (frame) => socket.send(frame);

/** Everything on the screen, anew; after each attempt to connect, so that a blocked socket still means fresh pages. */
async function refetch() {
  clearTimeout(again);
  retryUnreached();
  changed();
  const outcomes = await Promise.allSettled([loadEverything(), refreshThread(), loadCounts(), loadSurroundings(), loadMentions(), loadFollowUpCounts()]);
  const missing = outcomes.some(({ status }) => status === "rejected") || state.list.error || state.thread?.error;
  if (missing && state.connection.up) again = setTimeout(refetch, REFETCH_AFTER);
}

async function loadSurroundings() {
  const [{ agents }, { tiers, grades, categories, skills }, { accepting }] = await Promise.all([get("agents"), get("tiers"), get("desk")]);
  Object.assign(state, { agents, tiers, grades, categories, skills, accepting });
  changed();
}
