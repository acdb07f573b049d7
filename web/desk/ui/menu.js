/** A button that discloses a small menu. Escape or a click elsewhere closes it. */

import { changed, state } from "../state/store.js";
import { h } from "./vdom.js";

export function menu(name, trigger, items, { align = "end" } = {}) {
  const open = state.menu === name;
  return h(
    "div",
    { class: "menu-holder", onkeydown: (event) => event.key === "Escape" && open && close(event) },
    h(
      "button",
      {
        type: "button",
        ...trigger.props,
        "aria-expanded": open,
        "aria-controls": `menu-${name}`,
        onclick: () => setMenu(open ? "" : name),
      },
      trigger.children,
    ),
    open &&
      h(
        "div",
        { class: `menu menu-${align}`, id: `menu-${name}`, mount: (node) => node.querySelector("button, a")?.focus() },
        items,
      ),
  );
}

function close(event) {
  event.stopPropagation();
  setMenu("");
  event.currentTarget.querySelector("button").focus();
}

function setMenu(name) {
  state.menu = name;
  changed();
}

/** Closes the open menu when something else is clicked. */
export function closeMenusOnOutsideClicks() {
  document.addEventListener("pointerdown", (event) => {
    if (state.menu && !event.target.closest(".menu-holder")) setMenu("");
  });
}
