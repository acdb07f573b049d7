/** An article's content (docs/protocol/console.md) as the fields of a form, and what two contents differ in. */

export const LANGUAGES = ["en", "zh"];
export const AUDIENCES = ["public", "customers", "agents"];
const EMPTY_TEXT = Object.freeze({ title: "", questions: "", body: "" });
const SEPARATORS = /[,，、\n]/u;

/** Phrasings one per line, tags separated by commas, dates empty where there are none. */
export function toForm(content) {
  const texts = Object.fromEntries(LANGUAGES.map((language) => [language, textToForm(content?.texts?.[language])]));
  return {
    category: content?.category ?? "",
    tags: (content?.tags ?? []).join(", "),
    audience: content?.audience ?? AUDIENCES[0],
    valid_from: content?.valid_from ?? "",
    valid_until: content?.valid_until ?? "",
    updated: content?.updated ?? "",
    related: content?.related ?? [],
    texts,
  };
}

function textToForm(text) {
  if (!text) return { ...EMPTY_TEXT };
  return { title: text.title ?? "", questions: (text.questions ?? []).join("\n"), body: text.body ?? "" };
}

/** A language of which nothing is written is left out. */
export function toContent(form) {
  const written = LANGUAGES.filter((language) => isWritten(form.texts[language]));
  return {
    category: form.category.trim(),
    tags: split(form.tags, SEPARATORS),
    audience: form.audience,
    valid_from: form.valid_from || null,
    valid_until: form.valid_until || null,
    updated: form.updated || today(),
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

/** As the service writes dates, here where the author is. */
export function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
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
  const about = ["category", "audience", "tags", "valid_from", "valid_until", "related", "updated"].map((name) => ({
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
