/** The customer's card: what the company knows, and whether answers may tell it. */

import { pick, t } from "../i18n/index.js";
import { badge } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

export function cardSection({ card, cardConsent: consent }) {
  if (!card) return null;
  const rows = [
    [t("card.name"), card.name],
    [t("card.tier"), pick(card.tier)],
    [t("card.segment"), card.segment],
    [t("card.products"), card.products.map(({ name, code }) => [pick(name), code].filter(Boolean).join(" · ")).join(t("comma"))],
    [t("card.orders"), card.orders.map(({ number, status }) => `${number} · ${pick(status)}`).join(t("comma"))],
  ].filter(([, value]) => value);
  return h(
    "section",
    { class: "facts" },
    h("h3", null, t("card.title")),
    h("dl", null, rows.map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value)))),
    h(
      "p",
      { class: "hint" },
      consent
        ? badge(t(consent.granted ? "card.granted" : "card.refused"), consent.granted ? "success" : "neutral")
        : badge(t("card.not_asked"), "neutral"),
      " ",
      t("card.as_of", { time: moment(card.updated_at) }),
    ),
  );
}
