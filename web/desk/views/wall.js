/** The supervisor's wall: who waits, who works, what is late; and what all customers are told. */

import { language, pick, t } from "../i18n/index.js";
import { presenceName, tierName } from "../i18n/names.js";
import { now } from "../state/clock.js";
import { toTicket } from "../state/route.js";
import { state } from "../state/store.js";
import { closeWall, endBanner, openWall, putUpBanner } from "../state/wall.js";
import { stackedBar } from "../ui/charts.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { duration, moment, patience } from "../ui/format.js";
import { h } from "../ui/vdom.js";

const HOURS = [2, 4, 8, 24, 0];

export function wallPage() {
  const { now: seen, error } = state.wall;
  return h(
    "section",
    { class: "page wall", key: "wall", mount: openWall, remove: closeWall },
    h("header", { class: "page-head" }, h("h1", null, t("nav.wall")), seen && h("p", null, t("wall.at", { time: moment(seen.now) }))),
    error && notice("error", error.message),
    !seen && !error && spinner(t("loading")),
    seen && [figures(seen), tiers(seen), h("div", { class: "wall-lists" }, waiting(seen), trouble(seen)), people(seen)],
    banners(),
  );
}

const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);

function figures({ tiers: rows, today }) {
  const since = rows.map((row) => row.waits_since).filter(Boolean);
  const longest = since.length ? now() - Math.min(...since) : 0;
  return h(
    "dl",
    { class: "tiles" },
    tile("waiting", sum(rows, "queued")),
    tile("longest", longest ? duration(longest) : "–", longest && patience(longest)),
    tile("breached", sum(rows, "breached"), sum(rows, "breached") ? "long" : ""),
    tile("due_soon", sum(rows, "due_soon"), sum(rows, "due_soon") ? "warn" : ""),
    tile("open", sum(rows, "held")),
    tile("opened", today.opened),
    tile("closed", today.closed),
    tile("first_response", today.first_response_ms === null ? "–" : duration(today.first_response_ms)),
    tile("rating", today.rating === null ? "–" : `${today.rating.toFixed(1)} (${today.ratings})`),
  );
}

function tile(name, value, tone = "") {
  return h("div", { class: `tile tile-${tone || "fine"}`, key: name }, h("dt", null, t(`wall.${name}`)), h("dd", null, value));
}

function tiers({ tiers: rows }) {
  const head = ["tier", "queued", "waits", "held", "unanswered", "due_soon", "breached", "load"];
  return h(
    "div",
    { class: "table-holder", tabindex: "0", role: "region", "aria-label": t("wall.tiers") },
    h(
      "table",
      { class: "numbers" },
      h("caption", { class: "visually-hidden" }, t("wall.tiers")),
      h("thead", null, h("tr", null, head.map((name) => h("th", { scope: "col", key: name }, t(`wall.${name}`))))),
      h("tbody", null, rows.map(tierRow)),
    ),
  );
}

function tierRow(row) {
  return h(
    "tr",
    { key: row.tier },
    h(
      "th",
      { scope: "row" },
      tierName(row.tier),
      !row.open && badge(t("tier.closed"), "neutral"),
      row.missing.length > 0 && badge(t("rota.missing", { names: row.missing.join(", ") }), "warn", { glyph: "alert" }),
      row.open && row.queued > 0 && row.online === 0 && badge(t("wall.nobody"), "danger", { glyph: "alert" }),
    ),
    cell("queued", row.queued),
    cell("waits", row.waits_since ? duration(now() - row.waits_since) : "–"),
    cell("held", row.held),
    cell("unanswered", row.unanswered),
    cell("due_soon", row.due_soon),
    cell("breached", row.breached, row.breached && "figure-bad"),
    cell("load", [load(row.load, row.capacity), h("span", null, [t("wall.of_online", row), row.expected && t("rota.expected", { count: row.expected })].filter(Boolean).join(" · "))], "wall-load"),
  );
}

function cell(name, value, tone = "") {
  return h("td", { class: tone || null, "data-label": t(`wall.${name}`) }, value);
}

