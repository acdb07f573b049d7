/** What each page of state/pages.js shows. */

import { pagesOfUser } from "../state/pages.js";
import { auditPage } from "./audit.js";
import { elsewherePage } from "./elsewhere.js";
import { flowPage } from "./flow.js";
import { growthPage } from "./growth.js";
import { macrosPage } from "./macros.js";
import { followUpsPage } from "./follow_ups.js";
import { reportsPage } from "./reports.js";
import { rotaPage } from "./rota.js";
import { qualityPage } from "./quality.js";
import { settingsPage } from "./settings.js";
import { staffingPage } from "./staffing.js";
import { trainingPage } from "./training.js";
import { usersPage } from "./users.js";
import { wallPage } from "./wall.js";

const VIEWS = {
  audit: auditPage,
  elsewhere: elsewherePage,
  macros: macrosPage,
  flow: flowPage,
  growth: growthPage,
  quality: qualityPage,
  training: trainingPage,
  follow_ups: followUpsPage,
  reports: reportsPage,
  rota: rotaPage,
  settings: settingsPage,
  staffing: staffingPage,
  users: usersPage,
  wall: wallPage,
};

/** The view of a page this user may see; undefined for any other. */
export function viewOf(name) {
  return pagesOfUser().some((page) => page.name === name) ? VIEWS[name] : undefined;
}
