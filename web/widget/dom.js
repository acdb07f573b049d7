/** Building DOM nodes; nothing in the widget parses markup. */

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter(Boolean));
  return node;
}

export const button = (className, onclick, ...children) => h("button", { type: "button", class: className, onclick }, ...children);

const ICONS = {
  chat: "M4 4h16v12h-9l-5 5v-5H4z",
  down: "m6 9 6 6 6-6",
  close: "m6 6 12 12M18 6 6 18",
  send: "M12 19V5M6 11l6-6 6 6",
  clip: "m20 11-8 8a5 5 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a1.5 1.5 0 0 1-2.5-2.5L15 7",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0",
  bot: "M9 13v1.5M15 13v1.5M12 3v4H4v12h16V7h-8",
  sending: "M12 7v5l3 2M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  stored: "m5 12.5 4.5 4.5L19 7.5",
  seen: "m2 12.5 4.5 4.5L16 7.5M12.5 17 22 7.5",
  star: "m12 4 2.5 5 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8z",
};

export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export const hidden = (text) => h("span", { class: "hidden" }, text);

export function label(node, text) {
  node.setAttribute("aria-label", text);
  node.title = text;
}

export function fill(node, key, ...children) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...children.flat().filter(Boolean));
}

/** Without the direction overrides that make `gpj.exe` look like `exe.jpg`. */
export const plain = (text) => String(text ?? "").replace(/[\u202A-\u202E\u2066-\u2069\u0000-\u001F]/g, "");

export function safeUrl(text) {
  try {
    const { protocol, href } = new URL(text);
    return /^(https?|mailto|tel):$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

// Bounded, without own delimiters: hostile text costs linear time.
const INLINE =
  /\*\*((?:[^*\n]|\*(?!\*)){1,2000})\*\*|\[([^[\]\n]{1,500})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"'()[\]*，。；：！？、（）《》“”]{1,2000})/g;
const ITEM = /^\s{0,3}(?:[-*•]|(\d{1,3})[.)、])\s+(.*)$/;

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: whole, 1: bold, 2: name, 3: target, 4: bare, index } of text.matchAll(INLINE)) {
    const address = target ?? bare?.replace(/[.,;:!?]+$/, "");
    const href = address && safeUrl(address);
    if (!bold && !href) continue;
    const node = bold ? h("strong", {}, inline(bold)) : h("a", { href, target: "_blank", rel: "noopener noreferrer" }, plain(name ?? address));
    nodes.push(text.slice(end, index), node);
    end = index + (bare ? address : whole).length;
  }
  return [...nodes, text.slice(end)];
}

/** Paragraphs, lists, **bold**, [links](https://…); everything else stays text. */
export function markdown(text) {
  const blocks = [];
  let open = null;
  for (const line of text.split("\n")) {
    const [, number, words] = ITEM.exec(line) ?? [];
    const tag = words == null ? "P" : number ? "OL" : "UL";
    if (!line.trim()) {
      if (open?.tagName === "P") open = null;
      continue;
    }
    if (open?.tagName === tag && tag === "P") open.append(h("br"));
    else if (open?.tagName !== tag) blocks.push((open = h(tag, { start: number > 1 && number })));
    open.append(...(words == null ? inline(line).filter(Boolean) : [h("li", {}, inline(words))]));
  }
  return blocks;
}
