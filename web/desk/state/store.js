/** What the console knows. Views read it and nothing else; whoever changes it calls `changed`. */

export const state = {
  /** starting | unreachable | signed_out | reset | must_change | ready */
  phase: "starting",
  user: null,
  /** The session ended without the agent's doing. */
  expired: false,
  sessionId: "",
  connection: { up: false, since: 0, retryAt: 0 },
  route: { page: "tickets", view: "queue", ticketId: "", articleId: "", section: "", token: "" },
  counts: { queue: 0, mine: 0, all: 0, resolved: 0, tiers: {} },
  accepting: true,
  tiers: [],
  grades: [],
  agents: [],
  /** Every ticket heard of since the last full fetch, by id. */
  tickets: new Map(),
  list: { filters: { tier: "", language: "", q: "" }, found: null, after: null, loading: false, error: null },
  thread: null,
  /** Messages on their way, by ticket id. */
  outgoing: new Map(),
  suggestions: { q: "", ticketId: "", found: [], loading: false, error: null, open: "" },
  knowledge: { query: "", filter: "all", articles: null, total: 0, loading: false, error: null },
  /** The article that is open, as state/article.js describes it. */
  article: null,
  learning: { found: null, loading: false, error: null },
  users: { all: null, error: null },
  sessions: { all: null, error: null },
  panel: { tab: "packet", open: false },
  dialog: null,
  menu: "",
  toasts: [],
  announcement: "",
  busy: new Set(),
};

const listeners = new Set();
let scheduled = false;

export function onChange(listener) {
  listeners.add(listener);
}

/** Shows the new state before the next frame is painted. */
export function changed() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(show);
}

/** Shows it at once: for what needs the new page now, such as moving the focus before the next key is pressed. */
export function show() {
  scheduled = false;
  for (const listener of listeners) listener();
}
