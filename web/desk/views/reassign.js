/** What managers may add to handing a ticket over. */

import { t } from "../i18n/index.js";
import { manages } from "../state/reassign.js";
import { state } from "../state/store.js";
import { h } from "../ui/vdom.js";

export function reassignFields(ticket) {
  if (!manages()) return null;
  const holder = state.agents.find((agent) => agent.id === ticket.agent?.id);
  const others = holder ? holder.open - 1 : 0;
  return [
    box("now", t("assignment.now"), t("assignment.now_hint")),
    others > 0 && box("all", t("assignment.all_of", { count: others, name: holder.name })),
  ];
}

function box(name, text, hint = "") {
  return h(
    "label",
    { class: "toggle", key: name },
    h("input", { type: "checkbox", name }),
    h("span", { class: "toggle-text" }, h("span", null, text), hint && h("span", { class: "hint" }, hint)),
  );
}
