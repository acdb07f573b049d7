"""Logistic regression with a handful of features, fitted by Newton's method; no library needed to use or to fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Choice = tuple[Floats, NDArray[np.bool_], float]  # features of what there is to choose from, which is right, weight


@dataclass(frozen=True)
class Logistic:
    """weights · features + bias, and the probability that stands for."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Logistic":
        """Read what `dataclasses.asdict` gave."""
        return cls(tuple(map(str, data["features"])), tuple(map(float, data["weights"])), float(data["bias"]))

    def score(self, rows: Floats) -> Floats:
        """Log-odds of each row of features, shape (rows,)."""
        return np.asarray(rows @ np.array(self.weights) + self.bias, dtype=np.float64)

    def probability(self, rows: Floats) -> Floats:
        """Probability of each row, 0..1."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.score(rows), -30, 30))), dtype=np.float64)


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


def fit_scaling(log_odds: Floats, labels: NDArray[np.bool_], pull: float) -> tuple[float, float]:
    """By what slope and shift log-odds fit the labels best, pulled towards 1 and 0. By Newton's method."""
    x = np.stack([log_odds, np.ones(len(log_odds))], axis=1)
    as_it_is = np.array([1.0, 0.0])
    beta = as_it_is.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (p - labels) + pull * (beta - as_it_is)
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + pull * np.eye(2), gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return max(float(beta[0]), 0.0), float(beta[1])


def fit_choice(names: tuple[str, ...], choices: Sequence[Choice], *, penalty: float = 1.0) -> Logistic:
    """Conditional logistic regression: weights under which, of each choice's rows, the right ones score highest.
    By Newton's method; the penalty pulls all weights towards zero."""
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
