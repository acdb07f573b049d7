/** Who the customer is: on which channels, where answers go, whether we may write, and how that was found out. */

import { t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { invite, linkTicket, resendAnyway, setConsent, unlink } from "../state/person.js";
import { run } from "../state/notices.js";
import { may } from "../state/pages.js";
import { state } from "../state/store.js";
import { unblock } from "../state/tools.js";
import { badge, button } from "../ui/controls.js";
import { ago, duration, moment } from "../ui/format.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

/** The channels of the customer, as part of the customer's card. */
export function channels(person, ticket) {
  if (!person) return null;
  const can = (action) => ticket.can.includes(action);
  return h(
    "section",
    { class: "facts channels" },
    h("h3", null, t("person.channels")),
    h(
      "ul",
      { class: "identities" },
      person.identities.map((each) => identity(each, person.identities.length, can("identify"))),
    ),
    (can("identify") || can("reply")) &&
      h(
        "p",
        { class: "identity-actions" },
        can("reply") &&
          button({
            text: t("person.invite"),
            glyph: "swap",
            small: true,
            disabled: state.busy.has("invite"),
            onclick: invite,
          }),
        can("identify") &&
          button({
            text: t("person.link"),
            glyph: "plus",
            small: true,
            kind: "quiet",
            onclick: () => openDialog("link"),
          }),
      ),
    person.links.length > 0 &&
      h(
        "details",
        { class: "links" },
        h("summary", null, t("person.history", { count: person.links.length })),
        h("ol", null, person.links.map(link)),
      ),
  );
}

function identity(each, count, mine) {
  const { consent } = each;
  const withdrawn = consent.state === "withdrawn";
  return h(
    "li",
    { key: each.id, class: each.replies ? "identity identity-current" : "identity" },
    h(
      "p",
      { class: "identity-head" },
      h("strong", null, channelName(each.channel)),
      each.address ? h("code", null, each.address) : h("span", { class: "hint" }, t("person.no_number")),
      each.replies && badge(t("person.replies"), "accent", { glyph: "reply" }),
      !each.replies && each.here && badge(t("person.here"), "neutral"),
      (each.verified || each.proven.length > 0) && badge(t("customer.verified"), "success", { glyph: "check" }),
    ),
    h(
      "p",
      { class: "identity-line" },
      h("span", null, t("person.seen", { time: ago(now() - each.seen_at) })),
      each.blocked_at !== null
        ? badge(t("person.blocked"), "danger", { glyph: "close" })
        : badge(t(`consent.${consent.state || "unknown"}`), withdrawn ? "danger" : "neutral", {
            title: consent.at && `${sourceName(consent.source)} · ${moment(consent.at)}`,
          }),
      each.window && windowBadge(each.window),
      each.block && badge(t("block.badge"), "danger", { glyph: "close", title: blockTitle(each.block) }),
    ),
    each.block && h("p", { class: "hint" }, blockTitle(each.block)),
    may("block") && blockButton(each),
    mine &&
      h(
        "p",
        { class: "identity-actions" },
        each.blocked_at === null &&
          button({
            text: t(withdrawn ? "person.allow" : "person.forbid"),
            small: true,
            kind: "quiet",
            "aria-label": `${t(withdrawn ? "person.allow" : "person.forbid")}: ${channelName(each.channel)}`,
            disabled: state.busy.has(`consent.${each.id}`),
            onclick: () => setConsent(each, withdrawn),
          }),
        count > 1 &&
          button({
            text: t("person.unlink"),
            small: true,
            kind: "quiet",
            "aria-label": `${t("person.unlink")}: ${channelName(each.channel)}`,
            onclick: () => openDialog("unlink", { identity: each }),
          }),
      ),
  );
}

function blockTitle({ by_name: name, at, until, reason, turned_away: count }) {
  const end = until ? t("block.until", { time: moment(until) }) : t("block.for_ever");
  return `${reason} · ${name} · ${moment(at)} · ${end} · ${t("block.turned_away", { count })}`;
}

function blockButton(each) {
  const { id } = state.thread;
  const [text, act] = each.block
    ? [t("action.unblock"), () => run(`block.${each.id}`, () => unblock(id, each.id))]
    : [t("action.block"), () => openDialog("block", { identity: each, ticketId: id })];
  return h(
    "p",
    { class: "identity-actions" },
    button({
      text,
      small: true,
      kind: "quiet",
      "aria-label": `${text}${t("colon")}${channelName(each.channel)}`,
      disabled: state.busy.has(`block.${each.id}`),
      onclick: act,
    }),
  );
}

/** How long the vendor still lets us write; the clock runs. */
export function windowBadge({ until, left }) {
  const time = until - now();
  if (time <= 0 || left === 0) return badge(t("window.closed"), "danger", { glyph: "clock", key: "window" });
  const tone = time < 3_600_000 || left === 1 ? "warn" : "info";
  const text = left === null ? t("window.open", { time: duration(time) }) : t("window.left", { time: duration(time), left });
  return badge(text, tone, { glyph: "clock", key: "window" });
}

/** The window of the address to which answers go now, where its vendor has one. */
export function replyWindow(person) {
  const current = person?.identities.find((each) => each.replies);
  return current?.window ? windowBadge(current.window) : null;
}

function sourceName(source) {
  if (source.startsWith("agent:")) return source.slice(6);
  return source ? t(`source.${source}`) : "";
}

function link(each) {
  const name = (end) => (end ? `${channelName(end.channel)} ${end.address}` : t("person.gone"));
  return h(
    "li",
    { key: each.id, class: each.undone_at ? "link link-undone" : "link" },
    h("span", null, `${name(each.one)} = ${name(each.other)}`),
    h(
      "span",
      { class: "hint" },
      [t(`how.${each.how}`), each.by, moment(each.at)].filter(Boolean).join(" · "),
      each.undone_at &&
        h("span", null, ` · ${t("person.undone", { name: each.undone_by || t("author.customer"), time: moment(each.undone_at) })}`),
    ),
  );
}

export function unlinkDialog({ identity: each }) {
  return modal(
    {
      title: t("unlink.title", { channel: channelName(each.channel) }),
      form: submitting("unlink", () => unlink(each)),
    },
    [h("p", null, h("code", null, each.address)), h("p", null, t("unlink.explain")), formError("unlink")],
    [cancelButton(), submitButton("unlink", t("person.unlink"), "danger")],
  );
}

export function linkDialog() {
  return modal(
    { title: t("link.title"), form: submitting("link", ({ number }) => linkTicket(number.trim())) },
    [
      h("p", null, t("link.explain")),
      field("link", { name: "number", label: t("link.number"), required: true, maxlength: 40, autofocus: true }),
      formError("link", ["number"]),
    ],
    [cancelButton(), submitButton("link", t("person.link"))],
  );
}

export function resendDialog({ messageId, way }) {
  const channel = channelName(way.channel);
  return modal(
    {
      title: t("resend.title", { channel }),
      form: submitting("resend", () => resendAnyway(messageId, way)),
    },
    [h("p", null, t("resend.explain")), formError("resend")],
    [cancelButton(), submitButton("resend", t("resend.anyway"))],
  );
}
