/** A word diff as text: what was removed is struck out, what was added is underlined, and both are said to those who listen. */

import { language, t } from "../i18n/index.js";
import { audienceName, languageName } from "../i18n/names.js";
import { wordDiff } from "../ui/diff.js";
import { date } from "../ui/format.js";
import { h } from "../ui/vdom.js";

const KINDS = { removed: "del", added: "ins" };
const DATES = ["valid_from", "valid_until"];
const cache = new WeakMap();

/** `field` as state/content.js `differences` gives them. */
export function difference(field) {
  if (!cache.has(field)) cache.set(field, wordDiff(shown(field.name, field.before), shown(field.name, field.after)));
  return h(
    "p",
    { class: "diff plain", lang: field.language === "zh" ? "zh-CN" : field.language || null, dir: "auto" },
    cache
      .get(field)
      .map(({ kind, text }, index) =>
        kind === "same"
          ? text
          : h(
              KINDS[kind],
              { key: `${index}-${kind}` },
              h("span", { class: "visually-hidden", lang: language() }, t(`diff.${kind}`), " "),
              text,
            ),
      ),
  );
}

/** `English · Title`, or the name of a field that all languages share. */
export function fieldTitle({ language: code, name }) {
  return code ? `${languageName(code)} · ${t(`article.${name}`)}` : t(`article.${name}`);
}

function shown(name, text) {
  if (text && name === "audience") return audienceName(text);
  return text && DATES.includes(name) ? date(text) : text;
}
