/** What the bot could not answer, which articles fail, which are old: and drafts that begin from it. */

import { get, post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { run, toast } from "./notices.js";
import { go, toArticle } from "./route.js";
import { changed, state } from "./store.js";

/** Looking for what is new groups a month of questions. */
const PATIENCE = 180_000;

export function loadLearning() {
  return show(() => get("knowledge/learning"));
}

/** Looks for gaps now; by itself the service does it now and then. */
export function lookAgain() {
  return show(() => post("knowledge/learning", {}, { patience: PATIENCE }));
}

async function show(fetching) {
  Object.assign(state.learning, { loading: true, error: null });
  changed();
  try {
    state.learning.found = await fetching();
  } catch (error) {
    state.learning.error = error;
  }
  state.learning.loading = false;
  changed();
}

/** Begins an article with the customers' words as phrasings. */
export function writeFor(gap) {
  return run(`gap.${gap.id}`, async () => {
    const { article } = await post(`knowledge/gaps/${encodeURIComponent(gap.id)}/draft`);
    go(toArticle(article));
  });
}

export async function dismissGap(gap) {
  await post(`knowledge/gaps/${encodeURIComponent(gap.id)}/dismiss`);
  const { found } = state.learning;
  found.gaps = found.gaps.filter(({ id }) => id !== gap.id);
  closeDialog();
  toast(t("done.dismissed"), "success");
}

/** Begins an article from what an agent answered in a ticket. */
export function writeFromTicket(ticket) {
  state.menu = "";
  return run(`article.${ticket.id}`, async () => {
    const { article } = await post(`tickets/${encodeURIComponent(ticket.id)}/article`);
    go(toArticle(article));
    toast(t("done.drafted"), "success");
  });
}
