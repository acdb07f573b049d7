"""Inverted lists as plain arrays, so that they can be saved, mapped into memory and joined without their texts."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_COUNTED = 65_535  # occurrences of a term in one document

Keys = NDArray[np.uint64]


def hash_of(text: str) -> int:
    """64 bits that stand for a term or question: a mix-up among a million has a chance of one in forty million."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Postings:
    """Which documents contain a term, and how often."""

    keys: Keys  # of the terms, ascending
    starts: NDArray[np.int64]  # shape (terms + 1,): where the list of each term begins
    documents: NDArray[np.int32]  # ascending within a list
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]  # terms in each document, repeated ones too

    @classmethod
    def of(cls, documents: Iterable[Sequence[str]]) -> "Postings":
        """The postings of tokenised documents, numbered as they come."""
        numbers: dict[str, int] = {}
        terms, owners, counts, lengths = [], [], [], []
        for document, words in enumerate(documents):
            found = Counter(words)
            terms.append(
                np.fromiter((numbers.setdefault(word, len(numbers)) for word in found), np.int64, count=len(found))
            )
            counts.append(np.minimum(np.fromiter(found.values(), np.int64, count=len(found)), MOST_COUNTED))
            owners.append(np.full(len(found), document, dtype=np.int32))
            lengths.append(len(words))
        keys = np.fromiter((hash_of(word) for word in numbers), np.uint64, count=len(numbers))
        joined = np.concatenate(terms) if terms else np.zeros(0, dtype=np.int64)
        return cls._sorted(
            keys[joined],
            np.concatenate(owners) if owners else np.zeros(0, dtype=np.int32),
            np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64),
            np.array(lengths, dtype=np.int32),
        )

    @classmethod
    def joined(cls, parts: Sequence["Postings"], kept: Sequence[NDArray[np.bool_]]) -> "Postings":
        """The postings of the documents of `parts` that are `kept`, numbered anew in the same order."""
        keys, owners, counts, lengths, before = [], [], [], [], 0
        for part, keep in zip(parts, kept, strict=True):
            stays = keep[part.documents]
            numbers = np.cumsum(keep, dtype=np.int64) - 1 + before
            keys.append(np.repeat(part.keys, np.diff(part.starts))[stays])
            owners.append(numbers[part.documents[stays]].astype(np.int32))
            counts.append(part.counts[stays])
            lengths.append(part.lengths[keep])
            before += int(np.count_nonzero(keep))
        return cls._sorted(
            np.concatenate(keys), np.concatenate(owners), np.concatenate(counts), np.concatenate(lengths)
        )

    @classmethod
    def _sorted(
        cls, keys: Keys, owners: NDArray[np.int32], counts: NDArray[Any], lengths: NDArray[np.int32]
    ) -> "Postings":
        order = np.argsort(keys, kind="stable")  # owners come ascending, and stay so
        terms, starts = np.unique(keys[order], return_index=True)
        return cls(
            terms,
            np.append(starts, len(order)).astype(np.int64),
            owners[order],
            counts[order].astype(np.uint16),
            lengths.astype(np.int32),
        )

    def places(self, keys: Keys) -> NDArray[np.int64]:
        """Number of each term, -1 for one that no document has."""
        at = np.searchsorted(self.keys, keys)
        known = np.zeros(len(keys), dtype=bool)
        inside = at < len(self.keys)
        known[inside] = self.keys[at[inside]] == keys[inside]
        return np.where(known, at, -1)

    def listed(self, place: int) -> slice:
        """Where the list of a term is in `documents` and `counts`."""
        return slice(int(self.starts[place]), int(self.starts[place + 1]))
