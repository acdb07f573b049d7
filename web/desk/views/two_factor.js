/** The second step of the log-in: giving a code, setting it up, and the codes for the day the phone is lost. */

import { t } from "../i18n/index.js";
import {
  beginEnrolment,
  codesKept,
  confirmEnrolment,
  disableTwoFactor,
  prove,
  renewCodes,
} from "../state/access.js";
import { toast } from "../state/notices.js";
import { state } from "../state/store.js";
import { badge, button, notice, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { modal } from "../ui/modal.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

/** One field for a code; `work(code)` throws what is wrong with it. */
export function codeForm(form, text, work) {
  return h(
    "form",
    { class: "password-form", onsubmit: submitting(form, ({ code }) => work(code.trim())) },
    codeField(form),
    formError(form, ["code"]),
    submitButton(form, text),
  );
}

function codeField(form) {
  return field(form, {
    name: "code",
    label: t("two_factor.code"),
    required: true,
    maxlength: 40,
    autocomplete: "one-time-code",
    autocapitalize: "none",
    spellcheck: "false",
    mount: (node) => node.focus(),
  });
}

/** The own second step: on the account page, and where it must be set up before anything else. */
export function twoFactor() {
  const { own, enrolling, codes } = state.access;
  if (codes) return recoveryCodes(codes);
  if (enrolling) return enrolment(enrolling);
  if (!own) return spinner(t("loading"));
  if (own.error) return notice("error", own.error.message);
  const busy = state.busy.has("two_factor");
  if (!own.since) {
    return [
      h("p", { class: "hint" }, t("two_factor.explain")),
      button({ text: t("two_factor.begin"), kind: "primary", glyph: "lock", disabled: busy, onclick: beginEnrolment }),
    ];
  }
  return [
    h("p", null, badge(t("two_factor.on"), "success"), " ", t("two_factor.since", { time: moment(own.since) })),
    h("p", { class: own.codes_left < 3 ? "field-error" : "hint" }, t("two_factor.codes_left", { count: own.codes_left })),
    h(
      "div",
      { class: "button-row" },
      button({ text: t("two_factor.renew"), disabled: busy, onclick: renewCodes }),
      !own.required && button({ text: t("two_factor.disable"), kind: "danger", disabled: busy, onclick: disableTwoFactor }),
    ),
  ];
}

function enrolment({ secret, picture }) {
  return [
    h("p", null, t("two_factor.scan")),
    h(
      "svg",
      { class: "qr", viewBox: `0 0 ${picture.size} ${picture.size}`, role: "img", "aria-label": t("two_factor.qr") },
      h("path", { d: picture.path }),
    ),
    h("p", { class: "hint" }, t("two_factor.by_hand"), " ", h("code", { class: "by-hand" }, secret.match(/.{1,4}/gu).join(" "))),
    codeForm("two_factor", t("two_factor.confirm"), confirmEnrolment),
  ];
}

function recoveryCodes(codes) {
  const copy = async () => {
    await navigator.clipboard?.writeText(codes.join("\n"));
    toast(t("copied"), "success");
  };
  return [
    notice("warn", t("two_factor.codes_once")),
    h("ol", { class: "codes", "aria-label": t("two_factor.codes") }, codes.map((code) => h("li", { key: code }, h("code", null, code)))),
    h(
      "div",
      { class: "button-row" },
      button({ text: t("two_factor.copy"), glyph: "copy", onclick: copy }),
      button({ text: t("two_factor.print"), onclick: () => print() }),
      button({ text: t("two_factor.kept"), kind: "primary", onclick: codesKept }),
    ),
  ];
}

export function proveDialog({ done }) {
  const work = async ({ code }) => {
    await prove(code.trim());
    done(true);
  };
  return modal(
    { title: t("prove.title"), form: submitting("prove", work), cancel: () => done(false) },
    [h("p", null, t("prove.explain")), codeField("prove"), formError("prove", ["code"])],
    [button({ text: t("dialog.cancel"), onclick: () => done(false) }), submitButton("prove", t("prove.submit"))],
  );
}
