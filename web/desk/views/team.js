/** Who is here, and how much each has to do. */

import { t } from "../i18n/index.js";
import { presenceName, tierName } from "../i18n/names.js";
import { toList } from "../state/route.js";
import { state } from "../state/store.js";
import { avatar } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { h } from "../ui/vdom.js";

const ORDER = ["online", "away", "offline"];
const DOT = { online: "dot dot-ok", away: "dot dot-away", offline: "dot" };

/** The button tells how many are available; the list tells of each how many tickets they have of how many. */
export function team() {
  const online = state.agents.filter(({ presence }) => presence === "online").length;
  const trigger = {
    props: { class: "button button-quiet team-button", "aria-label": t("search.team", { count: online }) },
    children: [icon("users"), h("span", null, online)],
  };
  const everyone = [...state.agents].sort(
    (one, other) => ORDER.indexOf(one.presence) - ORDER.indexOf(other.presence) || one.name.localeCompare(other.name),
  );
  return menu("team", trigger, [
    h("p", { class: "menu-head" }, h("strong", null, t("search.team", { count: online }))),
    h("ul", { class: "team" }, everyone.map(colleague)),
  ]);
}

function colleague({ id, name, presence, open, capacity, tiers }) {
  return h(
    "li",
    { key: id },
    h(
      "a",
      { href: toList("all", { agent: id }), class: "team-member" },
      avatar(name),
      h(
        "span",
        { class: "team-who" },
        h("span", null, h("span", { class: DOT[presence], title: presenceName(presence) }), name),
        h("span", { class: "hint" }, tiers.map(tierName).join(t("comma")) || presenceName(presence)),
      ),
      h(
        "span",
        { class: "team-load" },
        h("meter", {
          min: 0,
          max: Math.max(capacity, 1),
          high: capacity * 0.8,
          value: Math.min(open, capacity),
          "aria-label": t("search.load", { open, capacity }),
        }),
        h("span", { class: "row-time" }, `${open}/${capacity}`),
      ),
    ),
  );
}
