"""Inverted lists as plain arrays, so that they can be saved, mapped into memory and joined without their texts."""

import hashlib
from array import array
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
        draft = PostingsDraft()
        for words in documents:
            draft.add(words)
        return draft.finished()

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
        return cls.sorted(np.concatenate(keys), np.concatenate(owners), np.concatenate(counts), np.concatenate(lengths))

    @classmethod
    def sorted(
        cls, keys: Keys, owners: NDArray[np.int32], counts: NDArray[Any], lengths: NDArray[np.int32]
    ) -> "Postings":
        """Of one key, document and count for each posting, by document."""
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


class PostingsDraft:
    """Collects documents one by one, in a fraction of the memory that their words take."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms, self._counts = array("i"), array("H")
        self._sizes, self._lengths = array("i"), array("i")

    def add(self, words: Sequence[str]) -> None:
        """The next document."""
        found, numbers = Counter(words), self._numbers
        self._terms.extend([numbers.setdefault(word, len(numbers)) for word in found])
        self._counts.extend([min(count, MOST_COUNTED) for count in found.values()])
        self._sizes.append(len(found))
        self._lengths.append(len(words))

    def finished(self) -> Postings:
        """The postings of all."""
        keys = np.fromiter((hash_of(word) for word in self._numbers), np.uint64, count=len(self._numbers))
        owners = np.repeat(np.arange(len(self._sizes), dtype=np.int32), np.array(self._sizes, dtype=np.int32))
        return Postings.sorted(
            keys[np.array(self._terms, dtype=np.int32)],
            owners,
            np.array(self._counts, dtype=np.uint16),
            np.array(self._lengths, dtype=np.int32),
        )
