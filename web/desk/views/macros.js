/** Canned replies: which there are, how often they are used, and writing them. */

import { language, pick, t } from "../i18n/index.js";
import { languageName, tierName } from "../i18n/names.js";
import { deleteMacro, loadMacros, saveMacro, wordsOf } from "../state/macros.js";
import { may } from "../state/pages.js";
import { changed, state } from "../state/store.js";
import { badge, button, empty, notice, searchBox, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { actionName } from "./composer_lines.js";
import { variableName } from "./tool_dialogs.js";

const LONGEST = 4000;
const SNOOZES = ["customer", "1h", "4h", "tomorrow", "3d", "7d"];
let wanted = "";

export const MACRO_DIALOGS = { macro: macroDialog, macro_delete: deleteDialog };

export function macrosPage() {
  const { all, error } = state.macros;
  return h(
    "section",
    { class: "page", key: "macros", mount: loadMacros },
    h(
      "header",
      { class: "page-head" },
      h("h1", null, t("nav.macros")),
      button({ text: t("macro.new"), glyph: "plus", kind: "primary", onclick: () => openDialog("macro", { macro: null }) }),
    ),
    h("p", { class: "hint" }, t("macro.explain")),
    searchBox(t("macro.search"), { value: wanted, oninput: (event) => ((wanted = event.target.value), changed()) }),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadMacros })),
    !all && !error && spinner(t("loading")),
    all && folders(all.filter(matches)),
  );
}

function matches(macro) {
  const text = [macro.shortcut, macro.folder, ...macro.tags, ...Object.values(macro.titles), ...Object.values(macro.texts)];
  return text.join(" ").toLowerCase().includes(wanted.trim().toLowerCase());
}

function folders(found) {
  if (found.length === 0) return empty("reply", t("macro.none"));
  const names = [...new Set(found.map((each) => each.folder))].sort();
  return names.map((name) =>
    h(
      "section",
      { class: "macro-folder", key: name },
      name && h("h2", null, name),
      h("ul", { class: "macro-cards" }, found.filter((each) => each.folder === name).map(card)),
    ),
  );
}

function card(macro) {
  const { title, text } = wordsOf(macro, language());
  return h(
    "li",
    { class: `card macro-card${macro.retired ? " macro-retired" : ""}`, key: macro.id },
    h(
      "p",
      { class: "macro-head" },
      h("code", null, `/${macro.shortcut}`),
      h("strong", null, title),
      badge(whose(macro), macro.scope === "personal" ? "accent" : "neutral"),
      Object.keys(macro.texts).map((each) => badge(languageName(each), "neutral", { key: each })),
      macro.retired && badge(t("macro.retired"), "warn"),
    ),
    h("p", { class: "macro-text" }, text),
    macro.actions.length > 0 && h("p", { class: "hint" }, t("macro.then"), " ", macro.actions.map(actionName).join(" · ")),
    h(
      "p",
      { class: "macro-foot" },
      h("span", { class: "hint" }, t("macro.used", { count: macro.used })),
      macro.can_change &&
        button({ text: t("macro.edit"), small: true, onclick: () => openDialog("macro", { macro }) }),
      macro.can_change &&
        button({
          glyph: "trash",
          label: t("macro.delete", { shortcut: macro.shortcut }),
          small: true,
          kind: "quiet",
          onclick: () => openDialog("macro_delete", { macro }),
        }),
    ),
  );
}

function whose({ scope, tier }) {
  return scope === "tier" ? tierName(tier) : t(`macro.scope_${scope}`);
}

