/** The process made visible: all conversations as a flow, and one ticket's way through bot, teams and states. */

import { t } from "../i18n/index.js";
import { channelName, languageName, tierName } from "../i18n/names.js";
import { filterFlow, loadFlow, PERIODS } from "../state/flow.js";
import { state } from "../state/store.js";
import { empty, notice, spinner } from "../ui/controls.js";
import { clock, duration, percent } from "../ui/format.js";
import { button } from "../ui/controls.js";
import { closeDialog, modal } from "../ui/modal.js";
import { sankey } from "../ui/sankey.js";
import { h } from "../ui/vdom.js";

const TONES = {
  bot: "bot",
  bot_solved: "good",
  bot_not_solved: "bad",
  queue: "wait",
  agent: "agent",
  resolved: "good",
  confirmed: "good",
  returned: "bot",
  abandoned: "bad",
  withdrawn: "bad",
};

export function flowPage() {
  const { found, loading, error } = state.flow;
  return h(
    "section",
    { class: "page", key: "flow", mount: loadFlow },
    h("header", { class: "page-head" }, h("h1", null, t("nav.flow")), h("p", null, t("flow.hint"))),
    filters(),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadFlow })),
    !found && loading && spinner(t("loading")),
    found && (found.links.length === 0 ? empty("swap", t("flow.none")) : picture(found)),
  );
}

function filters() {
  const { filters: chosen } = state.flow;
  const select = (name, all, options) =>
    h(
      "label",
      { class: "flow-filter", key: name },
      h("span", null, t(`flow.${name}`)),
      h(
        "select",
        { value: chosen[name], onchange: (event) => filterFlow({ [name]: event.target.value }) },
        all && h("option", { value: "" }, all),
        options.map(([value, text]) => h("option", { value, key: value }, text)),
      ),
    );
  const channels = [...new Set([...state.tickets.values()].map(({ channel }) => channel))].sort();
  return h(
    "div",
    { class: "flow-filters", role: "group", "aria-label": t("flow.filters") },
    select("days", "", PERIODS.map((days) => [String(days), t("flow.last_days", { days })])),
    select("channel", t("flow.any"), channels.map((name) => [name, channelName(name)])),
    select("language", t("flow.any"), ["en", "zh"].map((name) => [name, languageName(name)])),
    select("tier", t("flow.any"), state.tiers.map(({ id }) => [id, tierName(id)])),
  );
}

/** How many came to each stage: a bar, its count, and its share of all. */
function funnel(stages) {
  const most = Math.max(1, stages[0].count);
  return h(
    "ol",
    { class: "funnel", "aria-label": t("flow.funnel") },
    stages.map(({ stage, count }) =>
      h(
        "li",
        { key: stage },
        h("span", { class: "funnel-name" }, t(`funnel.${stage}`)),
        h("span", { class: "funnel-bar", vars: { "--share": `${(100 * count) / most}%` }, "aria-hidden": "true" }),
        h("span", { class: "funnel-count" }, `${count} · ${percent(count / most)}`),
      ),
    ),
  );
}

function picture({ tickets, bot, places, links, funnel: stages }) {
  const named = new Map(places.map((place) => [place.id, place]));
  const shown = places.map((place) => ({ ...place, label: nameOf(place), tone: TONES[place.place] ?? "other" }));
  const told = links.map((link) => ({
    ...link,
    label: t("flow.link", { from: nameOf(named.get(link.from)), to: nameOf(named.get(link.to)), count: link.count }),
  }));
  return [
    h("p", { class: "hint" }, bot ? t("flow.all", { tickets, alone: bot.conversations }) : t("flow.tickets", { tickets })),
    funnel(stages),
    h("div", { class: "flow-holder", tabindex: "0", role: "region", "aria-label": t("nav.flow") }, sankey(shown, told)),
    h(
      "details",
      { class: "flow-table" },
      h("summary", null, t("flow.as_table")),
      h(
        "table",
        { class: "numbers" },
        h(
          "thead",
          null,
          h("tr", null, ["step", "place", "count", "stay"].map((name) => h("th", { scope: "col", key: name }, t(`flow.${name}`)))),
        ),
        h("tbody", null, places.map(row)),
      ),
      h("ul", { class: "flow-links" }, told.map(({ from, to, label }) => h("li", { key: `${from}>${to}` }, label))),
    ),
  ];
}

