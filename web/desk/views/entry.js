/** One entry of a timeline: a message, an internal note, or an event. */

import { pick, t } from "../i18n/index.js";
import { channelName, tierName } from "../i18n/names.js";
import { refreshThread } from "../state/thread.js";
import { avatar, badge, button } from "../ui/controls.js";
import { bytes, clock, moment, percent } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { markdown } from "../ui/markdown.js";
import { h } from "../ui/vdom.js";
import { channelMark, deliveryLine } from "./delivery.js";
import { slaEventText } from "./sla.js";
import { escalationEvent } from "./escalation.js";
import { TOOL_EVENTS, toolEventText } from "./tool_events.js";
import { triageEventText } from "./triage.js";

const EVENT_ICON = {
  triaged: "list",
  risk_raised: "alert",
  taken: "user",
  taken_over: "user",
  transferred: "swap",
  resent: "send",
  linked: "users",
  unlinked: "user",
  consent: "info",
  released: "inbox",
  returned: "bot",
  resolved: "check",
  withdrawn: "close",
  abandoned: "clock",
  idle: "clock",
  active: "user",
  confirmed: "thumbUp",
  reopened: "reload",
  rated: "star",
  offered: "bell",
  passed: "swap",
  ignored: "clock",
  requeued: "inbox",
  snoozed: "moon",
  woken: "sun",
  merged: "link",
  merged_in: "link",
  parted: "swap",
  blocked: "close",
  unblocked: "check",
  window_closing: "clock",
  followup_planned: "reload",
  followup_done: "reload",
  followup_dropped: "close",
  link_copied: "link",
  sla_warned: "clock",
  sla_breached: "alert",
};
const LINK_AGE = 60_000;
const bodies = new WeakMap();
let refreshedAt = 0;

/**
 * `continued`: same speaker as before; `tried`: the packet's articles; `seen`, `lastReply`: for the customer's tick;
 * `channel`: where there are several, by which it was said; `delivery`: what became of it, and whether one
 * `mayResend`; `elsewhere`: not in this ticket.
 */
export function entryView(entry, context) {
  if (entry.kind === "event") return eventView(entry);
  if (entry.kind === "consult") return consultView(entry);
  if (entry.kind === "note") return noteView(entry, context);
  if (entry.author === "system")
    return h(
      "li",
      { class: "system", key: entry.id },
      h("span", null, body(entry)),
      h("time", timeProps(entry.at), clock(entry.at)),
    );
  return messageView(entry, context);
}

function messageView(entry, { continued, tried, seen, lastReply, channel, delivery, mayResend, elsewhere, translation }) {
  const { article, attachments = [], buttons = [], text } = entry.content;
  return h(
    "li",
    {
      class: `entry entry-${entry.author}${continued ? " entry-continued" : ""}${elsewhere ? " entry-elsewhere" : ""}`,
      key: entry.id,
      "data-entry": entry.id,
    },
    !continued &&
      h(
        "p",
        { class: "entry-head" },
        avatar(entry.name, entry.author),
        h("span", { class: "entry-name" }, entry.name || t(`author.${entry.author}`)),
        entry.author === "bot" && h("span", { class: "entry-role" }, t("author.bot")),
        channelMark(channel),
        entry.content.custom?.mail?.checks && h("span", { class: "entry-role" }, entry.content.custom.mail.checks),
        h("time", timeProps(entry.at), clock(entry.at)),
      ),
    h(
      "div",
      { class: "bubble", title: moment(entry.at) },
      text && body(entry),
      translation && translated(translation),
      buttons.length > 0 &&
        h(
          "p",
          { class: "offered" },
          h("span", { class: "visually-hidden" }, t("entry.offered")),
          buttons.map((each) => h("span", { class: "offer" }, each.title)),
        ),
      attachments.length > 0 && attachmentList(attachments),
    ),
    article && articleLine(article, tried),
    entry.author === "agent" &&
      (delivery ? deliveryLine(entry.id, delivery, { labelled: lastReply, mayResend }) : !entry.before && !elsewhere && tick(seen, lastReply)),
  );
}

