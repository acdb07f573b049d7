"""The index: every title, phrasing, passage and whole body is a vector, every article and language a lexical
document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Article, Audience
from knowledge.embedding import Vectors
from knowledge.lexical import LexicalIndex
from knowledge.similarities import Similarities, complete
from knowledge.text import key, passages
from knowledge.vectors import CachedEmbedder
from knowledge.views import ClosestText, Floats, Passage, usual

FOREIGN_WORDS = 0.8  # of the best lexical score, for an article without a text in the query's language

_LEVELS = {Audience.PUBLIC: 0, Audience.CUSTOMERS: 1, Audience.AGENTS: 2}


@dataclass(frozen=True)
class Document:
    """What is indexed of one article in one language. `questions` may be empty: then its body must answer alone."""

    article: str
    language: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]
    audience: Audience = Audience.PUBLIC

    @property
    def whole(self) -> str:
        """Title and body in one."""
        return " ".join((*self.questions[:1], *self.passages))


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
    cosine: Floats  # best cosine with anything
    bm25: Floats
    coverage: Floats
    foreign: NDArray[np.bool_]  # it has no text in the query's language, so that words in common mean nothing


def documents(articles: Iterable[Article]) -> list[Document]:
    """The documents of articles."""
    return [
        Document(
            article=article.id,
            language=text.language,
            questions=tuple(dict.fromkeys((text.title, *text.questions))),
            passages=tuple(passages(text.body)),
            audience=article.audience,
        )
        for article in articles
        for text in article.texts.values()
    ]


class Index:
    """Immutable; a changed folder gets a new one, whose unchanged texts come from the vector cache."""

    def __init__(self, docs: Sequence[Document], embedder: CachedEmbedder) -> None:
        """Embed and index `docs`. Raises EmbeddingError."""
        docs = sorted(docs, key=lambda doc: doc.article)  # so that what belongs to one article lies together
        self.articles: list[str] = list(dict.fromkeys(doc.article for doc in docs))
        self.languages = frozenset(doc.language for doc in docs)
        numbers = {article: number for number, article in enumerate(self.articles)}
        owners = [numbers[doc.article] for doc in docs]
        self._levels = np.zeros(len(self.articles), dtype=np.int8)
        self._levels[owners] = [_LEVELS[doc.audience] for doc in docs]
        self._words = LexicalIndex([" ".join((*doc.questions, *doc.passages)) for doc in docs])
        self._word_starts = np.unique(np.array(owners, dtype=np.int64), return_index=True)[1]
        speaks = {(owner, doc.language) for owner, doc in zip(owners, docs, strict=True)}
        self._foreign = {
            language: np.array([(article, language) not in speaks for article in range(len(self.articles))])
            for language in self.languages
        }
        pairs = list(zip(owners, docs, strict=True))
        texts = {
            "question": [Passage(owner, doc.language, text) for owner, doc in pairs for text in doc.questions],
            # A passage alone rarely names its subject, so it goes with the title.
            "passage": [
                Passage(owner, doc.language, " ".join((*doc.questions[:1], text)))
                for owner, doc in pairs
                for text in doc.passages
            ],
            "whole": [Passage(owner, doc.language, doc.whole) for owner, doc in pairs if doc.passages],
        }
        closest = {
            name: ClosestText.embedded(
                found, embedder.questions if name == "question" else embedder.passages, len(self.articles)
            )
            for name, found in texts.items()
            if found
        }
        self._similarities = Similarities(closest, len(self.articles))
        self.scales = self._similarities.scales
        self._visible: dict[frozenset[Audience], NDArray[np.int64]] = {}
        self._exact: dict[str, int] = {}
        for owner, doc in pairs:
            for question in doc.questions:
                if identity := key(question):
                    self._exact.setdefault(identity, owner)

    def visible(self, audiences: frozenset[Audience]) -> NDArray[np.int64]:
        """Numbers of the articles someone may see."""
        if audiences not in self._visible:
            levels = [_LEVELS[audience] for audience in audiences]
            self._visible[audiences] = np.flatnonzero(np.isin(self._levels, levels))
        return self._visible[audiences]

    def exact(self, query: str) -> int | None:
        """Number of the article one of whose questions is literally this, if any; costs no embedding."""
        return self._exact.get(key(query))

    def evidence(self, query: str, vector: Vectors, language: str, among: NDArray[np.int64] | None = None) -> Evidence:
        """Compare a query, as text in `language` and as vector, with the articles numbered `among`, else with all."""
        articles = np.arange(len(self.articles)) if among is None else among
        words = self._words.score(query)
        foreign = self._foreign.get(language, np.ones(len(self.articles), dtype=bool))
        closest = {name: found.scores for name, found in self._similarities.compare(vector, language).items()}
        nothing = np.zeros(len(self.articles), dtype=np.float32)
        every = complete(closest, self._similarities.centre(vector, language), len(self.articles))
        similar = {name: found[articles] for name, found in every.items()}
        return Evidence(
            articles=articles,
            usual={name: usual(found) for name, found in similar.items()},
            **similar,
            cosine=(np.maximum.reduce(list(closest.values())) if closest else nothing)[articles],
            bm25=self._by_words(words.bm25, foreign)[articles],
            coverage=self._by_words(words.coverage, foreign)[articles],
            foreign=foreign[articles],
        )

    def _by_words(self, scores: Floats, foreign: NDArray[np.bool_]) -> Floats:
        if not len(scores):
            return scores
        best: Floats = np.maximum.reduceat(scores, self._word_starts)
        if not foreign.all():
            # An article that is only in the other language cannot share words; that must not count against it.
            best[foreign] = np.maximum(best[foreign], FOREIGN_WORDS * best.max())
        return best
