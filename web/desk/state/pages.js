/**
 * The console's pages besides tickets, in the order of the bar. `needs`: the ability it takes to see one; `more`: it
 * stands in the menu at the end; `count()`: how many things wait there. What each shows is in views/pages.js, its name is the text `nav.<name>`.
 */

import { state } from "./store.js";

export const PAGES = [
  { name: "follow_ups", glyph: "reload", needs: "see_tier", count: () => waiting(state.followUps.counts) },
  { name: "wall", glyph: "eye", needs: "supervise" },
  { name: "reports", glyph: "chart", needs: "see_tier" },
  { name: "flow", glyph: "swap", needs: "reports", more: true },
  { name: "rota", glyph: "clock", needs: "see_tier", more: true },
  { name: "staffing", glyph: "users", needs: "supervise", more: true },
  { name: "growth", glyph: "star", needs: "account", more: true },
  { name: "training", glyph: "book", needs: "account", more: true },
  { name: "quality", glyph: "checks", needs: "account", more: true },
  { name: "macros", glyph: "reply", needs: "answer", more: true },
  { name: "elsewhere", glyph: "swap", needs: "originals", more: true },
  { name: "audit", glyph: "history", needs: "audit", more: true },
  { name: "users", glyph: "users", needs: "manage_users", more: true },
  { name: "settings", glyph: "gear", needs: "settings", more: true },
];

const waiting = ({ due, missed }) => due + missed;

/** Whether the user's role has an ability of docs/desk/access.md. */
export function may(ability) {
  return state.user.can.includes(ability);
}

/** The pages this user sees. */
export function pagesOfUser() {
  return PAGES.filter(({ needs }) => !needs || may(needs));
}
