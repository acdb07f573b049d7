/** The middle pane: one ticket, its conversation and what can be done with it. */

import { t } from "../i18n/index.js";
import { channelName, languageName, stateName, tierName } from "../i18n/names.js";
import { openActionDialog, take } from "../state/actions.js";
import { now } from "../state/clock.js";
import { showWay } from "../state/flow.js";
import { copyStatusLink } from "../state/follow_ups.js";
import { writeFromTicket } from "../state/learning.js";
import { may } from "../state/pages.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { isClosed, isMine, isQueued } from "../state/tickets.js";
import { refreshThread } from "../state/thread.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { duration, patience } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { composer } from "./composer.js";
import { escalationBadges, escalationItems, internalBadge, resultButton } from "./escalation.js";
import { replyWindow } from "./person.js";
import { slaChip } from "./sla.js";
import { stageBar } from "./stages.js";
import { timeline } from "./timeline.js";
import { restBadge, toolItems } from "./tool_events.js";

export function ticketPane() {
  const { thread } = state;
  if (!thread)
    return h(
      "section",
      { class: "ticket ticket-none", id: "ticket", "aria-label": t("ticket.label") },
      empty("inbox", t("ticket.none"), t("ticket.none_hint")),
    );
  const ticket = state.tickets.get(thread.id);
  return h(
    "section",
    { class: "ticket", id: "ticket", key: thread.id, "aria-label": t("ticket.label"), tabindex: "-1" },
    ticket ? head(ticket) : h("header", { class: "ticket-head" }, back()),
    ticket && stageBar(ticket),
    body(thread, ticket),
  );
}

function body(thread, ticket) {
  if (thread.gone) return empty("lock", t("ticket.gone"), t("ticket.gone_hint"));
  if (thread.error && !thread.packet)
    return notice("error", thread.error.message, button({ text: t("retry"), small: true, onclick: refreshThread }));
  if (!thread.packet || !ticket) return spinner(t("loading"));
  return [timeline(thread, ticket), composer(thread, ticket)];
}

function head(ticket) {
  const { person } = state.thread;
  const channel = person?.identities.find((each) => each.replies)?.channel ?? ticket.channel;
  return h(
    "header",
    { class: "ticket-head" },
    back(),
    h(
      "div",
      { class: "ticket-title" },
      h(
        "h2",
        null,
        ticket.customer.name || t("customer.unnamed"),
        ticket.customer.verified &&
          h("span", { class: "verified", title: t("customer.verified") }, icon("check", t("customer.verified"))),
      ),
      h(
        "p",
        { class: "ticket-line" },
        h("span", { class: "number" }, ticket.number),
        standing(ticket),
        slaChip(ticket),
        internalBadge(ticket),
        escalationBadges(ticket),
        restBadge(ticket),
        replyWindow(person),
        h(
          "span",
          { class: "ticket-where" },
          [tierName(ticket.tier), channelName(channel), languageName(ticket.language)].join(" · "),
        ),
      ),
    ),
    actions(ticket),
  );
}

function back() {
  return h(
    "a",
    { class: "button button-quiet button-icon back", href: `#/${state.route.view}`, "aria-label": t("ticket.back") },
    icon("arrowLeft"),
  );
}

/** In whose hands it is, in a few words. */
function standing(ticket) {
  if (isQueued(ticket)) {
    const waited = now() - ticket.queued_at;
    return [
      badge(
        t("ticket.waiting", { time: duration(waited) }),
        { fine: "info", warn: "warn", long: "danger" }[patience(waited)],
        { glyph: "clock", key: "state" },
      ),
      ticket.for_agent && badge(t("ticket.for", { name: ticket.for_agent.name }), "accent", { key: "for" }),
    ];
  }
  if (isClosed(ticket))
    return [
      badge(stateName(ticket.state), ticket.state === "resolved" ? "success" : "neutral", { key: "state" }),
      ticket.agent && h("span", { class: "held" }, ticket.agent.name),
    ];
  return [
    isMine(ticket)
      ? badge(t("ticket.yours"), "accent", { key: "state" })
      : badge(t("ticket.with", { name: ticket.agent?.name ?? "" }), "info", { glyph: "user", key: "state" }),
    ticket.reopened > 0 && badge(t("ticket.reopened"), "warn", { glyph: "reload", key: "reopened" }),
    ticket.online ? null : badge(t("ticket.away"), "neutral", { key: "away" }),
  ];
}

