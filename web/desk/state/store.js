/** What the console knows. Views read it and nothing else; whoever changes it calls `changed`. */

export const state = {
  /** starting | unreachable | signed_out | awaits_code | reset | must_change | must_enrol | ready */
  phase: "starting",
  user: null,
  /** The session ended without the agent's doing. */
  expired: false,
  sessionId: "",
  connection: { up: false, since: 0, retryAt: 0 },
  route: { page: "tickets", view: "queue", filters: null, ticketId: "", entryId: "", articleId: "", handoffId: "", section: "", q: "", token: "" },
  counts: { queue: 0, mine: 0, team: 0, breaching: 0, snoozed: 0, all: 0, resolved: 0, tiers: {}, held: {} },
  accepting: true,
  tiers: [],
  grades: [],
  categories: [],
  skills: [],
  agents: [],
  /** Every ticket heard of since the last full fetch, by id. */
  tickets: new Map(),
  list: {
    filters: { tier: "", language: "", channel: "", category: "", tag: "", agent: "", urgency: "", q: "" },
    found: null,
    after: null,
    loading: false,
    error: null,
    /** Ids of tickets that are chosen for an action on all of them. */
    chosen: new Set(),
  },
  /** The search over all conversations, as state/search.js describes it. */
  search: { q: "", found: null, more: false, waiting: 0, loading: false, error: null, read: null, reading: "" },
  thread: null,
  /** Messages on their way, by ticket id. */
  outgoing: new Map(),
  suggestions: { q: "", ticketId: "", found: [], loading: false, error: null, open: "" },
  knowledge: { query: "", filter: "all", articles: null, total: 0, loading: false, error: null },
  /** The article that is open, as state/article.js describes it. */
  article: null,
  rota: { monday: null, seen: null, feed: "", error: null },
  staffing: { plan: null, day: 0, progress: null, error: null },
  flow: { found: null, loading: false, error: null, filters: { days: "30", channel: "", language: "", category: "", tier: "" } },
  /** The reports, as state/reports.js describes them; `shownBy`: what the figures on the screen are told apart by. */
  reports: {
    about: null, found: null, shownBy: "", loading: false, error: null, explained: "",
    chosen: { report: "volume", period: "28", first: "", last: "", step: "day", by: "", compare: true, tier: "", agent: "", channel: "", category: "", language: "", urgency: "" },
  },
  wall: { now: null, error: null, banners: [] },
  followUps: { all: null, counts: { planned: 0, due: 0, missed: 0 }, view: "open", mine: false, error: null },
  growth: { own: null, team: null, figures: null, one: null, view: "own", error: null },
  quality: { reviews: null, waiting: null, appealed: null, items: [], view: "mine", error: null },
  /** `open`: a copy of the training that is being written; `quiz`: the questions one answers. */
  training: { tasks: null, all: null, articles: [], open: null, quiz: null, view: "mine", error: null },
  learning: { found: null, loading: false, error: null },
  users: { all: null, error: null },
  /** The second step of the log-in, and the company's: state/access.js. */
  access: { entrance: null, own: null, enrolling: null, codes: null, others: { id: "", all: null }, failed: "" },
  sessions: { all: null, error: null },
  /** Canned replies, once they were asked for, and the placeholders there are. */
  macros: { all: null, variables: [], error: null },
  /** Handoffs at other desks, as state/elsewhere.js describes them. */
  elsewhere: { all: null, after: null, desks: [], desk: "", linked: null, loading: false, error: null },
  audit: { records: null, after: null, blocks: null, loading: false, error: null, filters: { action: "", agent: "" } },
  panel: { tab: "packet", open: false },
  /** Where colleagues speak to this agent, newest first. */
  mentions: { all: [], unread: 0 },
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
