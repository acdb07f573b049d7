/** The Markdown subset of bot and agent text (docs/protocol/web.md): paragraphs, lists, **bold**, [links](https://…). */

import { h } from "./vdom.js";

const INLINE =
  /\*\*(?<bold>[^*\n]+(?:\*(?!\*)[^*\n]+)*)\*\*|\[(?<label>[^\]\n]+)\]\((?<href>(?:https?:\/\/|mailto:|tel:)[^\s)]+)\)|(?<url>https?:\/\/[^\s<>"'）】」，。；！？、]+[^\s<>"'.,;:!?)）】」，。；！？、])/gu;
const BULLET = /^\s*[-*•]\s+(.*)$/u;
const NUMBER = /^\s*(\d{1,3})[.)、]\s*(.*)$/u;

/** Virtual nodes for `source`; whatever is not in the subset stays the text it is. */
export function markdown(source) {
  const blocks = [];
  for (const line of source.replaceAll("\r\n", "\n").split("\n")) add(blocks, line);
  return blocks.map(block);
}

/** The same without markup, for previews and notifications. */
export function plain(source) {
  return source.replace(INLINE, (whole, ...rest) => {
    const { bold, label } = rest.at(-1);
    return bold ?? label ?? whole;
  });
}

function add(blocks, line) {
  const last = blocks.at(-1);
  const bullet = BULLET.exec(line);
  const number = bullet ? null : NUMBER.exec(line);
  if (bullet) append(blocks, last, "ul", bullet[1], 1);
  else if (number && /[.)、]\s|、/u.test(line)) append(blocks, last, "ol", number[2], Number(number[1]));
  else if (line.trim() === "") blocks.push({ kind: "gap", lines: [] });
  else append(blocks, last, "p", line, 1);
}

function append(blocks, last, kind, line, start) {
  if (last?.kind === kind) last.lines.push(line);
  else blocks.push({ kind, lines: [line], start });
}

function block({ kind, lines, start }) {
  if (kind === "gap") return null;
  if (kind === "p")
    return h(
      "p",
      null,
      lines.map((line, index) => [index > 0 && h("br"), inline(line)]),
    );
  return h(
    kind,
    kind === "ol" && start !== 1 ? { start } : null,
    lines.map((line) => h("li", null, inline(line))),
  );
}

function inline(line) {
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(INLINE)) {
    const { bold, label, href, url } = match.groups;
    parts.push(line.slice(end, match.index));
    parts.push(bold ? h("strong", null, inline(bold)) : link(label ?? url, href ?? url));
    end = match.index + match[0].length;
  }
  parts.push(line.slice(end));
  return parts.filter((part) => part !== "");
}

function link(label, href) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}