function row(place) {
  return h(
    "tr",
    { key: place.id },
    h("th", { scope: "row" }, place.step),
    h("td", { "data-label": t("flow.place") }, nameOf(place)),
    h("td", { "data-label": t("flow.count") }, place.count),
    h("td", { "data-label": t("flow.stay") }, place.median_ms === null ? "–" : duration(place.median_ms)),
  );
}

function nameOf({ place, tier }) {
  return tier ? t("flow.of_tier", { place: t(`place.${place}`), tier: tierName(tier) }) : t(`place.${place}`);
}

const LANE = 46;
const LEFT = 150;
const SHORTEST = 54;
const TOP = 26;

/** One ticket's way as lanes: time goes to the right, not to scale, each stretch with how long it took. */
export function wayDialog({ ticket, way }) {
  const lanes = [...new Set(way.stretches.map(laneOf))];
  let x = LEFT;
  const parts = way.stretches.map((stretch) => {
    const ms = stretch.to - stretch.from;
    const width = SHORTEST + 24 * Math.log10(1 + ms / 1000);
    const part = { ...stretch, ms, x, width, y: TOP + lanes.indexOf(laneOf(stretch)) * LANE };
    x += width;
    return part;
  });
  const height = TOP + lanes.length * LANE + 8;
  return modal(
    { title: t("way.title", { number: ticket.number }), wide: true },
    [
      h(
        "div",
        { class: "flow-holder", tabindex: "0", role: "region", "aria-label": t("way.title", { number: ticket.number }) },
        h(
          "svg",
          { class: "way", viewBox: `0 0 ${x + 10} ${height}`, width: x + 10, height, "aria-hidden": "true" },
          lanes.map((lane, index) => h("text", { class: "way-lane", key: lane, x: 0, y: TOP + index * LANE + 22 }, laneName(way, lane))),
          parts.map(stretchOf),
        ),
      ),
      h(
        "ol",
        { class: "way-steps" },
        way.stretches.map((stretch, index) => h("li", { key: index }, sentence(stretch))),
        way.marks.map((mark) =>
          h("li", { class: "way-mark", key: mark.entry_id }, `${clock(mark.at)} · `, t(`way.mark.${mark.event}`, { name: mark.name })),
        ),
      ),
    ],
    [button({ text: t("dialog.close"), onclick: closeDialog })],
  );
}

const laneOf = ({ place, tier }) => `${place}:${place === "queue" || place === "agent" ? tier : ""}`;

function laneName(way, lane) {
  const { place, tier } = way.stretches.find((stretch) => laneOf(stretch) === lane);
  return nameOf({ place, tier: place === "queue" || place === "agent" ? tier : "" });
}

function stretchOf(part, index) {
  const next = { x: part.x + part.width };
  return h(
    "g",
    { key: index },
    h("line", { class: "way-time", x1: part.x, x2: part.x, y1: TOP - 8, y2: part.y }),
    h("text", { class: "way-clock", x: part.x + 2, y: TOP - 12 }, clock(part.from)),
    h("rect", { class: `way-part sankey-${TONES[part.place] ?? "other"}`, x: part.x, y: part.y, width: next.x - part.x - 3, height: 30, rx: 5 }),
    h("text", { class: "way-word", x: part.x + 6, y: part.y + 19 }, part.ms ? duration(part.ms) : ""),
  );
}

function sentence({ place, tier, agent, from, to }) {
  const where = nameOf({ place, tier: place === "queue" || place === "agent" ? tier : "" });
  const who = agent ? `${where} (${agent})` : where;
  return to > from ? t("way.stretch", { time: clock(from), where: who, length: duration(to - from) }) : `${clock(from)} · ${who}`;
}
