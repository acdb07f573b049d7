/**
 * The bot's answer exactly as customers see it: the widget's own code and style sheet, in a shadow tree where the console's
 * styles don't reach. The widget makes nodes of text and never parses markup.
 */

import { bubble } from "../../widget/log.js";
import en from "../../widget/en.js";
import { sheet } from "../../widget/styles.js";
import zh from "../../widget/zh.js";
import { h } from "./vdom.js";

const WORDS = { en, zh };
const NOBODY = { helpful: new Map(), answered: new Set() };
const flat = new CSSStyleSheet();
flat.replaceSync(":host { position: static !important; display: block !important; pointer-events: auto !important; }");

/** `theme`: light | dark, or empty for the system's. `language` is that of the words around the answer. */
export function customersView({ text, language, theme, label }) {
  return h("div", {
    class: "customers-view",
    role: "group",
    "aria-label": label,
    lang: language,
    "data-theme": theme || null,
    mount: (node) => {
      node.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet, flat];
      show(node, text, language);
    },
    effect: (node) => show(node, text, language),
  });
}

function show(node, text, language) {
  const signature = JSON.stringify([text, language]);
  if (node.shown === signature) return;
  node.shown = signature;
  const words = { say: (name) => WORDS[language][name], time: () => "", language };
  const item = { id: "", author: "bot", text, at: 0 };
  node.shadowRoot.replaceChildren(bubble(item, { first: true }, NOBODY, words));
}
