"""Vectors grouped into cells around centroids (k-means), so that a query is compared with the cells near it only: an
inverted file, as in Sivic and Zisserman, "Video Google" (ICCV 2003), and in Faiss.

Own code since it is little: the rows in order of their cells are what is saved and mapped anyway, numpy multiplies them
as fast as memory gives them, and the index libraries that install beside Rasa would keep a second copy of every vector.
"""

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors

ROWS_PER_CELL = 1_000
_LEARNED_FROM = 50  # rows per cell that the centroids are found with
_ROUNDS = 6
_BLOCK = 8_192  # rows at a time


def sampled(rows: int) -> NDArray[np.int64]:
    """Which of some rows to find centroids with; the same ones each time."""
    many = max(1, rows // ROWS_PER_CELL) * _LEARNED_FROM
    return np.sort(np.random.default_rng(0).permutation(rows)[:many])


def centroids(sample: Vectors, cells: int) -> Vectors:
    """So many centroids, shape (cells, dimensions): rows of a sample moved to the middle of the rows nearest to them, a
    few times (Lloyd's algorithm)."""
    found = sample[np.linspace(0, len(sample) - 1, cells).astype(np.int64)].copy()
    for _ in range(_ROUNDS if cells > 1 else 1):
        nearest = assign(sample, found)
        order = np.argsort(nearest, kind="stable")
        filled, starts = np.unique(nearest[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0)
        found[filled] = sums / np.bincount(nearest)[filled, None]
    return found


def assign(rows: Vectors, found: Vectors) -> NDArray[np.int64]:
    """The nearest centroid of each row."""
    half = 0.5 * np.einsum("cd,cd->c", found, found)
    parts = [
        (rows[at : at + _BLOCK].astype(np.float32) @ found.T - half).argmax(axis=1)
        for at in range(0, len(rows), _BLOCK)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
