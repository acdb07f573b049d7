/**
 * One article being written. What is typed is saved by itself as the article's draft; leaving the page loses nothing,
 * and a draft that began from a version which is no longer the newest becomes a conflict that the author settles.
 *
 * `{id, user, loading, error, content, source, state, version, versions, draft, form, base, edits, saved, status, message,
 * problems, conflict, replay, compare, language}`. `content` is in force, `form` on the screen, `base` the version that the
 * form began from, `edits` counts changes of the form and `saved` those that are stored.
 * `status`: clean | dirty | saving | saved | failed (tried again) | refused | conflict.
 */

import { Unreachable, del, get, put } from "../net/api.js";
import { t } from "../i18n/index.js";
import { LANGUAGES, differences, getField, setField, toContent, toForm, today } from "./content.js";
import { run, toast } from "./notices.js";
import { changed, state } from "./store.js";

const TYPING_PAUSE = 700;
const RETRY_AFTER = 4_000;
/** Articles that were left before everything was stored. */
const unsaved = new Map();

/** Shows the article, or none for an empty `id`. */
export function openArticle(id) {
  const left = state.article;
  if (left?.id === id && left.user === state.user.id) return;
  if (left) leave(left);
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

function take(article, answer) {
  const { content, source, state: standing, version, versions, draft } = answer;
  Object.assign(article, { content, source, state: standing, version, versions });
  if (hasUnsaved(article)) return;
  Object.assign(article, {
    draft,
    form: toForm(draft?.content ?? content),
    base: draft?.base ?? version,
    problems: draft?.problems ?? [],
    status: "clean",
    conflict: null,
  });
  if (draft && draft.base !== version) disagree(article);
}

/** Takes what the author typed into the field at `path`. */
export function edit(article, path, value) {
  if (!article.draft && article.edits === 0 && article.content) article.form.updated = today();
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
  if (!hasUnsaved(article) || article.status === "conflict") return !hasUnsaved(article);
  article.running = store(article);
  await article.running;
  return !hasUnsaved(article);
}

async function store(article) {
  const sent = article.edits;
  article.status = "saving";
  changed();
  try {
    const content = toContent(article.form);
    const { draft } = await put(`${pathOf(article)}/draft`, { content, base: article.base, note: "" });
    Object.assign(article, { draft, problems: draft.problems, saved: sent, message: "", status: "saved" });
    if (hasUnsaved(article)) article.status = "dirty";
    else unsaved.delete(article.id);
  } catch (error) {
    await unstored(article, error);
  } finally {
    article.running = null;
    changed();
  }
}

async function unstored(article, error) {
  if (error.code === "stale") {
    await load(article);
    disagree(article);
  } else if (error instanceof Unreachable || error.status >= 500 || error.status === 429) {
    Object.assign(article, { status: "failed", message: error.message });
    saveSoon(article, (error.extra?.retry_after ?? 0) * 1000 || RETRY_AFTER);
  } else {
    Object.assign(article, { status: "refused", message: error.message });
    if (state.article !== article) toast(`${article.id}${t("colon")}${error.message}`, "error");
  }
}

/** Somebody published meanwhile: both texts are kept until the author has chosen, field by field. */
function disagree(article) {
  const fields = differences(article.content, toContent(article.form)).filter(({ path }) => path !== "updated");
  if (fields.length === 0) {
    adopt(article);
    return;
  }
  const newest = article.versions.at(0);
  article.status = "conflict";
  article.conflict = { fields, chosen: {}, by: newest?.by ?? "", at: newest?.at ?? 0 };
  if (state.article !== article) toast(t("conflict.left", { id: article.id }), "error");
}

/** `which`: mine | theirs, for the field at `path`. */
export function choose(article, path, which) {
  article.conflict.chosen[path] = which;
  changed();
}

/** Goes on with what was chosen, on top of the newest version. */
export function settle(article) {
  const theirs = toForm(article.content);
  for (const { path } of article.conflict.fields) {
    if (article.conflict.chosen[path] === "theirs") setField(article.form, path, getField(theirs, path));
  }
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
    await load(article);
    return true;
  });
}

export function showLanguage(article, language) {
  article.language = language;
  changed();
}

export function pathOf(article) {
  return `knowledge/${encodeURIComponent(article.id)}`;
}
