/**
 * The console's pages besides tickets, in the order of the bar. `needs`: the ability it takes to see one; `more`: it
 * stands in the menu at the end. What each shows is in views/pages.js, its name is the text `nav.<name>`.
 */

import { state } from "./store.js";

export const PAGES = [
  { name: "wall", glyph: "eye", needs: "supervise" },
  { name: "flow", glyph: "swap", needs: "reports", more: true },
  { name: "users", glyph: "users", needs: "manage_users", more: true },
  { name: "settings", glyph: "gear", needs: "settings", more: true },
];

/** Whether the user's role has an ability of docs/desk/access.md. */
export function may(ability) {
  return state.user.can.includes(ability);
}

/** The pages this user sees. */
export function pagesOfUser() {
  return PAGES.filter(({ needs }) => !needs || may(needs));
}
