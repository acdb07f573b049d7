"""Figures of merit: is the right article found, and does the bot keep quiet where there is none?"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Retrieval:
    """Means over queries, 0..1."""

    queries: int
    hit_at_1: float
    hit_at_3: float
    hit_at_10: float
    mrr_at_10: float
    ndcg_at_10: float


@dataclass(frozen=True)
class Point:
    """What one threshold means: the shares of answerable questions answered at all, answered rightly, and of questions
    without an answer that got one nevertheless."""

    threshold: float
    answered: float
    right: float
    false: float


@dataclass(frozen=True)
class Judged:
    """One question: what a model said of it, and what was true."""

    kind: str  # known, or without an answer: near or far
    confidence: float  # that the first article answers it
    answerable: float  # that any does
    right: bool  # whether the first article does
    in_three: bool  # whether one of the first three does
    weight: float = 1.0


def threshold_for(judged: Sequence[Judged], risk: float) -> float:
    """The lowest confidence from which on at most `risk` of all answers are wrong; 1 if there is none. One wrong answer
    more is assumed than was seen, so that a handful of lucky ones proves nothing (Laplace's rule of succession)."""
    ordered = sorted(judged, key=lambda one: -one.confidence)
    weights = np.array([one.weight for one in ordered])
    seen = np.cumsum([0.0 if one.right else one.weight for one in ordered])
    wrong = (seen + 1) / (np.cumsum(weights) + 2)
    allowed = np.flatnonzero(wrong <= risk)
    return math.ceil(1_000 * ordered[allowed[-1]].confidence) / 1_000 if len(allowed) else 1.0


def retrieval(rankings: Sequence[Sequence[str]], relevant: Sequence[Collection[str]]) -> Retrieval:
    """Judge rankings, each best first, against what was relevant for the same query."""
    if len(rankings) != len(relevant):
        raise ValueError(f"{len(rankings)} rankings for {len(relevant)} queries")
    ranks = [
        next((rank for rank, article in enumerate(ranking[:10], 1) if article in wanted), 0)
        for ranking, wanted in zip(rankings, relevant, strict=True)
    ]
    count = max(len(ranks), 1)
    return Retrieval(
        queries=len(ranks),
        hit_at_1=sum(rank == 1 for rank in ranks) / count,
        hit_at_3=sum(0 < rank <= 3 for rank in ranks) / count,
        hit_at_10=sum(rank > 0 for rank in ranks) / count,
        mrr_at_10=sum(1 / rank for rank in ranks if rank) / count,
        ndcg_at_10=sum(_ndcg(*pair) for pair in zip(rankings, relevant, strict=True)) / count,
    )


def curve(answerable: Sequence[tuple[float, bool]], unanswerable: Sequence[float], steps: int = 101) -> list[Point]:
    """What thresholds from 0 to 1 mean, given each answerable question's confidence and whether its first article is
    right, and each unanswerable question's confidence."""
    known = np.array([confidence for confidence, _ in answerable])
    right = np.array([correct for _, correct in answerable], dtype=bool)
    unknown = np.array(unanswerable)
    return [
        Point(
            threshold=float(threshold),
            answered=_share(known >= threshold),
            right=_share((known >= threshold) & right),
            false=_share(unknown >= threshold),
        )
        for threshold in np.linspace(0, 1, steps)
    ]


def false_answers_at(points: Sequence[Point], answered: float) -> Point:
    """The point with the highest threshold that still answers this share of the answerable questions."""
    return max(
        (point for point in points if point.answered >= answered), key=lambda point: point.threshold, default=points[0]
    )


def calibration_error(confidences: Sequence[float], correct: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: how far stated confidence and the share of right answers lie apart, 0..1."""
    stated, right = np.array(confidences), np.array(correct, dtype=float)
    places = np.minimum((stated * bins).astype(int), bins - 1)
    gaps = [
        abs(stated[places == place].mean() - right[places == place].mean()) * (places == place).sum()
        for place in range(bins)
        if (places == place).any()
    ]
    return float(sum(gaps) / max(len(stated), 1))


def _ndcg(ranking: Sequence[str], wanted: Collection[str]) -> float:
    """Normalised discounted cumulative gain of the first ten; every relevant article is worth one."""
    gained = sum(1 / math.log2(rank + 1) for rank, article in enumerate(ranking[:10], 1) if article in wanted)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(wanted), 10) + 1))
    return gained / best if best else 0.0


def _share(hits: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    return float(hits.mean()) if len(hits) else 0.0
