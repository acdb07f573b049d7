/** The audit trail and the blocked addresses, for those who supervise. */

import { del, get, withParams } from "../net/api.js";
import { run } from "./notices.js";
import { changed, state } from "./store.js";

/** The newest records that fit the filters, and who is blocked. */
export async function loadAudit() {
  await load(async (audit) => {
    const [page, { blocks }] = await Promise.all([get(withParams("audit", audit.filters)), get("blocks")]);
    Object.assign(audit, { records: page.records, after: page.after, blocks });
  });
}

export async function loadMoreAudit() {
  await load(async (audit) => {
    const page = await get(withParams("audit", { ...audit.filters, after: audit.after }));
    Object.assign(audit, { records: [...audit.records, ...page.records], after: page.after });
  });
}

export function filterAudit(change) {
  Object.assign(state.audit.filters, change);
  loadAudit();
}

export function liftBlock(id) {
  return run(`lift.${id}`, async () => {
    await del(`blocks/${encodeURIComponent(id)}`);
    await loadAudit();
  });
}

async function load(work) {
  const { audit } = state;
  Object.assign(audit, { loading: true, error: null });
  changed();
  try {
    await work(audit);
  } catch (error) {
    audit.error = error;
  } finally {
    audit.loading = false;
    changed();
  }
}
