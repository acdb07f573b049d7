/** The card of a ticket that is offered: who asks what, why me, and how long it stays. */

import { locale, t } from "../i18n/index.js";
import { channelName, languageName, tierName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { accept, offers, pass } from "../state/offers.js";
import { state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

export function offerCards() {
  return h(
    "section",
    { class: "offers", key: "offers", "aria-label": t("assignment.label") },
    offers().map(card),
  );
}

/** How many tickets I have, of how many. */
export function ownLoad() {
  const me = state.agents.find((agent) => agent.id === state.user.id);
  if (!me) return null;
  const numbers = { open: me.open, capacity: me.capacity };
  return h(
    "span",
    { class: "own-load", title: t("assignment.load_label", numbers) },
    h("span", { "aria-hidden": "true" }, `${me.open}/${me.capacity}`),
    h("span", { class: "visually-hidden" }, t("assignment.load_label", numbers)),
  );
}

function card(ticket) {
  const seconds = Math.max(0, Math.ceil((ticket.offer.until - now()) / 1000));
  const me = state.agents.find((agent) => agent.id === state.user.id);
  return h(
    "article",
    { class: "offer-card", key: ticket.id },
    h(
      "header",
      { class: "offer-head" },
      icon("bell"),
      h("h3", null, t("assignment.offered", { number: ticket.number })),
      h(
        "span",
        { class: seconds <= 10 ? "offer-left offer-pressing" : "offer-left", role: "timer" },
        t("assignment.left", { seconds }),
      ),
    ),
    h("p", { class: "offer-who" }, t("assignment.customer", { name: ticket.customer.name || t("customer.unnamed") })),
    h("p", { class: "offer-question" }, ticket.question),
    h(
      "p",
      { class: "offer-where" },
      [tierName(ticket.tier), channelName(ticket.channel), languageName(ticket.language)].join(" · "),
      me && ` · ${t("assignment.load", { open: me.open, capacity: me.capacity })}`,
    ),
    h(
      "p",
      { class: "offer-why" },
      t("assignment.why") + t("colon"),
      new Intl.ListFormat(locale()).format(ticket.offer.because.map(({ why }) => t(`assignment.why.${why}`))),
    ),
    h(
      "div",
      { class: "offer-actions" },
      button({
        text: t("assignment.pass"),
        small: true,
        title: "X",
        disabled: state.busy.has(`pass.${ticket.id}`),
        onclick: () => pass(ticket.id),
      }),
      button({
        text: t("assignment.accept"),
        glyph: "check",
        kind: "primary",
        small: true,
        title: "Y",
        disabled: state.busy.has(`take.${ticket.id}`),
        onclick: () => accept(ticket.id),
      }),
    ),
  );
}
