/** Handoffs at other desks: where they are, and, for who says why, what was masked before they left. */

import { t } from "../i18n/index.js";
import { loadElsewhere, loadMoreElsewhere, showOriginals } from "../state/elsewhere.js";
import { state } from "../state/store.js";
import { badge, button, empty, notice, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { cancelButton, closeDialog, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const COLUMNS = ["reference", "desk", "number", "status", "opened", "masked"];
const TONES = { requested: "warn", open: "info", resolved: "success", confirmed: "success", refused: "danger" };
const SHORTEST = 5;
const LONGEST = 200;

export const ELSEWHERE_DIALOGS = { originals: originalsDialog };

export function elsewherePage() {
  const { all, after, loading, error } = state.elsewhere;
  return h(
    "section",
    { class: "page", key: "elsewhere", mount: loadElsewhere },
    h("header", { class: "page-head" }, h("div", null, h("h1", null, t("nav.elsewhere")), h("p", null, t("elsewhere.explain")))),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadElsewhere })),
    !all && loading && spinner(t("loading")),
    all?.length === 0 && empty("swap", t("elsewhere.none")),
    all?.length > 0 && table(all),
    after && button({ text: t("audit.more"), disabled: loading, onclick: loadMoreElsewhere }),
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
  const number = handoff.number || t("elsewhere.no_number");
  return h(
    "tr",
    { key: handoff.id },
    h("th", { scope: "row" }, h("strong", { class: "number" }, handoff.reference)),
    cell("desk", handoff.desk),
    cell("number", handoff.url ? h("a", { href: handoff.url, target: "_blank", rel: "noopener noreferrer" }, number) : number),
    cell("status", badge(t(`elsewhere.status_${handoff.status}`), TONES[handoff.status] ?? "neutral")),
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
