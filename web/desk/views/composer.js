/** Where the agent writes: a reply to the customer or an internal note, which look different on purpose. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { attach, detach, take } from "../state/actions.js";
import { changeDraft, draft } from "../state/drafts.js";
import { send } from "../state/live.js";
import { sendEntry } from "../state/outgoing.js";
import { changed, show, state } from "../state/store.js";
import { isClosed, isQueued } from "../state/tickets.js";
import { overtakenBy, sent as replied, writes } from "../state/together.js";
import { restoreDraft, translateDraft, translates } from "../state/translation.js";
import { button } from "../ui/controls.js";
import { bytes } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { mentionKey, mentionList, mentionProps, trackMention } from "../ui/mentions.js";
import { h } from "../ui/vdom.js";
import { actionChips, collisions, viewersHere, windowLine } from "./composer_lines.js";
import { macroKey, macroList, macroProps, trackMacro } from "./macro_list.js";

const LIMIT = 4000;
const NEARLY = 3500;
const PLACEHOLDERS = /^(customer|ticket|order|agent|team)\.\w+$/u;
const TYPING_EVERY = 3_000;
const TYPING_STOPS = 5_000;
const typing = { ticketId: "", what: "reply", sentAt: 0, timer: 0 };

export function composer(thread, ticket) {
  const replying = ticket.can.includes("reply");
  const current = draft(ticket.id);
  const mode = ticket.kind === "internal" ? "note" : current.mode;
  const open = replying || mode === "note";
  const tab = (name, glyph) =>
    h(
      "button",
      { type: "button", "aria-pressed": mode === name, onclick: () => setMode(ticket.id, name) },
      icon(glyph),
      t(`composer.${name}`),
    );
  return h(
    "form",
    {
      class: `composer composer-${mode}${open ? "" : " composer-shut"}`,
      "aria-label": t("composer.label"),
      onsubmit: (event) => submit(event, ticket, mode),
      ondragover: allowDrop,
      ondrop: (event) => drop(event, ticket, mode),
    },
    !replying && why(ticket),
    viewersHere(thread),
    replying && mode === "reply" && windowLine(ticket),
    collisions(thread, ticket),
    h(
      "div",
      { class: "composer-tabs", role: "group", "aria-label": t("composer.kind") },
      ticket.kind !== "internal" && tab("reply", "reply"),
      tab("note", "lock"),
    ),
    open &&
      h(
        "div",
        { class: "list-anchor", key: "lists" },
        mode === "reply" ? macroList(ticket) : mentionList("composer-text", (text) => typed(ticket, mode, text)),
      ),
    open &&
      h(
        "div",
        { class: "grow", "data-text": `${current[mode]}\n` },
        h("textarea", {
          id: "composer-text",
          key: "text",
          ...(mode === "note" ? mentionProps("composer-text") : macroProps(ticket)),
          rows: 1,
          "aria-label": t(mode === "note" ? "composer.note_label" : "composer.reply_label"),
          "aria-describedby": "composer-hint",
          placeholder: t(mode === "note" ? "composer.note_placeholder" : "composer.reply_placeholder"),
          value: current[mode],
          oninput: (event) => written(event.target, ticket, mode),
          onkeydown: (event) => keyed(event, ticket, mode),
          onblur: stopTyping,
          onpaste: (event) => paste(event, ticket, mode),
        }),
      ),
    mode === "reply" && current.attachments.length > 0 && files(ticket, current.attachments),
    open && mode === "reply" && actionChips(ticket, current),
    open && mode === "reply" && current.original && originalLine(ticket, current.original),
    open && foot(ticket, mode, current),
  );
}

/** Why one can't reply here, and what to do about it. */
function why(ticket) {
  if (ticket.kind === "internal")
    return h("div", { class: "composer-why" }, icon("lock"), h("span", null, t("composer.internal")));
  const text = isQueued(ticket)
    ? t("composer.take_first")
    : isClosed(ticket)
      ? t("composer.closed")
      : t("composer.held", { name: ticket.agent?.name ?? "" });
  return h(
    "div",
    { class: "composer-why" },
    icon("info"),
    h("span", null, text),
    isQueued(ticket) &&
      ticket.can.includes("take") &&
      button({
        text: t("action.take"),
        kind: "primary",
        small: true,
        disabled: state.busy.has(`take.${ticket.id}`),
        onclick: () => take(ticket.id),
      }),
  );
}

