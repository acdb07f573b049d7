/** What a supervisor does in a colleague's ticket: a quiet word, and taking it over. */

import { t } from "../i18n/index.js";
import { takeOver, whisper } from "../state/supervision.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

export function whisperDialog({ ticket }) {
  return modal(
    {
      title: t("whisper.title", { name: ticket.agent.name }),
      form: submitting("whisper", ({ text }) => whisper(ticket, text.trim())),
    },
    [
      h("p", null, t("whisper.explain")),
      field("whisper", { name: "text", label: t("whisper.text"), area: true, maxlength: 1000, required: true, autofocus: true }),
      formError("whisper", ["text"]),
    ],
    [cancelButton(), submitButton("whisper", t("whisper.send"))],
  );
}

export function takeOverDialog({ ticket }) {
  return modal(
    {
      title: t("take_over.title", { number: ticket.number, name: ticket.agent.name }),
      form: submitting("take_over", ({ reason }) => takeOver(ticket, reason.trim())),
    },
    [
      h("p", null, t("take_over.explain")),
      field("take_over", { name: "reason", label: t("take_over.reason"), area: true, maxlength: 2000, autofocus: true }),
      formError("take_over", ["reason"]),
    ],
    [cancelButton(), submitButton("take_over", t("take_over.do"))],
  );
}
