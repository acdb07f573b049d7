/** Escalation as one sees it: the dialogs, the linked tickets, marks on tickets, and what stands on the timeline. */

import { t } from "../i18n/index.js";
import { stateName, tierName } from "../i18n/names.js";
import { ask, attend, newClientId } from "../state/escalation.js";
import { run } from "../state/notices.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { isClosed } from "../state/tickets.js";
import { badge, button, notice } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const LONGEST = 2000;

export const openEscalate = (ticket) => openDialog("escalate", { ticket, clientId: newClientId(), tier: "", keep: false });

/** `kind`: give_back | result | bounce | inform | reopen; `ticket` needs an id and a number. */
export const openWords = (kind, ticket) => openDialog(kind, { ticket, clientId: newClientId() });

export function escalateDialog(data) {
  const { ticket, clientId } = data;
  const others = state.tiers.filter((tier) => tier.id !== ticket.tier);
  const next = state.tiers.find((tier) => tier.id === ticket.tier)?.next;
  const chosen = others.find((tier) => tier.id === (data.tier || next)) ?? others[0];
  const mayKeep = ticket.can.includes("reply");
  const keep = mayKeep && (data.keep || !chosen?.faces_customer);
  const change = (values) => (Object.assign(data, values), changed());
  const way = (value, title, hint, disabled) =>
    h(
      "label",
      { class: "way", key: title },
      h("input", {
        type: "radio",
        name: "way",
        value: title,
        checked: keep === value,
        disabled,
        onchange: () => change({ keep: value }),
      }),
      h("span", null, h("strong", null, t(title)), h("span", { class: "hint" }, t(hint))),
    );
  return modal(
    {
      title: t("escalate.title", { number: ticket.number }),
      form: submitting("escalate", ({ tried, asked }) =>
        ask(ticket.id, "escalate", {
          client_id: clientId,
          tier: chosen?.id ?? "",
          keep,
          tried: tried.trim(),
          asked: asked.trim(),
        }),
      ),
    },
    [
      field("escalate", {
        name: "tier",
        label: t("escalate.tier"),
        options: others.map((tier) => [tier.id, tierName(tier.id) + (tier.open ? "" : ` · ${t("tier.closed")}`)]),
        value: chosen?.id,
        onchange: (event) => change({ tier: event.target.value, keep: false }),
      }),
      h(
        "fieldset",
        { class: "ways" },
        h("legend", null, t("escalate.way")),
        way(false, "escalate.over", "escalate.over_hint", !chosen?.faces_customer),
        way(true, "escalate.keep", "escalate.keep_hint", !mayKeep),
      ),
      required("escalate", "tried", t("escalate.tried"), t("escalate.tried_hint"), true),
      required("escalate", "asked", t("escalate.asked"), t("escalate.asked_hint")),
      formError("escalate", ["tier", "tried", "asked"]),
    ],
    [cancelButton(), submitButton("escalate", t("action.escalate"))],
  );
}

function required(form, name, label, hint = "", autofocus = false) {
  return field(form, { name, label, hint, area: true, maxlength: LONGEST, required: true, autofocus, rows: 3 });
}

/** A dialog with one text that colleagues read. */
function words(kind, { ticket, clientId }, name, body, optional = false) {
  const path = kind.replace("_", "-");
  return modal(
    {
      title: t(`words.${kind}.title`, { number: ticket.number }),
      form: submitting(kind, (values) =>
        ask(ticket.id, path, { client_id: clientId, [name]: values[name].trim(), ...body(values) }),
      ),
    },
    [
      h("p", null, t(`words.${kind}.explain`)),
      field(kind, {
        name,
        label: t(`words.${kind}.text`),
        area: true,
        maxlength: LONGEST,
        required: !optional,
        autofocus: true,
      }),
      kind === "result" &&
        h(
          "label",
          { class: "choice" },
          h("input", { type: "checkbox", name: "done", value: "yes", mount: check }),
          h("span", null, t("words.result.done")),
        ),
      formError(kind, [name]),
    ],
    [cancelButton(), submitButton(kind, t(`action.${kind}`))],
  );
}

const check = (node) => {
  node.checked = true;
};
const nothing = () => ({});

export const ESCALATION_DIALOGS = {
  escalate: escalateDialog,
  give_back: (data) => words("give_back", data, "note", nothing, true),
  result: (data) => words("result", data, "text", ({ done }) => ({ done: done === "yes" })),
  bounce: (data) => words("bounce", data, "text", nothing),
  inform: (data) => words("inform", data, "text", nothing),
  reopen: (data) => words("reopen", data, "text", nothing),
};

