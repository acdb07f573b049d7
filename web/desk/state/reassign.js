/** Managers move tickets: into a colleague's hands at once, or all that somebody holds. */

import { t } from "../i18n/index.js";
import { post } from "../net/api.js";
import { closeDialog } from "../ui/modal.js";
import { transfer } from "./actions.js";
import { toast } from "./notices.js";
import { state } from "./store.js";
import { keep } from "./tickets.js";

const MANAGERS = ["supervisor", "admin"];

export const manages = () => MANAGERS.includes(state.user.role);

/** `to` is `tier:<id>` or `agent_id:<id>`; `now` and `all` are filled when their boxes are ticked. */
export async function reassign(ticket, { to, note, now = "", all = "" }) {
  const [kind, id] = to.split(":");
  if (all) {
    const { moved } = await post(`agents/${encodeURIComponent(ticket.agent.id)}/transfer`, { [kind]: id, note });
    done(moved.length ? t("assignment.moved", { count: moved.length }) : t("assignment.none_moved"));
  } else if (now && kind === "agent_id") {
    keep((await post(`tickets/${encodeURIComponent(ticket.id)}/assign`, { agent_id: id, note })).ticket);
    done(t("done.transferred"));
  } else await transfer(ticket.id, { [kind]: id, note });
}

function done(text) {
  closeDialog();
  toast(text, "success");
}
