/** Who changed what and when, what differs between two versions, and the way back. */

import { t } from "../i18n/index.js";
import { load } from "../state/article.js";
import { differences } from "../state/content.js";
import { DRAFT, FILE, comparable, compare, contentOf } from "../state/history.js";
import { mayPublish } from "../state/publishing.js";
import { avatar, badge, button, empty, notice, spinner } from "../ui/controls.js";
import { moment } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";
import { difference, fieldTitle } from "./difference.js";

export function historySection(article) {
  const choices = comparable(article);
  if (article.versions.length === 0 && choices.length < 2)
    return empty(
      "history",
      t("history.none"),
      t(article.source === "file" ? "history.none_file" : "history.none_hint"),
    );
  return h(
    "div",
    { class: "history", key: "history", mount: () => begin(article, choices) },
    h(
      "section",
      { class: "card", "aria-labelledby": "versions-title" },
      h("h2", { id: "versions-title" }, t("history.versions")),
      !mayPublish() && h("p", { class: "hint" }, t("publish.who")),
      h(
        "ol",
        { class: "versions" },
        article.versions.map((version) => line(article, version)),
        article.file && fileLine(article),
      ),
    ),
    article.compare && comparison(article, choices),
  );
}

/** At first: what the newest did. */
function begin(article, choices) {
  if (article.compare && choices.includes(article.compare.to)) return;
  const [to] = choices;
  compare(article, below(article, to), to);
}

/** What a version, or the draft, was made from: the draft from what is in force. */
function below(article, which) {
  const first = article.file ? FILE : null;
  if (which === DRAFT) return article.source === "console" && article.version > 0 ? article.version : first;
  return article.versions.find(({ number }) => number < which)?.number ?? first;
}

function line(article, version) {
  const { number, at, note, action, replay } = version;
  const by = version.by.name || t("history.somebody");
  const current = number === article.version && article.source === "console";
  const before = below(article, number);
  return h(
    "li",
    { class: current ? "version version-current" : "version", key: number },
    avatar(by, "agent"),
    h(
      "div",
      { class: "version-what" },
      h(
        "p",
        null,
        h("strong", null, t("article.version", { number })),
        badge(t(`history.${action}`), { withdrawn: "warn", rolled_back: "info" }[action] ?? "success"),
        current && badge(t("history.current"), "accent"),
      ),
      h("p", { class: "hint" }, `${by} · ${moment(at)}`),
      note && h("p", { class: "version-note", dir: "auto" }, note),
      replay &&
        h("p", { class: "hint version-replay" }, icon(replay.worse ? "alert" : "check"), t("history.replay", replay)),
    ),
    h(
      "div",
      { class: "version-actions" },
      button({
        text: t("history.show"),
        small: true,
        "aria-label": `${t("history.show")}${t("colon")}${t("article.version", { number })}`,
        "aria-pressed": article.compare?.to === number && article.compare?.from === before,
        onclick: () => compare(article, before, number),
      }),
      !current &&
        mayPublish() &&
        action !== "withdrawn" &&
        button({
          text: t("history.roll_back"),
          small: true,
          "aria-label": `${t("history.roll_back")}${t("colon")}${t("article.version", { number })}`,
          onclick: () => openDialog("article_rollback", { article, number }),
        }),
    ),
  );
}

function fileLine(article) {
  return h(
    "li",
    { class: "version", key: "file" },
    h("span", { class: "avatar", "aria-hidden": "true" }, icon("file")),
    h(
      "div",
      { class: "version-what" },
      h(
        "p",
        null,
        h("strong", null, t("history.file")),
        article.source === "file" && badge(t("history.current"), "accent"),
      ),
      h("p", { class: "hint" }, t("history.file_hint")),
    ),
    mayPublish() &&
      article.source !== "file" &&
      h(
        "div",
        { class: "version-actions" },
        button({
          text: t("history.roll_back"),
          small: true,
          "aria-label": `${t("history.roll_back")}${t("colon")}${t("history.file")}`,
          onclick: () => openDialog("article_rollback", { article, number: 0 }),
        }),
      ),
  );
}

function comparison(article, choices) {
  const { from, to, error } = article.compare;
  const [before, after] = [contentOf(article, from), contentOf(article, to)];
  return h(
    "section",
    { class: "card comparison", "aria-labelledby": "comparison-title" },
    h("h2", { id: "comparison-title" }, t("history.comparison")),
    h(
      "div",
      { class: "comparison-choice" },
      which("from", from, [null, ...choices], (chosen) => compare(article, chosen, article.compare.to)),
      icon("arrowRight"),
      which("to", to, choices, (chosen) => compare(article, article.compare.from, chosen)),
    ),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: () => load(article) })),
    !error && (before === undefined || after === undefined ? spinner(t("loading")) : changes(before, after)),
  );
}

/** `end`: from | to. */
function which(end, value, choices, choose) {
  const chosen = (text) => (text === "" ? null : text === DRAFT ? DRAFT : Number(text));
  return h(
    "div",
    { class: "comparison-side" },
    h("label", { for: `compare-${end}` }, t(`history.${end}`)),
    h(
      "select",
      {
        id: `compare-${end}`,
        value: String(value ?? ""),
        onchange: (event) => choose(chosen(event.target.value)),
      },
      choices.map((each) => h("option", { value: String(each ?? ""), key: String(each) }, nameOf(each))),
    ),
  );
}

function nameOf(which) {
  if (which === null) return t("history.nothing");
  if (which === FILE) return t("history.file");
  return which === DRAFT ? t("history.draft") : t("article.version", { number: which });
}

/** Of what was compared last: contents of drafts are made anew each time. */
let shown = { key: "", fields: [] };

function changes(before, after) {
  const key = JSON.stringify([before, after]);
  if (shown.key !== key) shown = { key, fields: differences(before, after) };
  if (shown.fields.length === 0) return empty("check", t("history.same"));
  return h(
    "ul",
    { class: "field-changes" },
    shown.fields.map((field) => h("li", { key: field.path }, h("h3", null, fieldTitle(field)), difference(field))),
  );
}
