/** The desk as a whole: for admins. */

import { pick, t } from "../i18n/index.js";
import { setAccepting } from "../state/administration.js";
import { state } from "../state/store.js";
import { badge, notice, toggle } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

export function settingsPage() {
  return h(
    "section",
    { class: "page page-narrow", key: "settings" },
    h("header", { class: "page-head" }, h("h1", null, t("nav.settings"))),
    h(
      "section",
      { class: "card" },
      h("h2", null, t("settings.desk")),
      toggle({
        on: state.accepting,
        text: t("settings.accepting"),
        hint: t("settings.accepting_hint"),
        disabled: state.busy.has("accepting"),
        change: setAccepting,
      }),
      !state.accepting && notice("warn", t("settings.off")),
    ),
    h(
      "section",
      { class: "card" },
      h("h2", null, t("settings.tiers")),
      h("p", { class: "hint" }, t("settings.tiers_hint")),
      h("ul", { class: "tier-list" }, state.tiers.map(tierLine)),
    ),
  );
}

function tierLine(tier) {
  const next = tier.open
    ? tier.closes_at && t("tier.closes", { time: moment(tier.closes_at) })
    : tier.opens_at && t("tier.opens", { time: moment(tier.opens_at) });
  const online = state.agents.filter((agent) => agent.tiers.includes(tier.id) && agent.presence === "online").length;
  return h(
    "li",
    { key: tier.id },
    h(
      "p",
      { class: "tier-head" },
      h("strong", null, pick(tier.name)),
      badge(t(tier.open ? "tier.open" : "tier.closed"), tier.open ? "success" : "neutral"),
      tier.faces_customer ? null : badge(t("tier.internal"), "info"),
    ),
    h("p", { class: "hint" }, pick(tier.about)),
    h(
      "p",
      { class: "hint" },
      [t("tier.online", { count: online }), t("tier.waiting", { count: state.counts.tiers[tier.id] ?? 0 }), next]
        .filter(Boolean)
        .join(" · "),
    ),
  );
}
