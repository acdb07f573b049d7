/** The pages before the desk: log-in, a new password that is due, a reset link, and a service that can't be reached. */

import { pick, t } from "../i18n/index.js";
import { run } from "../state/notices.js";
import { leaveFor } from "../state/access.js";
import { changePassword, giveCode, resume, signIn, signOut, useResetLink } from "../state/session.js";
import { replace } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { button, notice, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { h } from "../ui/vdom.js";
import { languageToggle, mark } from "./topbar.js";
import { codeForm, twoFactor } from "./two_factor.js";

const PAGES = {
  starting,
  unreachable,
  signed_out: logIn,
  awaits_code: secondStep,
  reset,
  must_change: mustChange,
  must_enrol: mustEnrol,
};

export function signinPage() {
  return h(
    "div",
    { class: "gate", key: "gate" },
    h("header", { class: "gate-tools" }, languageToggle()),
    h(
      "main",
      { class: "gate-card", key: state.phase },
      h(
        "p",
        { class: "gate-brand" },
        mark(),
        h("span", null, t("app.name")),
        h("span", { class: "brand-desk" }, t("app.desk")),
      ),
      PAGES[state.phase](),
    ),
  );
}

function starting() {
  return spinner(t("loading"));
}

function unreachable() {
  return [
    h("h1", null, t("unreachable.title")),
    notice("error", t("error.unreachable")),
    button({ text: t("retry"), kind: "primary", onclick: resume }),
  ];
}

function logIn() {
  return [
    h("h1", null, t("login.title")),
    state.expired && notice("info", t("login.expired")),
    companyLogIn(),
    h(
      "form",
      { onsubmit: submitting("login", ({ login, password }) => signIn(login.trim().toLowerCase(), password)) },
      field("login", {
        name: "login",
        label: t("login.name"),
        required: true,
        autocomplete: "username",
        autocapitalize: "none",
        spellcheck: "false",
        mount: (node) => node.focus(),
      }),
      field("login", {
        name: "password",
        label: t("login.password"),
        type: "password",
        required: true,
        autocomplete: "current-password",
      }),
      formError("login"),
      submitButton("login", t("login.submit")),
    ),
    h("p", { class: "hint" }, t("login.forgotten")),
  ];
}

/** The way in by the company's account, before the one by password. */
function companyLogIn() {
  const { entrance, failed } = state.access;
  if (!entrance?.sso) return null;
  return [
    failed && notice("error", t(`sso.${failed}`)),
    button({
      text: pick(entrance.sso.label),
      kind: "primary",
      glyph: "key",
      disabled: state.busy.has("sso"),
      onclick: () => leaveFor("sso"),
    }),
    h("p", { class: "gate-or" }, t("login.or")),
    entrance.sso.only && h("p", { class: "hint" }, t("login.sso_only")),
  ];
}

function secondStep() {
  return [
    h("h1", null, t("second_step.title")),
    h("p", null, t("second_step.explain")),
    codeForm("second_step", t("second_step.submit"), giveCode),
    otherAccount(),
  ];
}

/** Until the codes are kept, the page stays, although the desk is open already. */
function mustEnrol() {
  const done = state.access.own?.since && !state.access.codes;
  return [
    h("h1", null, t("must_enrol.title")),
    !done && h("p", null, t("must_enrol.explain")),
    twoFactor(),
    done && button({ text: t("must_enrol.go_on"), kind: "primary", onclick: resume }),
    otherAccount(),
  ];
}

function otherAccount() {
  return h(
    "p",
    { class: "gate-foot" },
    button({ text: t("signout"), kind: "quiet", small: true, onclick: () => run("signout", signOut) }),
  );
}

function mustChange() {
  return [
    h("h1", null, t("must_change.title")),
    h("p", null, t("must_change.explain")),
    passwordForm("must_change"),
    otherAccount(),
  ];
}

function reset() {
  const leave = () => {
    replace("#/queue");
    state.phase = "signed_out";
    changed();
  };
  return [
    h("h1", null, t("reset.title")),
    h(
      "form",
      { onsubmit: submitting("reset", (values) => useResetLink(state.route.token, confirmed(values))) },
      newPassword("reset"),
      formError("reset", ["new", "again"]),
      submitButton("reset", t("password.set")),
    ),
    h("p", { class: "gate-foot" }, button({ text: t("reset.to_login"), kind: "quiet", small: true, onclick: leave })),
  ];
}

/** Old and new password; also on the account page. */
export function passwordForm(name) {
  return h(
    "form",
    {
      class: "password-form",
      onsubmit: submitting(name, async (values, form) => {
        await changePassword(values.current, confirmed(values));
        form.reset();
      }),
    },
    field(name, {
      name: "current",
      label: t("password.current"),
      type: "password",
      required: true,
      autocomplete: "current-password",
    }),
    newPassword(name),
    formError(name, ["current", "new", "again"]),
    submitButton(name, t("password.set")),
  );
}

function newPassword(name) {
  return [
    field(name, {
      name: "new",
      label: t("password.new"),
      hint: t("password.rule"),
      type: "password",
      required: true,
      minlength: 10,
      autocomplete: "new-password",
    }),
    field(name, {
      name: "again",
      label: t("password.again"),
      type: "password",
      required: true,
      autocomplete: "new-password",
    }),
  ];
}

function confirmed(values) {
  if (values.new !== values.again) throw Object.assign(new Error(t("password.differ")), { field: "again" });
  return values.new;
}
