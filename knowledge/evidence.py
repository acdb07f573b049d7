"""Evidence: what an index finds out about a query and the articles that may answer it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Audience
from knowledge.embedding import Vectors
from knowledge.views import Floats

SPAN = 10.0  # what is 0..1 is stretched to about the width that distances of similarities have
FOREIGN_WORDS = 0.8  # of the best lexical score, for an article without a text in the query's language


@dataclass(frozen=True)
class Evidence:
    """What speaks for each of the articles compared: the others in a large base are too far away to be an answer.

    Arrays by place in `articles`. The first four are similarities whose scale means nothing across queries; `bm25` and
    `coverage` are 0..1. Where the knowledge base has nothing for a view (no phrasings, no bodies, too little per
    article for a centre), the next best view stands in, so that together they always weigh the same."""

    articles: NDArray[np.int64]  # their numbers in the index
    usual: Mapping[str, float]  # by similarity: what an article that does not answer has, the mean of all but the best
    question: Floats  # best cosine with a title or phrasing
    passage: Floats  # best cosine with a passage
    whole: Floats  # best cosine with a whole text
    centre: Floats  # discriminant towards the centre of all that is written in the article
    late: Floats | None  # token by token, as distance from the mean of the articles so compared, about -1..1; None if
    # no article is foreign, there are no passages, or the embedder tells no tokens
    cosine: Floats  # best cosine with anything
    bm25: Floats
    coverage: Floats
    foreign: NDArray[np.bool_]  # it has no text in the query's language, so that words in common mean nothing


class Searchable(Protocol):
    """An index, small or large."""

    @property
    def articles(self) -> Sequence[str]:
        """Ids by number."""

    @property
    def scales(self) -> Mapping[str, float]:
        """By similarity, how far those of one query usually lie apart."""

    def visible(self, audiences: frozenset[Audience]) -> NDArray[np.int64]:
        """Numbers of the articles someone may see, ascending."""

    def exact(self, query: str) -> int | None:
        """Number of the article one of whose questions is literally this, if any; costs no embedding."""

    def spelled(self, query: str) -> str:
        """The query with misspelt words, or words in pinyin, as the base writes them, where it can tell."""

    def evidence(
        self, query: str, vector: Vectors, language: str, among: NDArray[np.int64] | None = None,
        towards: Vectors | None = None,
    ) -> Evidence:  # fmt: skip
        """Compare a query, as text in `language` and as vector, with the articles numbered `among`, else with all; in
        a large base with those of them that come near. Closeness to texts is measured with `towards`, if given: the
        vector without what says nothing (knowledge.bearing)."""


def lifted(scores: Floats, foreign: NDArray[np.bool_]) -> Floats:
    """Lexical scores in which an article that is only in the other language, and so cannot share words, does not
    suffer from it."""
    if not foreign.all():
        scores[foreign] = np.maximum(scores[foreign], FOREIGN_WORDS * scores.max())
    return scores