/** Text is kept once built: entries don't change. */
function body(entry) {
  const known = bodies.get(entry);
  if (known) return known;
  const text = entry.content.text ?? "";
  const built =
    entry.author === "customer" || entry.kind === "note"
      ? h("div", { class: "plain" }, text)
      : h("div", { class: "rich" }, markdown(text));
  bodies.set(entry, built);
  return built;
}

function articleLine(article, tried) {
  const helpful = tried.find((each) => each.article_id === article.id)?.helpful;
  return h(
    "p",
    { class: "entry-article" },
    icon("book"),
    h("span", null, article.title),
    typeof article.confidence === "number" && h("span", { class: "confidence" }, percent(article.confidence)),
    helpful === true && badge(t("packet.helpful"), "success", { glyph: "thumbUp" }),
    helpful === false && badge(t("packet.unhelpful"), "danger", { glyph: "thumbDown" }),
  );
}

function tick(seen, labelled) {
  return h(
    "p",
    { class: seen ? "tick tick-seen" : "tick" },
    icon(seen ? "checks" : "check", t(seen ? "entry.seen" : "entry.sent")),
    labelled && h("span", { "aria-hidden": "true" }, t(seen ? "entry.seen" : "entry.sent")),
  );
}

/** Beside what was said, and plainly not the speaker's own words. */
function translated(text) {
  return h(
    "div",
    { class: "translation" },
    h("span", { class: "translation-mark" }, icon("globe"), t("translation.by_machine")),
    h("p", { class: "plain" }, text),
  );
}

function noteView(entry, { translation }) {
  return h(
    "li",
    { class: "entry entry-note", key: entry.id },
    h(
      "p",
      { class: "entry-head" },
      icon(entry.data?.whisper ? "eye" : "lock"),
      h("strong", null, t(entry.data?.whisper ? "entry.whisper" : "entry.note")),
      h("span", { class: "entry-name" }, entry.name),
      h("time", timeProps(entry.at), clock(entry.at)),
    ),
    h("div", { class: "bubble" }, body(entry), translation && translated(translation)),
  );
}

/** A question to colleagues or an answer, which stands in its thread under the tab. */
function consultView(entry) {
  return h(
    "li",
    { class: "entry entry-note entry-consult", key: entry.id },
    h(
      "p",
      { class: "entry-head" },
      icon("users"),
      h("strong", null, t(entry.data.thread === entry.id ? "entry.consult" : "entry.consult_answer")),
      h("span", { class: "entry-name" }, entry.name),
      h("time", timeProps(entry.at), clock(entry.at)),
    ),
    h("div", { class: "bubble" }, h("div", { class: "plain" }, entry.content.text)),
  );
}

/** An event that says more than one thing. */
function detailedEvent(entry, { glyph, text, details }) {
  return h(
    "li",
    { class: `event event-${entry.event}`, key: entry.id },
    h("p", null, icon(glyph), h("span", null, text), h("time", timeProps(entry.at), clock(entry.at))),
    details.length > 0 &&
      h(
        "dl",
        { class: "event-details" },
        details.map(([name, value]) =>
          h("div", { key: name || "note" }, name && h("dt", null, name), h("dd", null, pick(value) || value)),
        ),
      ),
  );
}

function eventView(entry) {
  const escalation = escalationEvent(entry);
  if (escalation) return detailedEvent(entry, escalation);
  const { data } = entry;
  const words = data.note || data.briefing || data.comment || "";
  return h(
    "li",
    { class: `event event-${entry.event}`, key: entry.id },
    h(
      "p",
      null,
      icon(EVENT_ICON[entry.event] ?? "info"),
      h("span", null, eventText(entry)),
      h("time", timeProps(entry.at), clock(entry.at)),
    ),
    words && h("blockquote", null, words),
  );
}

