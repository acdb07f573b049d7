/** The list of articles. The service searches and filters; more of the list is fetched when it is asked for. */

import { get, put, withParams } from "../net/api.js";
import { go, toArticle } from "./route.js";
import { today } from "./content.js";
import { changed, state } from "./store.js";

export const FILTERS = ["all", "drafts", "problems", "withdrawn", "console", "files"];
const PAGE = 100;
const TYPING_PAUSE = 250;
let request = 0;
let timer = 0;

/** Fetches the list; an older answer that comes later is ignored. */
export async function loadArticles() {
  clearTimeout(timer);
  const mine = ++request;
  const list = state.knowledge;
  Object.assign(list, { loading: true, error: null });
  changed();
  try {
    const { query, filter, limit } = list;
    const { articles } = await get(withParams("knowledge", { query, filter, limit: limit + 1 }));
    if (mine === request) Object.assign(list, { articles: articles.slice(0, limit), more: articles.length > limit });
  } catch (error) {
    if (mine === request) list.error = error;
  }
  if (mine === request) list.loading = false;
  changed();
}

export function filterArticles(change) {
  Object.assign(state.knowledge, change, { limit: PAGE });
  return loadArticles();
}

/** Searches when the typing pauses. */
export function searchArticlesSoon(query) {
  state.knowledge.query = query;
  changed();
  clearTimeout(timer);
  timer = setTimeout(() => filterArticles({ query: query.trim() }), TYPING_PAUSE);
}

export function moreArticles() {
  state.knowledge.limit *= 2;
  return loadArticles();
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
    updated: today(),
    related: [],
    texts: { [language]: { title, questions: [], body: "" } },
  };
  await put(`knowledge/${encodeURIComponent(id)}/draft`, { content, base: 0, note: "" });
  go(toArticle(id));
}
