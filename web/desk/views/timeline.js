/** The conversation: the bot's transcript, the handover, what people said since, and what is still on its way. */

import { t } from "../i18n/index.js";
import { reasonName, sentimentName, urgencyName } from "../i18n/names.js";
import { changeDraft, draft } from "../state/drafts.js";
import { retry, waiting, withdraw } from "../state/outgoing.js";
import { loadEarlier } from "../state/person.js";
import { recall, remember } from "../state/preferences.js";
import { changed, state } from "../state/store.js";
import { toggleTranslation, translates } from "../state/translation.js";
import { markSeen, typingNow } from "../state/thread.js";
import { badge, button, segmented } from "../ui/controls.js";
import { clock, day, sameDay } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { entryView, pendingView } from "./entry.js";

const NEAR_END = 60;
/** Where the reader is: follow new messages only for those who read at the end. */
const reading = { id: "", atEnd: true, newest: "" };

export function timeline(thread, ticket) {
  if (reading.id !== thread.id) Object.assign(reading, { id: thread.id, atEnd: true, newest: "" });
  const pending = waiting(thread.id);
  return h(
    "div",
    { class: "timeline-holder" },
    h(
      "div",
      {
        class: "timeline",
        key: "timeline",
        tabindex: "0",
        role: "region",
        "aria-label": t("timeline.label"),
        onscroll: scrolled,
        effect: follow,
      },
      h(
        "ol",
        { class: "entries" },
        thread.earlier !== null && wide() && earlierButton(),
        items(thread, ticket),
        pending.map((item) => pendingView(item, { again: retry, edit: takeBack })),
      ),
      typing(thread, ticket),
    ),
    (elsewhere(thread).length > 0 || translates(thread, ticket)) &&
      h(
        "div",
        { class: "timeline-scope", key: "scope" },
        elsewhere(thread).length > 0 &&
          segmented(
            t("timeline.scope"),
            [
              ["all", t("timeline.all")],
              ["ticket", t("timeline.ticket")],
            ],
            wide() ? "all" : "ticket",
            (scope) => (remember("all_channels", scope === "all"), changed()),
          ),
        translates(thread, ticket) && translationToggle(thread),
      ),
    !reading.atEnd &&
      button({ glyph: "down", text: t("timeline.latest"), small: true, class: "to-latest", onclick: toEnd }),
  );
}

function translationToggle(thread) {
  return button({
    glyph: "globe",
    text: t(thread.translating ? "translation.off" : "translation.on"),
    small: true,
    disabled: state.busy.has(`translate.${thread.id}`),
    onclick: toggleTranslation,
  });
}

function items(thread, ticket) {
  const nodes = [];
  const all = everything(thread);
  const channelOf = (entry) =>
    thread.marks.get(entry.id)?.channel ?? (entry.kind === "message" ? ticket.channel : "");
  const several = new Set(all.map(channelOf).filter(Boolean)).size > 1;
  const handover = (thread.linked?.case ? all : thread.entries).find((entry) => !entry.before)?.id;
  const seen = thread.entries.find((entry) => entry.id === thread.seenByCustomer)?.n ?? 0;
  const lastReply = all.findLast((entry) => entry.kind === "message" && entry.author === "agent")?.id;
  let previous = null;
  for (const entry of all) {
    const channel = channelOf(entry);
    if (!previous || !sameDay(previous.at, entry.at))
      nodes.push(h("li", { class: "day", key: `day-${entry.id}` }, h("span", null, day(entry.at))));
    if (entry.id === handover) nodes.push(handoverCard(thread.packet, ticket, entry.at));
    if (!(entry.kind === "event" && entry.event === "opened")) {
      nodes.push(
        entryView(entry, {
          continued: continues(previous, entry) && channel === channelOf(previous),
          channel: several ? channel : "",
          delivery: thread.marks.get(entry.id)?.delivery,
          mayResend: ticket.can.includes("resend"),
          elsewhere: entry.elsewhere,
          tried: thread.packet.tried,
          seen: entry.n <= seen,
          lastReply: entry.id === lastReply,
          translation: thread.translating ? thread.translations.get(entry.id) : "",
        }),
      );
    }
    previous = entry;
  }
  if (!handover) nodes.push(handoverCard(thread.packet, ticket, ticket.created_at));
  return nodes;
}

/** What the ticket has, and what else was said with this customer, on whichever channel; in the order of time. */
function everything(thread) {
  const others = wide() ? elsewhere(thread) : [];
  const own = inCase(thread);
  if (others.length === 0 && own.length === 0) return thread.entries;
  return [...others, ...own, ...thread.entries].sort((one, other) => one.at - other.at);
}

/** What stands in the case that an internal ticket works for; what is said in both is said once. */
function inCase(thread) {
  const own = new Set(thread.entries.map((entry) => entry.id));
  const both = ({ data }) => data?.ticket_id === thread.id || data?.internal?.id === thread.id;
  return (thread.linked?.timeline ?? []).filter((entry) => !own.has(entry.id) && !both(entry));
}

