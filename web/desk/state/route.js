/** The page's address: `#/queue/<ticket>`, `#/users`, `#ticket=<id>`, `#reset=<token>`, … so that Back, links and windows work. */

import { state } from "./store.js";

export const VIEWS = ["queue", "mine", "all", "resolved"];
const PAGES = ["users", "account", "settings"];

export function parse(hash) {
  if (hash.startsWith("#reset=")) return { page: "reset", view: "queue", ticketId: "", token: hash.slice(7) };
  if (hash.startsWith("#ticket="))
    return { page: "tickets", view: "all", ticketId: decodeURIComponent(hash.slice(8)), token: "" };
  const [first = "", second = ""] = hash.replace(/^#\/?/u, "").split("/");
  if (PAGES.includes(first)) return { page: first, view: state.route.view, ticketId: "", token: "" };
  const view = VIEWS.includes(first) ? first : "queue";
  return { page: "tickets", view, ticketId: decodeURIComponent(second), token: "" };
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
