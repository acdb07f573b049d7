/** The rota: a week of shifts by person and day, what is wrong with it, swaps, and calendars. */

import { t } from "../i18n/index.js";
import { tierName } from "../i18n/names.js";
import { may } from "../state/pages.js";
import { dateOf, dayLater, loadFeed, loadRota, removeAbsence, settleSwap, showWeek, weekLater } from "../state/rota.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { clock, date, day, moment } from "../ui/format.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const HOUR = 3_600_000;

export function rotaPage() {
  const { seen, error } = state.rota;
  return h(
    "section",
    { class: "page rota", key: "rota", mount: loadRota },
    h(
      "header",
      { class: "page-head" },
      h("div", null, h("h1", null, t("nav.rota")), h("p", null, t(may("supervise") ? "rota.explain_all" : "rota.explain_own"))),
      may("supervise") && h(
        "div",
        { class: "rota-actions" },
        button({ text: t("rota.add"), glyph: "plus", kind: "primary", onclick: () => openDialog("shift", { id: crypto.randomUUID(), at: nineOf(state.rota.monday) }) }),
        button({ text: t("rota.add_absence"), onclick: () => openDialog("absence") }),
        button({ text: t("rota.bring"), onclick: () => openDialog("rota_bring") }),
      ),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadRota })),
    !seen && !error && spinner(t("loading")),
    state.rota.monday && weeks(),
    seen && [flaws(seen), grid(seen), swaps(seen), feed()],
  );
}

function weeks() {
  const { monday } = state.rota;
  return h(
    "nav",
    { class: "rota-weeks", "aria-label": t("rota.week") },
    button({ text: t("rota.before"), small: true, onclick: () => showWeek(-1) }),
    button({ text: t("rota.this_week"), small: true, onclick: () => showWeek(0) }),
    button({ text: t("rota.after"), small: true, onclick: () => showWeek(1) }),
    h("strong", { role: "status" }, `${date(dateOf(monday))} – ${date(dateOf(dayLater(monday, 6)))}`),
  );
}

function flaws({ warnings }) {
  if (!warnings.length) return null;
  return h(
    "details",
    { class: "rota-flaws", open: warnings.length <= 6 },
    h("summary", null, badge(t("rota.warnings", { count: warnings.length }), "warn", { glyph: "alert" })),
    h("ul", null, warnings.map((each) => h("li", { key: [each.kind, each.at, each.tier, each.shift_id].join() }, sentence(each)))),
  );
}

function sentence({ kind, at, until, tier, agent_id: agent, needed, planned }) {
  const hours = Math.round((10 * (until - at)) / HOUR) / 10;
  return t(`rota.flaw_${kind}`, { name: nameOf(agent), from: moment(at), to: clock(until), tier: tier && tierName(tier), needed, planned, hours });
}

function grid({ agents, shifts, absences, warnings }) {
  const { monday } = state.rota;
  const days = Array.from({ length: 7 }, (_, index) => dayLater(monday, index));
  const listed = may("supervise") ? agents : agents.filter(({ id }) => id === state.user.id);
  const wrong = new Set(warnings.map(({ shift_id: id }) => id));
  if (!listed.length) return empty("clock", t("rota.nobody"));
  return h(
    "div",
    { class: "table-holder", tabindex: "0", role: "region", "aria-label": t("nav.rota") },
    h(
      "table",
      { class: "rota-grid" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("rota.who")), days.map((at) => h("th", { scope: "col", key: at }, day(at))))),
      h(
        "tbody",
        null,
        listed.map((agent) =>
          h(
            "tr",
            { key: agent.id },
            h("th", { scope: "row" }, agent.name),
            days.map((at) => h("td", { key: at }, cell(agent, at, shifts, absences, wrong))),
          ),
        ),
      ),
    ),
  );
}

function cell(agent, at, shifts, absences, wrong) {
  const ends = dayLater(at, 1);
  const mine = (row) => row.agent_id === agent.id;
  return [
    absences.filter((row) => mine(row) && row.starts_at < ends && row.ends_at > at).map((row) => away(row)),
    shifts.filter((row) => mine(row) && row.starts_at >= at && row.starts_at < ends).map((row) => shiftButton(row, agent, wrong.has(row.id))),
    may("supervise") && button({
      glyph: "plus",
      label: t("rota.add_for", { name: agent.name, day: day(at) }),
      kind: "quiet",
      small: true,
      class: "rota-plus",
      onclick: () => openDialog("shift", { id: crypto.randomUUID(), agent, at: nineOf(at) }),
    }),
  ];
}

