/**
 * The page's address: `#/queue/<ticket>`, `#/knowledge/<article>/<section>`, `#/users`, `#ticket=<id>`, `#reset=<token>`, …
 * so that Back, links and windows work.
 */

import { state } from "./store.js";

export const VIEWS = ["queue", "mine", "all", "resolved"];
export const SECTIONS = ["write", "replay", "history"];
const PAGES = ["users", "account", "settings", "learning"];
const NOWHERE = { page: "tickets", view: "queue", ticketId: "", articleId: "", section: "", token: "" };

export function parse(hash) {
  if (hash.startsWith("#reset=")) return { ...NOWHERE, page: "reset", token: hash.slice(7) };
  if (hash.startsWith("#ticket=")) return { ...NOWHERE, view: "all", ticketId: decoded(hash.slice(8)) };
  const [first = "", second = "", third = ""] = hash.replace(/^#\/?/u, "").split("/");
  const { view } = state.route;
  if (PAGES.includes(first)) return { ...NOWHERE, page: first, view };
  if (first === "knowledge") {
    const section = SECTIONS.includes(third) ? third : SECTIONS[0];
    return { ...NOWHERE, page: first, view, articleId: decoded(second), section };
  }
  return { ...NOWHERE, view: VIEWS.includes(first) ? first : "queue", ticketId: decoded(second) };
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

export function toTicket(ticketId, view = state.route.view) {
  return `#/${view}/${encodeURIComponent(ticketId)}`;
}

export function go(hash) {
  if (location.hash !== hash) location.hash = hash;
}

/** Like `go`, without a step that Back would return to. */
export function replace(hash) {
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
