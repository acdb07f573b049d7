"""Search: the articles that may answer a query, best first, each with the probability that it does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import Model, answerable_features, relevance_features, right_features
from knowledge.embedding import Vectors
from knowledge.evidence import Searchable
from knowledge.language import detect
from knowledge.logistic import Floats
from knowledge.text import asking, tokens

EXACT = 0.99  # confidence of a question that literally is one of an article's


@dataclass(frozen=True)
class Found:
    """An article's number in the index, the probability 0..1 that it answers, and that anything in the base does if
    this is what comes nearest."""

    article: int
    confidence: float
    answerable: float


def search_exact(index: Searchable, query: str, among: NDArray[np.int64]) -> list[Found]:
    """The one article whose question this is, if there is one among those allowed."""
    number = index.exact(query)
    return [Found(number, EXACT, EXACT)] if number is not None and number in among else []


def meant(index: Searchable, query: str, language: str) -> tuple[str, str]:
    """What a message asks, and in which language: of a long one the sentences that ask, without misspelt words, pinyin
    as Chinese. Where that differs from the message, it needs an embedding of its own."""
    text = index.spelled(asking(query))
    return text, language if text == query else detect(text, language).language


def search(
    index: Searchable, model: Model, query: str, vector: Vectors, language: str, among: NDArray[np.int64], limit: int
) -> list[Found]:
    """The best `limit` of the articles `among`, best first, for what is `meant`."""
    if not len(among):
        return []
    evidence = index.evidence(query, vector, language, among, model.bearing.of(vector, language))
    relevance = model.relevance.score(relevance_features(evidence, index.scales))
    places = _largest(relevance, limit)
    answerable = model.answerable.probability(answerable_features(evidence, places, relevance))
    sure = answerable * model.right.probability(right_features(places, relevance))
    if not tokens(query):  # a query without a single word ("???", an emoji) asks nothing
        answerable = sure = np.zeros(len(places))
    return [
        Found(int(evidence.articles[place]), float(certain), float(any_does))
        for place, certain, any_does in zip(places, sure, answerable, strict=True)
    ]


def _largest(scores: Floats, count: int) -> NDArray[np.int64]:
    count = min(count, len(scores))
    best = np.argpartition(-scores, count - 1)[:count]
    return np.asarray(best[np.argsort(-scores[best], kind="stable")], dtype=np.int64)