/** What can be done with `ticket` here, as entries of its menu: `[glyph, text, act]`. */
export function escalationItems(ticket) {
  const can = (action) => ticket.can.includes(action);
  return [
    can("escalate") && ["arrowUp", t("action.escalate"), () => openEscalate(ticket)],
    can("give_back") && ["arrowDown", t("action.give_back"), () => openWords("give_back", ticket)],
    can("bounce") && ["reply", t("action.bounce"), () => openWords("bounce", ticket)],
    can("attend") && ["check", t("action.attend"), () => run("attend", () => attend(ticket.id))],
  ].filter(Boolean);
}

export function resultButton(ticket) {
  if (!ticket.can.includes("result")) return null;
  return button({
    text: t("action.result"),
    glyph: "check",
    kind: "primary",
    onclick: () => openWords("result", ticket),
  });
}

export function internalBadge(ticket) {
  return ticket.kind === "internal" && badge(t("ticket.internal"), "info", { glyph: "lock", key: "internal" });
}

/** Marks of what is out of the ordinary. */
export function escalationBadges(ticket) {
  return [
    ticket.attention && badge(t("ticket.attention"), "danger", { glyph: "alert", key: "attention" }),
    ticket.bounces > 0 && badge(t("ticket.bounces", { count: ticket.bounces }), "warn", { key: "bounces" }),
  ];
}

/** Before a case is closed: what ends with it. */
export function endingNotice(thread) {
  const count = thread?.linked?.internals.filter((each) => !isClosed(each)).length;
  return count ? notice("warn", t("linked.will_end", { count })) : null;
}

/** The tickets linked with the one on the screen, as they stand. */
export function linkedSection(thread) {
  const { linked } = thread;
  if (!linked || (!linked.case && linked.internals.length === 0)) return null;
  const own = state.tickets.get(thread.id);
  return h(
    "section",
    { class: "facts linked" },
    h("h3", null, t(linked.case ? "linked.case" : "linked.internals")),
    h(
      "ul",
      null,
      (linked.case ? [linked.case] : linked.internals).map((each) => linkedTicket(each, own)),
    ),
  );
}

function linkedTicket(each, own) {
  const waits = each.kind === "internal" && each.state === "waiting_customer";
  const asks = each.kind === "internal" && own?.can.includes("reply");
  return h(
    "li",
    { class: "linked-ticket", key: each.id },
    h(
      "p",
      { class: "linked-head" },
      each.kind === "internal" || state.tickets.has(each.id)
        ? h("a", { href: toTicket(each.id) }, each.number)
        : h("code", null, each.number),
      badge(
        waits ? t("linked.waits") : stateName(each.state),
        waits ? "warn" : each.state === "resolved" ? "success" : "info",
      ),
      each.breached && badge(t("linked.late"), "danger", { glyph: "clock" }),
    ),
    h("p", { class: "hint" }, [tierName(each.tier), each.agent?.name].filter(Boolean).join(" · ")),
    h("blockquote", { class: "question" }, each.question),
    asks &&
      h(
        "p",
        { class: "linked-actions" },
        waits && button({ text: t("action.inform"), small: true, onclick: () => openWords("inform", each) }),
        isClosed(each) && button({ text: t("action.reopen"), small: true, onclick: () => openWords("reopen", each) }),
      ),
  );
}

const GLYPHS = {
  escalated: "arrowUp",
  given_back: "arrowDown",
  internal_opened: "lock",
  internal_result: "check",
  internal_reopen: "reload",
  bounced: "reply",
  informed: "info",
  alerted: "alert",
  attended: "check",
  consult_done: "users",
};

/** What an event of this part says: `{glyph, text, details}`, or `null` for others. */
export function escalationEvent({ event, name, data }) {
  if (!(event in GLYPHS)) return null;
  return { glyph: GLYPHS[event], text: eventText(event, name, data), details: details(data) };
}

function eventText(event, name, data) {
  const about = { name, tier: tierName(data.to_tier ?? ""), agent: data.to_agent, number: data.number ?? "" };
  if (event === "escalated") {
    if (data.internal) return t("event.asked", { ...about, number: data.internal.number });
    return t(data.because ? "event.escalated_itself" : "event.escalated", about);
  }
  if (event === "given_back") return t(data.to_agent ? "event.given_back_to" : "event.given_back", about);
  if (event === "alerted") return t(data.cause === "bounces" ? "event.alerted_bounces" : "event.alerted", data);
  if (event === "consult_done") return t(data.done ? "event.consult_done" : "event.consult_again", about);
  return t(`event.${event}`, about);
}

function details({ tried, asked, note, because }) {
  return [
    because && [t("escalate.because"), because],
    tried && [t("escalate.tried"), tried],
    asked && [t("escalate.asked"), asked],
    note && ["", note],
  ].filter(Boolean);
}
