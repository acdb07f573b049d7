/** What happens to a finished draft: questions are asked again, it is published, and taken back. */

import { post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { load, pathOf, save } from "./article.js";
import { toast } from "./notices.js";
import { go, toArticle } from "./route.js";
import { changed, state } from "./store.js";

/** Asking hundreds of questions again takes a while. */
const PATIENCE = 300_000;

/** Supervisors and admins; agents write drafts. */
export function mayPublish() {
  return state.user.role !== "agent";
}

/** Asks recent questions again, with the draft. `article.replay`: `{running, startedAt, error, edits, …answer}`. */
export async function replay(article) {
  if (article.replay?.running || !(await save(article))) return;
  const edits = article.edits;
  article.replay = { running: true, startedAt: Date.now(), edits };
  changed();
  try {
    const answer = await post(`${pathOf(article)}/replay`, {}, { patience: PATIENCE });
    article.replay = { ...answer, edits };
  } catch (error) {
    article.replay = { error, edits };
  }
  changed();
}

/** Whether what `article.replay` says is about the draft as it is now. */
export function isFresh(article) {
  return Boolean(article.replay?.changes) && article.replay.edits === article.edits;
}

/** Publishes the draft. When answers would get worse, shows which ones; raises everything else. */
export async function publish(article, note, accept) {
  if (!(await save(article))) throw new Error(article.message || t("article.unsaved"));
  const fresh = isFresh(article) ? { replay_id: article.replay.replay_id } : {};
  try {
    await post(`${pathOf(article)}/publish`, { note, accept, ...fresh }, { patience: PATIENCE });
  } catch (error) {
    if (error.code === "replay_failed") article.replay = { ...article.replay, ...error.extra, edits: article.edits };
    if (error.code === "stale") await load(article);
    throw error;
  }
  await settled(article, "done.published");
}

/** `to`: the number of a version, or 0 for the file. */
export async function rollBack(article, to, note) {
  await post(`${pathOf(article)}/rollback`, { to, note });
  await settled(article, "done.rolled_back");
}

export async function withdraw(article, note) {
  await post(`${pathOf(article)}/withdraw`, { note });
  await settled(article, "done.withdrawn");
}

async function settled(article, text) {
  closeDialog();
  Object.assign(article, { replay: null, compare: null, saved: article.edits });
  toast(t(text), "success");
  await load(article);
  if (text === "done.published" && state.article === article) go(toArticle(article.id));
}
