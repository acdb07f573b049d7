/** One's own account: who one is here, the password, where one is signed in, and how this browser behaves. */

import { LANGUAGES, language, pick, t } from "../i18n/index.js";
import { gradeName, languageName, roleName, tierName } from "../i18n/names.js";
import { leaveFor, loadTwoFactor } from "../state/access.js";
import { endSession, loadSessions } from "../state/administration.js";
import { notifications, toggleNotifications } from "../state/desktop.js";
import { KINDS, choose, chooses, isPrivate, set, undisturbed } from "../state/notify_kinds.js";
import { run } from "../state/notices.js";
import { may } from "../state/pages.js";
import { recall, remember, setTheme, theme } from "../state/preferences.js";
import { chooseLanguage, signOutEverywhere } from "../state/session.js";
import { changed, state } from "../state/store.js";
import { badge, button, notice, segmented, spinner, toggle } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";
import { passwordForm } from "./signin.js";
import { twoFactor } from "./two_factor.js";

export function accountPage() {
  return h(
    "section",
    { class: "page page-narrow", key: "account", mount: load },
    h("header", { class: "page-head" }, h("h1", null, t("nav.account"))),
    card(t("account.profile"), profile(state.user)),
    card(t("account.preferences"), preferences()),
    card(t("account.password"), h("p", { class: "hint" }, t("account.password_hint")), passwordForm("password")),
    state.access.entrance?.two_factor && card(t("account.two_factor"), twoFactor()),
    state.access.entrance?.sso && card(t("account.company"), companyAccount(state.access.entrance.sso)),
    card(
      t("account.sessions"),
      h("p", { class: "hint" }, t("account.sessions_hint")),
      sessions(),
      button({
        text: t("account.sign_out_everywhere"),
        kind: "danger",
        glyph: "signOut",
        disabled: state.busy.has("everywhere"),
        onclick: () => run("everywhere", signOutEverywhere),
      }),
    ),
  );
}

function load() {
  loadSessions();
  loadTwoFactor();
}

function companyAccount({ label }) {
  return [
    h("p", { class: "hint" }, t("account.company_hint")),
    button({ text: pick(label), glyph: "key", disabled: state.busy.has("sso"), onclick: () => leaveFor("sso/link") }),
  ];
}

function card(title, ...children) {
  return h("section", { class: "card" }, h("h2", null, title), children);
}

function profile(user) {
  const rows = [
    [t("user.name"), user.name],
    [t("user.login"), h("code", null, user.login)],
    [t("user.email"), user.email],
    [t("user.role"), roleName(user.role)],
    [t("user.grade"), user.grade && gradeName(user.grade)],
    [t("user.tiers"), user.tiers.map(tierName).join(t("comma"))],
    [t("user.languages"), user.languages.map(languageName).join(t("comma"))],
    [t("user.skills"), user.skills.join(t("comma"))],
    [t("user.capacity"), user.capacity],
  ];
  return [
    h(
      "dl",
      { class: "profile" },
      rows
        .filter(([, value]) => value)
        .map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, value))),
    ),
    !may("manage_users") && h("p", { class: "hint" }, t("account.profile_hint")),
  ];
}

function preferences() {
  const status = notifications();
  return h(
    "div",
    { class: "preferences" },
    preference(
      t("user.language"),
      segmented(t("user.language"), Object.entries(LANGUAGES), language(), chooseLanguage),
    ),
    preference(
      t("theme.title"),
      segmented(
        t("theme.title"),
        ["system", "light", "dark"].map((each) => [each, t(`theme.${each}`)]),
        theme(),
        (choice) => (setTheme(choice), changed()),
      ),
    ),
    toggle({
      on: status === "on",
      text: t("notify.desktop"),
      hint: t(`notify.${status}`),
      disabled: status === "unsupported" || status === "denied",
      change: toggleNotifications,
    }),
    toggle({
      on: recall("sound", true),
      text: t("assignment.sound"),
      change: (on) => (remember("sound", on), changed()),
    }),
    notifyKinds(),
    toggle({
      on: recall("shortcuts", true),
      text: t("help.enable"),
      hint: t("help.enable_hint"),
      change: (on) => (remember("shortcuts", on), changed()),
    }),
  );
}

/** Of what one is told outside the page, and how much of it is shown there. */
function notifyKinds() {
  return [
    h(
      "fieldset",
      { class: "choices", key: "kinds" },
      h("legend", null, t("notify.kinds")),
      h(
        "div",
        { class: "choice-row" },
        KINDS.map((kind) =>
          h(
            "label",
            { class: "choice", key: kind },
            h("input", {
              type: "checkbox",
              checked: chooses(kind),
              onchange: (event) => choose(kind, event.target.checked),
            }),
            h("span", null, t(`notify.${kind}`)),
          ),
        ),
      ),
    ),
    toggle({ on: undisturbed(), text: t("notify.dnd"), hint: t("notify.dnd_hint"), change: (on) => set("dnd", on) }),
    toggle({
      on: isPrivate(),
      text: t("notify.private"),
      hint: t("notify.private_hint"),
      change: (on) => set("private", on),
    }),
  ];
}

function preference(label, control) {
  return h("div", { class: "preference" }, h("span", null, label), control);
}

function sessions() {
  const { all, error } = state.sessions;
  if (error) return notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadSessions }));
  if (!all) return spinner(t("loading"));
  return h(
    "ul",
    { class: "sessions" },
    all.map((each) =>
      h(
        "li",
        { key: each.id },
        h(
          "div",
          null,
          h("strong", null, each.agent || t("account.unknown_device")),
          each.current && badge(t("account.this_session"), "success"),
          h("p", { class: "hint" }, t("account.seen", { address: each.address, time: moment(each.seen_at) })),
        ),
        !each.current &&
          button({
            text: t("account.end_session"),
            small: true,
            "aria-label": `${t("account.end_session")}${t("colon")}${each.agent}`,
            disabled: state.busy.has(`session.${each.id}`),
            onclick: () => endSession(each.id),
          }),
      ),
    ),
  );
}
