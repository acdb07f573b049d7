/** Building DOM nodes. Text is always text: nothing in the widget parses markup. */

/** `h("button", {class: "send", onclick}, "Send")`; attributes that are null or false are left out. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

const ICONS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4.1a.6.6 0 0 1-1-.45V16A2.5 2.5 0 0 1 4 13.5z",
  down: "m6 9.5 6 6 6-6",
  close: "m6 6 12 12M18 6 6 18",
  send: "M12 19V5.5M6 11l6-6 6 6",
  clip: "m20 11.5-8.3 8.2a5.2 5.2 0 0 1-7.4-7.3l8.6-8.5a3.5 3.5 0 0 1 4.9 4.9l-8.5 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0",
  bot: "M8.5 13v1.5M15.5 13v1.5M12 3v4M6.5 7h11A2.5 2.5 0 0 1 20 9.5v7a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 16.5v-7A2.5 2.5 0 0 1 6.5 7Z",
  clock: "M12 7v5l3.2 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  tick: "m5 12.5 4.5 4.5L19 7.5",
  ticks: "m2 12.5 4.5 4.5L16 7.5M12.5 16.5l.6.5L22.5 7.5",
  alert: "M12 7.5v6M12 16.8v.2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  file: "M13.5 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8.5zM13.5 3v5.5H19",
  book: "M4 5.2c3-.9 5.7-.4 8 1.3 2.3-1.7 5-2.2 8-1.3v13.3c-3-.9-5.7-.4-8 1.3-2.3-1.7-5-2.2-8-1.3zM12 6.5v13.3",
  star: "m12 3.6 2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
};

/** A 24×24 line icon, hidden from assistive technology: the text beside it, or a label, says it. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Text for screen readers only. */
export const hidden = (text) => h("span", { class: "hidden" }, text);

/** Replaces the children of `node` only if `key` differs from last time, so that live regions speak once. */
export function fill(node, key, build) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...[build()].flat().filter(Boolean));
}

/** Names and titles from outside without direction overrides, which can make `gpj.exe` look like `exe.jpg`. */
export const plain = (text) => String(text ?? "").replace(/[\u202A-\u202E\u2066-\u2069\u0000-\u001F]/g, "");
