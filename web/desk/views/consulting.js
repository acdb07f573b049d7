/** The consultation of a ticket: questions among colleagues and their answers, and the inbox of mentions. */

import { t } from "../i18n/index.js";
import { consult, newClientId, readMentions, settleQuestion } from "../state/escalation.js";
import { run } from "../state/notices.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { badge, button, empty } from "../ui/controls.js";
import { clock, moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { mentionKey, mentionList, mentionProps, trackMention } from "../ui/mentions.js";
import { menu } from "../ui/menu.js";
import { h } from "../ui/vdom.js";

const LIMIT = 2000;
/** What is being written, by ticket and thread; the id of a request stays until it has got through. */
const drafts = new Map();

/** The questions of a ticket, oldest first, each with its answers. */
export function questions(thread) {
  const said = thread.entries.filter((entry) => entry.kind === "consult");
  const marks = thread.entries.filter((entry) => entry.event === "consult_done");
  return said
    .filter((entry) => entry.data.thread === entry.id)
    .map((question) => ({
      ...question,
      answers: said.filter((entry) => entry.data.thread === question.id && entry.id !== question.id),
      done: marks.findLast((mark) => mark.data.thread === question.id)?.data.done ?? false,
    }));
}

export const openQuestions = (thread) => questions(thread).filter(({ done }) => !done).length;

export function consultPanel(thread, ticket) {
  const all = questions(thread);
  return [
    all.length === 0 && empty("users", t("consult.none"), t("consult.none_hint")),
    h(
      "ol",
      { class: "questions", key: "questions" },
      all.map((each) => question(each, ticket)),
    ),
    writing(ticket, ""),
  ];
}

function question(each, ticket) {
  return h(
    "li",
    { class: each.done ? "consultation consultation-done" : "consultation", key: each.id },
    said(each, each.done && badge(t("consult.done"), "success", { glyph: "check" })),
    each.answers.map((answer) => said(answer)),
    !each.done && writing(ticket, each.id),
    h(
      "p",
      { class: "consultation-foot" },
      button({
        text: t(each.done ? "consult.again" : "consult.mark"),
        glyph: each.done ? "reload" : "check",
        small: true,
        kind: "quiet",
        disabled: state.busy.has(`settle.${each.id}`),
        onclick: () => run(`settle.${each.id}`, () => settleQuestion(ticket.id, each.id, !each.done)),
      }),
    ),
  );
}

function said(entry, mark = null) {
  return h(
    "div",
    { class: "said", key: entry.id },
    h(
      "p",
      { class: "entry-head" },
      h("strong", null, entry.name),
      h("time", { datetime: new Date(entry.at).toISOString(), title: moment(entry.at) }, clock(entry.at)),
      mark,
    ),
    h("div", { class: "plain" }, entry.content.text),
  );
}

function writing(ticket, thread) {
  const key = `${ticket.id}/${thread}`;
  const id = `consult-${thread || "new"}`;
  const { text } = draftOf(key);
  const put = (value) => {
    drafts.set(key, { ...draftOf(key), text: value });
    changed();
  };
  return h(
    "form",
    { class: "consult-form", key: id, onsubmit: (event) => submit(event, ticket, thread) },
    h(
      "div",
      { class: "mention-holder" },
      mentionList(id, put),
      h("textarea", {
        id,
        key: "text",
        rows: thread ? 1 : 2,
        maxlength: LIMIT,
        value: text,
        "aria-label": t(thread ? "consult.answer_label" : "consult.label"),
        placeholder: t(thread ? "consult.answer_placeholder" : "consult.placeholder"),
        oninput: (event) => (put(event.target.value), trackMention(event.target)),
        onkeydown: (event) => mentionKey(event, put) || keyed(event),
        ...mentionProps(id),
      }),
    ),
    button({
      type: "submit",
      text: t(thread ? "consult.answer" : "consult.ask"),
      small: true,
      kind: thread ? "plain" : "primary",
      disabled: text.trim() === "" || state.busy.has(key),
    }),
  );
}

const draftOf = (key) => drafts.get(key) ?? { text: "", clientId: newClientId() };

/** Enter sends, except while an input method is composing. */
function keyed(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

function submit(event, ticket, thread) {
  event.preventDefault();
  const key = `${ticket.id}/${thread}`;
  const { text, clientId } = draftOf(key);
  if (!text.trim()) return;
  drafts.set(key, { text, clientId });
  run(key, async () => {
    await consult(ticket.id, { client_id: clientId, text: text.trim(), thread });
    drafts.delete(key);
    changed();
  });
}

/** The bell of the bar on top: where one was spoken to. */
export function mentionsMenu() {
  const { all, unread } = state.mentions;
  const label = t("mention.inbox", { count: unread });
  const trigger = {
    props: { class: "button button-quiet button-icon mention-bell", "aria-label": label, title: label },
    children: [
      icon("at"),
      unread > 0 && h("span", { class: "unread", "aria-hidden": "true", key: "unread" }, unread),
    ],
  };
  return menu("mentions", trigger, [
    h(
      "p",
      { class: "menu-head", key: "head" },
      h("strong", null, t("mention.title")),
      unread > 0 &&
        button({ text: t("mention.read_all"), small: true, kind: "quiet", onclick: () => readMentions() }),
    ),
    all.length === 0 && h("p", { class: "hint mention-none" }, t("mention.none")),
    all.slice(0, 20).map(mentioned),
  ]);
}

function mentioned(each) {
  return h(
    "a",
    {
      class: each.read_at ? "menu-item mention" : "menu-item mention mention-new",
      key: each.id,
      href: toTicket(each.ticket_id, "all"),
      onclick: () => {
        state.menu = "";
        if (each.via === "consult") state.panel.tab = "consult";
        changed();
      },
    },
    h(
      "span",
      { class: "mention-line" },
      h("strong", null, each.by_name || t("mention.desk")),
      h("span", { class: "hint" }, `${each.number} · ${clock(each.at)}`),
    ),
    h("span", { class: "mention-text" }, each.via === "alert" ? t("mention.alert") : each.text),
  );
}
