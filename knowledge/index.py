"""The index of a small base: every title, phrasing, passage and whole body is a vector, every article and language a
lexical document, and a query is compared with all of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Audience
from knowledge.documents import LEVELS, Document
from knowledge.embedding import Vectors
from knowledge.evidence import SPAN, Evidence, lifted
from knowledge.late import CANDIDATES, TokenView
from knowledge.lexical import LexicalIndex
from knowledge.pinyin import Pinyin
from knowledge.similarities import KINDS, Similarities, complete
from knowledge.spelling import Spelling
from knowledge.text import key
from knowledge.vectors import CachedEmbedder
from knowledge.views import ClosestText, Floats, Passage, usual


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
        self._levels[owners] = [LEVELS[doc.audience] for doc in docs]
        self._words = LexicalIndex([doc.words for doc in docs])
        self._spelling = Spelling(doc.words for doc in docs)
        self._pinyin = Pinyin(doc.words for doc in docs)
        self._word_starts = np.unique(np.array(owners, dtype=np.int64), return_index=True)[1]
        speaks = {(owner, doc.language) for owner, doc in zip(owners, docs, strict=True)}
        self._foreign = {
            language: np.array([(article, language) not in speaks for article in range(len(self.articles))])
            for language in self.languages
        }
        pairs = list(zip(owners, docs, strict=True))
        texts: dict[str, list[Passage]] = {
            name: [Passage(owner, doc.language, text) for owner, doc in pairs for text in doc.texts[place]]
            for place, name in enumerate(KINDS)
        }
        tokens = _tokens(texts["passage"], embedder)  # before the vectors, which come from the same pass
        closest = {
            name: ClosestText.embedded(
                found, embedder.questions if name == "question" else embedder.passages, len(self.articles)
            )
            for name, found in texts.items()
            if found
        }
        self._embedder = embedder
        self._tokens = tokens
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
            levels = [LEVELS[audience] for audience in audiences]
            self._visible[audiences] = np.flatnonzero(np.isin(self._levels, levels))
        return self._visible[audiences]

    def exact(self, query: str) -> int | None:
        """Number of the article one of whose questions is literally this, if any; costs no embedding."""
        return self._exact.get(key(query))

    def spelled(self, query: str) -> str:
        """The query with misspelt words, or words in pinyin, as the base writes them, where it can tell."""
        return self._pinyin.read(query) or self._spelling.corrected(query)

    def evidence(
        self, query: str, vector: Vectors, language: str, among: NDArray[np.int64] | None = None,
        towards: Vectors | None = None,
    ) -> Evidence:  # fmt: skip
        """Compare a query, as text in `language` and as vector, with the articles numbered `among`, else with all."""
        towards = vector if towards is None else towards
        articles = np.arange(len(self.articles)) if among is None else among
        words = self._words.score(query)
        foreign = self._foreign.get(language, np.ones(len(self.articles), dtype=bool))
        closest = {name: found.scores for name, found in self._similarities.compare(towards, language).items()}
        nothing = np.zeros(len(self.articles), dtype=np.float32)
        every = complete(closest, self._similarities.centre(vector, language), len(self.articles))
        similar = {name: found[articles] for name, found in every.items()}
        level = {name: usual(found) for name, found in similar.items()}
        bm25, coverage = (
            self._by_words(words.bm25, foreign)[articles],
            self._by_words(words.coverage, foreign)[articles],
        )
        rough = sum((similar[name] - level[name]) / self.scales[name] for name in similar) + SPAN * (bm25 + coverage)
        return Evidence(
            articles=articles,
            usual=level,
            late=self._late(query, language, articles, rough) if foreign[articles].any() else None,
            **similar,
            cosine=(np.maximum.reduce(list(closest.values())) if closest else nothing)[articles],
            bm25=bm25,
            coverage=coverage,
            foreign=foreign[articles],
        )

    def _late(self, query: str, language: str, articles: NDArray[np.int64], rough: Floats) -> Floats | None:
        """The nearest articles token by token, the others with the least of these."""
        tokens = self._embedder.tokens(query) if self._tokens and len(articles) else None
        if self._tokens is None or tokens is None:
            return None
        near = np.argsort(-rough, kind="stable")[:CANDIDATES]
        scores = self._tokens.compare(tokens, language, articles[near])
        scores -= scores.mean()
        found = np.full(len(articles), scores.min(), dtype=np.float32)
        found[near] = scores
        return found

    def _by_words(self, scores: Floats, foreign: NDArray[np.bool_]) -> Floats:
        if not len(scores):
            return scores
        best: Floats = np.maximum.reduceat(scores, self._word_starts)
        return lifted(best, foreign)


def _tokens(passages: Sequence[Passage], embedder: CachedEmbedder) -> TokenView | None:
    """The tokens of passages, if there are any and the embedder tells them."""
    read = embedder.tokens_of([each.text for each in passages], passages=True)
    if read is None or not any(len(tokens.ids) for tokens in read):
        return None
    return TokenView([(each.article, each.language, own) for each, own in zip(passages, read, strict=True)])
