"""New weights for triage from what people said of tickets: logistic regression with the shipped weights as a prior.

Maximum a posteriori: weights are drawn to where they stood (`PULL`), so a few corrections move little and many decide.
The figures come from cross-validation: what is judged was never learned from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from desk.triage import SHIPPED, Model
from desk.triage_cues import CUES, DIMENSIONS
from storage.triage import Correction

PULL = 0.5
"""How strongly weights are drawn to the prior; a correction weighs 1."""
STIFF = 10.0
"""How much more biases are: what is corrected does not say how frequent it is."""
FOLDS = 5
FEW = 10
"""Corrections of a dimension from which on it is fitted."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How often the weights say what people said of a dimension, 0..1, before and after."""

    answers: int
    corrected: int  # of these, how many differed from what the model had said
    before: float
    after: float | None  # None: too few to fit

    @property
    def better(self) -> bool:
        """Whether the new weights are right more often."""
        return self.after is not None and self.after > self.before


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """New weights and how well they do."""

    model: Model
    figures: Mapping[str, Figures]

    @property
    def better(self) -> bool:
        """Whether a dimension does better by it; the others keep the weights they had."""
        return any(each.better for each in self.figures.values())


def fit(said: Sequence[Correction], values: Mapping[str, tuple[str, ...]], prior: Model = SHIPPED) -> Fitted:
    """Learn from what people said. `values`: what each dimension can be; answers that are none of them are left out."""
    weights, bias = {**prior.weights}, {**prior.bias}
    figures = {}
    for name in DIMENSIONS:
        answers = [each for each in said if each.dimension == name and each.value in values[name]]
        if not answers:
            continue
        task = _Task(name, values[name], prior)
        before = [prior.choose(name, values[name], each.seen).value == each.value for each in answers]
        figures[name] = Figures(
            answers=len(answers),
            corrected=sum(each.judged != each.value for each in answers),
            before=float(np.mean(before)),
            after=float(np.mean(list(task.validated(answers)))) if len(answers) >= FEW else None,
        )
        if figures[name].better:
            learned_weights, learned_bias = task.learned(answers)
            weights |= learned_weights
            bias |= learned_bias
    return Fitted(model=Model(weights=weights, bias=bias), figures=figures)


class _Task:
    """One dimension. Column 0 of everything is the bias."""

    def __init__(self, name: str, values: tuple[str, ...], prior: Model) -> None:
        self._keys = [f"{name}.{value}" for value in values]
        self._values = values
        self._cues = list(CUES)
        self._prior = np.array([
            [prior.bias.get(key, 0.0), *(prior.weights.get(key, {}).get(cue, 0.0) for cue in self._cues)]
            for key in self._keys
        ])  # fmt: skip

    def learned(self, answers: Sequence[Correction]) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
        """Weights and biases by value."""
        found = self._solved(*self._seen(answers)).round(4)
        cues = {
            key: {cue: float(weight) for cue, weight in zip(self._cues, row[1:], strict=True) if weight}
            for key, row in zip(self._keys, found, strict=True)
        }
        return cues, {key: float(row[0]) for key, row in zip(self._keys, found, strict=True)}

    def validated(self, answers: Sequence[Correction]) -> Iterator[bool]:
        """For every answer whether weights that were learned from the others give it."""
        seen, said = self._seen(answers)
        fold = np.arange(len(said)) % FOLDS
        for each in range(FOLDS):
            weights = self._solved(seen[fold != each], said[fold != each])
            yield from (seen[fold == each] @ weights.T).argmax(axis=1) == said[fold == each]

    def _seen(self, answers: Sequence[Correction]) -> tuple[Floats, NDArray[np.int64]]:
        rows = [[1.0, *(each.seen.get(cue, 0.0) for cue in self._cues)] for each in answers]
        return np.array(rows), np.array([self._values.index(each.value) for each in answers])

    def _solved(self, seen: Floats, said: NDArray[np.int64]) -> Floats:
        truth = np.eye(len(self._values))[said]
        pull = np.full(self._prior.shape[1], PULL)
        pull[0] *= STIFF

        def loss(flat: Floats) -> tuple[float, Floats]:
            moved = flat.reshape(self._prior.shape) - self._prior
            scores = seen @ (self._prior + moved).T
            logs = scores - logsumexp(scores, axis=1, keepdims=True)
            slope = (np.exp(logs) - truth).T @ seen + pull * moved
            return float(-(truth * logs).sum() + (pull * moved**2).sum() / 2), slope.ravel()

        found = minimize(loss, self._prior.ravel(), jac=True, method="L-BFGS-B")
        return np.asarray(found.x).reshape(self._prior.shape)
