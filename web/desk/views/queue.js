/** The left pane: which tickets wait, and for how long. */

import { language, t } from "../i18n/index.js";
import { languageName, reasonName, stateName, tierName, urgencyName } from "../i18n/names.js";
import { openBegin } from "../state/begin.js";
import { now } from "../state/clock.js";
import { hasDraft } from "../state/drafts.js";
import { toTicket, VIEWS } from "../state/route.js";
import { state } from "../state/store.js";
import { filter, isClosed, isQueued, loadList, loadMore, shown } from "../state/tickets.js";
import { badge, button, empty, notice, searchBox, spinner } from "../ui/controls.js";
import { ago, duration, patience } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { plain } from "../ui/markdown.js";
import { h } from "../ui/vdom.js";

const SEARCH_PAUSE = 300;
let searchTimer = 0;

export function queuePane() {
  return h("section", { class: "queue", "aria-label": t("queue.label") }, tabs(), filters(), list());
}

function tabs() {
  return h(
    "nav",
    { class: "tabs", "aria-label": t("queue.views") },
    VIEWS.map((view) =>
      h(
        "a",
        { href: `#/${view}`, key: view, "aria-current": state.route.view === view ? "page" : null },
        h("span", null, t(`view.${view}`)),
        view !== "resolved" &&
          h(
            "span",
            { class: view === "queue" && state.counts.queue ? "count count-hot" : "count" },
            state.counts[view],
          ),
      ),
    ),
  );
}

function filters() {
  const { tier, q } = state.list.filters;
  const waiting = (id) =>
    state.route.view === "queue" && state.counts.tiers[id] ? ` (${state.counts.tiers[id]})` : "";
  return h(
    "div",
    { class: "filters", role: "search", "aria-label": t("queue.label") },
    searchBox(t("queue.search"), { defaultValue: q, oninput: (event) => searchSoon(event.target) }),
    button({ text: t("begin.open"), glyph: "plus", small: true, class: "begin", onclick: () => openBegin() }),
    h(
      "div",
      { class: "selects" },
      select(
        t("queue.tier"),
        tier,
        [["", t("queue.all_tiers")], ...state.tiers.map((each) => [each.id, tierName(each.id) + waiting(each.id)])],
        (value) => filter({ tier: value }),
      ),
      select(
        t("queue.language"),
        state.list.filters.language,
        [["", t("queue.all_languages")], ...["en", "zh"].map((code) => [code, languageName(code)])],
        (value) => filter({ language: value }),
      ),
    ),
  );
}

function select(label, value, options, choose) {
  return h(
    "select",
    { "aria-label": label, class: value ? "filter-set" : "", value, onchange: (event) => choose(event.target.value) },
    options.map(([each, text]) => h("option", { value: each, key: each }, text)),
  );
}

function searchSoon(input) {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => filter({ q: input.value.trim() }), input.value ? SEARCH_PAUSE : 0);
}

function list() {
  const tickets = shown();
  const { loading, error, after } = state.list;
  return h(
    "div",
    { class: "ticket-scroll" },
    error &&
      tickets.length === 0 &&
      notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadList })),
    tickets.length > 0 && h("ul", { class: "tickets", "aria-busy": loading }, tickets.map(row)),
    tickets.length === 0 && loading && spinner(t("loading")),
    tickets.length === 0 && !loading && !error && nothing(),
    after &&
      tickets.length > 0 &&
      h(
        "div",
        { class: "more" },
        button({ text: loading ? t("loading") : t("queue.more"), small: true, disabled: loading, onclick: loadMore }),
      ),
  );
}

function nothing() {
  const { tier, language: chosen, q } = state.list.filters;
  if (tier || chosen || q) return empty("search", t("queue.none_found"), t("queue.none_found_hint"));
  return empty("inbox", t(`queue.empty.${state.route.view}`), t(`queue.empty_hint.${state.route.view}`));
}

function row(ticket) {
  const current = ticket.id === state.route.ticketId;
  return h(
    "li",
    { key: ticket.id },
    h(
      "a",
      {
        class: `ticket-row urgency-${ticket.urgency}`,
        href: toTicket(ticket.id),
        "aria-current": current ? "true" : null,
      },
      h(
        "span",
        { class: "row-head" },
        h("span", { class: "row-name" }, ticket.customer.name || t("customer.unnamed")),
        time(ticket),
      ),
      h("span", { class: "row-text" }, preview(ticket)),
      h("span", { class: "row-badges" }, badges(ticket), ticket.unread > 0 && unread(ticket.unread)),
    ),
  );
}

function preview(ticket) {
  if (hasDraft(ticket.id))
    return [
      h("span", { class: "row-draft" }, t("queue.draft")),
      " ",
      ticket.last?.text ? plain(ticket.last.text) : ticket.question,
    ];
  if (isQueued(ticket) || !ticket.last?.text) return ticket.question;
  const who = ticket.last.author === "customer" ? "" : `${t(`author.${ticket.last.author}`)}${t("colon")}`;
  return who + plain(ticket.last.text);
}

function time(ticket) {
  if (isQueued(ticket)) {
    const waited = now() - ticket.queued_at;
    return h(
      "span",
      { class: `wait wait-${patience(waited)}`, title: t("queue.waiting") },
      icon("clock"),
      h("span", { class: "visually-hidden" }, t("queue.waiting")),
      duration(waited),
    );
  }
  return h("span", { class: "row-time" }, ago(now() - (ticket.closed_at ?? ticket.last?.at ?? ticket.updated_at)));
}

function unread(count) {
  return h(
    "span",
    { class: "unread" },
    h("span", { "aria-hidden": "true" }, count),
    h("span", { class: "visually-hidden" }, t("queue.unread", { count })),
  );
}

/** What tells tickets apart: only what is out of the ordinary is coloured. */
function badges(ticket) {
  const { urgency } = ticket;
  const elsewhere = state.route.view === "all" && ticket.agent;
  return [
    ticket.for_agent?.id === state.user.id && badge(t("ticket.for_you"), "accent", { key: "for" }),
    ticket.reopened > 0 && badge(t("ticket.reopened"), "warn", { glyph: "reload", key: "reopened" }),
    (urgency === "urgent" || urgency === "high") &&
      badge(urgencyName(urgency), urgency === "urgent" ? "danger" : "warn", { key: "urgency" }),
    urgency === "low" && badge(urgencyName(urgency), "neutral", { key: "urgency" }),
    badge(
      reasonName(ticket.reason),
      ticket.reason === "sensitive" || ticket.reason === "complaint" ? "danger" : "neutral",
      { key: "reason" },
    ),
    badge(tierName(ticket.tier), "neutral", { key: "tier" }),
    ticket.language !== language() && badge(languageName(ticket.language), "info", { key: "language" }),
    ticket.language === language() && badge(languageName(ticket.language), "neutral", { key: "language" }),
    (isClosed(ticket) || ticket.state === "waiting_customer") &&
      badge(stateName(ticket.state), ticket.state === "resolved" ? "success" : "neutral", { key: "state" }),
    elsewhere && badge(ticket.agent.name, "neutral", { glyph: "user", key: "agent" }),
    ticket.rating &&
      badge(
        `${ticket.rating.score}/5`,
        ticket.rating.score >= 4 ? "success" : ticket.rating.score <= 2 ? "danger" : "warn",
        { glyph: "star", key: "rating" },
      ),
  ];
}
