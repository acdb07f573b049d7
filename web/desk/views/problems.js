/** What is wrong with a draft, in the console's language and at its field. */

import { t } from "../i18n/index.js";
import { languageName } from "../i18n/names.js";
import { icon } from "../ui/icons.js";
import { h } from "../ui/vdom.js";

/** What the service says (knowledge/fields.py), by its beginning; what is not known here is shown as it came. */
const KNOWN = [
  [/^is empty|^is missing: write the answer/u, "problem.empty"],
  [/^is missing: write the article in/u, "problem.no_text"],
  [/^is missing|^must be one line/u, "problem.missing"],
  [/^has HTML/u, "problem.html"],
  [/^has a heading/u, "problem.heading"],
  [/^has a table/u, "problem.table"],
  [/^has (?<count>\d+) phrasings/u, "problem.phrasings"],
  [/^has (?<count>\d+) characters/u, "problem.long"],
  [/^must be a date/u, "problem.date"],
  [/^is before valid_from/u, "problem.order"],
  [/^must be at most 60 letters/u, "problem.category"],
  [/^must be a list of texts/u, "problem.list"],
  [/^has characters that cannot/u, "problem.unstorable"],
  [/^names (?<id>\S+), which is no article/u, "problem.related"],
  [/^(?<question>.+) is also a question of (?<id>[^:]+):/u, "problem.ambiguous"],
  [/^no (?<language>en|zh) text/u, "problem.no_language"],
];

const OF_TEXT = ["title", "questions", "body"];

/** The problem's sentence, without the field's name. */
export function sentence({ message }) {
  for (const [pattern, key] of KNOWN) {
    const found = pattern.exec(message);
    if (found) return t(key, named(found.groups ?? {}));
  }
  return message.charAt(0).toUpperCase() + message.slice(1);
}

function named(groups) {
  return groups.language ? { ...groups, language: languageName(groups.language) } : groups;
}

/** The form's field that a problem is about; empty when it is about none of them. */
export function placeOf({ field }) {
  const inFile = /\.(?<language>en|zh)\.md: (?<name>\w+)$/u.exec(field)?.groups;
  if (inFile) return OF_TEXT.includes(inFile.name) ? `texts.${inFile.language}.${inFile.name}` : inFile.name;
  const [first, language, name] = field.split(".");
  if (first === "texts" && language) return `texts.${language}.${name ?? "title"}`;
  return first;
}

export function problemsAt(article, path) {
  return article.problems.filter((problem) => placeOf(problem) === path);
}

export function errorsOf(article) {
  return article.problems.filter(({ error }) => error);
}

/** The id of the input for the field at `path`. */
export function inputId(path) {
  return `field-${path.replaceAll(".", "-")}`;
}

/** The sentences below an input; `null` where all is well. */
export function problemLines(problems, id) {
  if (problems.length === 0) return null;
  return h(
    "ul",
    { class: "field-problems", id },
    problems.map((problem, index) =>
      h(
        "li",
        { key: index, class: problem.error ? "field-error" : "field-warning" },
        icon(problem.error ? "alert" : "info", t(problem.error ? "problem.error" : "problem.warning")),
        h("span", null, sentence(problem)),
      ),
    ),
  );
}
