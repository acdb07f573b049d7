/** Follow-ups: the page with the list, and what is asked before one is planned, done or put off. */

import { t } from "../i18n/index.js";
import { channelName, tierName } from "../i18n/names.js";
import { VIEWS, drop, finish, loadFollowUps, postpone, reach, schedule, show, take, tomorrow } from "../state/follow_ups.js";
import { toTicket } from "../state/route.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, segmented, spinner, toggle } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const LONGEST = 2000;
const TONE = { planned: "neutral", due: "warn", missed: "danger", done: "success", cancelled: "neutral" };
const OUTCOMES = ["reached", "not_reached", "solved", "escalated"];

export function followUpsPage() {
  const { all, error, view, mine } = state.followUps;
  return h(
    "section",
    { class: "page", key: "follow_ups", mount: loadFollowUps },
    h("header", { class: "page-head" }, h("div", null, h("h1", null, t("nav.follow_ups")), h("p", null, t("followup.explain")))),
    h(
      "div",
      { class: "followup-filters" },
      segmented(t("followup.view"), VIEWS.map((each) => [each, t(`followup.view_${each}`)]), view, (chosen) => show({ view: chosen })),
      toggle({ on: mine, text: t("followup.mine"), change: (on) => show({ mine: on }) }),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadFollowUps })),
    !all && !error && spinner(t("loading")),
    all?.length === 0 && empty("check", t("followup.none")),
    all?.length > 0 && h("ul", { class: "followups" }, all.map(card)),
  );
}

function card(row) {
  return h(
    "li",
    { class: `followup followup-${row.state}`, key: row.id },
    h(
      "div",
      { class: "followup-what" },
      h(
        "p",
        { class: "followup-line" },
        h("strong", null, row.customer_name || t("customer.unnamed")),
        row.ticket_id && h("a", { class: "number", href: toTicket(row.ticket_id, "all") }, row.number || t("followup.ticket")),
        badge(t(`followup.state_${row.state}`), TONE[row.state]),
        badge(t(`followup.reason_${row.reason}`), "info"),
      ),
      h(
        "p",
        { class: "followup-line followup-meta" },
        icon("clock"),
        h("span", null, moment(row.due_at)),
        h("span", null, [tierName(row.tier), channelName(row.channel), row.agent?.name ?? t("followup.nobody")].join(" · ")),
      ),
      row.note && h("p", { class: "plain" }, row.note),
      row.outcome && h("p", { class: "followup-meta" }, [t(`followup.outcome_${row.outcome}`), row.outcome_note].filter(Boolean).join(" · ")),
    ),
    ["planned", "due", "missed"].includes(row.state) && h("div", { class: "followup-actions" }, actions(row)),
  );
}

function actions(row) {
  const own = row.agent?.id === state.user.id;
  const busy = state.busy.has(`followup.${row.id}`);
  const other = (text, onclick) => button({ text, small: true, disabled: busy, onclick });
  return [
    !own && other(t("followup.take"), () => take(row)),
    button({ text: t("followup.reach"), small: true, kind: "primary", disabled: busy, onclick: () => reach(row) }),
    other(t("followup.finish"), () => openDialog("followup_done", { row })),
    other(t("followup.postpone"), () => openDialog("followup_postpone", { row })),
    other(t("followup.drop"), () => drop(row)),
  ];
}

function scheduleDialog({ id, ticket }) {
  const tiers = state.tiers.map((tier) => [`tier:${tier.id}`, tierName(tier.id)]);
  return modal(
    {
      title: t("followup.schedule_title", { number: ticket.number }),
      form: submitting("followup", (values) => schedule(id, ticket, values)),
    },
    [
      when("followup", tomorrow()),
      field("followup", { name: "who", label: t("followup.who"), options: [["mine", t("followup.me")], ...tiers], value: "mine" }),
      field("followup", { name: "note", label: t("followup.note"), hint: t("followup.note_hint"), area: true, maxlength: LONGEST }),
      formError("followup", ["due_at", "note"]),
    ],
    [cancelButton(), submitButton("followup", t("followup.plan"))],
  );
}

function doneDialog({ row }) {
  return modal(
    {
      title: t("followup.finish_title", { name: row.customer_name || row.number }),
      form: submitting("followup_done", (values) => finish(row, values)),
    },
    [
      field("followup_done", {
        name: "outcome",
        label: t("followup.outcome"),
        options: OUTCOMES.map((each) => [each, t(`followup.outcome_${each}`)]),
        value: "reached",
        autofocus: true,
      }),
      field("followup_done", { name: "note", label: t("followup.note"), area: true, maxlength: LONGEST }),
      formError("followup_done", ["note"]),
    ],
    [cancelButton(), submitButton("followup_done", t("followup.finish"))],
  );
}

function postponeDialog({ row }) {
  return modal(
    { title: t("followup.postpone"), form: submitting("followup_postpone", (values) => postpone(row, values)) },
    [when("followup_postpone", tomorrow()), formError("followup_postpone", ["due_at"])],
    [cancelButton(), submitButton("followup_postpone", t("followup.postpone"))],
  );
}

function when(form, value) {
  return field(form, { name: "due_at", label: t("followup.when"), type: "datetime-local", required: true, value, autofocus: true });
}

export const FOLLOW_UP_DIALOGS = {
  followup: scheduleDialog,
  followup_done: doneDialog,
  followup_postpone: postponeDialog,
};
