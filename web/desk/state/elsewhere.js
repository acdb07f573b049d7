/**
 * Handoffs at other desks, and what was masked of them. Originals are kept nowhere but in the dialog that shows them.
 *
 * `linked` is the handoff to which a helpdesk's link led: `id`, and `found`, or `error` once it is known why not.
 */

import { get, post, withParams } from "../net/api.js";
import { t } from "../i18n/index.js";
import { run, toast } from "./notices.js";
import { replace, toTicket } from "./route.js";
import { changed, state } from "./store.js";

export async function loadElsewhere() {
  await load(async (elsewhere) => {
    const page = await get(withParams("handoffs", { desk: elsewhere.desk }));
    Object.assign(elsewhere, { all: page.handoffs, after: page.after, desks: page.desks });
  });
}

export async function loadMoreElsewhere() {
  await load(async (elsewhere) => {
    const page = await get(withParams("handoffs", { desk: elsewhere.desk, after: elsewhere.after }));
    Object.assign(elsewhere, { all: [...elsewhere.all, ...page.handoffs], after: page.after });
  });
}

export function filterElsewhere(desk) {
  state.elsewhere.desk = desk;
  loadElsewhere();
}

/** Where a helpdesk's link leads: here, or to the ticket of a handoff that is at this desk. */
export async function openHandoff(id) {
  const { elsewhere } = state;
  if (elsewhere.linked?.id === id && !elsewhere.linked.error) return;
  const linked = id ? { id, found: null, error: null } : null;
  elsewhere.linked = linked;
  if (!linked) return;
  try {
    const answer = await get(`handoffs/${encodeURIComponent(id)}`);
    if (elsewhere.linked !== linked) return;
    if (answer.ticket_id) replace(toTicket(answer.ticket_id, "all"));
    else linked.found = answer.handoff;
  } catch (error) {
    linked.error = error;
  }
  changed();
}

/** Delivers once more what was given up. */
export function deliverAgain(id) {
  return run(`again.${id}`, async () => {
    const { handoff } = await post(`handoffs/${encodeURIComponent(id)}/again`);
    const { elsewhere } = state;
    elsewhere.all = elsewhere.all?.map((each) => (each.id === id ? handoff : each)) ?? null;
    if (elsewhere.linked?.id === id) elsewhere.linked.found = handoff;
    toast(t("elsewhere.trying"), "success");
  });
}

/** Fills `data`, the dialog's, with the values; what was said as reason is written down. */
export async function showOriginals(data, reason) {
  data.values = (await post(`handoffs/${encodeURIComponent(data.handoff.id)}/originals`, { reason })).values;
  changed();
}

async function load(work) {
  const { elsewhere } = state;
  Object.assign(elsewhere, { loading: true, error: null });
  changed();
  try {
    await work(elsewhere);
  } catch (error) {
    elsewhere.error = error;
  } finally {
    elsewhere.loading = false;
    changed();
  }
}
