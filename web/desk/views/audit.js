/** Who did what, when and from where; and the addresses from which nothing is taken. */

import { t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { filterAudit, liftBlock, loadAudit, loadMoreAudit } from "../state/audit.js";
import { state } from "../state/store.js";
import { button, empty, notice, spinner } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

/** What records are about: the first word of their action. */
const SUBJECTS = ["login", "user", "customer", "ticket", "macro", "article", "handoff", "report", "settings", "banner", "rota", "staffing", "password", "sessions"];

export function auditPage() {
  const { records, after, blocks, loading, error } = state.audit;
  return h(
    "section",
    { class: "page", key: "audit", mount: loadAudit },
    h("header", { class: "page-head" }, h("h1", null, t("nav.audit"))),
    h("p", { class: "hint" }, t("audit.explain")),
    filters(),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadAudit })),
    !records && loading && spinner(t("loading")),
    records?.length === 0 && empty("history", t("audit.none")),
    records?.length > 0 && table(records),
    after && button({ text: t("audit.more"), disabled: loading, onclick: loadMoreAudit }),
    blocks && blocked(blocks),
  );
}

function filters() {
  const { action, agent } = state.audit.filters;
  const select = (label, value, options, change) =>
    h(
      "label",
      { class: "audit-filter" },
      h("span", null, label),
      h(
        "select",
        { value, onchange: (event) => change(event.target.value) },
        options.map(([each, text]) => h("option", { value: each, key: each }, text)),
      ),
    );
  return h(
    "div",
    { class: "audit-filters" },
    select(
      t("audit.about"),
      action,
      [["", t("audit.everything")], ...SUBJECTS.map((each) => [each, t(`audit.about_${each}`)])],
      (chosen) => filterAudit({ action: chosen }),
    ),
    select(
      t("audit.who"),
      agent,
      [["", t("audit.everyone")], ...state.agents.map((each) => [each.id, each.name])],
      (chosen) => filterAudit({ agent: chosen }),
    ),
  );
}

function table(records) {
  return h(
    "div",
    { class: "audit-scroll", tabindex: "0", role: "region", "aria-label": t("nav.audit") },
    h(
      "table",
      { class: "audit" },
      h("thead", null, h("tr", null, ["when", "who", "what", "subject", "where"].map((each) => h("th", { key: each, scope: "col" }, t(`audit.${each}`))))),
      h(
        "tbody",
        null,
        records.map((each) =>
          h(
            "tr",
            { key: each.id },
            h("td", { class: "audit-time" }, moment(each.at)),
            h("td", null, each.agent_name || "—"),
            h("td", null, h("code", null, each.action), details(each.details)),
            h("td", null, each.subject_name || each.subject),
            h("td", null, h("code", null, each.address)),
          ),
        ),
      ),
    ),
  );
}

function details(found) {
  const told = Object.entries(found).map(([name, value]) => `${name}: ${text(name, value)}`);
  return told.length > 0 && h("span", { class: "hint" }, told.join(" · "));
}

function text(name, value) {
  if (name === "until") return value ? moment(value) : "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function blocked(blocks) {
  return h(
    "section",
    { class: "audit-blocks" },
    h("h2", null, t("block.list", { count: blocks.length })),
    blocks.length === 0 && h("p", { class: "hint" }, t("block.none")),
    h(
      "ul",
      null,
      blocks.map((each) =>
        h(
          "li",
          { class: "card block-row", key: each.id },
          h(
            "div",
            null,
            h("p", null, h("strong", null, channelName(each.channel)), " ", h("code", null, each.address)),
            h("p", null, each.reason),
            h(
              "p",
              { class: "hint" },
              [
                each.by_name,
                moment(each.at),
                each.until ? t("block.until", { time: moment(each.until) }) : t("block.for_ever"),
                t("block.turned_away", { count: each.turned_away }),
              ].join(" · "),
            ),
          ),
          button({
            text: t("action.unblock"),
            small: true,
            "aria-label": `${t("action.unblock")}${t("colon")}${channelName(each.channel)} ${each.address}`,
            disabled: state.busy.has(`lift.${each.id}`),
            onclick: () => liftBlock(each.id),
          }),
        ),
      ),
    ),
  );
}
