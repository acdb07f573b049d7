/** The search over all conversations, and a look into those that have no ticket. */

import { t } from "../i18n/index.js";
import { channelName, stateName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { toSearch, toTicket } from "../state/route.js";
import { searchSoon } from "../state/search.js";
import { state } from "../state/store.js";
import { badge, empty, notice, searchBox, spinner } from "../ui/controls.js";
import { ago, moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

const OPERATORS = ['"…"', "from:customer", "from:agent", "from:bot", "channel:web", "tag:vip", "after:2026-01-31", "before:today"];

export function searchPage() {
  return [
    h("h1", { class: "visually-hidden" }, t("search.title")),
    h(
      "section",
      { class: "search-page", "aria-label": t("search.title") },
      searchBox(t("search.everything"), {
        defaultValue: state.search.q,
        maxlength: 400,
        mount: (node) => node.focus(),
        oninput: (event) => searchSoon(event.target.value),
      }),
      h(
        "p",
        { class: "search-help" },
        OPERATORS.map((each) => h("code", { key: each }, each)),
      ),
      results(),
    ),
    state.search.reading && reader(),
  ];
}

function results() {
  const { found, loading, error, more, waiting, q } = state.search;
  if (error) return notice("error", error.message);
  if (!found) return loading ? spinner(t("loading")) : empty("search", t("search.hint"));
  return h(
    "div",
    { class: "search-results", "aria-busy": loading, "aria-live": "polite" },
    waiting > 0 && notice("info", t("search.waiting", { count: waiting })),
    found.length === 0 && empty("search", t("search.nothing"), t("search.nothing_hint")),
    h("ol", { class: "found" }, found.map((each) => conversation(each, q))),
    more && h("p", { class: "hint" }, t("search.more")),
  );
}

function conversation(found, q) {
  const { ticket } = found;
  return h(
    "li",
    { key: found.id, class: "found-item" },
    h(
      "div",
      { class: "found-head" },
      h("strong", null, found.customer.name || t("customer.unnamed")),
      found.channel && badge(channelName(found.channel), "neutral"),
      ticket ? badge(`${ticket.number} · ${stateName(ticket.state)}`, "accent") : badge(t("search.bot_only"), "info", { glyph: "bot" }),
      found.matches > found.hits.length && h("span", { class: "hint" }, t("search.matches", { count: found.matches })),
    ),
    h("ul", null, found.hits.map((hit) => line(found, hit, q))),
  );
}

/** What is on a ticket is opened there; the rest is read beside the results. */
function line(found, hit, q) {
  const ticketId = hit.ticket_id || found.ticket?.id;
  const href = ticketId ? toTicket(ticketId, "all", hit.said) : toSearch(q, found.id, hit.said);
  const about = hit.kind === "ticket" ? t("search.in_ticket") : t("search.in_customer");
  return h(
    "li",
    { key: `${hit.kind}.${hit.said}` },
    h(
      "a",
      { class: "found-hit", href },
      hit.said
        ? [
            h("span", { class: "found-who" }, hit.kind === "entry" && hit.author === "agent" ? t("search.note") : t(`author.${hit.author}`)),
            h("span", { class: "found-text" }, hit.excerpt.map((piece) => (piece.hit ? h("mark", null, piece.text) : piece.text))),
          ]
        : h("span", { class: "found-text" }, about),
      h("span", { class: "row-time", title: moment(hit.at) }, ago(now() - hit.at)),
    ),
  );
}

function reader() {
  const { read, q } = state.search;
  return h(
    "section",
    { class: "search-read", "aria-label": t("timeline.label"), key: "reader" },
    h(
      "header",
      null,
      h("h2", null, read?.customer?.name || t("customer.unnamed")),
      h("a", { class: "button button-quiet button-icon", href: toSearch(q), "aria-label": t("dialog.close") }, icon("close")),
    ),
    !read && spinner(t("loading")),
    read?.error && notice("error", read.error.message),
    read?.messages && h("ol", { class: "read-messages" }, read.messages.map((each) => message(each, read.around))),
  );
}

function message(said, around) {
  const here = said.id === around;
  const files = (said.content.attachments ?? []).map(({ name }) => name).join(", ");
  return h(
    "li",
    {
      key: said.id,
      class: `read-message read-${said.author}${here ? " read-here" : ""}`,
      mount: here ? (node) => node.scrollIntoView({ block: "center" }) : undefined,
    },
    h("span", { class: "found-who" }, said.name || t(`author.${said.author}`)),
    h("p", null, said.content.text || files),
    h("time", { class: "row-time" }, moment(said.at)),
  );
}