function load(held, capacity) {
  const over = Math.max(0, held - capacity);
  return stackedBar([["handed_over", Math.min(held, capacity)], ["none", over]], Math.max(capacity, held, 1));
}

function waiting({ waiting: rows }) {
  return list("waiting_longest", rows, (row) => duration(now() - row.queued_at));
}

function trouble({ trouble: rows }) {
  return list("trouble", rows, (row) => (row.agent ? row.agent.name : tierName(row.tier)));
}

function list(name, rows, fact) {
  return h(
    "section",
    { class: "card wall-list", "aria-labelledby": `wall-${name}` },
    h("h2", { id: `wall-${name}` }, t(`wall.${name}`)),
    rows.length === 0
      ? h("p", { class: "hint" }, t("wall.none"))
      : h(
          "ol",
          null,
          rows.map((row) =>
            h(
              "li",
              { key: row.id },
              h("a", { href: toTicket(row.id, "all") }, row.customer.name || row.number),
              h("span", { class: "wall-question" }, row.question),
              h("span", { class: "hint" }, [tierName(row.tier), fact(row)].join(" · ")),
            ),
          ),
        ),
  );
}

function people({ agents }) {
  const order = { online: 0, away: 1, offline: 2 };
  const sorted = [...agents].sort((one, other) => order[one.presence] - order[other.presence] || other.open - one.open);
  return h(
    "section",
    { class: "card", "aria-labelledby": "wall-people" },
    h("h2", { id: "wall-people" }, t("wall.people")),
    agents.length === 0
      ? empty("users", t("wall.none"))
      : h(
          "ul",
          { class: "wall-people" },
          sorted.map((agent) =>
            h(
              "li",
              { key: agent.id },
              h("span", { class: `dot dot-${{ online: "ok", away: "away" }[agent.presence] ?? "off"}`, "aria-hidden": "true" }),
              h("strong", null, agent.name),
              h("span", { class: "hint" }, presenceName(agent.presence)),
              load(agent.open, agent.capacity),
              h("span", { class: "hint" }, t("wall.holds", { open: agent.open, capacity: agent.capacity })),
            ),
          ),
        ),
  );
}

function banners() {
  const standing = state.wall.banners.filter((each) => each.stands);
  return h(
    "section",
    { class: "card", "aria-labelledby": "wall-banners" },
    h("h2", { id: "wall-banners" }, t("banner.title")),
    h("p", { class: "hint" }, t("banner.hint")),
    standing.length > 0 && h("ul", { class: "banners" }, standing.map(bannerLine)),
    h(
      "form",
      { class: "banner-form", onsubmit: submitting("banner", async (values, form) => (await putUpBanner(values), form.reset())) },
      h(
        "div",
        { class: "banner-texts" },
        field("banner", { name: "en", label: t("banner.en"), area: true, rows: 2, maxlength: 500, lang: "en" }),
        field("banner", { name: "zh", label: t("banner.zh"), area: true, rows: 2, maxlength: 500, lang: "zh" }),
      ),
      h(
        "div",
        { class: "banner-texts" },
        field("banner", { name: "words", label: t("banner.words"), hint: t("banner.words_hint"), maxlength: 400 }),
        field("banner", {
          name: "hours",
          label: t("banner.hours"),
          value: "4",
          options: HOURS.map((hours) => [String(hours), hours ? t("banner.for", { hours }) : t("banner.for_ever")]),
        }),
      ),
      formError("banner", ["words"]),
      submitButton("banner", t("banner.put_up")),
    ),
  );
}

function bannerLine(each) {
  return h(
    "li",
    { key: each.id },
    h("p", { class: "plain", lang: each.text[language()] ? language() : null }, pick(each.text)),
    h(
      "p",
      { class: "hint" },
      [
        t("banner.by", { name: each.by_name, time: moment(each.created_at) }),
        each.ends_at && t("banner.until", { time: moment(each.ends_at) }),
        each.words.length > 0 && t("banner.only", { words: each.words.join(t("comma")) }),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
    button({ text: t("banner.end"), small: true, disabled: state.busy.has(`banner.${each.id}`), onclick: () => endBanner(each.id) }),
  );
}
