/** Completion of `/shortcut` in the reply: a list above it, chosen from by arrows and Enter or Tab, or by a click. */

import { t } from "../i18n/index.js";
import { candidates, insertMacro, loadMacros, wordsOf } from "../state/macros.js";
import { changed, show, state } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

const BEGUN = /(?<=^|\s|[，。！？：；、])\/([\p{L}\p{N}_-]{0,32})$/u;
const SHOWN = 90;
const list = { ticketId: "", from: 0, to: 0, found: [], index: 0 };

/** Looks for an unfinished shortcut before the cursor; call it on every input. */
export function trackMacro(area, ticket) {
  const before = area.value.slice(0, area.selectionStart);
  const begun = before.match(BEGUN);
  if (begun && !state.macros.all) loadMacros().then(() => trackMacro(area, ticket));
  const found = begun ? candidates(begun[1], ticket) : [];
  const from = begun ? before.length - begun[1].length - 1 : 0;
  Object.assign(list, { ticketId: found.length ? ticket.id : "", from, to: before.length, found, index: 0 });
  changed();
}

/** Handles a key while the list is open; true when it was for the list. */
export function macroKey(event, ticket) {
  if (event.key === "Enter" && !state.macros.all && begins(event.target)) {
    event.preventDefault(); // the list is on its way: nobody means to send the shortcut itself
    return true;
  }
  if (list.ticketId !== ticket.id || event.isComposing || event.keyCode === 229) return false;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) list.index = (list.index + step + list.found.length) % list.found.length;
  else if (event.key === "Enter" || event.key === "Tab") choose(ticket, list.found[list.index]);
  else if (event.key === "Escape") list.ticketId = "";
  else return false;
  event.preventDefault();
  event.stopPropagation();
  changed();
  return true;
}

function begins(area) {
  return BEGUN.test(area.value.slice(0, area.selectionStart));
}

/** What belongs on the text area. */
export function macroProps(ticket) {
  const open = list.ticketId === ticket.id;
  return {
    "aria-autocomplete": "list",
    "aria-controls": open ? "macro-list" : null,
    "aria-activedescendant": open ? `macro-${list.index}` : null,
  };
}

export function macroList(ticket) {
  if (list.ticketId !== ticket.id) return null;
  return h(
    "ul",
    { class: "mention-list macro-list", id: "macro-list", key: "macros", role: "listbox", "aria-label": t("macro.list") },
    list.found.map((macro, index) => {
      const { title, text } = wordsOf(macro, ticket.language);
      return h(
        "li",
        {
          id: `macro-${index}`,
          key: macro.id,
          role: "option",
          "aria-selected": index === list.index,
          onpointerdown: (event) => {
            event.preventDefault();
            choose(ticket, macro);
          },
        },
        icon(macro.actions.length ? "checks" : "reply"),
        h("strong", null, `/${macro.shortcut}`),
        h("span", null, title),
        h("span", { class: "mention-about" }, text.slice(0, SHOWN)),
      );
    }),
  );
}

function choose(ticket, macro) {
  list.ticketId = "";
  changed();
  insertMacro(ticket, macro, list.from, list.to, (cursor) => {
    list.ticketId = ""; // canned replies that came meanwhile have opened it again
    show();
    const area = document.getElementById("composer-text");
    area?.focus();
    area?.setSelectionRange(cursor, cursor);
  });
}