function eventText({ event, name, data }) {
  if (event === "triaged" || event === "risk_raised") return triageEventText({ event, name, data });
  if (event.startsWith("sla_")) return slaEventText({ event, data });
  if (TOOL_EVENTS.has(event)) return toolEventText({ event, name, data });
  if (event === "taken" && data.by === "desk") return t("event.given", { name });
  if (event === "transferred" && data.given) return t("event.put_into", { name, agent: data.to_agent });
  if (event === "ignored" && data.away) return t("event.ignored_away", { agent: data.agent });
  if (event === "requeued") return t(`event.requeued_${data.why}`, { agent: data.agent });
  if (event === "transferred") {
    const key = data.to_agent
      ? "event.transferred_to"
      : data.to_tier === data.from_tier
        ? "event.put_back"
        : "event.transferred";
    return t(key, { name, tier: tierName(data.to_tier), agent: data.to_agent });
  }
  if (event === "resent")
    return t("event.resent", { name, channel: channelName(data.to), before: channelName(data.from) });
  if (event === "consent") {
    const key = data.granted ? "event.consent_granted" : "event.consent_withdrawn";
    return t(key, { name, channel: channelName(data.channel) });
  }
  if (event === "confirmed" && data.by === "silence") return t("event.confirmed_silence");
  if (event === "followup_planned" && data.reason !== "scheduled")
    return t("event.followup_planned_why", { tier: tierName(data.tier), reason: t(`followup.reason_${data.reason}`) });
  if (event === "followup_planned") {
    const who = `${t("colon")}${data.agent || tierName(data.tier)}`;
    return t("event.followup_planned", { when: moment(data.due_at), who });
  }
  if (event === "followup_done") return t("event.followup_done", { name, outcome: t(`followup.outcome_${data.outcome}`) });
  if (event === "taken_over") return t("event.taken_over", { name, before: data.from });
  const about = { name, agent: data.agent, score: data.score, number: data.number, channel: channelName(data.channel ?? "") };
  return event in EVENT_ICON ? t(`event.${event}`, { ...about, address: data.address }) : event;
}

/** A reply or note on its way; `again(item)` and `edit(item)` are for failed ones. */
export function pendingView(item, { again, edit }) {
  const failed = item.status === "failed";
  const own = item.kind === "note" ? "entry-note" : "entry-agent";
  return h(
    "li",
    { class: `entry ${own} entry-pending${failed ? " entry-failed" : ""}`, key: item.clientId },
    h(
      "div",
      { class: "bubble" },
      item.kind === "note"
        ? h("div", { class: "plain" }, item.text)
        : item.text && h("div", { class: "rich" }, markdown(item.text)),
      item.attachments.length > 0 && attachmentList(item.attachments),
    ),
    h(
      "p",
      { class: "tick", role: failed ? "alert" : null },
      icon(failed ? "alert" : "clock"),
      h(
        "span",
        null,
        failed
          ? [t("entry.failed"), item.error && ` ${item.error}`]
          : t(item.error ? "entry.unreached" : "entry.sending"),
      ),
      failed && [
        button({ text: t("retry"), small: true, onclick: () => again(item) }),
        button({ text: t("entry.edit"), small: true, kind: "quiet", onclick: () => edit(item) }),
      ],
    ),
  );
}

export function attachmentList(attachments) {
  return h(
    "ul",
    { class: "attachments" },
    attachments.map((each) => h("li", { key: each.id }, attachment(each))),
  );
}

function attachment({ name, media_type: type, size, url }) {
  const picture = type.startsWith("image/") && url;
  return h(
    "a",
    {
      class: picture ? "attachment attachment-image" : "attachment",
      href: url || null,
      target: "_blank",
      rel: "noopener",
      title: `${name} (${bytes(size)})`,
    },
    picture ? h("img", { src: `${url}&thumbnail=1`, alt: name, loading: "lazy", onerror: linkExpired }) : icon("file"),
    h("span", { class: "attachment-name" }, name),
    h("span", { class: "attachment-size" }, bytes(size)),
  );
}

/** Signed links live shortly: the ticket is fetched again for new ones, but not over and over for a broken picture. */
function linkExpired() {
  if (Date.now() - refreshedAt < LINK_AGE) return;
  refreshedAt = Date.now();
  refreshThread();
}

function timeProps(at) {
  return { datetime: new Date(at).toISOString(), title: moment(at) };
}
