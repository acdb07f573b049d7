/** A modal dialog on the browser's own `<dialog>`: it traps focus, closes with Escape and gives focus back. */

import { t } from "../i18n/index.js";
import { changed, state } from "../state/store.js";
import { button } from "./controls.js";
import { forgetOutcome } from "./form.js";
import { h } from "./vdom.js";

/** `kind` names a view of views/dialogs.js; `data` is what it is about. */
export function openDialog(kind, data = {}) {
  forgetOutcome(kind);
  state.menu = "";
  state.dialog = { kind, data };
  changed();
}

export function closeDialog() {
  state.dialog = null;
  changed();
}

export function modal({ title, wide = false, form = null, cancel = closeDialog }, body, actions) {
  const content = [h("div", { class: "modal-body" }, body), actions && h("div", { class: "modal-actions" }, actions)];
  return h(
    "dialog",
    {
      key: state.dialog.kind,
      class: wide ? "modal modal-wide" : "modal",
      "aria-labelledby": "modal-title",
      mount: (node) => node.showModal(),
      remove: (node) => node.close(),
      oncancel: (event) => {
        event.preventDefault();
        cancel();
      },
    },
    h(
      "header",
      { class: "modal-head" },
      h("h2", { id: "modal-title" }, title),
      button({ glyph: "close", label: t("dialog.close"), kind: "quiet", onclick: cancel }),
    ),
    form ? h("form", { class: "modal-form", onsubmit: form }, content) : content,
  );
}

/** A short question before something that can't be taken back. */
export function cancelButton() {
  return button({ text: t("dialog.cancel"), onclick: closeDialog });
}
