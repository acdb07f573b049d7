/** What stands above and below the reply that is being written: windows, colleagues, drafts elsewhere, what it does. */

import { pick, t } from "../i18n/index.js";
import { now } from "../state/clock.js";
import { chooseDraft, otherDraft } from "../state/draft_sync.js";
import { dropAction } from "../state/macros.js";
import { invite } from "../state/person.js";
import { goesOn, overtakenBy, viewersLine } from "../state/together.js";
import { changed, state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { duration, moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

const LAST_HOUR = 3_600_000;

/** Who else is at this ticket. */
export function viewersHere(thread) {
  const line = viewersLine(thread);
  return line && h("p", { class: "composer-line", role: "status", key: "viewers" }, icon("eye"), h("span", null, line));
}

/** A colleague was faster, or the agent's other window has more: both are said before anything is sent. */
export function collisions(thread, ticket) {
  const name = overtakenBy(thread);
  const other = otherDraft(ticket.id);
  return [
    name &&
      line("overtaken", "alert", t("overtaken.text", { name }), [
        [t("overtaken.go_on"), () => (goesOn(ticket.id), changed())],
      ]),
    other &&
      line("elsewhere", "copy", t("draft.elsewhere", { time: moment(other.at) }), [
        [t("draft.theirs"), () => chooseDraft(ticket.id, true)],
        [t("draft.mine"), () => chooseDraft(ticket.id, false)],
      ]),
  ];
}

/** Until when, and how many more times, the vendor lets us answer; loud only when it matters. */
export function windowLine(ticket) {
  if (!ticket.window || !ticket.can.includes("reply")) return null;
  const { until, left } = ticket.window;
  const time = until - now();
  if (time <= 0 || left === 0 || left === -1) return line("window", "clock", t("window.is_closed"), [[t("person.invite"), invite]]);
  if (time > LAST_HOUR && (left === null || left > 1)) return null;
  const text =
    left === null ? t("window.closes", { time: duration(time) }) : t("window.closes_left", { time: duration(time), left });
  return line("window", "clock", text, []);
}

/** What is done when the reply has been sent: each can be left out. */
export function actionChips(ticket, { actions = [] }) {
  if (actions.length === 0) return null;
  return h(
    "p",
    { class: "composer-actions", key: "actions" },
    h("span", null, t("macro.then")),
    actions.map((each) =>
      h(
        "span",
        { class: "action-chip", key: `${each.do}.${each.value}` },
        actionName(each),
        button({
          glyph: "close",
          label: t("macro.leave_out", { action: actionName(each) }),
          kind: "quiet",
          small: true,
          onclick: () => dropAction(ticket.id, each),
        }),
      ),
    ),
  );
}

/** An action of a canned reply in words. */
export function actionName({ do: what, value }) {
  if (what === "resolve") return t("action.resolve");
  if (what === "snooze") return `${t("action.snooze")}${t("colon")}${t(`snooze.${value}`)}`;
  const codes = state.tiers.flatMap((tier) => tier.wrap_up?.codes ?? []);
  const known = { wrap_up: codes, category: state.categories }[what]?.find((each) => each.id === value);
  return `${t(`macro.do_${what}`)}${t("colon")}${known ? pick(known.name) : value}`;
}

function line(key, glyph, text, choices) {
  return h(
    "div",
    { class: `composer-warning composer-${key}`, role: "alert", key },
    icon(glyph),
    h("span", null, text),
    choices.map(([name, act]) => button({ text: name, small: true, onclick: act })),
  );
}
