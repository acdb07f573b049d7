/** Handoffs at other desks: where they are, how they stand there, and what was masked, for who says why. */

import { t } from "../i18n/index.js";
import { deliverAgain, filterElsewhere, loadElsewhere, loadMoreElsewhere, showOriginals } from "../state/elsewhere.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { cancelButton, closeDialog, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const COLUMNS = ["reference", "number", "status", "there", "delivery", "opened", "masked"];
const TONES = { requested: "warn", open: "info", resolved: "success", confirmed: "success", refused: "danger" };
const SHORTEST = 5;
const LONGEST = 200;

export const ELSEWHERE_DIALOGS = { originals: originalsDialog };

export function elsewherePage() {
  const { all, after, linked, loading, error } = state.elsewhere;
  const shown = [linked?.found, ...(all ?? []).filter((each) => each.id !== linked?.found?.id)].filter(Boolean);
  return h(
    "section",
    { class: "page", key: "elsewhere", mount: loadElsewhere },
    h("header", { class: "page-head" }, h("div", null, h("h1", null, t("nav.elsewhere")), h("p", null, t("elsewhere.explain")))),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadElsewhere })),
    linked?.error && notice("warn", t(linked.error.status === 404 ? "elsewhere.gone" : "elsewhere.unknown")),
    filters(),
    !all && loading && spinner(t("loading")),
    all && shown.length === 0 && empty("swap", t("elsewhere.none")),
    all && shown.length > 0 && table(shown),
    after && button({ text: t("audit.more"), disabled: loading, onclick: loadMoreElsewhere }),
  );
}

/** For who may not see how handoffs stand elsewhere and followed a helpdesk's link. */
export function handoffPage() {
  const { linked } = state.elsewhere;
  const gone = linked?.error?.status === 404;
  return h(
    "section",
    { class: "page", key: "handoff" },
    h("h1", { class: "visually-hidden" }, t("nav.elsewhere")),
    linked?.error
      ? empty(gone ? "search" : "swap", t(gone ? "elsewhere.gone" : "elsewhere.not_yours"), t(gone ? "elsewhere.gone_hint" : "elsewhere.not_yours_hint"))
      : spinner(t("loading")),
  );
}

function filters() {
  const { desk, desks } = state.elsewhere;
  if (desks.length < 2 && !desk) return null;
  return h(
    "div",
    { class: "audit-filters" },
    h(
      "label",
      { class: "audit-filter" },
      h("span", null, t("elsewhere.desk")),
      h(
        "select",
        { value: desk, onchange: (event) => filterElsewhere(event.target.value) },
        ["", ...desks].map((each) => h("option", { value: each, key: each }, each || t("elsewhere.all_desks"))),
      ),
    ),
  );
}

function table(all) {
  const names = COLUMNS.map((column) => h("th", { scope: "col", key: column }, t(`elsewhere.${column}`)));
  const acts = h("th", { scope: "col", key: "acts" }, h("span", { class: "visually-hidden" }, t("users.actions")));
  return h(
    "div",
    { class: "table-holder" },
    h("table", null, h("thead", null, h("tr", null, names, acts)), h("tbody", null, all.map(row))),
  );
}

function row(handoff) {
  const cell = (column, content) =>
    h("td", { "data-label": t(`elsewhere.${column}`), key: column }, h("div", { class: "cell" }, content));
  const linked = handoff.id === state.elsewhere.linked?.id;
  const number = handoff.number || t("elsewhere.no_number");
  return h(
    "tr",
    { key: handoff.id, class: linked ? "linked" : "", "aria-current": linked ? "true" : null },
    h("th", { scope: "row" }, h("strong", { class: "number" }, handoff.reference)),
    cell("number", [
      h("span", { class: "hint", key: "desk" }, handoff.desk),
      handoff.url ? h("a", { href: handoff.url, target: "_blank", rel: "noopener noreferrer", key: "number" }, number) : h("span", { key: "number" }, number),
    ]),
    cell("status", badge(t(`elsewhere.status_${handoff.status}`), TONES[handoff.status] ?? "neutral")),
    cell("there", there(handoff)),
    cell("delivery", delivery(handoff)),
    cell("opened", handoff.opened_at ? moment(handoff.opened_at) : "–"),
    cell("masked", String(handoff.masked)),
    h(
      "td",
      { class: "row-actions", key: "acts" },
      handoff.masked > 0 &&
        button({
          text: t("elsewhere.show"),
          label: t("elsewhere.show_of", { reference: handoff.reference }),
          small: true,
          onclick: () => openDialog("originals", { handoff, values: null }),
        }),
    ),
  );
}

/** How the ticket stands at the helpdesk, and who has it there. */
function there({ state: now, held, agent }) {
  if (!now) return "–";
  return [t(`elsewhere.state_${now}`), now === "open" && (agent || t(held ? "elsewhere.somebody" : "elsewhere.nobody"))].filter(Boolean).join(" · ");
}

/** What is still on its way there, and what nobody tries to deliver any more. */
function delivery(handoff) {
  const { id, reference, waiting, waiting_since: since, given_up: givenUp, again } = handoff;
  if (!waiting && !givenUp) return h("span", { class: "hint" }, t("elsewhere.delivered"));
  return [
    waiting > 0 && h("span", { class: "waits-there", key: "waiting" }, icon("clock"), t("elsewhere.waiting", { count: waiting, time: moment(since) })),
    givenUp > 0 && badge(t("elsewhere.given_up", { count: givenUp }), "danger", { glyph: "alert", key: "given_up" }),
    givenUp > 0 && !again && h("span", { class: "hint", key: "anew" }, t("elsewhere.anew")),
    again &&
      button({
        key: "again",
        text: t("elsewhere.again"),
        label: t("elsewhere.again_of", { reference }),
        glyph: "reload",
        small: true,
        disabled: state.busy.has(`again.${id}`),
        onclick: () => deliverAgain(id),
      }),
  ];
}

function originalsDialog(data) {
  const title = t("elsewhere.title", { reference: data.handoff.reference });
  if (data.values) {
    return modal({ title }, [h("p", { class: "hint" }, t("elsewhere.noted")), values(data.values)], [
      button({ text: t("dialog.close"), kind: "primary", onclick: closeDialog }),
    ]);
  }
  return modal(
    { title, form: submitting("originals", ({ reason }) => showOriginals(data, reason.trim())) },
    [
      h("p", null, t("elsewhere.why")),
      field("originals", {
        name: "reason",
        label: t("elsewhere.reason"),
        hint: t("elsewhere.reason_hint"),
        required: true,
        minlength: SHORTEST,
        maxlength: LONGEST,
        autofocus: true,
        autocomplete: "off",
      }),
      formError("originals", ["reason"]),
    ],
    [cancelButton(), submitButton("originals", t("elsewhere.show"))],
  );
}

function values(all) {
  return h(
    "div",
    { class: "table-holder" },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, ["mark", "kind", "original"].map((each) => h("th", { scope: "col", key: each }, t(`elsewhere.${each}`))))),
      h(
        "tbody",
        null,
        all.map(({ mark, kind, original }) =>
          h(
            "tr",
            { key: mark },
            h("td", { "data-label": t("elsewhere.mark") }, h("code", null, mark)),
            h("td", { "data-label": t("elsewhere.kind") }, kindName(kind)),
            h("td", { "data-label": t("elsewhere.original") }, h("span", { class: "plain" }, original)),
          ),
        ),
      ),
    ),
  );
}

/** A company's own patterns have their own names: `custom:member number`. */
function kindName(kind) {
  const [family, own] = kind.split(":");
  return own ?? t(`elsewhere.kind_${family}`);
}
