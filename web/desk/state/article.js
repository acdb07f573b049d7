/**
 * One article being written. What is typed is saved by itself as the article's draft; leaving the page loses nothing,
 * and where somebody else published or wrote meanwhile, both texts are kept until the author has settled it.
 *
 * `{id, user, loading, error, content, source, state, version, versions, file, draft, form, base, over, edits, saved, status,
 * message, problems, conflict, replay, compare, language}`. `content` is in force, `form` on the screen, `base` the version
 * that the form began from, `over` when the draft was stored that it takes the place of (0: none), `edits` counts changes of
 * the form and `saved` those that are stored.
 * `status`: clean | dirty | saving | saved | failed (tried again) | refused | conflict.
 */

import { Unreachable, del, get, put } from "../net/api.js";
import { t } from "../i18n/index.js";
import { applyChoices, conflictBetween, published, written } from "./conflicts.js";
import { LANGUAGES, differences, setField, toContent, toForm } from "./content.js";
import { run, toast } from "./notices.js";
import { go } from "./route.js";
import { changed, state } from "./store.js";

const TYPING_PAUSE = 700;
const RETRY_AFTER = 4_000;
/** So soon after storing a draft, the news of a draft is one's own. */
const ECHO = 2_000;
/** Articles that were left before everything was stored. */
const unsaved = new Map();

/** Shows the article, or none for an empty `id`. Nobody stores what somebody else wrote in this window before. */
export function openArticle(id) {
  const left = state.article;
  if (left?.id === id && left.user === state.user.id) {
    save(left);
    return;
  }
  if (left?.user === state.user.id) leave(left);
  state.article = null;
  if (id === "") return;
  const kept = unsaved.get(id);
  unsaved.delete(id);
  if (kept?.user === state.user.id) {
    state.article = kept;
    changed();
    return;
  }
  state.article = {
    id,
    user: state.user.id,
    loading: true,
    error: null,
    form: null,
    edits: 0,
    saved: 0,
    status: "clean",
    message: "",
    problems: [],
    conflict: null,
    replay: null,
    compare: null,
    language: LANGUAGES[0],
  };
  load(state.article);
}

function leave(article) {
  if (!hasUnsaved(article)) return;
  unsaved.set(article.id, article);
  if (article.status !== "conflict") save(article);
}

export function hasUnsaved(article) {
  return article.edits > article.saved;
}

/** The browser asks before it closes a window in which something is not stored yet. */
export function warnBeforeLosingArticles() {
  addEventListener("beforeunload", (event) => {
    if (unsaved.size || (state.article && hasUnsaved(state.article))) event.preventDefault();
  });
}

/** Fetches the article anew. What has not been stored stays on the screen. */
export async function load(article) {
  Object.assign(article, { loading: true, error: null });
  changed();
  try {
    take(article, await get(pathOf(article)));
  } catch (error) {
    article.error = error;
  }
  article.loading = false;
  changed();
}

/** Shows what the service says about the article. */
export function take(article, answer) {
  const { content, source, state: standing, version, versions, file, draft } = answer;
  Object.assign(article, { content, source, state: standing, version, versions, file });
  if (hasUnsaved(article)) return;
  Object.assign(article, {
    draft,
    form: toForm(draft?.content ?? content),
    base: draft?.base ?? version,
    storedAt: 0,
    over: draft?.at ?? 0,
    problems: draft?.problems ?? answer.problems,
    status: "clean",
    conflict: null,
  });
  if (draft && draft.base !== version) disagree(article, published(article));
}

/** Takes what the author typed into the field at `path`. */
export function edit(article, path, value) {
  setField(article.form, path, value);
  touch(article);
}

function touch(article) {
  article.edits += 1;
  if (article.status !== "saving" && article.status !== "conflict") article.status = "dirty";
  saveSoon(article, TYPING_PAUSE);
  changed();
}

function saveSoon(article, delay) {
  clearTimeout(article.timer);
  article.timer = setTimeout(() => save(article), delay);
}

