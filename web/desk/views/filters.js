/** What the list shows: its views, what narrows it, and what narrows it now. */

import { t } from "../i18n/index.js";
import { channelName, languageName, tierName, urgencyName } from "../i18n/names.js";
import { openBegin } from "../state/begin.js";
import { toList, VIEWS } from "../state/route.js";
import { state } from "../state/store.js";
import { filter } from "../state/tickets.js";
import { button, searchBox } from "../ui/controls.js";
import { icon } from "../ui/icons.js";
import { menu } from "../ui/menu.js";
import { h } from "../ui/vdom.js";

const TABS = ["queue", "mine", "breaching"];
const HOT = ["queue", "breaching", "mentioned"];
const URGENCIES = ["urgent", "high", "normal", "low"];
const SEARCH_PAUSE = 300;
let searchTimer = 0;

export function tabs() {
  return h(
    "nav",
    { class: "tabs", "aria-label": t("queue.views") },
    TABS.map((view) => link(view)),
    menu("views", { props: { class: "tabs-more", "aria-label": t("search.views") }, children: moreViews() }, [
      VIEWS.filter((view) => !TABS.includes(view)).map((view) => link(view, "menu-item")),
      state.tiers.length > 0 && h("p", { class: "menu-head" }, t("search.tiers")),
      state.tiers.map(({ id }) => tierLink(id)),
    ]),
  );
}

function moreViews() {
  const { view } = state.route;
  const name = view === "tier" ? tierName(state.list.filters.tier) : t(`view.${view}`);
  return [h("span", null, TABS.includes(view) ? t("search.more_views") : name), icon("chevron")];
}

function link(view, kind = "") {
  const count = view === "mentioned" ? state.mentions.unread : state.counts[view];
  return h(
    "a",
    { href: `#/${view}`, key: view, class: kind, "aria-current": state.route.view === view ? "page" : null },
    h("span", null, t(`view.${view}`)),
    view !== "resolved" && h("span", { class: HOT.includes(view) && count ? "count count-hot" : "count" }, count ?? 0),
  );
}

function tierLink(id) {
  const count = (state.counts.tiers[id] ?? 0) + (state.counts.held?.[id] ?? 0);
  const here = state.route.view === "tier" && state.list.filters.tier === id;
  return h(
    "a",
    { href: toList("tier", { tier: id }), key: `tier.${id}`, class: "menu-item", "aria-current": here ? "page" : null },
    h("span", null, tierName(id)),
    h("span", { class: "count" }, count),
  );
}

export function filters() {
  const { tier, q, language, channel, urgency, agent } = state.list.filters;
  const waiting = (id) =>
    state.route.view === "queue" && state.counts.tiers[id] ? ` (${state.counts.tiers[id]})` : "";
  const channels = [...new Set([...state.tickets.values()].map((ticket) => ticket.channel))].sort();
  const named = (ids, name, all) => [["", t(all)], ...ids.map((id) => [id, name(id)])];
  return h(
    "div",
    { class: "filters", role: "search", "aria-label": t("queue.label") },
    searchBox(t("queue.search"), { defaultValue: q, oninput: (event) => searchSoon(event.target) }),
    button({ text: t("begin.open"), glyph: "plus", small: true, class: "begin", onclick: () => openBegin() }),
    h(
      "div",
      { class: "selects" },
      select("tier", t("queue.tier"), tier, [
        ["", t("queue.all_tiers")],
        ...state.tiers.map((each) => [each.id, tierName(each.id) + waiting(each.id)]),
      ]),
      select("language", t("queue.language"), language, named(["en", "zh"], languageName, "queue.all_languages")),
      menu("filters", { props: { class: "button button-plain button-icon", "aria-label": t("search.filters") }, children: [icon("more")] }, [
        h(
          "div",
          { class: "filter-menu" },
          select("channel", t("search.channel"), channel, named(channels, channelName, "search.any")),
          select("urgency", t("search.urgency"), urgency, named(URGENCIES, urgencyName, "search.any")),
          select("agent", t("search.agent"), agent, named(state.agents.map(({ id }) => id), agentName, "search.any")),
          text("category", t("search.category")),
          text("tag", t("search.tag")),
        ),
      ]),
    ),
  );
}

function select(name, label, value, options) {
  return h(
    "select",
    {
      "aria-label": label,
      class: value ? "filter-set" : "",
      value,
      onchange: (event) => filter({ [name]: event.target.value }),
    },
    options.map(([each, text]) => h("option", { value: each, key: each }, each === "" ? `${text}` : text)),
  );
}

function text(name, label) {
  return h("input", {
    type: "text",
    "aria-label": label,
    placeholder: label,
    maxlength: 64,
    defaultValue: state.list.filters[name],
    onchange: (event) => filter({ [name]: event.target.value.trim() }),
  });
}

const agentName = (id) => state.agents.find((agent) => agent.id === id)?.name ?? id;
const CHIPS = {
  channel: channelName,
  urgency: urgencyName,
  agent: agentName,
  category: (value) => value,
  tag: (value) => `#${value}`,
};

/** What narrows the list besides the two selects, each to be taken away by a click. */
export function chips() {
  const set = Object.entries(CHIPS).filter(([name]) => state.list.filters[name]);
  if (set.length === 0) return null;
  return h(
    "div",
    { class: "chips" },
    set.map(([name, shownAs]) =>
      h(
        "button",
        {
          type: "button",
          key: name,
          class: "chip-filter",
          title: t("search.remove_filter"),
          onclick: () => filter({ [name]: "" }),
        },
        h("span", null, shownAs(state.list.filters[name])),
        icon("close"),
      ),
    ),
  );
}

function searchSoon(input) {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => filter({ q: input.value.trim() }), input.value ? SEARCH_PAUSE : 0);
}
