/** The command palette: whatever one can do or go to, found by a few letters. */

import { t } from "../i18n/index.js";
import { tierName } from "../i18n/names.js";
import { go, toList, toSearch, toTicket, VIEWS } from "../state/route.js";
import { pagesOfUser } from "../state/pages.js";
import { changed, state } from "../state/store.js";
import { closeDialog, modal } from "../ui/modal.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";
import { SHORTCUTS } from "./shortcuts.js";

const MOST_TICKETS = 8;
const MOST = 14;

/** What is typed, and which of the choices is marked. */
const asked = { q: "", at: 0 };

export function paletteDialog() {
  const found = choices(asked.q.trim());
  asked.at = Math.min(asked.at, Math.max(0, found.length - 1));
  return modal({ title: t("search.palette"), wide: true }, [
    h("input", {
      type: "search",
      class: "palette-input",
      id: "palette",
      role: "combobox",
      "aria-expanded": true,
      "aria-controls": "palette-list",
      "aria-activedescendant": found.length ? `palette-${asked.at}` : null,
      "aria-label": t("search.palette"),
      placeholder: t("search.palette_hint"),
      autofocus: true,
      mount: begin,
      oninput: (event) => (Object.assign(asked, { q: event.target.value, at: 0 }), changed()),
      onkeydown: pressed,
    }),
    h(
      "ul",
      { class: "palette", id: "palette-list", role: "listbox", "aria-label": t("search.palette") },
      found.map((each, n) =>
        h(
          "li",
          {
            key: each.key,
            id: `palette-${n}`,
            role: "option",
            "aria-selected": n === asked.at,
            onclick: () => choose(each),
          },
          icon(each.glyph),
          h("span", null, each.text),
          each.keys && h("span", { class: "palette-keys" }, each.keys.split(" ").map((key) => h("kbd", null, key))),
        ),
      ),
    ),
  ]);
}

function begin() {
  Object.assign(asked, { q: "", at: 0 });
  changed();
}

/** The next key may come before what was typed is painted, so the choices are those of now. */
function pressed(event) {
  if (event.isComposing) return;
  const found = choices(asked.q.trim());
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    asked.at = (asked.at + step + found.length) % Math.max(1, found.length);
    changed();
  } else if (event.key === "Enter" && found[asked.at]) {
    event.preventDefault();
    choose(found[asked.at]);
  }
}

function choose(choice) {
  closeDialog();
  choice.act();
}

/** Everything that fits, actions before tickets, the search over all conversations at the end. */
function choices(q) {
  const wanted = q.toLowerCase();
  const fits = (text) => wanted === "" || text.toLowerCase().includes(wanted);
  const goes = (key, text, hash, glyph) => ({ key, text, glyph, act: () => go(hash) });
  const shortcuts = SHORTCUTS.filter(({ keys }) => !keys.startsWith("G ")).map(({ keys, text, act }) => ({
    key: `key.${keys}`,
    text: t(text),
    glyph: "keyboard",
    keys,
    act,
  }));
  const places = [
    ...VIEWS.map((view) => goes(`view.${view}`, t(`view.${view}`), `#/${view}`, "inbox")),
    ...state.tiers.map(({ id }) => goes(`tier.${id}`, tierName(id), toList("tier", { tier: id }), "users")),
    goes("search", t("search.title"), "#/search", "search"),
    goes("knowledge", t("nav.knowledge"), "#/knowledge", "book"),
    ...pagesOfUser().map(({ name, glyph }) => goes(`page.${name}`, t(`nav.${name}`), `#/${name}`, glyph)),
    goes("account", t("nav.account"), "#/account", "user"),
  ];
  const actions = [...shortcuts, ...places].filter(({ text }) => fits(text));
  if (wanted === "") return actions.slice(0, MOST);
  const everywhere = goes("everywhere", t("search.everywhere", { q }), toSearch(q), "search");
  return [...actions.slice(0, MOST - MOST_TICKETS), ...tickets(fits), everywhere];
}

function tickets(fits) {
  const found = [];
  for (const ticket of state.tickets.values()) {
    const name = ticket.customer.name || t("customer.unnamed");
    if (!fits(ticket.number) && !fits(name)) continue;
    const text = `${ticket.number} · ${name}`;
    found.push({ key: ticket.id, text, glyph: "inbox", act: () => go(toTicket(ticket.id, "all")) });
    if (found.length === MOST_TICKETS) break;
  }
  return found;
}
