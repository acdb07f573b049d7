/** A conversation that the agent begins: a call to log, or words to a customer where we may write first. */

import { LANGUAGES, language, t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { begin } from "../state/begin.js";
import { changed } from "../state/store.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const FORM = "begin";
const FIELDS = ["channel", "name", "phone", "email", "language", "text"];
const LONGEST = 4000;

export function beginDialog(data) {
  const logged = data.channel === "phone";
  const byMail = data.channel.startsWith("email");
  return modal(
    { title: t("begin.title"), wide: true, form: submitting(FORM, (values) => begin(data.id, values)) },
    [
      h(
        "div",
        { class: "form-grid" },
        field(FORM, {
          name: "channel",
          label: t("begin.channel"),
          options: data.channels.map((each) => [each, each === "phone" ? t("begin.phone_call") : channelName(each)]),
          value: data.channel,
          onchange: (event) => {
            data.channel = event.target.value;
            changed();
          },
          autofocus: true,
        }),
        field(FORM, {
          name: "language",
          label: t("begin.language"),
          options: Object.entries(LANGUAGES),
          value: language(),
        }),
        field(FORM, { name: "name", label: t("begin.name"), maxlength: 60, autocomplete: "off" }),
        field(FORM, {
          name: "phone",
          label: t("begin.phone"),
          type: "tel",
          maxlength: 32,
          required: !logged && !byMail,
          autocomplete: "off",
        }),
        field(FORM, { name: "email", label: t("begin.email"), type: "email", required: byMail, autocomplete: "off" }),
      ),
      field(FORM, {
        name: "text",
        label: t(logged ? "begin.said" : "begin.text"),
        hint: t(logged ? "begin.said_hint" : "begin.text_hint"),
        area: true,
        required: true,
        maxlength: LONGEST,
      }),
      formError(FORM, FIELDS),
    ],
    [cancelButton(), submitButton(FORM, t(logged ? "begin.log" : "begin.send"))],
  );
}
