/** What two authors wrote at the same time, field by field. */

import { differences, getField, setField, toContent, toForm } from "./content.js";
import { changed } from "./store.js";

/** What stands against the author's text: a colleague's draft, or what was published. */
export function written({ content, by, at }) {
  return { kind: "written", content, by: by.name, at };
}

export function published({ content, versions }) {
  return { kind: "published", content, by: versions[0]?.by.name ?? "", at: versions[0]?.at ?? 0 };
}

/** `{kind, content, by, at, fields, chosen}`; `null` when both say the same. */
export function conflictBetween(article, theirs) {
  const fields = differences(theirs.content, toContent(article.form));
  return fields.length > 0 ? { ...theirs, fields, chosen: {} } : null;
}

/** `which`: mine | theirs, for the field at `path`. */
export function choose(article, path, which) {
  article.conflict.chosen[path] = which;
  changed();
}

/** Puts what was chosen of theirs into the form. */
export function applyChoices(article) {
  const { content, fields, chosen } = article.conflict;
  const theirs = toForm(content);
  for (const { path } of fields) if (chosen[path] === "theirs") setField(article.form, path, getField(theirs, path));
}