function macroDialog({ macro }) {
  const scopes = ["personal", ...(may("macros") ? ["everyone"] : [])].map((each) => [each, t(`macro.scope_${each}`)]);
  const tiers = may("macros") ? state.tiers.map((tier) => [`tier:${tier.id}`, tierName(tier.id)]) : [];
  const form = (name, props) => field("macro", { name, optional: false, ...props });
  const words = (name, spoken) => macro?.[name][spoken] ?? "";
  return modal(
    {
      title: macro ? t("macro.edit_title", { shortcut: macro.shortcut }) : t("macro.new"),
      wide: true,
      form: submitting("macro", (values) => saveMacro(macro, bodyOf(values))),
    },
    [
      h(
        "div",
        { class: "macro-grid" },
        form("shortcut", { label: t("macro.shortcut"), hint: t("macro.shortcut_hint"), value: macro?.shortcut ?? "", required: true, maxlength: 32, autofocus: true, pattern: "[\\p{L}\\p{N}_\\-]{1,32}" }),
        form("whose", {
          label: t("macro.whose"),
          options: [...scopes, ...tiers],
          value: macro?.scope === "tier" ? `tier:${macro.tier}` : (macro?.scope ?? "personal"),
        }),
        field("macro", { name: "folder", label: t("macro.folder"), value: macro?.folder ?? "", maxlength: 60 }),
        field("macro", { name: "tags", label: t("macro.tags"), hint: t("macro.tags_hint"), value: (macro?.tags ?? []).join(", "), maxlength: 200 }),
      ),
      ["en", "zh"].map((spoken) =>
        h(
          "fieldset",
          { class: "macro-language", key: spoken },
          h("legend", null, languageName(spoken)),
          field("macro", { name: `titles_${spoken}`, label: t("macro.title"), value: words("titles", spoken), maxlength: 80 }),
          field("macro", { name: `texts_${spoken}`, label: t("macro.text"), value: words("texts", spoken), area: true, maxlength: LONGEST }),
        ),
      ),
      h("p", { class: "hint" }, t("macro.variables"), " ", state.macros.variables.map((name) => h("code", { class: "macro-place", key: name, title: variableName(name) }, `{${name}}`))),
      h("fieldset", { class: "macro-language" }, h("legend", null, t("macro.then")), actionFields(macro?.actions ?? [])),
      macro && form("retired", { label: t("macro.state"), options: [["", t("macro.in_use")], ["yes", t("macro.retired")]], value: macro.retired ? "yes" : "" }),
      formError("macro", ["shortcut", "folder", "tags"]),
    ],
    [cancelButton(), submitButton("macro", t("macro.save"))],
  );
}

/** A select for each kind of action: most macros do one or none. */
function actionFields(actions) {
  const value = (name) => actions.find((each) => each.do === name)?.value ?? "";
  const none = ["", t("macro.nothing")];
  const codes = state.tiers.flatMap((tier) => tier.wrap_up?.codes ?? []);
  const distinct = [...new Map(codes.map((each) => [each.id, each])).values()];
  const named = (all) => [none, ...all.map((each) => [each.id, pick(each.name)])];
  const choice = (name, options) => field("macro", { name, label: t(`macro.do_${name}`), options, value: value(name) });
  return h(
    "div",
    { class: "macro-grid" },
    choice("category", named(state.categories)),
    choice("wrap_up", named(distinct)),
    choice("snooze", [none, ...SNOOZES.map((each) => [each, t(`snooze.${each}`)])]),
    field("macro", { name: "tag", label: t("macro.do_tag"), value: value("tag"), maxlength: 32 }),
    field("macro", {
      name: "resolve",
      label: t("macro.do_resolve"),
      options: [none, ["yes", t("action.resolve")]],
      value: actions.some((each) => each.do === "resolve") ? "yes" : "",
    }),
  );
}

function bodyOf(values) {
  const [scope, tier = ""] = values.whose.split(":");
  const actions = ["tag", "category", "wrap_up", "snooze"]
    .filter((name) => values[name].trim())
    .map((name) => ({ do: name, value: values[name].trim() }));
  if (values.resolve) actions.push({ do: "resolve", value: "" });
  const both = (name) => ({ en: values[`${name}_en`].trim(), zh: values[`${name}_zh`].trim() });
  return {
    scope,
    tier,
    shortcut: values.shortcut.trim(),
    folder: values.folder.trim(),
    tags: values.tags.split(/[,，、]/u).map((each) => each.trim()).filter(Boolean),
    titles: both("titles"),
    texts: both("texts"),
    actions,
    retired: values.retired === "yes",
  };
}

function deleteDialog({ macro }) {
  return modal(
    { title: t("macro.delete", { shortcut: macro.shortcut }), form: submitting("macro_delete", () => deleteMacro(macro)) },
    [h("p", null, t("macro.delete_explain")), formError("macro_delete")],
    [cancelButton(), submitButton("macro_delete", t("macro.delete_now"), "danger")],
  );
}
