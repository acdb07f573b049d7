"""The peer: Rasa's default pipeline (DIET), trained on the same rows and asked over Rasa's own HTTP interface."""

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from bench.figures import progress
from bench.intents import OUT_OF_SCOPE, Row, Task
from bench.processes import Measured, free_port, run
from bench.stock import ENVIRONMENT, PATIENCE, READY_WITHIN_S
from frontdoor.programs import rasa_python

FALLBACK = "nlu_fallback"
# What Rasa 3.6 takes when config.yml names no pipeline, without the selector of responses and the synonyms, which have
# no part in intents.
PIPELINE = f"""recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: 100
  - name: FallbackClassifier  # says {FALLBACK}
    threshold: 0.3
    ambiguity_threshold: 0.1
"""


def ask_stock(found: Task) -> dict[str, Any]:
    """Train and ask. A row of several intents is an example of the first. Out of scope is what FallbackClassifier says,
    or the intent of that name if it was learnt. Raises BenchError."""
    with tempfile.TemporaryDirectory(prefix="stock-nlu-") as name:
        folder = Path(name)
        (folder / "config.yml").write_text(PIPELINE, encoding="utf-8")
        (folder / "nlu.yml").write_text(examples(found.train), encoding="utf-8")
        command = [str(rasa_python()), "-m", "rasa", "train", "nlu", "--nlu", "nlu.yml", "--fixed-model-name", "stock"]
        train_s = run(command, cwd=folder, environment=ENVIRONMENT, log=folder / "train.log")
        port = free_port()
        command = [str(rasa_python()), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)]
        command += ["--enable-api", "--model", "models/stock.tar.gz"]
        server = Measured(command, cwd=folder, environment=ENVIRONMENT, log=folder / "run.log")
        try:
            server.wait_until_ready(f"http://127.0.0.1:{port}/status", READY_WITHIN_S)
            said, seconds = asyncio.run(_answers(port, found.test))
        finally:
            server.stop()
    return figures(said, found.test) | {
        "train_s": round(train_s, 1), "ms": round(1000 * seconds / len(found.test), 1),
    }  # fmt: skip


def examples(rows: Sequence[Row]) -> str:
    """Rows as Rasa's training data."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        words = " ".join(row.text.split()).translate(str.maketrans("[]{}", "()()"))  # Rasa's marks of entities
        texts[row.intents[0] if row.intents else OUT_OF_SCOPE].append(words)
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in found)} for intent, found in texts.items()
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False)


def figures(said: Sequence[str], rows: Sequence[Row]) -> dict[str, Any]:
    """As of the shipped head; Rasa's default has thresholds of its own."""
    refused = [intent in {FALLBACK, OUT_OF_SCOPE} for intent in said]
    inside = sum(bool(row.intents) for row in rows)
    right = sum(intent in row.intents for intent, row in zip(said, rows, strict=True))
    out = sum(no and not row.intents for no, row in zip(refused, rows, strict=True))
    outside = len(rows) - inside
    return {
        "accuracy": round(right / inside, 4) if inside else None,
        "oos_recall": round(out / outside, 4) if outside else None,
        "oos_precision": round(out / sum(refused), 4) if outside and any(refused) else None,
    }


async def _answers(port: int, rows: Sequence[Row]) -> tuple[list[str], float]:
    """The intent of each row's text, and the seconds that all took, one after the other."""
    said = []
    started = time.perf_counter()
    async with aiohttp.ClientSession(timeout=PATIENCE) as http:
        with progress() as bar:
            for row in bar.track(rows, description="questions"):
                async with http.post(f"http://127.0.0.1:{port}/model/parse", json={"text": row.text}) as answer:
                    answer.raise_for_status()
                    said.append(str((await answer.json())["intent"]["name"]))
    return said, time.perf_counter() - started
