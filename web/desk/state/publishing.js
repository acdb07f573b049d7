/** What happens to a finished draft: questions are asked again, it is published, and taken back. */

import { post } from "../net/api.js";
import { t } from "../i18n/index.js";
import { closeDialog } from "../ui/modal.js";
import { load, pathOf, save, take } from "./article.js";
import { toast } from "./notices.js";
import { may } from "./pages.js";
import { go, toArticle } from "./route.js";
import { changed, state } from "./store.js";

/** Asking hundreds of questions again takes a while. */
const PATIENCE = 300_000;

/** Who may not publish still writes drafts. */
export function mayPublish() {
  return may("publish_articles");
}

/**
 * Asks recent questions again, with the draft. `article.replay`: `{running, startedAt, error, edits, …answer}`. Resolves when
 * the answer is there; raises nothing.
 */
export function replay(article) {
  article.asking ??= ask(article).finally(() => {
    article.asking = null;
    changed();
  });
  return article.asking;
}

async function ask(article) {
  if (!(await save(article))) return;
  const { edits } = article;
  article.replay = { running: true, startedAt: Date.now(), edits };
  changed();
  try {
    article.replay = { ...(await post(`${pathOf(article)}/replay`, {}, { patience: PATIENCE })), edits };
  } catch (error) {
    article.replay = { error, edits };
  }
}

/** Whether what `article.replay` says is about the draft as it is now. */
export function isFresh(article) {
  return Boolean(article.replay?.changes) && article.replay.edits === article.edits;
}

/** What stands against publishing without a reason: answers that get `worse`, or `untried`; empty: nothing that is known. */
export function obstacle(article) {
  if (article.replay?.error?.code === "unavailable") return "untried";
  return isFresh(article) && !article.replay.passes ? "worse" : "";
}

/**
 * Publishes the draft, after asking the questions if that was not done; stops where something stands against it, unless
 * `accept`. Raises what the service says against it.
 */
export async function publish(article, note, accept) {
  if (!accept && !isFresh(article)) await replay(article);
  if (!(await save(article))) throw new Error(article.message || t("article.unsaved"));
  if (!accept && obstacle(article)) return;
  const tried = isFresh(article) ? { replay_id: article.replay.replay_id } : {};
  try {
    const wish = { note, accept, draft_at: article.draft.at, ...tried };
    const answer = await post(`${pathOf(article)}/publish`, wish, { patience: PATIENCE });
    settled(article, answer, "done.published");
    if (state.article === article) go(toArticle(article.id));
  } catch (error) {
    if (error.code === "replay_failed")
      article.replay = { ...article.replay, ...error.extra, passes: false, edits: article.edits };
    if (error.code === "has_errors") article.problems = error.extra.problems;
    if (error.code === "stale") await load(article);
    throw error;
  }
}

/** `to`: the number of a version, or 0 for the file. Raises what the service says against it, unless `accept`. */
export async function rollBack(article, to, note, accept) {
  const answer = await post(`${pathOf(article)}/rollback`, { to, note, accept }, { patience: PATIENCE });
  settled(article, answer, "done.rolled_back");
}

export async function withdraw(article, note, accept) {
  const answer = await post(`${pathOf(article)}/withdraw`, { note, accept }, { patience: PATIENCE });
  settled(article, answer, "done.withdrawn");
}

/** `answer` is the article as it is now. */
function settled(article, answer, text) {
  closeDialog();
  Object.assign(article, { replay: null, compare: null });
  take(article, answer);
  toast(t(text), "success");
}
