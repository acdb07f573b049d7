/** The list of articles. The service searches and filters; more of the list is fetched when it is asked for. */

import { ApiError, get, put, withParams } from "../net/api.js";
import { t } from "../i18n/index.js";
import { go, toArticle } from "./route.js";
import { changed, state } from "./store.js";

export const FILTERS = ["all", "drafts", "problems", "withdrawn", "console", "files"];
const PAGE = 100;
/** So many the service gives at once. */
const MOST = 1000;
const TYPING_PAUSE = 250;
const NEWS_PAUSE = 1_000;
let request = 0;
let timer = 0;

/** Fetches as much of the list as is shown, or its first page. */
export function loadArticles() {
  const shown = state.knowledge.articles?.length ?? 0;
  return load(async () => fetchPage(0, Math.min(Math.max(shown, PAGE), MOST)));
}

export function moreArticles() {
  const { articles } = state.knowledge;
  return load(async () => {
    const page = await fetchPage(articles.length, PAGE);
    const known = new Set(articles.map(({ id }) => id));
    return { ...page, articles: [...articles, ...page.articles.filter(({ id }) => !known.has(id))] };
  });
}

export function filterArticles(change) {
  Object.assign(state.knowledge, change);
  return load(async () => fetchPage(0, PAGE));
}

function fetchPage(offset, limit) {
  const { query, filter } = state.knowledge;
  return get(withParams("knowledge", { query: query.trim(), filter, limit, offset }));
}

/** Shows what `fetching` brings; an older answer that comes later is ignored. */
async function load(fetching) {
  clearTimeout(timer);
  const mine = ++request;
  const list = state.knowledge;
  Object.assign(list, { loading: true, error: null });
  changed();
  try {
    const { articles, total } = await fetching();
    if (mine === request) Object.assign(list, { articles, total });
  } catch (error) {
    if (mine === request) list.error = error;
  }
  if (mine === request) list.loading = false;
  changed();
}

/** Searches when the typing pauses. */
export function searchArticlesSoon(query) {
  state.knowledge.query = query;
  changed();
  clearTimeout(timer);
  timer = setTimeout(() => filterArticles({ query }), TYPING_PAUSE);
}

/** A draft under the id of another article would become its next version. */
async function refuseTaken(id) {
  try {
    await get(`knowledge/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error.status === 404) return;
    throw error;
  }
  throw new ApiError(409, { code: "taken", message: t("article_new.taken"), field: "id" });
}

/** Somebody changed an article: the list is fetched again soon, where it is on the screen. */
export function listChanged() {
  if (state.route.page !== "knowledge" || state.route.articleId) return;
  clearTimeout(timer);
  timer = setTimeout(loadArticles, NEWS_PAUSE);
}

/** The articles that fit `query`, for a choice. */
export async function findArticles(query, limit) {
  return (await get(withParams("knowledge", { query, filter: "all", limit }))).articles;
}

/** Begins an article as a draft with a title in one language, and opens it. Raises what the service says against it. */
export async function createArticle({ id, title, category, language }) {
  const content = {
    category,
    tags: [],
    audience: "public",
    valid_from: null,
    valid_until: null,
    related: [],
    texts: { [language]: { title, questions: [], body: "" } },
  };
  await refuseTaken(id);
  await put(`knowledge/${encodeURIComponent(id)}/draft`, { content, base: 0, note: "", draft_at: 0 });
  go(toArticle(id));
}
