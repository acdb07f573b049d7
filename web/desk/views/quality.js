/** Quality reviews: one's own with what was said of them, and the scorecard for those who review. */

import { pick, t } from "../i18n/index.js";
import { channelName } from "../i18n/names.js";
import { may } from "../state/pages.js";
import { appeal, decideAppeal, loadQuality, openCard, showReviews, writeReview } from "../state/quality.js";
import { toTicket } from "../state/route.js";
import { changed, state } from "../state/store.js";
import { badge, button, empty, notice, segmented, spinner } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { moment } from "../ui/format.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { h } from "../ui/vdom.js";

const LONGEST = 2000;
const EXCERPT = 60;
const TONE = { waiting: "neutral", done: "info", appealed: "warn", decided: "success" };
const POINTS = ["5", "4", "3", "2", "1", "0"];

export const QUALITY_DIALOGS = { quality_card: cardDialog, quality_decide: decideDialog, quality_appeal: appealDialog };

export function qualityPage() {
  const { reviews, waiting, appealed, view, error } = state.quality;
  const counted = (name, rows) => [name, [t(`quality.${name}`), rows?.length || ""].join(" ").trim()];
  const views = [["mine", t("quality.mine")], counted("waiting", waiting), counted("appealed", appealed)];
  const shown = { mine: reviews, waiting, appealed }[view];
  return h(
    "section",
    { class: "page page-narrow", key: "quality", mount: loadQuality },
    h(
      "header",
      { class: "page-head" },
      h("h1", null, t("nav.quality")),
      may("quality") && segmented(t("nav.quality"), views, view, showReviews),
    ),
    h("p", { class: "hint" }, t(`quality.explain_${view}`)),
    error && notice("error", error.message, button({ text: t("retry"), small: true, onclick: loadQuality })),
    !shown && !error && spinner(t("loading")),
    shown?.length === 0 && empty("checks", t(`quality.none_${view}`)),
    shown?.map((review) => card(review, view)),
  );
}

function card(review, view) {
  return h(
    "article",
    { class: "card review", key: review.id },
    h(
      "p",
      { class: "review-head" },
      review.ticket
        ? h("a", { class: "number", href: toTicket(review.ticket_id, "all") }, review.ticket.number)
        : h("span", { class: "hint" }, t("quality.forgotten")),
      view !== "mine" && h("strong", null, review.agent_name),
      badge(t(`quality.why_${review.why}`), "neutral", { title: t("quality.drawn", review.drawn) }),
      badge(t(`quality.state_${review.state}`), TONE[review.state]),
      review.score !== null && h("strong", { class: "review-score" }, t("quality.score", { score: Math.round(review.score) })),
    ),
    review.ticket && h("p", null, review.ticket.question),
    h("p", { class: "hint" }, [review.ticket && channelName(review.ticket.channel), t("quality.drawn", review.drawn)].filter(Boolean).join(" · ")),
    review.score !== null && results(review),
    review.appeal && h("p", { class: "plain" }, h("strong", null, t("quality.appeal_reason")), t("colon"), review.appeal),
    review.decision && h("p", { class: "plain" }, h("strong", null, t("quality.decision")), t("colon"), review.decision, " ", h("span", { class: "hint" }, t("quality.before", { score: Math.round(review.first_score) }))),
    actions(review, view),
  );
}

function results({ scores, remarks, comment, reviewer_name: reviewer, reviewed_at: at, ticket_id: ticketId }) {
  return [
    h(
      "dl",
      { class: "review-items" },
      state.quality.items
        .filter(({ id }) => id in scores)
        .map(({ id, name }) =>
          h(
            "div",
            { key: id },
            h("dt", null, pick(name)),
            h(
              "dd",
              null,
              scores[id] === null ? t("quality.not_applicable") : `${scores[id]} / 5`,
              remarks[id]?.comment && ` · ${remarks[id].comment}`,
              remarks[id]?.entry_id && ticketId && [" ", h("a", { href: toTicket(ticketId, "all", remarks[id].entry_id) }, t("quality.look"))],
            ),
          ),
        ),
    ),
    comment && h("p", { class: "plain" }, comment),
    h("p", { class: "hint" }, [reviewer, moment(at)].join(" · ")),
  ];
}

function actions(review, view) {
  const busy = state.busy.has(`review.${review.id}`);
  if (view === "mine") return review.may_appeal && button({ text: t("quality.appeal"), small: true, onclick: () => openDialog("quality_appeal", { review }) });
  const text = view === "waiting" ? t("quality.write") : t("quality.decide");
  return button({ text, small: true, kind: "primary", disabled: busy, onclick: () => openCard(review) });
}

function fields(form, { scores, remarks, entries }) {
  const said = [["", t("quality.no_entry")], ...entries.map((entry) => [entry.id, `${entry.name || t("quality.customer")}${t("colon")}${entry.text.slice(0, EXCERPT)}`])];
  const points = [...POINTS.map((each) => [each, each]), ["", t("quality.not_applicable")]];
  return state.quality.items.map(({ id, name, hint }) =>
    h(
      "fieldset",
      { class: "review-item", key: id },
      h("legend", null, pick(name)),
      hint && h("p", { class: "hint" }, pick(hint)),
      field(form, { name: `score_${id}`, label: t("quality.points"), options: points, value: id in scores ? String(scores[id] ?? "") : "5" }),
      field(form, { name: `comment_${id}`, label: t("quality.comment"), value: remarks[id]?.comment ?? "", maxlength: LONGEST }),
      field(form, { name: `entry_${id}`, label: t("quality.entry"), options: said, value: remarks[id]?.entry_id ?? "" }),
    ),
  );
}

function cardDialog({ review }) {
  return modal(
    { title: t("quality.card_title", { number: review.ticket.number, name: review.agent_name }), wide: true, form: submitting("quality_card", (values) => writeReview(review, values)) },
    [
      h("p", { class: "hint" }, t("quality.card_explain")),
      fields("quality_card", review),
      field("quality_card", { name: "comment", label: t("quality.whole"), area: true, maxlength: LONGEST }),
      formError("quality_card", ["comment"]),
    ],
    [cancelButton(), submitButton("quality_card", t("quality.save"))],
  );
}

function decideDialog(data) {
  const { review, other = false } = data;
  const choose = (value) => ((data.other = value === "other"), changed());
  const ways = [
    ["same", t("quality.uphold")],
    ["other", t("quality.change")],
  ];
  return modal(
    { title: t("quality.decide_title", { number: review.ticket.number }), wide: true, form: submitting("quality_decide", (values) => decideAppeal(review, values, other)) },
    [
      h("p", { class: "plain" }, review.appeal),
      segmented(t("quality.decision"), ways, other ? "other" : "same", choose),
      other && fields("quality_decide", review),
      field("quality_decide", { name: "decision", label: t("quality.decision_why"), area: true, required: true, maxlength: LONGEST }),
      formError("quality_decide", ["decision"]),
    ],
    [cancelButton(), submitButton("quality_decide", t("quality.decide"))],
  );
}

function appealDialog({ review }) {
  return modal(
    { title: t("quality.appeal_title"), form: submitting("quality_appeal", (values) => appeal(review, values)) },
    [
      h("p", null, t("quality.appeal_explain")),
      field("quality_appeal", { name: "reason", label: t("quality.appeal_reason"), area: true, required: true, maxlength: LONGEST, autofocus: true }),
      formError("quality_appeal", ["reason"]),
    ],
    [cancelButton(), submitButton("quality_appeal", t("quality.appeal"))],
  );
}
