/** The whole page as a function of the state. */

import { t } from "../i18n/index.js";
import { dismiss } from "../state/notices.js";
import { may } from "../state/pages.js";
import { state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { accountPage } from "./account.js";
import { articlePage } from "./article.js";
import { contextPane } from "./context.js";
import { dialog } from "./dialogs.js";
import { handoffPage } from "./elsewhere.js";
import { knowledgePage } from "./knowledge.js";
import { learningPage } from "./learning.js";
import { viewOf } from "./pages.js";
import { offerCards } from "./offers.js";
import { queuePane } from "./queue.js";
import { searchPage } from "./search.js";
import { signinPage } from "./signin.js";
import { ticketPane } from "./ticket.js";
import { topbar } from "./topbar.js";

const STALE_AFTER = 8_000;

export function app() {
  return [state.phase === "ready" ? desk() : signinPage(), state.phase === "ready" && dialog(), announcer(), toasts()];
}

function desk() {
  return h(
    "div",
    { class: "desk", key: "desk" },
    topbar(),
    stale(),
    h(
      "main",
      {
        class: `main main-${state.route.page}${state.route.ticketId ? " main-open" : ""}`,
        id: "main",
        tabindex: "-1",
        key: "main",
      },
      page(),
    ),
    offerCards(),
  );
}

function page() {
  const view = viewOf(state.route.page);
  if (view) return view();
  if (state.route.handoffId) return handoffPage();
  if (state.route.page === "account") return accountPage();
  if (state.route.page === "search") return searchPage();
  if (state.route.page === "knowledge") return state.article ? articlePage() : knowledgePage();
  if (state.route.page === "learning") return learningPage();
  if (!may("see_tier")) return knowledgePage();
  return [h("h1", { class: "visually-hidden" }, t("nav.tickets")), queuePane(), ticketPane(), contextPane()];
}

/** Says plainly when what is shown may no longer be true. */
function stale() {
  const { up, since } = state.connection;
  if (up || !since || Date.now() - since < STALE_AFTER || !state.list.error) return null;
  return h("p", { class: "stale", role: "status" }, icon("alert"), t("connection.stale"));
}

function announcer() {
  return h("p", { class: "visually-hidden", key: "announcer", role: "log", "aria-live": "polite" }, state.announcement);
}

function toasts() {
  return h(
    "div",
    { class: "toasts", key: "toasts", "aria-live": "polite", popover: "manual", effect: onTop },
    state.toasts.map(({ id, text, kind }) =>
      h(
        "div",
        { class: `toast toast-${kind}`, key: id, role: kind === "error" ? "alert" : "status" },
        icon({ error: "alert", success: "check", whisper: "eye" }[kind] ?? "info"),
        h("span", null, text),
        button({ glyph: "close", label: t("dismiss"), kind: "quiet", small: true, onclick: () => dismiss(id) }),
      ),
    ),
  );
}

let shownCount = 0;

/** Toasts are a popover, so that they are above a modal dialog too; each new one comes to the front. */
function onTop(node) {
  const count = state.toasts.length;
  if (count === shownCount) return;
  const open = node.matches(":popover-open");
  if (open) node.hidePopover();
  if (count) node.showPopover();
  shownCount = count;
}
