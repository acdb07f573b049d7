/** The ticket in half a minute: every line leads to the message it was taken from. */

import { t } from "../i18n/index.js";
import { wordSummary } from "../state/summary.js";
import { state } from "../state/store.js";
import { badge, button } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

const MOOD_HEIGHT = 24;
const STEP = 12;
const LEVEL = { positive: 5, neutral: 12, negative: 19 };
const FLASH = 1_600;

export function summarySection(thread) {
  const { summary, worded, assistant } = thread;
  if (!summary) return null;
  return h(
    "section",
    { class: "facts summary" },
    h("h3", null, t("summary.title")),
    worded && [
      h("ul", { class: "summary-worded" }, worded.map((each, index) => h("li", { key: index }, each))),
      h("p", { class: "hint" }, t("summary.machine")),
    ],
    part("problem", summary.problem.map(quoted)),
    part("answered", summary.answered.map(answer)),
    part("failed", summary.failed.map(quoted)),
    part("done", summary.done.map(colleague)),
    summary.details.length > 0 && [h("h4", null, t("summary.details")), details(summary.details)],
    summary.mood.length > 1 && [h("h4", null, t("summary.mood")), moodLine(summary.mood)],
    assistant &&
      button({
        text: t("summary.word"),
        glyph: "note",
        small: true,
        disabled: state.busy.has(`summary.${thread.id}`),
        onclick: wordSummary,
      }),
  );
}

function part(name, lines) {
  if (lines.length === 0) return null;
  return [h("h4", null, t(`summary.${name}`)), h("ul", { class: "summary-lines" }, lines)];
}

function quoted(each, index) {
  return h("li", { key: index }, leading(each.entry_id, each.text));
}

function answer({ article_id: id, title, helpful }) {
  return h(
    "li",
    { key: id },
    title,
    helpful === true && badge(t("packet.helpful"), "success", { glyph: "thumbUp" }),
    helpful === false && badge(t("packet.unhelpful"), "danger", { glyph: "thumbDown" }),
  );
}

function colleague(each) {
  return h("li", { key: each.entry_id }, h("strong", null, each.name || t("author.system"), t("colon")), leading(each.entry_id, each.text));
}

function details(found) {
  return h(
    "ul",
    { class: "summary-details" },
    found.map((each) =>
      h(
        "li",
        { key: `${each.kind}/${each.text}` },
        h("span", { class: "detail-kind" }, t(`summary.detail.${each.kind}`)),
        leading(each.entry_id, each.text),
      ),
    ),
  );
}

/** How each message sounded, in order: up is pleased, down is angry. */
function moodLine(moods) {
  const width = STEP * moods.length;
  const place = (each, index) => [STEP * index + STEP / 2, LEVEL[each.mood]];
  const worst = moods.filter((each) => each.mood === "negative").length;
  const last = t(`summary.mood.${moods.at(-1).mood}`);
  return [
    h(
      "svg",
      { class: "mood", viewBox: `0 0 ${width} ${MOOD_HEIGHT}`, width, height: MOOD_HEIGHT, "aria-hidden": "true" },
      h("polyline", { class: "mood-line", points: moods.map((each, index) => place(each, index).join(",")).join(" ") }),
      moods.map((each, index) => {
        const [cx, cy] = place(each, index);
        return h("circle", { key: each.entry_id, class: `mood-dot mood-${each.mood}`, cx, cy, r: 3 }, h("title", null, moment(each.at)));
      }),
    ),
    h("p", { class: "hint" }, t("summary.mood_words", { negative: worst, count: moods.length, last })),
  ];
}

function leading(entryId, text) {
  if (!entryId) return text;
  return h("button", { type: "button", class: "summary-link", title: t("summary.show"), onclick: () => showEntry(entryId) }, text);
}

/** Scrolls to an entry of the timeline and marks it for a moment. */
export function showEntry(entryId) {
  const node = document.querySelector(`[data-entry="${CSS.escape(entryId)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("entry-found");
  setTimeout(() => node.classList.remove("entry-found"), FLASH);
}