function actions(ticket) {
  const can = (action) => ticket.can.includes(action);
  const item = (glyph, text, onclick) =>
    h("button", { type: "button", class: "menu-item", onclick }, icon(glyph), text);
  const more = [
    can("return") &&
      h(
        "span",
        { class: "menu-narrow" },
        item("bot", t("action.return"), () => openDialog("return", { ticket })),
      ),
    escalationItems(ticket).map(([glyph, text, act]) => item(glyph, text, act)),
    can("transfer") && item("swap", t("action.transfer"), () => openDialog("transfer", { ticket })),
    can("transfer") &&
      !isQueued(ticket) &&
      item("inbox", t("action.put_back"), () => openDialog("put_back", { ticket })),
    ...supervised(ticket, item),
    toolItems(ticket).map(([glyph, text, act]) => item(glyph, text, act)),
    answered(ticket) && item("book", t("action.article"), () => writeFromTicket(ticket)),
    item("history", t("way.action"), () => showWay(ticket)),
    ticket.kind !== "internal" && item("reload", t("followup.menu"), () => openDialog("followup", { id: crypto.randomUUID(), ticket })),
    item("copy", t("action.copy_link"), () => copyLink(ticket)),
    ticket.kind !== "internal" && item("link", t("status_link.copy"), () => copyStatusLink(ticket)),
  ];
  return h(
    "div",
    { class: "ticket-actions" },
    can("take") &&
      button({
        text: t(isQueued(ticket) ? "action.take" : "action.take_over"),
        glyph: "check",
        kind: "primary",
        disabled: state.busy.has(`take.${ticket.id}`),
        onclick: () => take(ticket.id),
        title: "T",
      }),
    can("return") &&
      button({
        text: t("action.return"),
        glyph: "bot",
        class: "action-wide",
        onclick: () => openActionDialog("return"),
      }),
    resultButton(ticket),
    can("resolve") &&
      button({
        text: t("action.resolve"),
        glyph: "check",
        kind: can("take") ? "plain" : "primary",
        onclick: () => openActionDialog("resolve"),
      }),
    menu(
      "more",
      { props: { class: "button button-quiet button-icon", "aria-label": t("action.more") }, children: icon("more") },
      more,
    ),
    button({
      glyph: "panel",
      label: t("context.toggle"),
      kind: "quiet",
      class: "panel-toggle",
      "aria-expanded": state.panel.open,
      onclick: togglePanel,
    }),
  );
}

/** In a colleague's ticket: what a supervisor may do. */
function supervised(ticket, item) {
  if (isQueued(ticket) || isClosed(ticket) || isMine(ticket) || !ticket.agent) return [];
  return [
    may("supervise") && item("eye", t("whisper.action", { name: ticket.agent.name }), () => openDialog("whisper", { ticket })),
    may("reassign") && item("user", t("take_over.action"), () => openDialog("take_over", { ticket })),
  ];
}

/** Whether an agent's answer is there that could become an article: in tickets that one holds, or that are closed. */
function answered(ticket) {
  const said = state.thread.entries?.some((entry) => entry.kind === "message" && entry.author === "agent");
  return said && (isMine(ticket) || isClosed(ticket));
}

function togglePanel() {
  state.panel.open = !state.panel.open;
  changed();
}

async function copyLink(ticket) {
  state.menu = "";
  await navigator.clipboard?.writeText(new URL(toTicket(ticket.id, "all"), document.baseURI).href);
  changed();
}
