/** Handoffs at other desks, and what was masked of them. Originals are kept nowhere but in the dialog that shows them. */

import { get, post, withParams } from "../net/api.js";
import { changed, state } from "./store.js";

export async function loadElsewhere() {
  await load(async (elsewhere) => {
    const page = await get("handoffs");
    Object.assign(elsewhere, { all: page.handoffs, after: page.after });
  });
}

export async function loadMoreElsewhere() {
  await load(async (elsewhere) => {
    const page = await get(withParams("handoffs", { after: elsewhere.after }));
    Object.assign(elsewhere, { all: [...elsewhere.all, ...page.handoffs], after: page.after });
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
