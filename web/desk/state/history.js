/** An article's earlier versions, two of which are compared. Version 0 is the file; `draft` is what is being written. */

import { get } from "../net/api.js";
import { pathOf } from "./article.js";
import { toContent } from "./content.js";
import { changed } from "./store.js";

export const DRAFT = "draft";

/** Everything that can be compared, newest first: `draft`, version numbers, and 0 where there is a file below. */
export function comparable(article) {
  const numbers = article.versions.map(({ number }) => number);
  return [...(article.draft ? [DRAFT] : []), ...numbers];
}

/** Shows what changed from one version to another; `null`: nothing. */
export async function compare(article, from, to) {
  const known = article.compare?.known ?? new Map();
  article.compare = { from, to, known, error: null };
  changed();
  try {
    await Promise.all([from, to].map((each) => fetchVersion(article, each, known)));
  } catch (error) {
    article.compare.error = error;
  }
  changed();
}

/** The content of a version that `compare` has fetched; `undefined` while it is on its way. */
export function contentOf(article, which) {
  if (which === null) return null;
  return which === DRAFT ? toContent(article.form) : article.compare.known.get(which);
}

async function fetchVersion(article, number, known) {
  if (number === null || number === DRAFT || known.has(number)) return;
  known.set(number, (await get(`${pathOf(article)}/versions/${number}`)).content);
}
