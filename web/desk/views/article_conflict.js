/** Somebody published while this was being written: both texts, field by field, and the author's choice. */

import { t } from "../i18n/index.js";
import { settle } from "../state/article.js";
import { choose } from "../state/conflicts.js";
import { button, segmented } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { difference, fieldTitle } from "./difference.js";

export function conflictPanel(article) {
  const { kind, fields, chosen, by, at } = article.conflict;
  return h(
    "section",
    { class: "card conflict", key: "conflict", "aria-labelledby": "conflict-title" },
    h("h2", { id: "conflict-title" }, icon("alert"), t("conflict.title")),
    h("p", null, by ? t(`conflict.${kind}`, { name: by, time: moment(at) }) : t("conflict.nobody")),
    h(
      "ul",
      { class: "conflict-fields" },
      fields.map((field) => {
        const which = chosen[field.path] ?? "mine";
        return h(
          "li",
          { key: field.path },
          h(
            "div",
            { class: "conflict-head" },
            h("h3", null, fieldTitle(field)),
            segmented(
              t("conflict.keep", { field: fieldTitle(field) }),
              ["theirs", "mine"].map((each) => [each, t(`conflict.${each}`)]),
              which,
              (choice) => choose(article, field.path, choice),
            ),
          ),
          h("div", { class: "conflict-texts" }, side("theirs", field.before, which), side("mine", field.after, which)),
          h("details", null, h("summary", null, t("conflict.words")), difference(field)),
        );
      }),
    ),
    h(
      "div",
      { class: "conflict-actions" },
      button({ text: t("conflict.settle"), kind: "primary", onclick: () => settle(article) }),
      button({
        text: t("article.discard"),
        kind: "danger",
        onclick: () => openDialog("article_discard", { article }),
      }),
    ),
  );
}

function side(name, text, which) {
  return h(
    "div",
    { class: which === name ? "side side-kept" : "side" },
    h("h4", null, t(`conflict.${name}`), which === name && icon("check", t("conflict.kept"))),
    h("p", { class: "plain", dir: "auto" }, text || t("diff.nothing")),
  );
}