/** Stores the draft now. Resolves to whether everything that was typed is stored. */
export async function save(article) {
  clearTimeout(article.timer);
  while (article.running) await article.running;
  const own = article.user === state.user?.id;
  if (!own || !hasUnsaved(article) || article.status === "conflict") return !hasUnsaved(article);
  article.running = store(article);
  await article.running;
  return !hasUnsaved(article);
}

async function store(article) {
  const sent = article.edits;
  const content = toContent(article.form);
  article.status = "saving";
  changed();
  try {
    const { draft } = await put(`${pathOf(article)}/draft`, {
      content,
      base: article.base,
      draft_at: article.over,
      note: article.draft?.note ?? "",
    });
    stored(article, draft, sent);
  } catch (error) {
    if (isOwn(error.extra?.draft, article, content)) stored(article, error.extra.draft, sent);
    else await unstored(article, error);
  } finally {
    article.running = null;
    changed();
  }
}

function stored(article, draft, sent) {
  article.storedAt = Date.now();
  Object.assign(article, {
    draft,
    over: draft.at,
    problems: draft.problems,
    saved: sent,
    message: "",
    status: "saved",
  });
  if (hasUnsaved(article)) article.status = "dirty";
  else unsaved.delete(article.id);
}

/** The draft that is in the way is this very one: it was stored before, and the answer got lost. */
function isOwn(draft, article, content) {
  return (
    draft &&
    draft.by.id === article.user &&
    draft.base === article.base &&
    differences(draft.content, content).length === 0
  );
}

async function unstored(article, error) {
  if (error.code === "stale") {
    await load(article);
    const { draft } = error.extra;
    if (article.error) saveSoon(article, RETRY_AFTER);
    else disagree(article, draft?.base === article.version ? written(draft) : published(article));
    article.over = draft?.at ?? 0;
  } else if (error instanceof Unreachable || error.status >= 500 || error.status === 429) {
    Object.assign(article, { status: "failed", message: error.message });
    saveSoon(article, (error.extra?.retry_after ?? 0) * 1000 || RETRY_AFTER);
  } else {
    Object.assign(article, { status: "refused", message: error.message });
    if (state.article !== article) toast(`${article.id}${t("colon")}${error.message}`, "error");
  }
}

/** Both texts are kept until the author has chosen. */
function disagree(article, theirs) {
  article.conflict = conflictBetween(article, theirs);
  if (article.conflict === null) {
    adopt(article);
    return;
  }
  article.status = "conflict";
  if (state.article !== article) toast(t("conflict.left", { id: article.id }), "error");
}

/** Goes on with what was chosen, on top of the newest version. */
export function settle(article) {
  applyChoices(article);
  adopt(article);
}

function adopt(article) {
  Object.assign(article, { conflict: null, status: "dirty", base: article.version });
  touch(article);
}

/** Throws the draft away; what is in force stays. */
export function discard(article) {
  return run(`discard.${article.id}`, async () => {
    clearTimeout(article.timer);
    while (article.running) await article.running;
    if (article.draft) await del(`${pathOf(article)}/draft`);
    Object.assign(article, { edits: 0, saved: 0, draft: null, conflict: null, replay: null });
    if (article.content || article.versions.length > 0) await load(article);
    else go("#/knowledge");
    return true;
  });
}

/** A colleague did something to an article. What is being written is left alone: saving it says what to settle. */
export function articleChanged({ article_id: id, action, version }) {
  const { article } = state;
  if (article?.id !== id || article.loading || article.running || hasUnsaved(article) || article.conflict) return;
  const own = action === "draft" ? Date.now() - article.storedAt < ECHO : version === article.version;
  if (!own || action === "draft_dropped") load(article);
}

export function showLanguage(article, language) {
  article.language = language;
  changed();
}

export function pathOf(article) {
  return `knowledge/${encodeURIComponent(article.id)}`;
}
