/** What is asked before a ticket changes hands, and the help. */

import { t } from "../i18n/index.js";
import { presenceName, tierName } from "../i18n/names.js";
import { returnToBot, transfer } from "../state/actions.js";
import { recall, remember } from "../state/preferences.js";
import { reassign } from "../state/reassign.js";
import { changed, state } from "../state/store.js";
import { button, toggle } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, closeDialog, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { articleNewDialog, discardDialog, dismissDialog, rollBackDialog, withdrawDialog } from "./article_dialogs.js";
import { linkDialog, resendDialog, unlinkDialog } from "./person.js";
import { ELSEWHERE_DIALOGS } from "./elsewhere.js";
import { ESCALATION_DIALOGS } from "./escalation.js";
import { FOLLOW_UP_DIALOGS } from "./follow_ups.js";
import { GROWTH_DIALOGS } from "./growth.js";
import { QUALITY_DIALOGS } from "./quality.js";
import { TRAINING_DIALOGS } from "./training_form.js";
import { paletteDialog } from "./palette.js";
import { reassignFields } from "./reassign.js";
import { MACRO_DIALOGS } from "./macros.js";
import { ROTA_DIALOGS } from "./rota_dialogs.js";
import { SHORTCUTS } from "./shortcuts.js";
import { TOOL_DIALOGS } from "./tool_dialogs.js";
import { wayDialog } from "./flow.js";
import { takeOverDialog, whisperDialog } from "./supervision_dialogs.js";
import { triageDialog } from "./triage.js";
import { beginDialog } from "./begin_dialog.js";
import { proveDialog } from "./two_factor.js";
import { resetTwoFactorDialog, unlinkSsoDialog, userSessionsDialog } from "./user_access.js";
import { createdDialog, disableDialog, resetDialog, userDialog } from "./user_dialogs.js";

const LONGEST = 2000;

const DIALOGS = {
  return: ({ ticket }) => words(ticket, "return", "briefing", (text) => returnToBot(ticket.id, text)),
  put_back: ({ ticket }) => words(ticket, "put_back", "note", (text) => transfer(ticket.id, { note: text })),
  transfer: transferDialog,
  ...ELSEWHERE_DIALOGS,
  ...ESCALATION_DIALOGS,
  ...FOLLOW_UP_DIALOGS,
  ...GROWTH_DIALOGS,
  ...QUALITY_DIALOGS,
  ...TRAINING_DIALOGS,
  ...TOOL_DIALOGS,
  triage: triageDialog,
  ...MACRO_DIALOGS,
  ...ROTA_DIALOGS,
  whisper: whisperDialog,
  way: wayDialog,
  take_over: takeOverDialog,
  begin: beginDialog,
  article_new: articleNewDialog,
  article_discard: discardDialog,
  article_withdraw: withdrawDialog,
  article_rollback: rollBackDialog,
  gap_dismiss: dismissDialog,
  unlink: unlinkDialog,
  link: linkDialog,
  resend: resendDialog,
  help: helpDialog,
  palette: paletteDialog,
  user: userDialog,
  user_created: createdDialog,
  user_disable: disableDialog,
  user_reset: resetDialog,
  user_sessions: userSessionsDialog,
  two_factor_reset: resetTwoFactorDialog,
  sso_unlink: unlinkSsoDialog,
  prove: proveDialog,
};

export function dialog() {
  return state.dialog && DIALOGS[state.dialog.kind](state.dialog.data);
}

/** A dialog with one optional text. */
function words(ticket, kind, name, work) {
  return modal(
    {
      title: t(`${kind}.title`, { number: ticket.number }),
      form: submitting(kind, (values) => work(values[name].trim())),
    },
    [
      h("p", null, t(`${kind}.explain`)),
      field(kind, {
        name,
        label: t(`${kind}.${name}`),
        hint: t(`${kind}.hint`),
        area: true,
        maxlength: LONGEST,
        autofocus: true,
      }),
      formError(kind, [name]),
    ],
    [cancelButton(), submitButton(kind, t(`action.${kind}`))],
  );
}

function transferDialog({ ticket }) {
  const tiers = state.tiers.filter((tier) => tier.faces_customer);
  const others = state.agents.filter((agent) => agent.id !== ticket.agent?.id);
  const busyness = (agent) => `${agent.name} · ${presenceName(agent.presence)} · ${agent.open}/${agent.capacity}`;
  return modal(
    {
      title: t("transfer.title", { number: ticket.number }),
      form: submitting("transfer", (values) => reassign(ticket, { ...values, note: values.note.trim() })),
    },
    [
      h("p", null, t("transfer.explain")),
      h(
        "div",
        { class: "field" },
        h("label", { for: "transfer-to" }, t("transfer.to")),
        h(
          "select",
          { id: "transfer-to", name: "to", autofocus: true },
          h(
            "optgroup",
            { label: t("transfer.tiers") },
            tiers.map((tier) =>
              h(
                "option",
                { value: `tier:${tier.id}`, key: tier.id },
                tierName(tier.id) +
                  (tier.id === ticket.tier ? ` (${t("transfer.current")})` : "") +
                  (tier.open ? "" : ` · ${t("tier.closed")}`),
              ),
            ),
          ),
          h(
            "optgroup",
            { label: t("transfer.agents") },
            others.map((agent) => h("option", { value: `agent_id:${agent.id}`, key: agent.id }, busyness(agent))),
          ),
        ),
      ),
      field("transfer", {
        name: "note",
        label: t("transfer.note"),
        hint: t("transfer.hint"),
        area: true,
        maxlength: LONGEST,
      }),
      reassignFields(ticket),
      formError("transfer", ["note"]),
    ],
    [cancelButton(), submitButton("transfer", t("action.transfer"))],
  );
}

function helpDialog() {
  return modal(
    { title: t("help.title"), wide: true },
    [
      h(
        "dl",
        { class: "shortcuts" },
        SHORTCUTS.map(({ keys, text }) =>
          h(
            "div",
            { key: keys },
            h(
              "dt",
              null,
              keys.split(" ").map((key) => h("kbd", null, key)),
            ),
            h("dd", null, t(text)),
          ),
        ),
      ),
      toggle({
        on: recall("shortcuts", true),
        text: t("help.enable"),
        hint: t("help.enable_hint"),
        change: (on) => (remember("shortcuts", on), changed()),
      }),
    ],
    button({ text: t("dialog.close"), kind: "primary", onclick: closeDialog }),
  );
}
