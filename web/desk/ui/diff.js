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
  return joined([same(now.slice(0, start)), ...middle, same(now.slice(now.length - end))].flat());
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

/** Runs of one kind as one part. A lone space between two changes belongs to both, so that phrases stay together. */
function joined(parts) {
  const runs = [];
  let change = null;
  parts.forEach((part, index) => {
    const bridge = part.kind === "same" && part.text.trim() === "" && change && isChange(parts[index + 1]);
    if (part.kind === "same" && !bridge) {
      flush(runs, change);
      change = null;
      runs.push(part);
      return;
    }
    change ??= { removed: "", added: "" };
    if (part.kind !== "added") change.removed += part.text;
    if (part.kind !== "removed") change.added += part.text;
  });
  flush(runs, change);
  return merged(runs);
}

function isChange(part) {
  return part && part.kind !== "same";
}

function flush(runs, change) {
  if (!change) return;
  if (change.removed.trim() || change.added.trim()) {
    if (change.removed) runs.push(removed(change.removed));
    if (change.added) runs.push(added(change.added));
  } else
    runs.push(...(change.added ? [added(change.added)] : []), ...(change.removed ? [removed(change.removed)] : []));
}

function merged(runs) {
  const whole = [];
  for (const { kind, text } of runs) {
    if (whole.at(-1)?.kind === kind) whole.at(-1).text += text;
    else whole.push({ kind, text });
  }
  return whole;
}
