/** The bar on top: where one is, whether the line is up, whether one is available, and what belongs to the account. */

import { LANGUAGES, language, t } from "../i18n/index.js";
import { presenceName, roleName } from "../i18n/names.js";
import { notifications, toggleNotifications } from "../state/desktop.js";
import { reconnect } from "../state/live.js";
import { run } from "../state/notices.js";
import { may, pagesOfUser } from "../state/pages.js";
import { setTheme, theme } from "../state/preferences.js";
import { toSearch } from "../state/route.js";
import { chooseLanguage, setPresence, signOut } from "../state/session.js";
import { changed, state } from "../state/store.js";
import { avatar, button } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { openDialog } from "../ui/modal.js";
import { ownLoad } from "./offers.js";
import { h } from "../ui/vdom.js";
import { team } from "./team.js";
import { mentionsMenu } from "./consulting.js";

const NEXT_THEME = { system: "light", light: "dark", dark: "system" };
const THEME_ICON = { system: "contrast", light: "sun", dark: "moon" };
const GRACE = 2_500;

export function topbar() {
  return h(
    "header",
    { class: "topbar" },
    h("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
    h(
      "a",
      { class: "brand", href: "#/queue", "aria-label": `${t("app.name")} ${t("app.desk")}` },
      mark(),
      h("span", { class: "brand-name" }, t("app.name")),
      h("span", { class: "brand-desk" }, t("app.desk")),
    ),
    h("nav", { class: "pages", "aria-label": t("nav.label") }, pages()),
    h("span", { class: "spacer" }),
    connection(),
    !state.accepting &&
      h(
        "a",
        { class: "chip chip-warn", href: may("settings") ? "#/settings" : "#/queue" },
        icon("alert"),
        h("span", null, t("desk.off")),
      ),
    team(),
    may("take") && presence(),
    h(
      "div",
      { class: "tools" },
      mentionsMenu(),
      bell(),
      button({
        glyph: "keyboard",
        label: t("help.title"),
        kind: "quiet",
        class: "tool-help",
        onclick: () => openDialog("help"),
      }),
      button({
        glyph: THEME_ICON[theme()],
        label: t("theme.label", { theme: t(`theme.${theme()}`) }),
        kind: "quiet",
        onclick: nextTheme,
      }),
      languageToggle(),
    ),
    account(),
  );
}

/** The address belongs to the pages, so the link moves the focus itself. */
function skip(event) {
  event.preventDefault();
  (document.getElementById("ticket") ?? document.getElementById("main")).focus();
}

export function mark() {
  return h(
    "svg",
    { class: "mark", viewBox: "0 0 24 24", "aria-hidden": "true" },
    h("path", { d: "M4 21V5.5A2.5 2.5 0 0 1 6.500 3h11A2.5 2.5 0 0 1 20 5.5V21h-5v-7a3 3 0 0 0-6 0v7Z" }),
  );
}

function pages() {
  const here = state.route.page === "learning" ? "knowledge" : state.route.page;
  const link = (page, href, glyph, count = 0) =>
    h(
      "a",
      { href, key: page, "aria-current": here === page ? "page" : null },
      icon(glyph),
      h("span", null, t(`nav.${page}`)),
      count > 0 && h("span", { class: "count count-hot" }, String(count)),
    );
  const others = pagesOfUser().map(({ name, glyph, more, count }) => ({ more, node: link(name, `#/${name}`, glyph, count?.()) }));
  const more = others.filter((each) => each.more).map(({ node }) => node);
  return [
    may("see_tier") && link("tickets", `#/${state.route.view}`, "inbox"),
    may("see_tier") && link("search", state.search.q ? toSearch(state.search.q) : "#/search", "search"),
    link("knowledge", "#/knowledge", "book"),
    others.filter((each) => !each.more).map(({ node }) => node),
    more.length > 0 &&
      menu(
        "pages",
        { props: { class: "pages-more", "aria-label": t("nav.more") }, children: [icon("more"), h("span", null, t("nav.more"))] },
        more,
        { align: "start" },
      ),
  ];
}

/** Quiet while all is well and during the first moments of a reconnection. */
function connection() {
  const { up, since, retryAt } = state.connection;
  if (up)
    return h(
      "span",
      { class: "chip chip-ok", role: "status" },
      h("span", { class: "dot dot-ok" }),
      h("span", { class: "chip-text" }, t("connection.up")),
    );
  if (!since || Date.now() - since < GRACE)
    return h(
      "span",
      { class: "chip", role: "status" },
      h("span", { class: "dot" }),
      h("span", { class: "chip-text" }, t("connection.connecting")),
    );
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  return h(
    "span",
    { class: "chip chip-warn", role: "status" },
    h("span", { class: "dot dot-warn" }),
    h("span", { class: "chip-text" }, t("connection.down")),
    h(
      "button",
      { type: "button", class: "chip-button", onclick: reconnect },
      seconds ? t("connection.retry_in", { seconds }) : t("connection.connecting"),
    ),
  );
}

function presence() {
  const available = state.user.presence !== "away";
  const name = presenceName(available ? "online" : "away");
  return h(
    "button",
    {
      type: "button",
      class: "presence",
      role: "switch",
      "aria-checked": available,
      "aria-label": t("presence.label"),
      title: t(available ? "presence.go_away" : "presence.go_online"),
      disabled: state.busy.has("presence"),
      onclick: () => run("presence", () => setPresence(available ? "away" : "online")),
    },
    h("span", { class: available ? "dot dot-ok" : "dot dot-away" }),
    h("span", null, name),
    ownLoad(),
  );
}

function bell() {
  const status = notifications();
  if (status === "unsupported") return null;
  return button({
    glyph: status === "on" ? "bell" : "bellOff",
    label: t(`notify.${status === "on" ? "turn_off" : "turn_on"}`),
    kind: "quiet",
    class: "tool-bell",
    "aria-pressed": status === "on",
    onclick: toggleNotifications,
  });
}

function nextTheme() {
  setTheme(NEXT_THEME[theme()]);
  changed();
}

/** Shows the other language, in that language. */
export function languageToggle() {
  const other = language() === "en" ? "zh" : "en";
  return h(
    "button",
    {
      type: "button",
      class: "button button-quiet language",
      lang: other === "zh" ? "zh-CN" : "en",
      "aria-label": LANGUAGES[other],
      onclick: () => chooseLanguage(other),
    },
    icon("globe"),
    h("span", null, LANGUAGES[other]),
  );
}

function account() {
  const { name, role } = state.user;
  const trigger = {
    props: { class: "account", "aria-label": t("account.menu", { name }) },
    children: [avatar(name, "me"), icon("chevron")],
  };
  const item = (glyph, text, props) =>
    h(
      props.href ? "a" : "button",
      { class: "menu-item", ...(props.href ? {} : { type: "button" }), ...props },
      icon(glyph),
      text,
    );
  return menu("account", trigger, [
    h("p", { class: "menu-head" }, h("strong", null, name), h("span", null, roleName(role))),
    h(
      "div",
      { class: "menu-pages" },
      pages()
        .flat()
        .filter((node) => node?.tag === "a")
        .map((link) => ((link.props.class = "menu-item"), link)),
    ),
    item("user", t("nav.account"), { href: "#/account" }),
    item("keyboard", t("help.title"), { onclick: () => openDialog("help") }),
    item("signOut", t("signout"), { onclick: () => run("signout", signOut) }),
  ]);
}
