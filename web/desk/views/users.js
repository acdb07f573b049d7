/** Who may work here: for admins. */

import { t } from "../i18n/index.js";
import { gradeName, languageName, presenceName, roleName, tierName } from "../i18n/names.js";
import { loadSessionsOf } from "../state/access.js";
import { changeUser, loadUsers, resetUser, signOutUser } from "../state/administration.js";
import { run, toast } from "../state/notices.js";
import { state } from "../state/store.js";
import { avatar, badge, button, notice, spinner } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

export function usersPage() {
  const { all, error } = state.users;
  return h(
    "section",
    { class: "page", key: "users", mount: loadUsers },
    h(
      "header",
      { class: "page-head" },
      h("div", null, h("h1", null, t("users.title")), h("p", null, t("users.explain"))),
      button({ text: t("users.add"), glyph: "plus", kind: "primary", onclick: () => openDialog("user") }),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadUsers })),
    all ? table(all) : !error && spinner(t("loading")),
  );
}

function table(users) {
  const columns = ["name", "role", "tiers", "languages", "load", "last"];
  return h(
    "div",
    { class: "table-holder" },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((column) => h("th", { scope: "col", key: column }, t(`users.${column}`))),
          h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, t("users.actions"))),
        ),
      ),
      h(
        "tbody",
        null,
        [...users].sort((one, other) => one.disabled - other.disabled || one.name.localeCompare(other.name)).map(row),
      ),
    ),
  );
}

function row(user) {
  const cell = (column, ...children) =>
    h("td", { "data-label": t(`users.${column}`) }, h("div", { class: "cell" }, children));
  return h(
    "tr",
    { key: user.id, class: user.disabled ? "disabled" : null },
    h(
      "th",
      { scope: "row" },
      h(
        "div",
        { class: "user-cell" },
        avatar(user.name),
        h(
          "div",
          null,
          h("strong", null, user.name, user.id === state.user.id && h("span", { class: "optional" }, t("users.you"))),
          h("span", { class: "login" }, user.login),
        ),
        standing(user),
      ),
    ),
    cell("role", roleName(user.role), user.two_factor && badge(t("users.two_factor"), "success"), user.sso && badge(t("users.sso"), "neutral"), user.grade && h("span", { class: "hint" }, gradeName(user.grade))),
    cell("tiers", user.tiers.length ? user.tiers.map((tier) => badge(tierName(tier), "neutral", { key: tier })) : "–"),
    cell("languages", user.languages.map(languageName).join(t("comma")) || "–"),
    cell("load", `${user.open ?? 0} / ${user.capacity}`),
    cell("last", user.last_login_at ? moment(user.last_login_at) : t("users.never")),
    h(
      "td",
      { class: "row-actions" },
      h(
        "div",
        { class: "cell" },
        button({ text: t("users.edit"), small: true, onclick: () => openDialog("user", { user }) }),
        more(user),
      ),
    ),
  );
}

function standing(user) {
  if (user.disabled) return badge(t("users.disabled"), "danger");
  if (user.must_change) return badge(t("users.must_change"), "warn");
  const dot = { online: "dot dot-ok", away: "dot dot-away" }[user.presence] ?? "dot";
  return h("span", { class: "user-presence" }, h("span", { class: dot }), presenceName(user.presence));
}

function more(user) {
  const item = (glyph, text, onclick) =>
    h("button", { type: "button", class: "menu-item", onclick }, icon(glyph), text);
  const change = (fields) => run(`user.${user.id}`, () => changeUser(user.id, fields));
  const signOut = () =>
    run(`user.${user.id}`, async () => {
      await signOutUser(user.id);
      toast(t("users.signed_out", { name: user.name }), "success");
    });
  return menu(
    `user-${user.id}`,
    {
      props: {
        class: "button button-quiet button-icon button-small",
        "aria-label": t("users.more", { name: user.name }),
      },
      children: icon("more"),
    },
    [
      item("key", t("users.reset"), () => resetUser(user)),
      item("list", t("users.sessions"), () => showSessions(user)),
      user.two_factor && item("lock", t("two_factor.reset"), () => openDialog("two_factor_reset", { user })),
      user.sso && item("link", t("sso.unlink"), () => openDialog("sso_unlink", { user })),
      item("signOut", t("users.sign_out"), closing(signOut)),
      user.disabled
        ? item(
            "check",
            t("users.enable"),
            closing(() => change({ disabled: false })),
          )
        : user.id !== state.user.id && item("lock", t("users.disable"), () => openDialog("user_disable", { user })),
    ],
  );
}

function showSessions(user) {
  openDialog("user_sessions", { user });
  return run(`user.${user.id}`, () => loadSessionsOf(user));
}

function closing(act) {
  return () => {
    state.menu = "";
    return act();
  };
}
