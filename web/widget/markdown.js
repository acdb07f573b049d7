/**
 * The Markdown subset of bot and agent messages (paragraphs, - and 1. lists, **bold**, [links](https://…)) as DOM nodes.
 *
 * Everything else stays the text it is. Quantifiers are bounded and exclude their own delimiters, so that hostile text costs linear time.
 */
import { h, plain } from "./dom.js";

const INLINE =
  /\*\*((?:[^*\n]|\*(?!\*)){1,2000})\*\*|\[([^[\]\n]{1,500})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"'()[\]*，。；：！？、（）【】《》“”]{1,2000})/g;
const ITEM = /^\s{0,3}(?:([-*•])|(\d{1,3})[.)、])\s+(.*)$/;
const PROTOCOLS = new Set(["http:", "https:", "mailto:", "tel:"]);

/** The URL if it may be followed (http, https, mailto, tel), else null. Relative ones are resolved nowhere: null. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    return PROTOCOLS.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function link(label, address) {
  const href = safeUrl(address);
  return href && h("a", { href, target: "_blank", rel: "noopener noreferrer" }, plain(label));
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, label, address, bare] = match;
    const url = bare?.replace(/[.,;:!?]+$/, "");
    const node = bold ? h("strong", {}, inline(bold)) : link(label ?? url, address ?? url);
    if (!node) continue;
    nodes.push(text.slice(end, match.index), node);
    end = match.index + (url ? url.length : whole.length);
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

/** The text as a list of block elements. */
export function markdown(text) {
  const blocks = [];
  let paragraph = null;
  let list = null;
  for (const line of text.split("\n")) {
    const item = ITEM.exec(line);
    if (item) {
      const tag = item[1] ? "UL" : "OL";
      if (list?.tagName !== tag) blocks.push((list = h(tag, item[2] && item[2] !== "1" ? { start: item[2] } : {})));
      list.append(h("li", {}, inline(item[3])));
      paragraph = null;
    } else if (!line.trim()) {
      paragraph = null;
    } else if (list && /^\s{2,}/.test(line) && !paragraph) {
      list.lastChild.append(h("br"), ...inline(line.trim()));
    } else {
      list = null;
      if (paragraph) paragraph.append(h("br"), ...inline(line));
      else blocks.push((paragraph = h("p", {}, inline(line))));
    }
  }
  return blocks;
}
