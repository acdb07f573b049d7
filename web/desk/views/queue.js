/** The left pane: which tickets wait, and for how long. Of thousands only those in sight are in the page. */

import { language, t } from "../i18n/index.js";
import { languageName, reasonName, stateName, tierName, urgencyName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { hasDraft } from "../state/drafts.js";
import { choose } from "../state/chosen.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { isClosed, isQueued, loadList, loadMore, shown } from "../state/tickets.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { ago, duration, patience } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { plain } from "../ui/markdown.js";
import { h } from "../ui/vdom.js";
import { escalationBadges } from "./escalation.js";
import { bulkBar } from "./bulk.js";
import { chips, filters, tabs } from "./filters.js";
import { slaChip, slaText } from "./sla.js";
import { restBadge, windowSoon } from "./tool_events.js";

export const ROW = 106; // pixels a row is high, as in queue.css
const BEYOND = 6; // rows above and below those in sight
const AHEAD = 30; // rows before the end of what is known when more is fetched

/** Where the list is scrolled to, and how high its window is, in pixels. */
const sight = { top: 0, height: 900, of: "" };

export function queuePane() {
  return h(
    "section",
    { class: "queue", "aria-label": t("queue.label") },
    tabs(),
    filters(),
    chips(),
    bulkBar(),
    list(),
  );
}

function list() {
  const tickets = shown();
  const { loading, error } = state.list;
  return h(
    "div",
    { class: "ticket-scroll", id: "tickets", onscroll: scrolled, mount: resized, effect: settle },
    error &&
      tickets.length === 0 &&
      notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadList })),
    tickets.length > 0 && inSight(tickets, loading),
    tickets.length === 0 && loading && spinner(t("loading")),
    tickets.length === 0 && !loading && !error && nothing(),
  );
}

function inSight(tickets, loading) {
  const first = Math.max(0, Math.min(Math.floor(sight.top / ROW) - BEYOND, tickets.length - 1));
  const last = Math.min(tickets.length, Math.ceil((sight.top + sight.height) / ROW) + BEYOND);
  return h(
    "ul",
    { class: "tickets", "aria-busy": loading, vars: { "--height": `${tickets.length * ROW}px` } },
    tickets.slice(first, last).map((ticket, n) => row(ticket, first + n, tickets.length)),
  );
}

function scrolled({ target }) {
  sight.top = target.scrollTop;
  changed();
}

function resized(node) {
  new ResizeObserver(() => {
    if (sight.height === node.clientHeight || node.clientHeight === 0) return;
    sight.height = node.clientHeight;
    changed();
  }).observe(node);
}

/** Another list begins at its top; near the end of what is known the next page is fetched. */
function settle(node) {
  const { view } = state.route;
  const of = `${view} ${JSON.stringify(state.list.filters)}`;
  if (sight.of !== of) {
    sight.of = of;
    node.scrollTop = 0;
  }
  sight.top = node.scrollTop;
  const { after, loading, error } = state.list;
  if (after && !loading && !error && sight.top + sight.height > (shown().length - AHEAD) * ROW) loadMore();
}

/** Scrolls the list so that a ticket is in sight. */
export function bringIntoSight(ticketId) {
  const node = document.getElementById("tickets");
  const at = shown().findIndex((ticket) => ticket.id === ticketId);
  if (!node || at === -1) return;
  if (at * ROW < node.scrollTop) node.scrollTop = at * ROW;
  else if ((at + 1) * ROW > node.scrollTop + node.clientHeight) node.scrollTop = (at + 1) * ROW - node.clientHeight;
}

function nothing() {
  if (Object.values(state.list.filters).some(Boolean) && state.route.view !== "tier")
    return empty("search", t("queue.none_found"), t("queue.none_found_hint"));
  const { view } = state.route;
  return empty("inbox", t(`queue.empty.${view}`), t(`queue.empty_hint.${view}`));
}

/** What was drawn of each ticket: while nothing of it changes, its row is left alone. */
let drawn = new Map();
const KEPT = 400;

function row(ticket, n, count) {
  const time = timeOf(ticket);
  const chosen = state.list.chosen.has(ticket.id);
  const current = ticket.id === state.route.ticketId;
  const { view } = state.route;
  const key = [n, count, time.text, time.tone, slaText(ticket), Math.floor(now() / 60_000), chosen, current, view, language(), hasDraft(ticket.id)].join("|");
  const before = drawn.get(ticket.id);
  if (before?.ticket === ticket && before.key === key && before.tiers === state.tiers) return before.node;
  if (drawn.size > KEPT) drawn = new Map();
  const node = draw(ticket, n, count, time, chosen, current);
  drawn.set(ticket.id, { ticket, key, tiers: state.tiers, node });
  return node;
}

function draw(ticket, n, count, time, chosen, current) {
  return h(
    "li",
    {
      key: ticket.id,
      class: chosen ? "chosen" : null,
      "aria-setsize": count,
      "aria-posinset": n + 1,
      vars: { "--top": `${n * ROW}px` },
    },
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
        shownTime(ticket, time),
      ),
      h("span", { class: "row-text" }, preview(ticket)),
      h("span", { class: "row-badges" }, badges(ticket), ticket.unread > 0 && unread(ticket.unread)),
    ),
    h("input", {
      type: "checkbox",
      class: "row-choose",
      checked: chosen,
      "aria-label": t("search.choose", { number: ticket.number }),
      onchange: (event) => choose(ticket.id, event.target.checked),
    }),
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

function timeOf(ticket) {
  if (isQueued(ticket)) {
    const waited = now() - ticket.queued_at;
    return { text: duration(waited), tone: patience(waited) };
  }
  return { text: ago(now() - (ticket.closed_at ?? ticket.last?.at ?? ticket.updated_at)), tone: "" };
}

function shownTime(ticket, { text, tone }) {
  if (!isQueued(ticket)) return h("span", { class: "row-time" }, text);
  return h(
    "span",
    { class: `wait wait-${tone}`, title: t("queue.waiting") },
    icon("clock"),
    h("span", { class: "visually-hidden" }, t("queue.waiting")),
    text,
  );
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
  const elsewhere = ["all", "team", "tier", "breaching"].includes(state.route.view) && ticket.agent;
  return [
    ticket.kind === "internal" && badge(t("search.internal"), "info", { glyph: "link", key: "internal" }),
    ticket.for_agent?.id === state.user.id && badge(t("ticket.for_you"), "accent", { key: "for" }),
    ticket.reopened > 0 && badge(t("ticket.reopened"), "warn", { glyph: "reload", key: "reopened" }),
    escalationBadges(ticket),
    slaChip(ticket),
    restBadge(ticket),
    ticket.window && !isClosed(ticket) && windowSoon(ticket),
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
