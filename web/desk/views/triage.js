/** What triage makes of a ticket, with the reasons and how much each weighs; and the dialog to correct it. */

import { pick, t } from "../i18n/index.js";
import { skillName, tierName, urgencyName } from "../i18n/names.js";
import { DIMENSIONS, correctTriage } from "../state/triage.js";
import { state } from "../state/store.js";
import { badge, button } from "../ui/controls.js";
import { field, formError, submitButton, submitting } from "../ui/form.js";
import { cancelButton, modal, openDialog } from "../ui/modal.js";
import { moment } from "../ui/format.js";
import { h } from "../ui/vdom.js";

const FULL = 6; // the log-odds that fill a bar
const TONES = {
  complexity: { complex: "info" },
  urgency: { urgent: "danger", high: "warn" },
  value: { high: "info" },
  risk: { high: "danger", medium: "warn" },
};
const CHOICES = {
  complexity: ["simple", "complex"],
  urgency: ["low", "normal", "high", "urgent"],
  value: ["normal", "high"],
  risk: ["low", "medium", "high"],
};

function valueName(dimension, value) {
  if (dimension === "category") return pick(state.categories.find((each) => each.id === value)?.name) || value;
  if (dimension === "urgency") return urgencyName(value);
  return t(`triage.${dimension}_${value}`);
}

export function triageSection(ticket, packet) {
  const found = packet.triage ?? {};
  return h(
    "section",
    { class: "facts triage" },
    h("h3", null, t("triage.title")),
    h(
      "p",
      { class: "why-badges" },
      DIMENSIONS.map((each) => {
        const tone = TONES[each]?.[ticket[each]] ?? (each === "category" ? "info" : "neutral");
        return badge(`${t(`triage.${each}`)}${t("colon")}${valueName(each, ticket[each])}`, tone, { key: each });
      }),
      ticket.tags.map((tag) => badge(`#${tag}`, "neutral", { key: `#${tag}` })),
    ),
    ticket.skills.length > 0 && h("p", { class: "hint" }, t("triage.skills", { skills: ticket.skills.map(skillName).join(t("triage.comma")) })),
    h(
      "details",
      { class: "triage-why" },
      h("summary", null, t("triage.why")),
      DIMENSIONS.map((each) => reasons(each, ticket[each], found[each])),
    ),
    ticket.can.includes("note") &&
      h("p", null, button({ text: t("triage.correct"), glyph: "differs", kind: "quiet", onclick: () => openDialog("triage", { ticket }) })),
  );
}

function reasons(dimension, value, found) {
  const because = found?.value === value ? found.because : [];
  const heading = `${t(`triage.${dimension}`)}${t("colon")}${valueName(dimension, value)}`;
  return h(
    "div",
    { key: dimension },
    h("h4", null, heading),
    found?.corrected_by &&
      h("p", { class: "hint" }, t("triage.by", {
        name: found.corrected_by,
        when: moment(found.corrected_at),
        value: valueName(dimension, found.judged),
      })),
    because.length > 0
      ? h("ul", { class: "reasons" }, because.map((each) => reason(each)))
      : !found?.corrected_by && h("p", { class: "hint" }, t("triage.nothing")),
  );
}

function reason(each) {
  const share = Math.round(Math.min(each.weight / FULL, 1) * 100);
  return h(
    "li",
    { key: each.cue },
    h("span", { class: "meter", vars: { "--share": `${share}%` }, "aria-hidden": "true" }),
    h("span", { class: "reason-text" }, pick(each)),
    h("span", { class: "reason-weight", title: t("triage.weight") }, h("span", { class: "visually-hidden" }, `${t("triage.weight")} `), `+${each.weight.toFixed(1)}`),
  );
}

export function triageDialog({ ticket }) {
  const categories = state.categories.map(({ id, name }) => [id, pick(name)]);
  return modal(
    {
      title: t("triage.dialog", { number: ticket.number }),
      form: submitting("triage", ({ tags, ...values }) =>
        correctTriage(ticket.id, { ...values, tags: tags.split(/[,，;；、]/u).map((tag) => tag.trim()).filter(Boolean) }),
      ),
    },
    [
      h("p", null, t("triage.explain")),
      DIMENSIONS.map((each, index) =>
        field("triage", {
          name: each,
          label: t(`triage.${each}`),
          options: each === "category" ? categories : CHOICES[each].map((value) => [value, valueName(each, value)]),
          value: ticket[each],
          autofocus: index === 0,
        }),
      ),
      field("triage", { name: "tags", label: t("triage.tags"), hint: t("triage.tags_hint"), value: ticket.tags.join(", ") }),
      formError("triage", [...DIMENSIONS, "tags"]),
    ],
    [cancelButton(), submitButton("triage", t("triage.save"))],
  );
}

/** The line of a timeline that tells of it. */
export function triageEventText({ event, name, data }) {
  const moved = data.to_tier ? t("triage.moved", { tier: tierName(data.to_tier) }) : "";
  if (event === "risk_raised") {
    const why = pick(data.because?.[0]) ?? "";
    return t("event.risk_raised", { why }) + moved;
  }
  const changes = DIMENSIONS.filter((each) => data.changes?.[each]).map((each) =>
    t("triage.change", {
      what: t(`triage.${each}`),
      before: valueName(each, data.changes[each][0]),
      after: valueName(each, data.changes[each][1]),
    }),
  );
  if (data.tags) changes.push(t("triage.tagged", { tags: data.tags.map((tag) => `#${tag}`).join(" ") || t("triage.untagged") }));
  return t("event.triaged", { name, changes: changes.join(t("triage.comma")) }) + moved;
}
