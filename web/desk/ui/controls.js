/** The small parts every page is made of. */

import { icon } from "./icons.js";
import { h } from "./vdom.js";

/** `kind`: plain | primary | danger | quiet. Give `label` for a button that shows only its icon. */
export function button({ text = "", glyph = "", label = "", kind = "plain", small = false, ...props }, ...more) {
  const classes = ["button", `button-${kind}`, small && "button-small", !text && "button-icon", props.class];
  return h(
    "button",
    {
      type: "button",
      "aria-label": label || null,
      title: label || null,
      ...props,
      class: classes.filter(Boolean).join(" "),
    },
    glyph && icon(glyph),
    text && h("span", { class: "button-text" }, text),
    more,
  );
}

/** `tone`: neutral | accent | info | warn | danger | success */
export function badge(text, tone = "neutral", { glyph = "", title = null, key } = {}) {
  return h("span", { class: `badge badge-${tone}`, title, key }, glyph && icon(glyph), h("span", null, text));
}

export function avatar(name, kind = "") {
  if (kind === "bot") return h("span", { class: "avatar avatar-bot", "aria-hidden": "true" }, icon("bot"));
  return h("span", { class: `avatar ${kind && `avatar-${kind}`}`, "aria-hidden": "true" }, initials(name));
}

/** Two letters of a Western name, the last two characters of a Chinese one's given name. */
function initials(name) {
  const trimmed = name.trim();
  if (!trimmed) return icon("user");
  if (/\p{Script=Han}/u.test(trimmed)) return [...trimmed].slice(-1).join("");
  const words = trimmed.split(/\s+/u);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

export function notice(kind, text, ...more) {
  const glyph = kind === "error" || kind === "warn" ? "alert" : kind === "success" ? "check" : "info";
  return h(
    "div",
    { class: `notice notice-${kind}`, role: kind === "error" ? "alert" : "status" },
    icon(glyph),
    h("div", { class: "notice-text" }, text),
    more,
  );
}

export function spinner(label) {
  return h(
    "div",
    { class: "spinner-line", role: "status" },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    label,
  );
}

export function empty(glyph, title, hint = "") {
  return h("div", { class: "empty" }, icon(glyph), h("p", { class: "empty-title" }, title), hint && h("p", null, hint));
}

/** Choices of which one holds; `options` are `[value, text, label?]`. */
export function segmented(label, options, value, choose) {
  return h(
    "div",
    { class: "segmented", role: "group", "aria-label": label },
    options.map(([option, text, name]) =>
      h(
        "button",
        {
          type: "button",
          key: option,
          "aria-pressed": option === value,
          "aria-label": name ?? null,
          onclick: () => choose(option),
        },
        text,
      ),
    ),
  );
}

/** The one field of a page in which one searches. */
export function searchBox(label, props) {
  return h(
    "div",
    { class: "search" },
    icon("search"),
    h("input", { type: "search", id: "search", "aria-label": label, placeholder: label, maxlength: 100, ...props }),
  );
}

/** An on/off switch with its label. */
export function toggle({ on, text, hint = "", disabled = false, change }) {
  return h(
    "label",
    { class: "toggle" },
    h("input", {
      type: "checkbox",
      role: "switch",
      checked: on,
      disabled,
      onchange: (event) => change(event.target.checked),
    }),
    h("span", { class: "toggle-track", "aria-hidden": "true" }),
    h("span", { class: "toggle-text" }, h("span", null, text), hint && h("span", { class: "hint" }, hint)),
  );
}
