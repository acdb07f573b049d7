/**
 * Completion of @names in a text area: a list above it, chosen from by arrows and Enter or Tab, or by a click.
 * Chinese names are found by any of their characters, while an input method composes nothing is chosen.
 */

import { t } from "../i18n/index.js";
import { pick } from "../i18n/index.js";
import { presenceName } from "../i18n/names.js";
import { changed, state } from "../state/store.js";
import { icon } from "./icons.js";
import { h } from "./vdom.js";

const MOST = 7;
const BEGUN = /(?<![A-Za-z0-9._@-])@([^\s@]{0,40})$/u;
/** Of the text area that is being written in: where the @ stands, what may be meant, and what is chosen so far. */
const list = { area: "", at: 0, found: [], index: 0 };

/** Looks for an unfinished name before the cursor; call it on every input. */
export function trackMention(area) {
  const { selectionStart: cursor, value, id } = area;
  const begun = value.slice(0, cursor).match(BEGUN);
  const found = begun ? candidates(begun[1].toLowerCase()) : [];
  Object.assign(list, { area: found.length ? id : "", at: begun ? cursor - begun[1].length : 0, found, index: 0 });
  changed();
}

/** Handles a key while the list is open; true when it was for the list. `put(text)` gets the whole new text. */
export function mentionKey(event, put) {
  if (list.area !== event.target.id || event.isComposing || event.keyCode === 229) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) list.index = (list.index + step + list.found.length) % list.found.length;
  else if (event.key === "Enter" || event.key === "Tab") choose(event.target, list.found[list.index], put);
  else if (event.key === "Escape") list.area = "";
  else return false;
  event.preventDefault();
  event.stopPropagation();
  changed();
  return true;
}

/** What belongs on the text area called `id`. */
export function mentionProps(id) {
  const open = list.area === id;
  return {
    "aria-autocomplete": "list",
    "aria-controls": open ? `${id}-names` : null,
    "aria-activedescendant": open ? `${id}-name-${list.index}` : null,
  };
}

export function mentionList(id, put) {
  if (list.area !== id) return null;
  return h(
    "ul",
    { class: "mention-list", id: `${id}-names`, key: "names", role: "listbox", "aria-label": t("mention.list") },
    list.found.map((each, index) =>
      h(
        "li",
        {
          id: `${id}-name-${index}`,
          key: each.word,
          role: "option",
          "aria-selected": index === list.index,
          onpointerdown: (event) => {
            event.preventDefault();
            choose(document.getElementById(id), each, put);
            changed();
          },
        },
        icon(each.tier ? "users" : "user"),
        h("strong", null, each.name),
        h("span", null, `@${each.word}`),
        h("span", { class: "mention-about" }, each.about),
      ),
    ),
  );
}

function choose(area, { word }, put) {
  const before = `${area.value.slice(0, list.at)}${word} `;
  list.area = "";
  put(before + area.value.slice(area.selectionStart));
  area.value = before + area.value.slice(area.selectionStart);
  area.setSelectionRange(before.length, before.length);
  area.focus();
}

function candidates(query) {
  const people = state.agents
    .filter((agent) => agent.id !== state.user.id)
    .map((agent) => ({ word: agent.login, name: agent.name, about: presenceName(agent.presence), tier: false }));
  const tiers = state.tiers.map((tier) => ({
    word: tier.id,
    name: pick(tier.name),
    about: t("mention.tier"),
    tier: true,
    also: `${tier.name.en} ${tier.name.zh}`.toLowerCase(),
  }));
  const rank = ({ word, name, also = "" }) => {
    if (word.startsWith(query)) return 0;
    return `${word} ${name.toLowerCase()} ${also}`.includes(query) ? 1 : 2;
  };
  return [...people, ...tiers]
    .filter((each) => rank(each) < 2)
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, MOST);
}
