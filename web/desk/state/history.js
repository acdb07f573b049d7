/** An article's earlier versions, two of which are compared. Version 0 is the file. */

import { get } from "../net/api.js";
import { hasUnsaved, pathOf } from "./article.js";
import { toContent } from "./content.js";
import { changed } from "./store.js";

/** What is being written, in the place of a version's number. */
export const DRAFT = "draft";
export const FILE = 0;

/** Everything that can be compared: the draft, versions from the newest on, and the file, which is below them all. */
export function comparable(article) {
  const numbers = article.versions.map(({ number }) => number);
  return [...(article.draft || hasUnsaved(article) ? [DRAFT] : []), ...numbers, ...(article.file ? [FILE] : [])];
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

async function fetchVersion(article, which, known) {
  if (which === null || which === DRAFT || known.has(which)) return;
  known.set(which, (await get(`${pathOf(article)}/versions/${which}`)).content);
}
