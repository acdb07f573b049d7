"""A segment: everything that is indexed of some articles, as arrays that never change.

Each vector is kept once, in eight bits, in the order of its cell. It serves to find candidates, and then to compare
them. A row's number is its place in `vectors`; articles and documents are numbered within the segment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors
from knowledge.postings import Keys, Postings
from knowledge.similarities import KINDS

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Segment:
    """N articles with R vectors in C cells and D documents (an article in one language)."""

    articles: tuple[str, ...]
    languages: tuple[str, ...]
    # by article
    levels: NDArray[np.int8]  # of its audience
    contents: NDArray[np.uint8]  # shape (N, 16): identity of what was indexed
    speaks: Flags  # shape (N, languages): whether it has a text in that language
    row_starts: Numbers  # shape (N + 1,): of its part of `rows`
    document_starts: Numbers  # shape (N + 1,)
    rows: NDArray[np.int32]  # shape (R,): rows in order of article
    # by row
    vectors: NDArray[np.int8]  # shape (R, dimensions)
    steps: NDArray[np.float32]  # what one of the 127 steps of a row is worth
    owners: NDArray[np.int32]  # article
    kinds: NDArray[np.int8]  # place in KINDS
    tongues: NDArray[np.int8]  # place in `languages`
    # by cell
    cell_starts: Numbers  # shape (C + 1,)
    cell_tongues: NDArray[np.int8]  # a cell holds one language
    centroids: Vectors  # shape (C, dimensions)
    # words
    postings: Postings  # of the documents
    exact_keys: Keys  # of titles and phrasings, ascending
    exact_owners: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.articles)

    @property
    def document_owners(self) -> NDArray[np.int64]:
        """Article of each document."""
        return np.repeat(np.arange(len(self)), np.diff(self.document_starts))

    def exact(self, identity: int) -> Numbers:
        """The articles that have this question."""
        found = slice(*(int(np.searchsorted(self.exact_keys, np.uint64(identity), side)) for side in ("left", "right")))
        return self.exact_owners[found].astype(np.int64)

    def nearest(self, vector: Vectors, allowed: Flags, most: int, rows: int) -> Numbers:
        """Articles near a query, ascending: of each language and kind of text the `most` closest that are allowed,
        found by comparing about `rows` vectors of each language, more if few are allowed."""
        found = [np.zeros(0, dtype=np.int64)]
        share = max(float(allowed.mean()), 0.1)
        for tongue in range(len(self.languages)):
            cells = np.flatnonzero(self.cell_tongues == tongue)
            cells = cells[np.argsort(-(self.centroids[cells] @ vector))]
            sizes = self.cell_starts[cells + 1] - self.cell_starts[cells]
            probed = cells[: int(np.searchsorted(np.cumsum(sizes), rows / share)) + 1]
            if not len(probed):
                continue
            places = [slice(int(self.cell_starts[cell]), int(self.cell_starts[cell + 1])) for cell in probed]
            scores = np.concatenate([self.vectors[at].astype(np.float32) @ vector * self.steps[at] for at in places])
            owners = np.concatenate([self.owners[at] for at in places])
            kinds = np.concatenate([self.kinds[at] for at in places])
            permitted = allowed[owners]
            for kind in range(len(KINDS)):
                here = np.flatnonzero(permitted & (kinds == kind))
                if len(here) > most:
                    here = here[np.argpartition(-scores[here], most - 1)[:most]]
                found.append(owners[here].astype(np.int64))
        return np.unique(np.concatenate(found))

    def rows_of(self, articles: Numbers) -> tuple[Numbers, Numbers]:
        """The rows of articles, and for each row the place of its article in `articles`."""
        at, places = spread(self.row_starts[articles], self.row_starts[articles + 1])
        return self.rows[at].astype(np.int64), places

    def documents_of(self, articles: Numbers) -> tuple[Numbers, Numbers]:
        """The documents of articles, and for each the place of its article in `articles`."""
        return spread(self.document_starts[articles], self.document_starts[articles + 1])

    def floats(self, rows: Numbers) -> Vectors:
        """Vectors as they were before they were rounded, nearly."""
        return self.vectors[rows].astype(np.float32) * self.steps[rows, None]


def spread(starts: Numbers, ends: Numbers) -> tuple[Numbers, Numbers]:
    """All numbers of several ranges, one after the other, and for each the place of its range."""
    sizes = ends - starts
    places = np.repeat(np.arange(len(starts)), sizes)
    begins = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - begins[places] + starts[places], places


def rounded(vectors: Vectors) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Vectors in eight bits, and what a step of each is worth. An error of 0.0005 in a cosine, where those of one
    query spread by 0.02."""
    steps = np.maximum(np.abs(vectors).max(axis=1), 1e-12).astype(np.float32) / 127 if len(vectors) else np.zeros(0)
    return np.rint(vectors / steps[:, None]).astype(np.int8), steps.astype(np.float32)


def best_by(places: Numbers, scores: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The best score of each place, shape (count,), -inf where there is none."""
    best = np.full(count, -np.inf, dtype=np.float32)
    if len(places):
        order = np.argsort(places, kind="stable")
        filled, starts = np.unique(places[order], return_index=True)
        best[filled] = np.maximum.reduceat(scores[order], starts)
    return best
