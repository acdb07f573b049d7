/**
 * The page's address: `#/queue?language=zh/<ticket>/<entry>`, `#/search/<words>`, `#/knowledge/<article>/<section>`, `#/users`, `#ticket=<id>`, `#handoff=<id>`, `#reset=<token>`, …
 * so that Back, links and windows work.
 */

import { PAGES } from "./pages.js";
import { state } from "./store.js";

export const VIEWS = ["queue", "mine", "breaching", "team", "snoozed", "mentioned", "all", "resolved"];
export const FILTERS = ["tier", "language", "channel", "category", "tag", "agent", "urgency", "q"];
const ADDRESSABLE = [...VIEWS, "tier"];
export const SECTIONS = ["write", "replay", "history"];
const NAMES = ["account", "learning", ...PAGES.map(({ name }) => name)];
const NOWHERE = {
  page: "tickets",
  view: "queue",
  filters: null,
  ticketId: "",
  entryId: "",
  articleId: "",
  handoffId: "",
  section: "",
  q: "",
  token: "",
};

export function parse(hash) {
  if (hash.startsWith("#reset=")) return { ...NOWHERE, page: "reset", token: hash.slice(7) };
  if (hash.startsWith("#ticket=")) return { ...NOWHERE, view: "all", ticketId: decoded(hash.slice(8)) };
  if (hash.startsWith("#handoff=")) return { ...NOWHERE, page: "elsewhere", handoffId: decoded(hash.slice(9)) };
  const [first = "", second = "", third = ""] = hash.replace(/^#\/?/u, "").split("/");
  const { view } = state.route;
  if (first === "search") return { ...NOWHERE, page: first, view, q: decoded(second), section: decoded(third) };
  if (NAMES.includes(first)) return { ...NOWHERE, page: first, view };
  if (first === "knowledge") {
    const section = SECTIONS.includes(third) ? third : SECTIONS[0];
    return { ...NOWHERE, page: first, view, articleId: decoded(second), section };
  }
  const [name, query] = first.split("?");
  const filters = query === undefined ? null : filtersOf(query);
  const known = ADDRESSABLE.includes(name) && (name !== "tier" || filters?.tier);
  return { ...NOWHERE, view: known ? name : "queue", filters, ticketId: decoded(second), entryId: decoded(third) };
}

/** Filters of an address such as `tier=senior&tag=vip`; those it doesn't name are empty. */
function filtersOf(query) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(FILTERS.map((name) => [name, given.get(name) ?? ""]));
}

/** A list with its filters, and the ticket beside it. */
export function toList(view, filters = {}, ticketId = "") {
  const set = FILTERS.filter((name) => filters[name]).map((name) => [name, filters[name]]);
  const query = new URLSearchParams(set).toString();
  return `#/${view}?${query}${ticketId ? `/${encodeURIComponent(ticketId)}` : ""}`;
}

/** An address that somebody cut in the middle of a character leads nowhere, instead of breaking the page. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function toArticle(id, section = SECTIONS[0]) {
  return `#/knowledge/${encodeURIComponent(id)}${section === SECTIONS[0] ? "" : `/${section}`}`;
}

/** `entryId`: where in the conversation. In the view on the screen its filters stay. */
export function toTicket(ticketId, view = state.route.view, entryId = "") {
  const named = view === "tier" ? `tier?tier=${encodeURIComponent(state.list.filters.tier)}` : view;
  return `#/${named}/${encodeURIComponent(ticketId)}${entryId ? `/${encodeURIComponent(entryId)}` : ""}`;
}

export function toSearch(q, conversationId = "", messageId = "") {
  const place = conversationId ? `/${encodeURIComponent(conversationId)}:${encodeURIComponent(messageId)}` : "";
  return `#/search/${encodeURIComponent(q)}${place}`;
}

export function go(hash) {
  if (location.hash !== hash) location.hash = hash;
}

/** Like `go`, without a step that Back would return to. */
export function replace(hash) {
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
