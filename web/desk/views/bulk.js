/** What can be done with all tickets that are chosen in the list. */

import { put } from "../net/api.js";
import { t } from "../i18n/index.js";
import { tierName } from "../i18n/names.js";
import { chooseNone, forAll } from "../state/chosen.js";
import { now } from "../state/clock.js";
import { run } from "../state/notices.js";
import { state } from "../state/store.js";
import { button } from "../ui/controls.js";
import { h } from "../ui/vdom.js";

const HOUR = 3_600_000;
const SNOOZES = [1, 4, 24];

export function bulkBar() {
  const count = state.list.chosen.size;
  if (count === 0) return null;
  const all = (act, body) => run("bulk", () => forAll(act, body));
  const busy = state.busy.has("bulk");
  return h(
    "div",
    { class: "bulk", role: "toolbar", "aria-label": t("search.chosen", { count }) },
    h("strong", null, t("search.chosen", { count })),
    button({ text: t("search.take_all"), small: true, disabled: busy, onclick: () => all("take") }),
    h(
      "select",
      {
        "aria-label": t("search.hand_over_all"),
        value: "",
        disabled: busy,
        onchange: ({ target: { value } }) => {
          const [kind, id] = value.split(":");
          if (id) all("transfer", kind === "tier" ? { tier: id } : { agent_id: id });
        },
      },
      h("option", { value: "" }, t("search.hand_over_all")),
      state.tiers.map(({ id }) => h("option", { value: `tier:${id}`, key: id }, tierName(id))),
      state.agents.map(({ id, name }) => h("option", { value: `agent:${id}`, key: id }, name)),
    ),
    h(
      "select",
      {
        "aria-label": t("search.snooze_all"),
        value: "",
        disabled: busy,
        onchange: ({ target: { value } }) => value && all("snooze", { until: now() + Number(value) * HOUR }),
      },
      h("option", { value: "" }, t("search.snooze_all")),
      SNOOZES.map((hours) => h("option", { value: String(hours), key: hours }, t("search.hours", { hours }))),
    ),
    h("input", {
      type: "text",
      class: "bulk-tag",
      "aria-label": t("search.tag_all"),
      placeholder: t("search.tag_all"),
      maxlength: 32,
      disabled: busy,
      onkeydown: (event) => {
        const tag = event.target.value.trim();
        if (event.key !== "Enter" || event.isComposing || !tag) return;
        event.target.value = "";
        run("bulk", () => forAll("triage", { add_tags: [tag] }, put));
      },
    }),
    button({ glyph: "close", label: t("search.choose_none"), kind: "quiet", small: true, onclick: chooseNone }),
  );
}
