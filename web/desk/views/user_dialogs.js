/** Adding and changing a user, and the secrets that are shown once. */

import { LANGUAGES, language, pick, t } from "../i18n/index.js";
import { roleAbout, roleName } from "../i18n/names.js";
import { changeUser, createUser } from "../state/administration.js";
import { toast } from "../state/notices.js";
import { state } from "../state/store.js";
import { button, notice } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { choices, field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, closeDialog, modal } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const ROLES = ["agent", "senior", "supervisor", "editor", "admin"];
const FIELDS = ["login", "name", "email", "role", "tiers", "grade", "languages", "skills", "capacity", "language"];
const NEW = {
  name: "",
  email: "",
  role: "agent",
  tiers: [],
  grade: "",
  languages: ["en", "zh"],
  skills: [],
  capacity: 4,
};

export function userDialog({ user }) {
  const current = user ?? { ...NEW, language: language() };
  const form = "user";
  const name = (texts, id) => pick(texts) || id;
  return modal(
    {
      title: user ? t("user.edit", { name: user.name }) : t("users.add"),
      wide: true,
      form: submitting(form, (values) => save(user, values)),
    },
    [
      h(
        "div",
        { class: "form-grid" },
        user
          ? null
          : field(form, {
              name: "login",
              label: t("user.login"),
              hint: t("user.login_hint"),
              required: true,
              minlength: 2,
              maxlength: 40,
              pattern: "[a-z0-9._\\-]+",
              autocapitalize: "none",
              autocomplete: "off",
              spellcheck: "false",
              autofocus: true,
            }),
        field(form, {
          name: "name",
          label: t("user.name"),
          hint: t("user.name_hint"),
          required: true,
          maxlength: 60,
          value: current.name,
          autocomplete: "off",
        }),
        field(form, {
          name: "email",
          label: t("user.email"),
          type: "email",
          value: current.email,
          autocomplete: "off",
        }),
        field(form, {
          name: "role",
          label: t("user.role"),
          options: ROLES.map((each) => [each, roleName(each)]),
          value: current.role,
        }),
        state.grades.length > 0 &&
          field(form, {
            name: "grade",
            label: t("user.grade"),
            options: state.grades.map((each) => [each.id, name(each.name, each.id)]),
            value: current.grade || state.grades[0].id,
          }),
        field(form, {
          name: "capacity",
          label: t("user.capacity"),
          hint: t("user.capacity_hint"),
          type: "number",
          min: 1,
          max: 50,
          required: true,
          value: String(current.capacity),
        }),
        field(form, {
          name: "language",
          label: t("user.language"),
          options: Object.entries(LANGUAGES),
          value: current.language,
        }),
        field(form, {
          name: "skills",
          label: t("user.skills"),
          hint: t("user.skills_hint"),
          value: current.skills.join(", "),
          autocomplete: "off",
        }),
      ),
      h("dl", { class: "roles" }, ROLES.map((each) => h("div", { key: each }, h("dt", null, roleName(each)), h("dd", null, roleAbout(each))))),
      choices(form, {
        name: "tiers",
        label: t("user.tiers"),
        options: state.tiers.map((each) => [each.id, name(each.name, each.id)]),
        value: current.tiers,
      }),
      choices(form, {
        name: "languages",
        label: t("user.languages"),
        options: Object.entries(LANGUAGES),
        value: current.languages,
      }),
      formError(form, FIELDS),
    ],
    [cancelButton(), submitButton(form, t(user ? "user.save" : "users.add"))],
  );
}

async function save(user, values) {
  const fields = {
    ...values,
    capacity: Number(values.capacity),
    skills: values.skills
      .split(/[,，、]/u)
      .map((each) => each.trim())
      .filter(Boolean),
  };
  if (!user) {
    await createUser(fields);
    return;
  }
  await changeUser(user.id, fields);
  closeDialog();
  toast(t("user.saved", { name: values.name }), "success");
}

export function disableDialog({ user }) {
  const form = "user_disable";
  const work = async () => {
    await changeUser(user.id, { disabled: true });
    closeDialog();
  };
  return modal(
    { title: t("user_disable.title", { name: user.name }), form: submitting(form, work) },
    [h("p", null, t("user_disable.explain", { count: user.open ?? 0 })), formError(form)],
    [cancelButton(), submitButton(form, t("users.disable"), "danger")],
  );
}

export function createdDialog({ user, password }) {
  return modal(
    { title: t("user_created.title", { name: user.name }) },
    [
      h("p", null, t("user_created.explain")),
      secret("login", t("user.login"), user.login),
      password && secret("password", t("login.password"), password),
      notice("warn", t("user_created.once")),
    ],
    button({ text: t("user_created.done"), kind: "primary", onclick: closeDialog }),
  );
}

export function resetDialog({ user, path, expires_at: expiresAt }) {
  return modal(
    { title: t("user_reset.title", { name: user.name }) },
    [
      h("p", null, t("user_reset.explain")),
      secret("link", t("user_reset.link"), new URL(path, location.origin).href),
      notice("warn", t("user_reset.once", { time: moment(expiresAt) })),
    ],
    button({ text: t("user_created.done"), kind: "primary", onclick: closeDialog }),
  );
}

/** A value to hand on, with a button that copies it. */
function secret(id, label, value) {
  const copy = async (event) => {
    document.getElementById(`secret-${id}`).select();
    await navigator.clipboard?.writeText(value);
    event.target.closest("button")?.focus();
    toast(t("copied"), "success");
  };
  return h(
    "div",
    { class: "field" },
    h("label", { for: `secret-${id}` }, label),
    h(
      "div",
      { class: "secret" },
      h("input", { id: `secret-${id}`, readonly: true, value, spellcheck: "false" }),
      button({ glyph: "copy", label: t("copy", { what: label }), onclick: copy }),
    ),
  );
}
