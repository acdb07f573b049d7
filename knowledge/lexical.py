"""Word evidence: BM25 over documents, and how much of a query a document contains at all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.postings import Keys, Postings, hash_of
from knowledge.text import tokens

Scores = NDArray[np.float32]
Flags = NDArray[np.bool_]

K1 = 1.2
B = 0.75
_PREPARED = (
    1_000_000  # postings of a part whose weights are worth the memory; those of larger ones are worked out per query
)


@dataclass(frozen=True)
class LexicalScores:
    """Per document, both 0..1. `bm25` is relative to the best a document could reach for this query; `coverage` is the
    share of the query's terms it contains, rare terms weighing more. A term no document has lowers both."""

    bm25: Scores
    coverage: Scores


@dataclass(frozen=True)
class Terms:
    """The terms of a query, rarest first."""

    rarities: Sequence[float]
    places: Sequence[NDArray[np.int64]]  # by part, where each term's list is, -1 for none
    total: float  # of the rarities


class Collection:
    """BM25 over parts that share their statistics, some of whose documents may be gone: scores are what they would be
    had all living documents been indexed together."""

    def __init__(self, parts: Sequence[Postings], alive: Sequence[Flags | None]) -> None:
        """`alive` says by part which documents still count; None means all."""
        self._parts = list(zip(parts, alive, strict=True))
        lengths = [part.lengths if lives is None else part.lengths[lives] for part, lives in self._parts]
        self.documents = sum(map(len, lengths))
        mean = sum(float(each.sum(dtype=np.int64)) for each in lengths) / max(self.documents, 1)
        self._norms = [
            (K1 * (1 - B + B * part.lengths.astype(np.float32) / max(mean, 1.0))).astype(np.float32) for part in parts
        ]
        self._prepared = [
            self._impacts(part, slice(0, len(postings.counts))) if len(postings.counts) <= _PREPARED else None
            for part, postings in enumerate(parts)
        ]

    def terms(self, words: Sequence[str]) -> Terms:
        """Look up the distinct terms of a query."""
        keys: Keys = np.array([hash_of(word) for word in dict.fromkeys(words)], dtype=np.uint64)
        places = [part.places(keys) for part, _ in self._parts]
        frequencies = np.zeros(len(keys), dtype=np.int64)
        for part, found in enumerate(places):
            frequencies += self._frequencies(part, found)
        order = np.argsort(frequencies, kind="stable")
        rarities = [self._rarity(frequency) for frequency in frequencies[order].tolist()]
        return Terms(rarities, [found[order] for found in places], sum(rarities))

    def score(self, part: int, terms: Terms, most: int | None = None) -> LexicalScores:
        """Score every document of a part. With `most`, terms whose lists would make it more postings than this are left
        out, commonest first, though never the rarest one."""
        postings, _ = self._parts[part]
        bm25 = np.zeros(len(postings.lengths), dtype=np.float32)
        coverage = np.zeros(len(postings.lengths), dtype=np.float32)
        prepared = self._prepared[part]
        read = 0
        for rarity, place in zip(terms.rarities, terms.places[part].tolist(), strict=True):
            if place < 0:
                continue
            listed = postings.listed(place)
            read += listed.stop - listed.start
            if most is not None and read > most and read > listed.stop - listed.start:
                break
            documents = postings.documents[listed]
            bm25[documents] += rarity * (self._impacts(part, listed) if prepared is None else prepared[listed])
            coverage[documents] += rarity
        return _shares(bm25, coverage, terms)

    def score_some(self, part: int, terms: Terms, documents: NDArray[np.int64]) -> LexicalScores:
        """Score the documents numbered `documents`, ascending, of a part."""
        postings, _ = self._parts[part]
        bm25 = np.zeros(len(documents), dtype=np.float32)
        coverage = np.zeros(len(documents), dtype=np.float32)
        for rarity, place in zip(terms.rarities, terms.places[part].tolist(), strict=True):
            if place < 0:
                continue
            listed = postings.listed(place)
            among = postings.documents[listed]
            at = np.minimum(np.searchsorted(among, documents), len(among) - 1)
            here = np.flatnonzero(among[at] == documents)
            count = postings.counts[listed][at[here]].astype(np.float32)
            bm25[here] += rarity * (count / (count + self._norms[part][documents[here]]))
            coverage[here] += rarity
        return _shares(bm25, coverage, terms)

    def _impacts(self, part: int, listed: slice) -> Scores:
        postings, _ = self._parts[part]
        count = postings.counts[listed].astype(np.float32)
        impacts: Scores = count / (count + self._norms[part][postings.documents[listed]])
        return impacts

    def _frequencies(self, part: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """In how many living documents of a part each term is."""
        postings, alive = self._parts[part]
        if alive is None:
            found: NDArray[np.int64] = np.where(places < 0, 0, postings.starts[places + 1] - postings.starts[places])
            return found
        living = [
            0 if place < 0 else int(np.count_nonzero(alive[postings.documents[postings.listed(place)]]))
            for place in places.tolist()
        ]
        return np.array(living, dtype=np.int64)

    def _rarity(self, frequency: int) -> float:
        return math.log(1 + (self.documents - frequency + 0.5) / (frequency + 0.5))


class LexicalIndex:
    """BM25 over documents that stay as they are."""

    def __init__(self, documents: Sequence[str], split: Callable[[str], Sequence[str]] = tokens) -> None:
        """`split` makes terms of documents and queries."""
        self._split = split
        self._collection = Collection([Postings.of(map(split, documents))], [None])

    def score(self, query: str) -> LexicalScores:
        """Score every document; all zero for a query without terms."""
        return self._collection.score(0, self._collection.terms(self._split(query)))


def _shares(bm25: Scores, coverage: Scores, terms: Terms) -> LexicalScores:
    if terms.total:
        bm25 /= terms.total
        coverage /= terms.total
    return LexicalScores(bm25, coverage)
