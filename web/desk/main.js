/** The agents' console: starts the session and shows the state, each change and each second. */

import { setLanguage, language } from "./i18n/index.js";
import { warnBeforeLosingArticles } from "./state/article.js";
import { title } from "./state/desktop.js";
import { warnBeforeLosing } from "./state/outgoing.js";
import { applyTheme } from "./state/preferences.js";
import { start } from "./state/session.js";
import { changed, onChange, state } from "./state/store.js";
import { markSeen } from "./state/thread.js";
import { closeMenusOnOutsideClicks } from "./ui/menu.js";
import { render } from "./ui/vdom.js";
import { app } from "./views/app.js";
import { listenForShortcuts } from "./views/shortcuts.js";

const page = document.getElementById("app");

applyTheme();
setLanguage(language());
onChange(() => {
  render(page, app());
  document.title = title();
});
/* Waiting times tick. The title is kept apart because hidden windows paint no frames. */
setInterval(() => {
  document.title = title();
  if (state.phase === "ready") changed();
}, 1_000);
addEventListener("focus", markSeen);
closeMenusOnOutsideClicks();
warnBeforeLosing();
warnBeforeLosingArticles();
listenForShortcuts();
start();