function shiftButton(row, agent, wrong) {
  const times = `${clock(row.starts_at)}–${clock(row.ends_at)}`;
  const tiers = row.tiers.map(tierName).join(", ");
  const can = may("supervise") || row.starts_at > Date.now();
  return h(
    "button",
    {
      type: "button",
      key: row.id,
      class: wrong ? "rota-shift rota-wrong" : "rota-shift",
      title: row.note || null,
      disabled: !can,
      "aria-label": t(wrong ? "rota.shift_wrong" : "rota.shift_of", { name: agent.name, times, tiers }),
      onclick: () => openDialog(may("supervise") ? "shift" : "swap", { agent, shift: row }),
    },
    h("strong", null, times),
    h("span", null, tiers),
  );
}

function away(row) {
  const text = t(`rota.away_${row.kind}`);
  if (!may("supervise")) return badge(text, "info", { key: row.id });
  return button({ key: row.id, text, glyph: "close", small: true, label: t("rota.back", { what: text }), disabled: state.busy.has(`rota.${row.id}`), onclick: () => removeAbsence(row) });
}

function swaps({ swaps: all, swapped }) {
  if (!all.length) return null;
  return h(
    "section",
    { class: "card rota-swaps", "aria-labelledby": "rota-swaps" },
    h("h2", { id: "rota-swaps" }, t("rota.swaps")),
    h("ul", null, all.map((row) => swapLine(row, swapped))),
  );
}

function swapLine(row, swapped) {
  const told = { from: nameOf(row.from_id), to: nameOf(row.to_id), shift: spell(swapped[row.shift_id]), other: spell(swapped[row.in_return]) };
  const busy = state.busy.has(`rota.${row.id}`);
  const act = (text, what, body) => button({ text, small: true, disabled: busy, onclick: () => settleSwap(row, what, body) });
  const open = row.state === "asked" || row.state === "accepted";
  return h(
    "li",
    { key: row.id },
    badge(t(`rota.swap_${row.state}`), open ? "warn" : "neutral"),
    h("span", null, t(row.in_return ? "rota.swap_both" : "rota.swap_one", told), row.note && ` · ${row.note}`),
    row.state === "asked" && row.to_id === state.user.id && [
      button({ text: t("rota.accept"), small: true, kind: "primary", disabled: busy, onclick: () => openDialog("swap_accept", { swap: row }) }),
      act(t("rota.decline"), "answer", { accept: false }),
    ],
    open && row.from_id === state.user.id && act(t("rota.take_back"), "cancel"),
    may("supervise") && row.state === "accepted" && act(t("rota.approve"), "decide", { approve: true }),
    may("supervise") && open && act(t("rota.refuse"), "decide", { approve: false }),
  );
}

function spell(shift) {
  return shift ? `${moment(shift.starts_at)}–${clock(shift.ends_at)}` : "–";
}

function feed() {
  const { feed: address } = state.rota;
  return h(
    "section",
    { class: "card rota-feed", "aria-labelledby": "rota-feed" },
    h("h2", { id: "rota-feed" }, t("rota.feed")),
    h("p", { class: "hint" }, t("rota.feed_hint")),
    address && h("input", { class: "rota-link", readonly: true, value: address, "aria-label": t("rota.feed"), onfocus: (event) => event.target.select() }),
    button({ text: t(address ? "rota.feed_renew" : "rota.feed_show"), small: true, disabled: state.busy.has("rota.feed"), onclick: () => loadFeed(Boolean(address)) }),
  );
}

function nameOf(id) {
  return state.rota.seen.agents.find((agent) => agent.id === id)?.name ?? t("rota.somebody");
}

function nineOf(midnight) {
  const at = new Date(midnight ?? weekLater(Date.now(), 0));
  at.setHours(9, 0, 0, 0);
  return at.getTime();
}
