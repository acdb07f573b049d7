/** Dialogs of the agents' tools: what a canned reply lacks, until when a ticket rests, what it is merged into, blocks. */

import { pick, t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { resolve } from "../state/actions.js";
import { block, mergeInto, otherTickets, snooze, snoozeTimes } from "../state/tools.js";
import { run } from "../state/notices.js";
import { changed, state } from "../state/store.js";
import { badge, button, notice, spinner } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { endingNotice } from "./escalation.js";

const LONGEST = 2000;
const DAYS = [1, 7, 30, 90, 365];

export const TOOL_DIALOGS = {
  resolve: resolveDialog,
  macro_fill: fillDialog,
  snooze: snoozeDialog,
  merge: mergeDialog,
  block: blockDialog,
};

/** The codes that are offered in a ticket's tier: `{codes, required}`. */
export function wrapUpOf(ticket) {
  const tier = state.tiers.find((each) => each.id === ticket.tier);
  return tier?.wrap_up ?? { codes: [], required: false };
}

function resolveDialog({ ticket }) {
  const { codes, required } = wrapUpOf(ticket);
  return modal(
    {
      title: t("resolve.title", { number: ticket.number }),
      form: submitting("resolve", ({ note, wrap_up: code = "" }) => resolve(ticket.id, note.trim(), code)),
    },
    [
      h("p", null, t("resolve.explain")),
      endingNotice(state.thread),
      codes.length > 0 &&
        field("resolve", {
          name: "wrap_up",
          label: t("wrap_up.label"),
          hint: required ? "" : t("wrap_up.hint"),
          required,
          autofocus: required,
          options: [["", t("wrap_up.choose")], ...codes.map((each) => [each.id, pick(each.name)])],
        }),
      field("resolve", {
        name: "note",
        label: t("resolve.note"),
        hint: t("resolve.hint"),
        area: true,
        maxlength: LONGEST,
        autofocus: codes.length === 0 || !required,
      }),
      formError("resolve", ["note", "wrap_up"]),
    ],
    [cancelButton(), submitButton("resolve", t("action.resolve"))],
  );
}

/** A placeholder's name, as people call it. */
export function variableName(name) {
  return t(`variable.${name.replaceAll(".", "_")}`);
}

function fillDialog({ macro, missing, text, finish }) {
  const names = Object.fromEntries(missing.map((name) => [name.replaceAll(".", "_"), name]));
  return modal(
    {
      title: t("macro.fill_title", { shortcut: macro.shortcut }),
      form: submitting("macro_fill", (values) =>
        finish(Object.fromEntries(Object.entries(names).map(([id, name]) => [name, values[id].trim()]))),
      ),
    },
    [
      h("p", null, t("macro.fill_explain")),
      h("blockquote", { class: "question" }, text),
      Object.entries(names).map(([id, name], index) =>
        field("macro_fill", {
          name: id,
          label: variableName(name),
          required: true,
          maxlength: 200,
          autofocus: index === 0,
          pattern: ".*\\S.*",
        }),
      ),
      formError("macro_fill"),
    ],
    [cancelButton(), submitButton("macro_fill", t("macro.insert"))],
  );
}

function snoozeDialog({ ticket }) {
  const times = snoozeTimes();
  const choose = (until) => run(`snooze.${ticket.id}`, () => snooze(ticket.id, until));
  return modal(
    { title: t("snooze.title", { number: ticket.number }), form: submitting("snooze", ({ at }) => later(ticket, at)) },
    [
      h("p", null, t("snooze.explain")),
      h(
        "div",
        { class: "presets", onkeydown: (event) => preset(event, times, choose) },
        times.map(([id, until], index) =>
          h(
            "button",
            {
              type: "button",
              class: "preset",
              key: id,
              autofocus: index === 0,
              disabled: state.busy.has(`snooze.${ticket.id}`),
              onclick: () => choose(until),
            },
            h("kbd", null, index + 1),
            h("span", null, t(`snooze.${id}`)),
            until && h("span", { class: "hint" }, moment(until)),
          ),
        ),
      ),
      field("snooze", { name: "at", label: t("snooze.at"), type: "datetime-local", required: true }),
      formError("snooze", ["at"]),
    ],
    [cancelButton(), submitButton("snooze", t("action.snooze"))],
  );
}

function later(ticket, at) {
  return snooze(ticket.id, new Date(at).getTime());
}

/** A digit is the preset of that number. */
function preset(event, times, choose) {
  const chosen = times[Number(event.key) - 1];
  if (!chosen || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  choose(chosen[1]);
}

function mergeDialog({ ticket, found = null, error = null }) {
  const data = state.dialog.data;
  return modal(
    {
      title: t("merge.title", { number: ticket.number }),
      form: submitting("merge", ({ into }) => mergeInto(ticket.id, into)),
    },
    h(
      "div",
      { mount: () => look(data) },
      h("p", null, t("merge.explain")),
      error && notice("error", error.message),
      !found && !error && spinner(t("loading")),
      found?.length === 0 && notice("info", t("merge.none")),
      found?.length > 0 &&
        h(
          "fieldset",
          { class: "merge-choices" },
          h("legend", null, t("merge.into")),
          found.map((each, index) =>
            h(
              "label",
              { class: "merge-choice", key: each.id },
              h("input", { type: "radio", name: "into", value: each.id, required: true, autofocus: index === 0 }),
              h("span", { class: "number" }, each.number),
              badge(channelName(each.channel), "neutral"),
              h("span", { class: "merge-text" }, each.question),
            ),
          ),
        ),
      formError("merge"),
    ),
    [cancelButton(), found?.length > 0 && submitButton("merge", t("action.merge"))],
  );
}

async function look(data) {
  try {
    data.found = await otherTickets(data.ticket);
  } catch (error) {
    data.error = error;
  }
  changed();
}

function blockDialog({ identity, ticketId }) {
  return modal(
    {
      title: t("block.title", { channel: channelName(identity.channel), address: identity.address }),
      form: submitting("block", ({ reason, days }) =>
        block(ticketId, identity.id, reason.trim(), days ? Number(days) : null),
      ),
    },
    [
      h("p", null, t("block.explain")),
      field("block", { name: "reason", label: t("block.reason"), required: true, maxlength: 500, autofocus: true }),
      field("block", {
        name: "days",
        label: t("block.days"),
        value: "7",
        options: [...DAYS.map((days) => [String(days), t("block.for", { days })]), ["", t("block.for_ever")]],
      }),
      formError("block", ["reason", "days"]),
    ],
    [cancelButton(), submitButton("block", t("action.block"), "danger")],
  );
}

/** Parting again what was merged, on the closed ticket. */
export function partButton(ticket, act) {
  return button({ text: t("action.part"), glyph: "swap", disabled: state.busy.has(`part.${ticket.id}`), onclick: act });
}
