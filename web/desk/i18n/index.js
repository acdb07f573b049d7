/** The console's language. Each text is a key in `en.js` and `zh.js`, or in a file of the
 * same name in `en/` and `zh/`: a string with {places}, or a function of them. */

import { recall, remember } from "../state/preferences.js";
import { en } from "./en.js";
import { parts } from "./parts.js";
import { zh } from "./zh.js";

export const LANGUAGES = { en: "English", zh: "中文" };
const TEXTS = { en: { ...en, ...parts.en }, zh: { ...zh, ...parts.zh } };
const LOCALES = { en: "en-GB", zh: "zh-CN" };

const stored = recall("language");
let current = stored in TEXTS ? stored : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
let chosen = false;

export function language() {
  return current;
}

export function locale() {
  return LOCALES[current];
}

/** True when the language was chosen on this page, which then counts more than what the account has. */
export function chosenByUser() {
  return chosen;
}

export function setLanguage(choice, byUser = false) {
  current = choice in TEXTS ? choice : "en";
  chosen ||= byUser;
  remember("language", current);
  document.documentElement.lang = locale();
}

export function t(key, values = {}) {
  const found = TEXTS[current][key];
  if (typeof found === "function") return found(values);
  return found.replace(/\{(\w+)\}/gu, (_, name) => values[name] ?? "");
}

/** Of `{"en": …, "zh": …}` from the service, the one to show. */
export function pick(texts) {
  return texts?.[current] || texts?.en || texts?.zh || "";
}
