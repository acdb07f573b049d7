"""How sure an answer is: two logistic models over the evidence, fitted on many knowledge bases so that they hold on a new one.

`relevance` ranks articles by all that speaks for each; `confidence` is the probability that an article answers the query,
from its evidence and from how far it stands out. Similarities enter relative to the query's own spread over the knowledge
base, since their level differs from one base and one query to the next. Fitted by `python -m knowledge.fit`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Evidence

Floats = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("confidence.json")
RELEVANCE = ("question", "passage", "whole", "centre", "bm25", "coverage")
CONFIDENCE = (
    "relevance", "gap", "question", "whole", "cosine", "bm25", "coverage", "foreign", "foreign_relevance", "length",
)  # fmt: skip
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Logistic:
    """weights · features + bias, and the probability that stands for."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def score(self, rows: Floats) -> Floats:
        """Log-odds of each row of features, shape (rows,)."""
        return np.asarray(rows @ np.array(self.weights) + self.bias, dtype=np.float64)

    def probability(self, rows: Floats) -> Floats:
        """Probability of each row, 0..1."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.score(rows), -30, 30))), dtype=np.float64)


@dataclass(frozen=True)
class Model:
    """The two fitted models, and the confidences from which the bot answers or asks back."""

    relevance: Logistic
    confidence: Logistic
    answer: float
    clarify: float

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Model":
        """Read a fitted model. Raises ValueError if it was fitted for other features."""
        data = json.loads(path.read_text(encoding="utf-8"))
        model = cls(_logistic(data["relevance"]), _logistic(data["confidence"]), float(data["answer"]), float(data["clarify"]))
        if (model.relevance.features, model.confidence.features) != (RELEVANCE, CONFIDENCE):
            raise ValueError(f"{path} was fitted for other features: fit it again with python -m knowledge.fit")
        return model

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def relevance_features(evidence: Evidence, among: NDArray[np.int64]) -> Floats:
    """Features of the articles numbered `among`, shape (articles, len(RELEVANCE)), in standard deviations over them."""
    similar = [_standard(view[among]) for view in (evidence.question, evidence.passage, evidence.whole, evidence.centre)]
    return np.stack([*similar, evidence.bm25[among], evidence.coverage[among]], axis=1).astype(np.float64)


def confidence_features(
    evidence: Evidence, among: NDArray[np.int64], features: Floats, relevance: Floats, places: NDArray[np.int64],
    *, terms: int, foreign: bool,
) -> Floats:  # fmt: skip
    """Features of some of the articles `among`, shape (places, len(CONFIDENCE)).

    `places` are their positions in `among`, `terms` the length of the query, `foreign` whether no text is in its language.
    """
    best, second = _top_two(relevance)
    rows = []
    for place in places:
        mine = float(relevance[place])
        other = second if mine >= best else best
        cosine = max(float(evidence.question[among[place]]), float(evidence.whole[among[place]]))
        question, _, whole, _, bm25, coverage = features[place]
        known = 0.0 if foreign else 1.0
        rows.append(
            [mine, mine - other, question, whole, 10 * cosine, known * bm25, known * coverage, 1 - known, (1 - known) * mine,
             float(np.log1p(terms))]
        )  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(-1, len(CONFIDENCE))


def fit_logistic(
    names: tuple[str, ...], rows: Floats, labels: NDArray[np.bool_], weights: Floats, *, penalty: float = 1.0
) -> Logistic:
    """Weighted logistic regression with a squared penalty on standardised features, by Newton's method."""
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-9)
    x = np.hstack([(rows - mean) / scale, np.ones((len(rows), 1))])
    ridge = np.diag([penalty] * len(names) + [0.0])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (weights * (p - labels)) + ridge @ beta
        curvature = (x * (weights * p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(beta)), gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    raw = beta[:-1] / scale
    return Logistic(names, tuple(float(round(value, 6)) for value in raw), float(round(beta[-1] - raw @ mean, 6)))


def fit_choice(
    names: tuple[str, ...], choices: Sequence[tuple[Floats, NDArray[np.bool_], float]], *, penalty: float = 1.0
) -> Logistic:
    """Conditional logistic regression: weights under which, of each choice's rows, the right ones score highest. A choice is
    (features, which are right, weight). By Newton's method; the penalty pulls all weights towards zero."""
    beta = np.zeros(len(names))
    for _ in range(50):
        gradient, curvature = penalty * beta, penalty * np.eye(len(beta))
        for rows, right, weight in choices:
            drawn = _softmax(rows @ beta)
            wanted = drawn * right / max(float((drawn * right).sum()), 1e-12)
            mean = drawn @ rows
            gradient += weight * (mean - wanted @ rows)
            curvature += weight * ((rows * drawn[:, None]).T @ rows - np.outer(mean, mean))
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return Logistic(names, tuple(float(round(value, 6)) for value in beta), 0.0)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def _standard(values: NDArray[np.float32]) -> Floats:
    centred = values - values.mean() if len(values) else values
    return np.asarray(centred / max(float(centred.std()) if len(values) else 1.0, _LEAST_SPREAD), dtype=np.float64)


def _top_two(scores: Floats) -> tuple[float, float]:
    if len(scores) < 2:
        return (float(scores[0]) if len(scores) else 0.0), -5.0
    second, best = np.partition(scores, -2)[-2:]
    return float(best), float(second)


def _logistic(data: Mapping[str, Any]) -> Logistic:
    return Logistic(tuple(map(str, data["features"])), tuple(map(float, data["weights"])), float(data["bias"]))