function elsewhere(thread) {
  const own = new Set([...inCase(thread), ...thread.entries].map((entry) => entry.id));
  return thread.history.filter(
    (each) => !own.has(each.id) && each.author !== "system" && !sentFromHere(thread, each),
  );
}

/** A reply of this ticket whose entry is still on its way to this page. */
function sentFromHere(thread, { author, at }) {
  const last = thread.entries.at(-1);
  return author === "agent" && last && at >= last.at;
}

const wide = () => recall("all_channels", true);

function earlierButton() {
  return h(
    "li",
    { class: "earlier", key: "earlier" },
    button({
      text: t("timeline.earlier"),
      small: true,
      kind: "quiet",
      disabled: state.busy.has("earlier"),
      onclick: loadEarlier,
    }),
  );
}

/** The same speaker within five minutes needs no new name. */
function continues(previous, entry) {
  const same =
    previous &&
    previous.kind === entry.kind &&
    previous.author === entry.author &&
    previous.name === entry.name &&
    previous.before === entry.before;
  return Boolean(same) && entry.kind === "message" && entry.at - previous.at < 300_000;
}

/** The essence of the packet, where the bot stopped and people take over. */
function handoverCard(packet, ticket, at) {
  const tone = { urgent: "danger", high: "warn" }[packet.urgency] ?? "neutral";
  return h(
    "li",
    { class: "handover", key: "handover" },
    h("div", { class: "handover-line" }, h("span", null, icon("swap"), t("timeline.handover"), " · ", clock(at))),
    h(
      "div",
      { class: "handover-card" },
      h(
        "p",
        { class: "handover-why" },
        h("strong", null, reasonName(packet.reason)),
        packet.reason_detail && h("span", null, packet.reason_detail),
      ),
      packet.summary && h("p", { class: "handover-summary" }, packet.summary),
      h(
        "p",
        { class: "handover-badges" },
        badge(`${t("packet.urgency")}${t("colon")}${urgencyName(packet.urgency)}`, tone),
        badge(
          `${t("packet.sentiment")}${t("colon")}${sentimentName(packet.sentiment)}`,
          packet.sentiment === "negative" ? "warn" : "neutral",
        ),
        packet.tried.length > 0 &&
          badge(t("packet.tried_count", { count: packet.tried.length }), "neutral", { glyph: "book" }),
        packet.failed.length > 0 &&
          badge(t("packet.failed_count", { count: packet.failed.length }), "neutral", { glyph: "alert" }),
        ticket.reopened > 0 &&
          badge(t("ticket.reopened_times", { count: ticket.reopened }), "warn", { glyph: "reload" }),
      ),
    ),
  );
}

function typing(thread, ticket) {
  const nameless = { customer: ticket.customer.name || t("customer.unnamed"), agent: t("author.agent") };
  const writing = typingNow(thread);
  const names = writing.map(({ author, name }) => name || nameless[author]);
  const key = { reply: "viewers.replies", note: "viewers.notes" }[writing.find((each) => each.author === "agent")?.what];
  return h(
    "p",
    { class: "typing", "aria-live": "polite" },
    names.length > 0 && [
      h("span", { class: "typing-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      key && writing.length === 1
        ? t(key, { name: names[0] })
        : t("timeline.typing", { names: names.join(t("comma")), count: names.length }),
    ],
  );
}

/** A failed message goes back into the box, before what is there by now, with what it was made of and was to do. */
function takeBack(item) {
  const { text, kind, ticketId, attachments, macros = [], articles = [], actions = [] } = withdraw(item);
  const mode = kind === "note" ? "note" : "reply";
  const current = draft(ticketId);
  changeDraft(ticketId, {
    mode,
    [mode]: [text, current[mode]].filter(Boolean).join("\n"),
    attachments: [...attachments.map((each) => ({ ...each, key: each.id })), ...current.attachments],
    macros: [...new Set([...macros, ...(current.macros ?? [])])],
    articles: [...new Set([...articles, ...(current.articles ?? [])])],
    actions: [...actions, ...(current.actions ?? [])],
  });
  changed();
}

function scrolled(event) {
  const node = event.currentTarget;
  const atEnd = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_END;
  if (atEnd !== reading.atEnd) {
    reading.atEnd = atEnd;
    changed();
  }
}

function follow(node) {
  const newest = `${state.thread?.entries.at(-1)?.id}/${waiting(reading.id).at(-1)?.clientId ?? ""}`;
  const own = newest !== reading.newest && waiting(reading.id).length > 0;
  reading.newest = newest;
  if (leadTo(node, state.route.entryId)) return;
  if (reading.atEnd || own) node.scrollTop = node.scrollHeight;
  if (reading.atEnd) markSeen();
}

let led = "";

/** Shows the entry that the address names, once. */
function leadTo(node, entryId) {
  const place = `${reading.id}/${entryId}`;
  if (led === place) return false;
  const entry = entryId && node.querySelector(`[data-entry="${CSS.escape(entryId)}"]`);
  if (entryId && !entry) return false;
  led = place;
  if (!entry) return false;
  reading.atEnd = false;
  entry.classList.add("entry-found");
  entry.scrollIntoView({ block: "center" });
  return true;
}

function toEnd() {
  reading.atEnd = true;
  changed();
}