function files(ticket, attachments) {
  return h(
    "ul",
    { class: "draft-files" },
    attachments.map((each) =>
      h(
        "li",
        { key: each.key },
        each.id ? icon("file") : h("span", { class: "spinner", role: "img", "aria-label": t("composer.uploading") }),
        h("span", { class: "attachment-name" }, each.name),
        h("span", { class: "attachment-size" }, bytes(each.size)),
        button({
          glyph: "close",
          label: t("composer.remove", { name: each.name }),
          kind: "quiet",
          small: true,
          onclick: () => detach(ticket.id, each.key),
        }),
      ),
    ),
  );
}

/** What was written before it was translated: side by side until it is sent. */
function originalLine(ticket, original) {
  return h(
    "div",
    { class: "translation composer-original" },
    h("span", { class: "translation-mark" }, icon("globe"), t("translation.original")),
    h("p", { class: "plain" }, original),
    button({
      text: t("translation.restore"),
      kind: "quiet",
      small: true,
      onclick: () => restoreDraft(ticket.id),
    }),
  );
}

function foot(ticket, mode, current) {
  const length = [...current[mode]].length;
  return h(
    "div",
    { class: "composer-foot" },
    mode === "reply" && [
      h(
        "label",
        { class: "button button-quiet button-icon file-button", title: t("composer.attach") },
        icon("attach"),
        h("span", { class: "visually-hidden" }, t("composer.attach")),
        h("input", {
          type: "file",
          multiple: true,
          class: "visually-hidden",
          onchange: (event) => chosen(event, ticket),
        }),
      ),
      button({ glyph: "book", label: t("composer.articles"), kind: "quiet", onclick: showArticles }),
      translates(state.thread, ticket) &&
        button({
          glyph: "globe",
          label: t("translation.draft", { language: languageName(ticket.language) }),
          kind: "quiet",
          disabled: !current.reply.trim() || state.busy.has(`translate_draft.${ticket.id}`),
          onclick: () => translateDraft(ticket),
        }),
    ],
    h(
      "span",
      { class: "composer-hint", id: "composer-hint" },
      t(mode === "note" ? "composer.note_hint" : "composer.hint"),
    ),
    mode === "reply" && unfilled(current.reply) &&
      h("span", { class: "length length-over", role: "status" }, t("composer.unfilled", { name: unfilled(current.reply) })),
    length > NEARLY &&
      h("span", { class: length > LIMIT ? "length length-over" : "length", role: "status" }, `${length} / ${LIMIT}`),
    button({
      type: "submit",
      text: t(mode === "note" ? "composer.add_note" : "composer.send"),
      glyph: mode === "note" ? "note" : "send",
      kind: "primary",
      disabled: !ready(current, mode),
    }),
  );
}

function ready(current, mode) {
  const text = current[mode].trim();
  if ([...text].length > LIMIT) return false;
  if (mode === "note") return text !== "";
  if (unfilled(text)) return false;
  return current.attachments.every((each) => each.id) && (text !== "" || current.attachments.length > 0);
}

/** A placeholder that nobody has filled. */
function unfilled(text) {
  return [...text.matchAll(/\{\s*([A-Za-z_][\w.]*)\s*\}/gu)].map(([, name]) => name).find((name) => PLACEHOLDERS.test(name));
}

function submit(event, ticket, mode) {
  event.preventDefault();
  const current = draft(ticket.id);
  if (!ready(current, mode) || (mode === "reply" && overtakenBy(state.thread))) return;
  const note = mode === "note";
  stopTyping();
  const spent = { reply: "", original: "", attachments: [], macros: [], articles: [], actions: [] };
  changeDraft(ticket.id, note ? { note: "" } : spent);
  if (!note) replied(ticket.id);
  sendEntry(ticket.id, {
    kind: note ? "note" : "message",
    text: current[mode].trim(),
    attachments: note ? [] : current.attachments,
    ...(note ? {} : { macros: current.macros, articles: current.articles, actions: current.actions }),
  });
}

