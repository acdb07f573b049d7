/** What is asked before the rota changes. */

import { t } from "../i18n/index.js";
import { tierName } from "../i18n/names.js";
import { acceptSwap, askSwap, bringCalendar, localInput, removeShift, saveAbsence, saveShift } from "../state/rota.js";
import { state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { choices, field, formError, submitButton, submitting } from "../ui/form.js";
import { clock, moment } from "../ui/format.js";
import { cancelButton, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const LONGEST = 2000;
const HOURS = 8 * 3_600_000;
const KINDS = ["holiday", "illness", "training", "other"];

function shiftDialog({ id, agent, at, shift }) {
  const starts = shift?.starts_at ?? at ?? Date.now();
  const busy = shift && state.busy.has(`rota.${shift.id}`);
  return modal(
    { title: t(shift ? "rota.change" : "rota.add"), form: submitting("shift", (values) => saveShift(id, shift, values)) },
    [
      who("shift", agent?.id),
      when("shift", "starts_at", starts),
      when("shift", "ends_at", shift?.ends_at ?? starts + HOURS),
      tiers("shift", shift?.tiers ?? agent?.tiers ?? []),
      !shift && field("shift", { name: "weeks", label: t("rota.repeat"), hint: t("rota.repeat_hint"), type: "number", min: 1, max: 53, value: "1" }),
      field("shift", { name: "note", label: t("rota.note"), maxlength: LONGEST, value: shift?.note ?? "" }),
      formError("shift", ["agent_id", "starts_at", "ends_at", "tiers", "weeks", "note"]),
      shift && h(
        "div",
        { class: "rota-actions" },
        button({ text: t("rota.remove"), disabled: busy, onclick: () => removeShift(shift, false) }),
        shift.series_id && button({ text: t("rota.remove_following"), disabled: busy, onclick: () => removeShift(shift, true) }),
      ),
    ],
    [cancelButton(), submitButton("shift", t("rota.save"))],
  );
}

function absenceDialog() {
  return modal(
    { title: t("rota.add_absence"), form: submitting("absence", saveAbsence) },
    [
      who("absence"),
      when("absence", "starts_at", state.rota.monday),
      when("absence", "ends_at", state.rota.monday + 3 * HOURS),
      field("absence", { name: "kind", label: t("rota.kind"), options: KINDS.map((kind) => [kind, t(`rota.away_${kind}`)]), value: "holiday" }),
      field("absence", { name: "note", label: t("rota.note"), maxlength: LONGEST }),
      formError("absence", ["agent_id", "starts_at", "ends_at", "note"]),
    ],
    [cancelButton(), submitButton("absence", t("rota.save"))],
  );
}

function bringDialog() {
  return modal(
    { title: t("rota.bring"), form: submitting("rota_bring", bringCalendar) },
    [
      h("p", { class: "hint" }, t("rota.bring_hint")),
      who("rota_bring"),
      tiers("rota_bring", []),
      field("rota_bring", { name: "calendar", label: t("rota.file"), type: "file", accept: ".ics,text/calendar", required: true }),
      formError("rota_bring", ["agent_id", "tiers", "calendar"]),
    ],
    [cancelButton(), submitButton("rota_bring", t("rota.bring"))],
  );
}

function swapDialog({ agent, shift }) {
  const others = state.rota.seen.agents.filter((each) => each.id !== agent.id && shift.tiers.every((tier) => each.tiers.includes(tier)));
  return modal(
    { title: t("rota.swap"), form: submitting("swap", (values) => askSwap(shift, values)) },
    [
      h("p", null, spell(shift)),
      field("swap", { name: "to_id", label: t("rota.swap_with"), options: others.map(({ id, name }) => [id, name]) }),
      field("swap", { name: "note", label: t("rota.note"), maxlength: LONGEST }),
      formError("swap", ["to_id", "note"]),
    ],
    [cancelButton(), submitButton("swap", t("rota.ask"))],
  );
}

function acceptDialog({ swap }) {
  const own = state.rota.seen.shifts.filter((shift) => shift.agent_id === state.user.id && shift.starts_at > Date.now());
  return modal(
    { title: t("rota.accept"), form: submitting("swap_accept", (values) => acceptSwap(swap, values)) },
    [
      field("swap_accept", {
        name: "in_return",
        label: t("rota.in_return"),
        hint: t("rota.in_return_hint"),
        options: [["", t("rota.nothing")], ...own.map((shift) => [shift.id, spell(shift)])],
        value: "",
      }),
      formError("swap_accept", ["in_return"]),
    ],
    [cancelButton(), submitButton("swap_accept", t("rota.accept"))],
  );
}

function who(form, value) {
  const { agents } = state.rota.seen;
  return field(form, { name: "agent_id", label: t("rota.who"), options: agents.map(({ id, name }) => [id, name]), value: value ?? agents[0]?.id });
}

function when(form, name, at) {
  return field(form, { name, label: t(`rota.${name}`), type: "datetime-local", value: localInput(at), required: true });
}

function tiers(form, value) {
  return choices(form, { name: "tiers", label: t("rota.tiers"), options: state.tiers.map(({ id }) => [id, tierName(id)]), value });
}

function spell(shift) {
  return `${moment(shift.starts_at)}–${clock(shift.ends_at)}`;
}

export const ROTA_DIALOGS = {
  shift: shiftDialog,
  absence: absenceDialog,
  rota_bring: bringDialog,
  swap: swapDialog,
  swap_accept: acceptDialog,
};
