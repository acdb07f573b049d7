/** The right pane: everything the bot handed over, and articles that may help. */

import { pick, t } from "../i18n/index.js";
import {
  languageName,
  reasonName,
  sentimentName,
  slotName,
  tierName,
  urgencyName,
  channelName,
} from "../i18n/names.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { badge, button, spinner } from "../ui/controls.js";
import { moment, percent } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { articlesPanel } from "./articles.js";
import { consultPanel, openQuestions } from "./consulting.js";
import { cardSection } from "./card.js";
import { attachmentList } from "./entry.js";
import { linkedSection } from "./escalation.js";
import { channels } from "./person.js";
import { triageSection } from "./triage.js";
import { summarySection } from "./summary.js";

export function contextPane() {
  const { thread, panel } = state;
  if (!thread || thread.gone) return null;
  const ticket = state.tickets.get(thread.id);
  return h(
    "aside",
    {
      class: panel.open ? "context context-open" : "context",
      "aria-label": t("context.label"),
      onkeydown: (event) => event.key === "Escape" && setPanel({ open: false }),
    },
    h(
      "div",
      { class: "context-head" },
      h(
        "div",
        { class: "context-tabs", role: "group", "aria-label": t("context.label") },
        ["packet", "articles", "consult"].map((tab) =>
          h(
            "button",
            { type: "button", key: tab, "aria-pressed": panel.tab === tab, onclick: () => setPanel({ tab }) },
            icon({ packet: "user", articles: "book", consult: "users" }[tab]),
            t(`context.${tab}`),
            tab === "consult" && openQuestions(thread) > 0 && h("span", { class: "unread" }, openQuestions(thread)),
          ),
        ),
      ),
      button({
        glyph: "close",
        label: t("dialog.close"),
        kind: "quiet",
        class: "context-close",
        onclick: () => setPanel({ open: false }),
      }),
    ),
    h(
      "div",
      { class: "context-body", key: panel.tab, tabindex: "0", role: "region", "aria-label": t(`context.${panel.tab}`) },
      thread.packet && ticket ? content(panel.tab, thread.packet, ticket) : !thread.error && spinner(t("loading")),
    ),
  );
}

function setPanel(change) {
  Object.assign(state.panel, change);
  changed();
}

function content(tab, packet, ticket) {
  if (tab === "articles") return articlesPanel(ticket);
  if (tab === "consult") return consultPanel(state.thread, ticket);
  return [
    linkedSection(state.thread),
    why(packet, ticket),
    triageSection(ticket, packet),
    summarySection(state.thread),
    ticket.rating && rating(ticket.rating),
    customer(packet.customer, ticket),
    cardSection(state.thread),
    channels(state.thread.person, ticket),
    details(packet.slots ?? {}),
    tried(packet.tried),
    failed(packet.failed),
    files(packet.attachments),
    about(packet, ticket),
  ];
}

function section(title, ...children) {
  return h("section", { class: "facts" }, h("h3", null, title), children);
}

function why(packet, ticket) {
  const urgent = { urgent: "danger", high: "warn" }[packet.urgency] ?? "neutral";
  return h(
    "section",
    { class: "facts facts-why" },
    h("h3", null, t("packet.why")),
    h("p", { class: "why" }, h("strong", null, reasonName(packet.reason))),
    packet.reason_detail && h("p", { class: "why-detail" }, packet.reason_detail),
    h(
      "p",
      { class: "why-badges" },
      badge(`${t("packet.urgency")}${t("colon")}${urgencyName(packet.urgency)}`, urgent),
      badge(
        `${t("packet.sentiment")}${t("colon")}${sentimentName(packet.sentiment)}`,
        { negative: "warn", positive: "success" }[packet.sentiment] ?? "neutral",
      ),
      badge(languageName(packet.language), "info", { glyph: "globe" }),
      ticket.reopened > 0 && badge(t("ticket.reopened_times", { count: ticket.reopened }), "warn", { glyph: "reload" }),
    ),
    h("h4", null, t("packet.question")),
    h("blockquote", { class: "question" }, packet.question),
  );
}

