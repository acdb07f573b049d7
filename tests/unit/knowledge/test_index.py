"""The index of a small base says what its definition says, article by article."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from knowledge.articles import load
from knowledge.documents import Document, documents
from knowledge.index import Index
from knowledge.text import tokens
from knowledge.vectors import CachedEmbedder
from knowledge.views import SHRINKAGE

FIXTURES = Path(__file__).parents[2] / "fixtures"
ASKED = [
    ("how much is shipping", "en"),
    ("保修多久？", "zh"),
    ("can I send it back", "zh"),
    ("air fryer", "de"),
    ("", "en"),
]

Vector = np.ndarray


@pytest.fixture(scope="module")
def docs() -> list[Document]:
    return sorted(documents(load(FIXTURES / "kb").articles.values()), key=lambda doc: doc.article)


@pytest.fixture(scope="module")
def index(docs: list[Document], embedder: CachedEmbedder) -> Index:
    return Index(docs, embedder)


def vectors_of(docs: list[Document], kind: int, embedder: CachedEmbedder) -> list[tuple[str, str, Vector]]:
    """Article, language and vector of every text of a kind."""
    embed = embedder.questions if kind == 0 else embedder.passages
    return [(doc.article, doc.language, embed([text])[0]) for doc in docs for text in doc.texts[kind]]


def without_best(values: list[float]) -> float:
    return (sum(values) - max(values)) / (len(values) - 1)


def closest(rows: list[tuple[str, str, Vector]], articles: list[str], query: Vector, language: str) -> list[float]:
    """The best cosine of each article in the query's language, else in another, moved to the level of the first."""
    best: dict[str, dict[str, float]] = {}
    for article, own, vector in rows:
        of_language = best.setdefault(own, {})
        of_language[article] = max(of_language.get(article, -1.0), float(vector @ query))
    order = sorted(sorted(best), key=lambda own: own != language)
    levels = {own: without_best(list(best[own].values())) for own in order}
    found = {}
    for article in articles:
        own = next((own for own in order if article in best[own]), None)
        if own is not None:
            found[article] = best[own][article] - levels[own] + levels[order[0]]
    return [found.get(article, min(found.values())) for article in articles]


def centres(
    docs: list[Document], articles: list[str], embedder: CachedEmbedder, query: Vector, language: str
) -> Vector:
    """Linear discriminants with a shrunk covariance within articles."""
    rows: list[tuple[str, Vector]] = []
    for kind in range(3):
        texts = vectors_of(docs, kind, embedder)
        means = {own: np.mean([v for _, each, v in texts if each == own], axis=0) for _, own, _ in texts}
        rows += [(article, vector - means[own]) for article, own, vector in texts]
    centre = {name: np.mean([vector for article, vector in rows if article == name], axis=0) for name in articles}
    within = np.array([vector - centre[article] for article, vector in rows])
    spread = within.T @ within / len(within)
    level = np.trace(spread) / len(spread)
    spread = (1 - SHRINKAGE) * spread + SHRINKAGE * level * np.eye(len(spread))
    asked = vectors_of(docs, 0, embedder)
    origin = np.mean([v for _, own, v in asked if own == language] or [v for _, _, v in asked], axis=0)
    weights = {name: np.linalg.solve(spread, centre[name]) for name in articles}
    return np.array([(query - origin) @ weights[name] - 0.5 * centre[name] @ weights[name] for name in articles])


def by_words(docs: list[Document], articles: list[str], query: str, language: str) -> tuple[list[float], list[float]]:
    """BM25 and coverage, each the best of an article's documents; one that is in other languages only is lifted."""
    counts = [Counter(tokens(doc.words)) for doc in docs]
    mean = sum(sum(count.values()) for count in counts) / len(docs)
    terms = set(tokens(query))
    rarity = {}
    for term in terms:
        frequency = sum(term in count for count in counts)
        rarity[term] = math.log(1 + (len(docs) - frequency + 0.5) / (frequency + 0.5))
    total = sum(rarity.values()) or 1.0
    found: list[list[float]] = []
    for weigh in (
        lambda count, term: count[term] / (count[term] + 1.2 * (0.25 + 0.75 * sum(count.values()) / mean)),
        lambda count, term: 1.0,
    ):
        scores = [sum(rarity[term] * weigh(count, term) for term in terms if count[term]) / total for count in counts]
        best = [max(s for s, doc in zip(scores, docs, strict=True) if doc.article == name) for name in articles]
        speaks = {doc.article for doc in docs if doc.language == language}
        if speaks:
            most = max(best)
            best = [b if name in speaks else max(b, 0.8 * most) for b, name in zip(best, articles, strict=True)]
        found.append(best)
    return found[0], found[1]


@pytest.mark.parametrize(("query", "language"), ASKED)
def test_evidence_is_what_its_definition_says(
    docs: list[Document], index: Index, embedder: CachedEmbedder, query: str, language: str
) -> None:
    vector = embedder.question(query)
    evidence = index.evidence(query, vector, language)
    assert index.articles == sorted({doc.article for doc in docs})
    assert list(evidence.articles) == list(range(len(index.articles)))
    for kind, name in enumerate(("question", "passage", "whole")):
        rows = vectors_of(docs, kind, embedder)
        expected = closest(rows, index.articles, vector, language)
        assert getattr(evidence, name) == pytest.approx(expected, abs=1e-5), name
        assert evidence.usual[name] == pytest.approx(without_best(expected), abs=1e-5)
    expected_centres = centres(docs, index.articles, embedder, vector, language)
    assert evidence.centre == pytest.approx(expected_centres, rel=1e-3, abs=0.05)
    best = np.maximum.reduce([evidence.question, evidence.passage, evidence.whole])
    assert evidence.cosine == pytest.approx(best)
    bm25, coverage = by_words(docs, index.articles, query, language)
    assert evidence.bm25 == pytest.approx(bm25, abs=1e-5)
    assert evidence.coverage == pytest.approx(coverage, abs=1e-5)
    speaks = {doc.article for doc in docs if doc.language == language}
    assert list(evidence.foreign) == [name not in speaks for name in index.articles]


def test_some_articles_are_compared_as_among_all_of_them(index: Index, embedder: CachedEmbedder) -> None:
    vector = embedder.question("is shipping free")
    among = np.array([0, 2, 3])
    some, every = (index.evidence("is shipping free", vector, "en", each) for each in (among, None))
    for name in ("question", "passage", "whole", "centre", "cosine", "bm25", "coverage", "foreign"):
        assert list(getattr(some, name)) == list(getattr(every, name)[among]), name
    assert some.usual["question"] == pytest.approx(without_best(every.question[among].tolist()), abs=1e-6)


def test_one_article_and_none(docs: list[Document], embedder: CachedEmbedder) -> None:
    vector = embedder.question("is shipping free")
    one = Index([doc for doc in docs if doc.article == docs[0].article], embedder).evidence("x", vector, "en")
    assert one.usual["question"] == pytest.approx(one.question[0])
    assert not len(Index([], embedder).evidence("x", vector, "en").articles)
