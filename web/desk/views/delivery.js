/** What became of a message on its way to the customer, and how it could get there otherwise. */

import { t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { resend } from "../state/person.js";
import { state } from "../state/store.js";
import { badge, button } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

const GLYPH = { pending: "clock", sending: "clock", sent: "check", delivered: "checks", read: "checks" };

/** `labelled`: with words, and not only for screen readers; `mayResend`: with the other channels to send it by. */
export function deliveryLine(id, delivery, { labelled, mayResend }) {
  const { status, channel, reason, at, next } = delivery;
  const name = channelName(channel);
  if (status in GLYPH)
    return h(
      "p",
      { class: status === "read" ? "tick tick-seen" : "tick", title: moment(at) },
      icon(GLYPH[status], t(`delivery.${status}`, { channel: name })),
      labelled && h("span", { "aria-hidden": "true" }, t(`delivery.${status}`, { channel: name })),
    );
  return h(
    "div",
    { class: `undelivered undelivered-${status}`, role: "status" },
    h(
      "p",
      null,
      icon(status === "held" ? "clock" : "alert"),
      h("strong", null, t(`delivery.${status}`, { channel: name })),
      reason && h("span", { class: "hint" }, reason),
    ),
    next.length > 0 &&
      mayResend &&
      h(
        "p",
        { class: "undelivered-next" },
        next.map((way) =>
          button({
            key: way.id,
            text: t("delivery.send_by", { channel: channelName(way.channel) }),
            glyph: "send",
            small: true,
            disabled: state.busy.has(`resend.${id}`),
            onclick: () => resend(id, way, status),
          }),
        ),
      ),
  );
}

/** The channel of a message, where there are several to tell apart. */
export function channelMark(channel) {
  return channel && badge(channelName(channel), "neutral");
}
