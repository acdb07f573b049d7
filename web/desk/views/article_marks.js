/** Buttons and keys that put the marks of the Markdown subset around what is selected. */

import { t } from "../i18n/index.js";

/** `wrap` goes around the selection, `line` before each of its lines. */
export const MARKS = {
  bold: { glyph: "bold", key: "b", wrap: ["**", "**"] },
  link: { glyph: "link", key: "k", wrap: ["[", "](https://)"] },
  list: { glyph: "list", line: () => "- " },
  steps: { glyph: "numbers", line: (index) => `${index + 1}. ` },
};

/** Ctrl or Cmd with B and K. */
export function marksKeyed(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
  const mark = Object.keys(MARKS).find((each) => MARKS[each].key === event.key.toLowerCase());
  if (!mark) return;
  event.preventDefault();
  putMark(event.target, mark);
}

export function putMark(area, mark) {
  const { wrap, line } = MARKS[mark];
  area.focus();
  if (wrap) around(area, wrap);
  else beforeLines(area, line);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function around(area, [before, after]) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const chosen = value.slice(start, end) || t("marks.words");
  area.setRangeText(before + chosen + after, start, end, "end");
  area.setSelectionRange(start + before.length, start + before.length + chosen.length);
}

function beforeLines(area, line) {
  const { selectionStart, selectionEnd, value } = area;
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", selectionEnd);
  const end = next === -1 ? value.length : next;
  const marked = value
    .slice(start, end)
    .split("\n")
    .map((each, index) => line(index) + each.replace(/^\s*(?:[-*•]|\d{1,3}[.)、])\s+/u, ""));
  area.setRangeText(marked.join("\n"), start, end, "end");
}
