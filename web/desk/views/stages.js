/** How far a customer's matter is: asked, accepted, worked on, confirmed, rated, followed up. */

import { t } from "../i18n/index.js";
import { state } from "../state/store.js";
import { h } from "../ui/vdom.js";

const STAGES = ["asked", "accepted", "working", "confirming", "rating", "following"];

/** The bar over a customer's ticket; back-office tickets have none. */
export function stageBar(ticket) {
  if (ticket.kind === "internal") return null;
  const standing = standings(ticket);
  return h(
    "ol",
    { class: "stages", "aria-label": t("stage.label") },
    STAGES.map((stage) =>
      h(
        "li",
        {
          class: `stage stage-${standing[stage]}`,
          key: stage,
          "aria-current": standing[stage] === "here" ? "step" : null,
        },
        t(`stage.${stage}`),
      ),
    ),
  );
}

/** done | here | ahead, by stage. */
function standings(ticket) {
  const taken = Boolean(ticket.taken_at || ticket.agent);
  const solved = ticket.state === "resolved";
  const over = ["resolved", "returned", "withdrawn", "abandoned"].includes(ticket.state);
  const planned = events("followup_planned") - events("followup_done") - events("followup_dropped") > 0;
  const of = (done, here) => (done ? "done" : here ? "here" : "ahead");
  return {
    asked: "done",
    accepted: of(taken, !over),
    working: of(over && taken, taken && !over),
    confirming: of(solved && ticket.confirmed, solved),
    rating: of(ticket.rating && solved, solved && ticket.confirmed),
    following: of(events("followup_done") > 0 && !planned, planned),
  };
}

function events(name) {
  return (state.thread?.entries ?? []).filter((entry) => entry.kind === "event" && entry.event === name).length;
}
