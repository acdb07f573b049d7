/** An article's content (docs/protocol/console.md) as the fields of a form, and what two contents differ in. */

export const LANGUAGES = ["en", "zh"];
export const AUDIENCES = ["public", "customers", "agents"];
const EMPTY_TEXT = Object.freeze({ title: "", questions: "", body: "" });
const SEPARATORS = /[,，、\n]/u;

/** Phrasings one per line, tags separated by commas, dates empty where there are none. `updated` is set by publishing. */
export function toForm(content) {
  const texts = Object.fromEntries(LANGUAGES.map((language) => [language, textToForm(content?.texts?.[language])]));
  return {
    category: string(content?.category),
    tags: strings(content?.tags).join(", "),
    audience: AUDIENCES.includes(content?.audience) ? content.audience : AUDIENCES[0],
    valid_from: string(content?.valid_from),
    valid_until: string(content?.valid_until),
    updated: string(content?.updated),
    related: strings(content?.related),
    texts,
  };
}

function textToForm(text) {
  if (!text) return { ...EMPTY_TEXT };
  return { title: string(text.title), questions: strings(text.questions).join("\n"), body: string(text.body) };
}

/** A draft may hold anything: what is not of the right type is left out, and the service says that it is missing. */
const string = (value) => (typeof value === "string" ? value : "");
const strings = (value) => (Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);

/** A language of which nothing is written is left out. */
export function toContent(form) {
  const written = LANGUAGES.filter((language) => isWritten(form.texts[language]));
  return {
    category: form.category.trim(),
    tags: split(form.tags, SEPARATORS),
    audience: form.audience,
    valid_from: form.valid_from || null,
    valid_until: form.valid_until || null,
    ...(form.updated ? { updated: form.updated } : {}),
    related: form.related,
    texts: Object.fromEntries(written.map((language) => [language, textToContent(form.texts[language])])),
  };
}

function textToContent({ title, questions, body }) {
  return { title: title.trim(), questions: split(questions, "\n"), body: body.trim() };
}

export function isWritten({ title, questions, body }) {
  return Boolean(title.trim() || questions.trim() || body.trim());
}

export function split(text, separator) {
  return text
    .split(separator)
    .map((each) => each.trim())
    .filter(Boolean);
}

/** `[{path, language, name, text}]`: every field as text, languages first. */
export function fieldsOf(content) {
  const form = toForm(content);
  const texts = LANGUAGES.flatMap((language) =>
    ["title", "questions", "body"].map((name) => ({
      path: `texts.${language}.${name}`,
      language,
      name,
      text: form.texts[language][name],
    })),
  );
  const about = ["category", "audience", "tags", "valid_from", "valid_until", "related"].map((name) => ({
    path: name,
    language: "",
    name,
    text: name === "related" ? form.related.join(", ") : form[name],
  }));
  return [...texts, ...about];
}

/** The fields in which two contents differ: `[{path, language, name, before, after}]`. */
export function differences(before, after) {
  const earlier = new Map(fieldsOf(before).map((field) => [field.path, field.text]));
  return fieldsOf(after)
    .filter(({ path, text }) => text !== earlier.get(path))
    .map(({ text, ...field }) => ({ ...field, before: earlier.get(field.path), after: text }));
}

/** Sets the field at `path` (`texts.en.title`, `category`, …). */
export function setField(form, path, value) {
  const [first, language, name] = path.split(".");
  if (name) form.texts[language][name] = value;
  else form[first] = value;
}

export function getField(form, path) {
  const [first, language, name] = path.split(".");
  return name ? form.texts[language][name] : form[first];
}