/** Enter sends, except while an input method is composing: there it chooses a word (Safari says so only by 229). */
function keyed(event, ticket, mode) {
  if (mode === "note" && mentionKey(event, (text) => typed(ticket, mode, text))) return;
  if (mode === "reply" && (macroKey(event, ticket) || articleKey(event, ticket))) return;
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  submit(event, ticket, mode);
}

function written(area, ticket, mode) {
  typed(ticket, mode, area.value);
  if (mode === "note") trackMention(area);
  else trackMacro(area, ticket);
}

function typed(ticket, mode, text) {
  changeDraft(ticket.id, { [mode]: text });
  if (mode === "reply") writes(ticket.id);
  changed();
  if (text.trim() === "") {
    stopTyping();
    return;
  }
  if (typing.ticketId !== ticket.id || typing.what !== mode || Date.now() - typing.sentAt >= TYPING_EVERY) {
    Object.assign(typing, { ticketId: ticket.id, what: mode, sentAt: Date.now() });
    send({ type: "typing", ticket_id: ticket.id, on: true, what: mode });
  }
  clearTimeout(typing.timer);
  typing.timer = setTimeout(stopTyping, TYPING_STOPS);
}

function stopTyping() {
  clearTimeout(typing.timer);
  if (!typing.ticketId) return;
  send({ type: "typing", ticket_id: typing.ticketId, on: false, what: typing.what });
  Object.assign(typing, { ticketId: "", sentAt: 0 });
}

export function setMode(ticketId, mode) {
  changeDraft(ticketId, { mode });
  show();
  document.getElementById("composer-text")?.focus();
}

/** Puts `text` where the cursor is in the reply. */
export function insertIntoReply(ticketId, text) {
  const area = document.getElementById("composer-text");
  const { reply, mode } = draft(ticketId);
  const at = mode === "reply" && area ? area.selectionStart : reply.length;
  const before = reply.slice(0, at);
  const gap = before && !before.endsWith("\n") ? "\n" : "";
  changeDraft(ticketId, { mode: "reply", reply: before + gap + text + reply.slice(at) });
  state.panel.open = false;
  show();
  const place = before.length + gap.length + text.length;
  area?.focus();
  area?.setSelectionRange(place, place);
}

/** Alt and a digit: the article of that number in the list. */
function articleKey(event, ticket) {
  const article = event.altKey && /^Digit[1-5]$/u.test(event.code) && state.suggestions.found[Number(event.code.at(-1)) - 1];
  if (!article) return false;
  event.preventDefault();
  insertArticle(ticket.id, article);
  return true;
}

/** An article as a quoted answer, with its page where it has one; which one it was is sent along. */
export function insertArticle(ticketId, article) {
  const quoted = article.text.trim().split("\n").map((each) => `> ${each}`).join("\n");
  const { articles = [] } = draft(ticketId);
  changeDraft(ticketId, { articles: [...new Set([...articles, article.article_id])] });
  insertIntoReply(ticketId, article.url ? `${quoted}\n${article.url}` : quoted);
}

export function showArticles() {
  state.panel = { tab: "articles", open: true };
  show();
  document.getElementById("article-search")?.focus();
}

function chosen(event, ticket) {
  attach(ticket.id, event.target.files);
  event.target.value = "";
}

function paste(event, ticket, mode) {
  if (mode !== "reply" || !event.clipboardData?.files.length) return;
  event.preventDefault();
  attach(ticket.id, event.clipboardData.files);
}

function allowDrop(event) {
  if (event.dataTransfer.types.includes("Files")) event.preventDefault();
}

function drop(event, ticket, mode) {
  event.preventDefault();
  if (mode === "reply" && ticket.can.includes("reply")) attach(ticket.id, event.dataTransfer.files);
}