function rating({ score, comment, at }) {
  return section(
    t("packet.rating"),
    h(
      "p",
      { class: "stars", role: "img", "aria-label": t("packet.score", { score }) },
      [1, 2, 3, 4, 5].map((each) =>
        h("span", { class: each <= score ? "star-on" : "star-off", key: each }, icon("star")),
      ),
    ),
    comment && h("blockquote", { class: "question" }, comment),
    h("p", { class: "hint" }, moment(at)),
  );
}

function customer(person, ticket) {
  return section(
    t("packet.customer"),
    h(
      "p",
      { class: "person" },
      h("strong", null, person.name || t("customer.unnamed")),
      person.verified
        ? badge(t("customer.verified"), "success", { glyph: "check" })
        : badge(t("customer.unverified"), "neutral"),
    ),
    facts([
      [
        t("customer.email"),
        person.email && h("a", { href: `mailto:${encodeURIComponent(person.email)}` }, person.email),
      ],
      [t("customer.phone"), person.phone && h("a", { href: `tel:${encodeURIComponent(person.phone)}` }, person.phone)],
      [t("customer.user_id"), person.user_id && h("code", null, person.user_id)],
      [t("customer.channel"), channelName(ticket.channel)],
    ]),
  );
}

function details(slots) {
  const known = Object.entries(slots).filter(([, value]) => value !== null && value !== "");
  if (known.length === 0) return null;
  return section(
    t("packet.details"),
    facts(
      known.map(([name, value]) => [
        slotName(name),
        h("code", null, typeof value === "object" ? JSON.stringify(value) : String(value)),
      ]),
    ),
  );
}

function tried(articles) {
  if (articles.length === 0) return null;
  return section(
    t("packet.tried"),
    h(
      "ul",
      { class: "tried" },
      articles.map((each) =>
        h(
          "li",
          { key: `${each.article_id}/${each.language}` },
          h("p", { class: "tried-title" }, each.title),
          h(
            "p",
            { class: "tried-line" },
            h("span", {
              class: "meter",
              vars: { "--share": `${Math.round(each.confidence * 100)}%` },
              "aria-hidden": "true",
            }),
            h(
              "span",
              { class: "confidence", title: t("packet.confidence") },
              h("span", { class: "visually-hidden" }, `${t("packet.confidence")} `),
              percent(each.confidence),
            ),
            badge(t(each.shown ? "packet.shown" : "packet.not_shown"), each.shown ? "info" : "neutral"),
            verdict(each),
          ),
        ),
      ),
    ),
  );
}

function verdict({ shown, helpful }) {
  if (helpful === true) return badge(t("packet.helpful"), "success", { glyph: "thumbUp" });
  if (helpful === false) return badge(t("packet.unhelpful"), "danger", { glyph: "thumbDown" });
  return shown ? h("span", { class: "hint" }, t("packet.unmarked")) : null;
}

function failed(questions) {
  if (questions.length === 0) return null;
  return section(
    t("packet.failed"),
    h(
      "ul",
      { class: "failed" },
      questions.map((each, index) => h("li", { key: index }, each)),
    ),
  );
}

function files(attachments) {
  if (attachments.length === 0) return null;
  return section(t("packet.attachments"), attachmentList(attachments));
}

function about(packet, ticket) {
  return section(
    t("packet.about"),
    facts([
      [t("packet.number"), h("code", null, ticket.number)],
      [
        t("packet.tier"),
        [
          tierName(ticket.tier),
          pick(packet.tier_because) && h("span", { class: "because" }, pick(packet.tier_because)),
        ],
      ],
      [t("packet.created"), moment(ticket.created_at)],
      [t("packet.taken"), ticket.taken_at && moment(ticket.taken_at)],
      [t("packet.closed"), ticket.closed_at && moment(ticket.closed_at)],
      [t("packet.previous"), packet.previous && h("a", { href: toTicket(packet.previous.id) }, packet.previous.number)],
    ]),
  );
}

function facts(rows) {
  return h(
    "dl",
    null,
    rows
      .filter(([, value]) => value)
      .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
  );
}
