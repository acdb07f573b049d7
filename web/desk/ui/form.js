/** Forms that say at the right field what the service did not like. */

import { changed } from "../state/store.js";
import { t } from "../i18n/index.js";
import { button } from "./controls.js";
import { h } from "./vdom.js";

const NONE = Object.freeze({ busy: false, field: "", message: "" });
const outcomes = new Map();

/** `{busy, field, message}` of the last submission of the form called `name`. */
function outcome(name) {
  return outcomes.get(name) ?? NONE;
}

export function forgetOutcome(name) {
  outcomes.delete(name);
}

/** A submit handler: `work(values, form)` gets the fields as an object; lists come from fields named `…[]`. */
export function submitting(name, work) {
  return async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (outcome(name).busy) return;
    settle(name, { ...NONE, busy: true });
    try {
      await work(valuesOf(form), form);
      settle(name, NONE);
    } catch (error) {
      settle(name, { busy: false, field: (error.field ?? "").split(".")[0], message: error.message });
      requestAnimationFrame(() => form.querySelector("[aria-invalid=true]")?.focus());
    }
  };
}

function settle(name, result) {
  outcomes.set(name, result);
  changed();
}

function valuesOf(form) {
  const data = new FormData(form);
  const values = {};
  for (const name of new Set([...form.elements].map((element) => element.name).filter(Boolean))) {
    if (name.endsWith("[]")) values[name.slice(0, -2)] = data.getAll(name);
    else values[name] = data.get(name) ?? "";
  }
  return values;
}

/** A labelled input; `area` makes it a text area, `options` (`[value, text]`) a select. */
export function field(form, { name, label, hint = "", options, area = false, value, ...props }) {
  const id = `${form}-${name}`;
  const { field: blamed, message } = outcome(form);
  const wrong = blamed === name;
  const described = [hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(" ");
  const common = { id, name, "aria-invalid": wrong ? "true" : null, "aria-describedby": described || null, ...props };
  return h(
    "div",
    { class: "field" },
    h(
      "label",
      { for: id },
      label,
      !props.required && props.optional !== false && !options && h("span", { class: "optional" }, t("form.optional")),
    ),
    control(common, { options, area, value }),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    wrong && h("p", { class: "field-error", id: `${id}-error` }, message),
  );
}

function control({ optional, ...common }, { options, area, value }) {
  if (options) {
    return h(
      "select",
      common,
      options.map(([each, text]) =>
        h("option", { value: each, key: each, ...(each === value ? { mount: choose } : {}) }, text),
      ),
    );
  }
  if (area) return h("textarea", { rows: 4, ...common }, value);
  return h("input", {
    type: "text",
    ...common,
    ...(value === undefined
      ? {}
      : {
          mount: (node) => {
            node.value = value;
          },
        }),
  });
}

function choose(option) {
  option.selected = true;
}

/** Several of `options` (`[value, text]`). */
export function choices(form, { name, label, options, value }) {
  const { field: blamed, message } = outcome(form);
  return h(
    "fieldset",
    { class: "choices", "aria-describedby": blamed === name ? `${form}-${name}-error` : null },
    h("legend", null, label),
    h(
      "div",
      { class: "choice-row" },
      options.map(([each, text]) =>
        h(
          "label",
          { class: "choice", key: each },
          h("input", {
            type: "checkbox",
            name: `${name}[]`,
            value: each,
            mount: (node) => {
              node.checked = value.includes(each);
            },
          }),
          h("span", null, text),
        ),
      ),
    ),
    blamed === name && h("p", { class: "field-error", id: `${form}-${name}-error` }, message),
  );
}

/** What went wrong with the form as a whole. */
export function formError(form, fields = []) {
  const { field: blamed, message } = outcome(form);
  if (!message || fields.includes(blamed)) return null;
  return h("p", { class: "form-error", role: "alert" }, message);
}

export function submitButton(form, text, kind = "primary") {
  const { busy } = outcome(form);
  return button({ type: "submit", text: busy ? t("form.working") : text, kind, disabled: busy });
}
