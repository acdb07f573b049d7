/** Tickets that are chosen in the list, and what is done with all of them. */

import { post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { toast } from "./notices.js";
import { changed, state } from "./store.js";
import { keep } from "./tickets.js";

export function choose(ticketId, on = !state.list.chosen.has(ticketId)) {
  if (on) state.list.chosen.add(ticketId);
  else state.list.chosen.delete(ticketId);
  changed();
}

export function chooseNone() {
  state.list.chosen.clear();
  changed();
}

/** One after the other, so that what is refused is told, and the rest is done. `act` is the end of each one's path. */
export async function forAll(act, body, send = post) {
  let refused = null;
  let done = 0;
  for (const ticketId of [...state.list.chosen]) {
    try {
      const { ticket } = await send(`tickets/${encodeURIComponent(ticketId)}/${act}`, body);
      if (ticket) keep(ticket);
      state.list.chosen.delete(ticketId);
      done += 1;
    } catch (error) {
      refused = error;
    }
  }
  if (done) toast(t("search.done_all", { count: done }), "success");
  if (refused) toast(t("search.not_all", { count: state.list.chosen.size, why: refused.message }), "error");
  changed();
}
