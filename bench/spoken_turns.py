"""Which frequently asked question the last turn of a spoken dialogue asks, and whether it asks one at all.

What the product has (`knowledge.subjects`, the embedding) becomes a handful of evidence, and two small logistic models
learn from labelled dialogues what it means: a company's own transcripts are what they are for.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors
from knowledge.logistic import Floats, Logistic, fit_choice, fit_logistic
from knowledge.subjects import Subjects, alike
from knowledge.text import tokens
from knowledge.vectors import CachedEmbedder

WINDOWS = (6, 10)  # words of a long turn that are compared by themselves: "ok great thanks oh do they deliver"
LONG_TURN = 8  # words
SHORT = 3  # letters of a word that tells nothing
DIRECTIONS = 12  # of the turn's vector, the ones turns vary most along
PENALTY = 5.0  # few dialogues are labelled
EVIDENCE = ("turn", "window", "words", "subject")


@dataclass(frozen=True)
class Turn:
    """The last turn of a dialogue: `evidence` of shape (candidates, len(EVIDENCE)), `candidates` their ids, `nearest`
    the best similarities among all questions, `vector` the turn's own."""

    candidates: list[str]
    evidence: Floats
    nearest: tuple[float, float]
    vector: Vectors


class Questions:
    """All questions, ready to be compared. Rows have id, question, and perhaps entity."""

    def __init__(self, rows: Sequence[dict[str, Any]], embedder: CachedEmbedder) -> None:
        self._ids = [str(row["id"]) for row in rows]
        self._subjects = Subjects(row["entity"] for row in rows if row.get("entity"))
        self._embedder = embedder
        self._about: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(rows):
            self._about[row.get("entity") or ""].append(number)
        self._entities = [row.get("entity") or "" for row in rows]
        vectors = embedder.questions([row["question"] for row in rows])
        self._origin = vectors.mean(axis=0)
        self._vectors = self._centred(vectors)
        # What a question asks besides the name of whom it is about.
        self._words = [sorted(_telling(row["question"]) - set(tokens(row.get("entity") or ""))) for row in rows]
        count = Counter(word for words in self._words for word in words)
        self._rarity = {word: math.log(len(rows) / found) for word, found in count.items()}

    def turn(self, texts: Sequence[str]) -> Turn:
        """Compare a dialogue's last turn with the questions about what the dialogue is about."""
        said = texts[-1]
        parts = self._embedder.questions(_windows(said))
        cosines = self._vectors @ self._centred(parts).T
        whole, best = cosines[:, 0], cosines.max(axis=1)
        strengths = {each.name: each.strength for each in self._subjects.mentioned(texts)}
        numbers = [number for name in [*strengths, ""] for number in self._about.get(name, ())]
        heard: dict[str, float] = {}
        evidence = [
            (whole[at], best[at], self._shared(at, tokens(said), heard), strengths.get(self._entities[at], 0.0))
            for at in numbers
        ]
        nearest = (float(whole.max()), float(best.max()))
        return Turn([self._ids[at] for at in numbers], np.array(evidence, dtype=np.float64), nearest, parts[0])

    def _shared(self, number: int, words: list[str], heard: dict[str, float]) -> float:
        """The share of a question's words in the turn, letter by letter, rare ones weighing more."""
        wanted = self._words[number]
        for word in wanted:
            if word not in heard:
                heard[word] = max((alike(word, each) for each in words), default=0.0)
        there = sum(self._rarity[word] * heard[word] for word in wanted)
        return there / (sum(self._rarity[word] for word in wanted) + 1)

    def _centred(self, vectors: Vectors) -> Vectors:
        moved = vectors - self._origin
        return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6), dtype=np.float32)


@dataclass(frozen=True)
class Model:
    """What was learnt: which question, and whether one is asked."""

    which: Logistic
    asked: Logistic
    origin: Vectors
    directions: NDArray[np.float32]

    @classmethod
    def fit(cls, turns: Sequence[Turn], relevant: Sequence[frozenset[str]]) -> "Model":
        """Learn from turns and the ids of the questions they ask; none where they ask nothing."""
        choices = [
            (turn.evidence, right, 1.0)
            for turn, wanted in zip(turns, relevant, strict=True)
            if (right := np.array([each in wanted for each in turn.candidates])).any()
        ]
        which = fit_choice(EVIDENCE, choices, penalty=PENALTY)
        vectors = np.stack([turn.vector for turn in turns])
        origin = vectors.mean(axis=0)
        directions = np.linalg.svd(vectors - origin, full_matrices=False)[2][:DIRECTIONS].T
        rows = np.stack([_features(turn, which, origin, directions) for turn in turns])
        names = tuple(f"feature {number}" for number in range(rows.shape[1]))
        asked = fit_logistic(names, rows, np.array([bool(each) for each in relevant]), np.ones(len(rows)), penalty=2.0)
        return cls(which, asked, origin, directions)

    def choose(self, turn: Turn) -> str:
        """Id of the question that is asked, if one is."""
        return turn.candidates[int(self.which.score(turn.evidence).argmax())] if turn.candidates else ""

    def probability(self, turn: Turn) -> float:
        """That a question is asked at all, 0..1."""
        row = _features(turn, self.which, self.origin, self.directions)
        return float(self.asked.probability(row[None])[0])


def _features(turn: Turn, which: Logistic, origin: Vectors, directions: NDArray[np.float32]) -> Floats:
    scores = which.score(turn.evidence) if turn.candidates else np.zeros(1)
    best = turn.evidence[int(scores.argmax())] if turn.candidates else np.zeros(len(EVIDENCE))
    return np.array([*best, scores.max(), *turn.nearest, *(10 * (turn.vector - origin) @ directions)], dtype=np.float64)


def _telling(text: str) -> set[str]:
    """Words that say what is asked: "do they have" is in every question."""
    return {word for word in tokens(text) if len(word) > SHORT or word >= "\u3400"}


def _windows(text: str) -> list[str]:
    """The turn, and of a long one its parts."""
    words = text.split()
    parts = [
        " ".join(words[start : start + size])
        for size in WINDOWS
        for start in range(0, max(1, len(words) - size // 2), size // 2)
        if len(words) > LONG_TURN
    ]
    return list(dict.fromkeys([text, *parts]))
