/** What changed between two texts, word by word: the longest common subsequence, as in Hunt and McIlroy (1976). */

const WORDS = new Intl.Segmenter(["en", "zh"], { granularity: "word" });
/** Above so many comparisons (about two pages against two pages) the middle is shown as replaced. */
const LIMIT = 4_000_000;

/** `[{kind: "same"|"removed"|"added", text}]`; a removed part stands before what was put in its place. */
export function wordDiff(before, after) {
  const old = wordsOf(before);
  const now = wordsOf(after);
  const start = shared(old, now);
  const end = shared(old.slice(start).reverse(), now.slice(start).reverse());
  const middle = compare(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return joined([...same(now.slice(0, start)), ...middle, ...same(now.slice(now.length - end))]);
}

function wordsOf(text) {
  return [...WORDS.segment(text)].map(({ segment }) => segment);
}

function shared(one, other) {
  const length = one.findIndex((word, index) => word !== other[index]);
  return length === -1 ? one.length : length;
}

function same(words) {
  return words.map((text) => ({ kind: "same", text }));
}

function compare(old, now) {
  const replaced = [...old.map(removed), ...now.map(added)];
  if (old.length * now.length > LIMIT) return replaced;
  const lengths = commonLengths(old, now);
  const width = now.length + 1;
  const parts = [];
  let [at, to] = [0, 0];
  while (at < old.length && to < now.length) {
    if (old[at] === now[to]) {
      parts.push({ kind: "same", text: now[to++] });
      at += 1;
    } else if (lengths[(at + 1) * width + to] >= lengths[at * width + to + 1]) parts.push(removed(old[at++]));
    else parts.push(added(now[to++]));
  }
  return [...parts, ...old.slice(at).map(removed), ...now.slice(to).map(added)];
}

const removed = (text) => ({ kind: "removed", text });
const added = (text) => ({ kind: "added", text });

/** `[i * (now.length + 1) + j]`: how many words `old` from `i` and `now` from `j` have in common, in order. */
function commonLengths(old, now) {
  const width = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let at = old.length - 1; at >= 0; at--) {
    for (let to = now.length - 1; to >= 0; to--) {
      lengths[at * width + to] =
        old[at] === now[to]
          ? lengths[(at + 1) * width + to + 1] + 1
          : Math.max(lengths[(at + 1) * width + to], lengths[at * width + to + 1]);
    }
  }
  return lengths;
}

/** A part that stayed and has none of these says nothing by itself. Line breaks keep the lines of a list apart. */
const MEANING = /[\p{L}\p{N}\n]/u;

/** Runs of one kind as one part. What says nothing between two changes belongs to both, so that phrases stay together. */
function joined(parts) {
  const runs = merged(parts);
  const whole = [];
  let change = null;
  runs.forEach((run, index) => {
    const between = change && runs[index + 1] && runs[index + 1].kind !== "same" && !MEANING.test(run.text);
    if (run.kind === "same" && !between) {
      whole.push(...partsOf(change), run);
      change = null;
      return;
    }
    change ??= { removed: "", added: "" };
    if (run.kind !== "added") change.removed += run.text;
    if (run.kind !== "removed") change.added += run.text;
  });
  return [...whole, ...partsOf(change)];
}

function partsOf(change) {
  return ["removed", "added"].filter((kind) => change?.[kind]).map((kind) => ({ kind, text: change[kind] }));
}

function merged(parts) {
  const runs = [];
  for (const { kind, text } of parts) {
    if (runs.at(-1)?.kind === kind) runs.at(-1).text += text;
    else runs.push({ kind, text });
  }
  return runs;
}
