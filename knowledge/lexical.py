"""Word evidence: BM25 over documents, and how much of a query a document contains at all."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.text import tokens

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class LexicalScores:
    """Per document, both 0..1. `bm25` is relative to the best a document could reach for this query; `coverage` is the
    share of the query's terms it contains, rare terms weighing more. A term no document has lowers both."""

    bm25: Scores
    coverage: Scores


class LexicalIndex:
    """BM25 with the weights computed at build time, so that a query only adds up its terms' postings."""

    K1 = 1.2
    B = 0.75

    def __init__(self, documents: Sequence[str]) -> None:
        counts = [Counter(tokens(document)) for document in documents]
        self._documents = len(documents)
        self._terms: dict[str, int] = {}
        postings: list[list[int]] = []
        frequencies: list[list[int]] = []
        for document, terms in enumerate(counts):
            for term, count in terms.items():
                at = self._terms.setdefault(term, len(postings))
                if at == len(postings):
                    postings.append([])
                    frequencies.append([])
                postings[at].append(document)
                frequencies[at].append(count)
        lengths = np.array([sum(terms.values()) for terms in counts], dtype=np.float32)
        norm = self.K1 * (1 - self.B + self.B * lengths / max(float(lengths.mean()) if len(lengths) else 1.0, 1.0))
        self._postings = [np.array(documents, dtype=np.int32) for documents in postings]
        self._idf = np.array([self._rarity(len(documents)) for documents in postings], dtype=np.float32)
        self._impacts = [
            (count / (count + norm[documents])).astype(np.float32)
            for documents, count in zip(
                self._postings, (np.array(f, dtype=np.float32) for f in frequencies), strict=True
            )
        ]

    def score(self, query: str) -> LexicalScores:
        """Score every document; all zero for a query without terms."""
        bm25 = np.zeros(self._documents, dtype=np.float32)
        coverage = np.zeros(self._documents, dtype=np.float32)
        total = 0.0
        unseen = self._rarity(0)
        for term in set(tokens(query)):
            at = self._terms.get(term)
            idf = float(self._idf[at]) if at is not None else unseen
            total += idf
            if at is not None:
                bm25[self._postings[at]] += idf * self._impacts[at]
                coverage[self._postings[at]] += idf
        if total:
            bm25 /= total
            coverage /= total
        return LexicalScores(bm25, coverage)

    def _rarity(self, frequency: int) -> float:
        return math.log(1 + (self._documents - frequency + 0.5) / (frequency + 0.5))
