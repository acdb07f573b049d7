/** What each page of state/pages.js shows. */

import { pagesOfUser } from "../state/pages.js";
import { flowPage } from "./flow.js";
import { followUpsPage } from "./follow_ups.js";
import { settingsPage } from "./settings.js";
import { usersPage } from "./users.js";
import { wallPage } from "./wall.js";

const VIEWS = {
  flow: flowPage,
  follow_ups: followUpsPage,
  settings: settingsPage,
  users: usersPage,
  wall: wallPage,
};

/** The view of a page this user may see; undefined for any other. */
export function viewOf(name) {
  return pagesOfUser().some((page) => page.name === name) ? VIEWS[name] : undefined;
}
