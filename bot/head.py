"""The intent head's arithmetic: kernel ridge regression (least squares, one against the rest) over what the embedding
model's layers make of a text.

Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006: sections 2.3 (the solution) and 5.4.2 (what
leaving one example out gives, for nothing). Why this and not logistic regression: docs/understanding.md.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

from knowledge.embedding import Vectors
from knowledge.text import key

FORMAT = 5  # of what is stored; another one makes Rasa train again
KEPT = 256  # directions of the layers' vectors in which examples differ most; all 1,920 are no better, and slower
WIDTH = 1.5  # of the kernel exp(-WIDTH / 2 · squared distance)
NOISE = 0.1  # added to the kernel's diagonal: how little one example is believed
LAST_LAYER = (0.2, 0.6, 1.0)  # its share beside the inner layers: these help where there are many examples
TRIED_ON = 2_500  # examples on which the share is chosen
MOST = 16_000  # examples; their kernel takes a gigabyte while it is solved
SHARPNESS = np.geomspace(1.0, 64.0, 25)  # of probabilities

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """How the layers of a text become one point: each layer's vector without what all texts have in common (`origins`,
    shape (layers, dimensions)), of length `lengths`, one after the other, in the directions of `basis`."""

    origins: Floats
    lengths: Floats
    basis: Floats

    @classmethod
    def of(cls, layers: Vectors, last: float) -> "View":
        """That of examples, shape (examples, layers, dimensions), in which the last layer, which comes first, has the
        share `last`."""
        count = layers.shape[1]
        shares = [last, *[(1 - last) / (count - 1)] * (count - 1)] if count > 1 else [1.0]
        origins = np.asarray(layers.mean(axis=0), dtype=np.float32)
        lengths = np.sqrt(np.asarray(shares, dtype=np.float32))
        flat = _flat(layers, origins, lengths)
        _, directions = np.linalg.eigh(flat.T @ flat)
        return cls(origins, lengths, np.ascontiguousarray(directions[:, -KEPT:]))

    def points(self, layers: Vectors) -> Floats:
        """Points of texts, shape (texts, kept)."""
        return np.asarray(_flat(layers, self.origins, self.lengths) @ self.basis)


@dataclass(frozen=True)
class Head:
    """A fitted head. `points` are the examples' places, shape (examples, kept), `weights` what each says for each
    intent. `sure` is the highest score of each example that it would understand if that one were left out.
    `examples` are the intents of the texts it was told by their `knowledge.text.key`, since what it was told it need
    not guess."""

    intents: list[str]
    view: View
    points: Floats
    weights: Floats
    sure: Floats
    sharpness: float
    examples: dict[str, str]

    @classmethod
    def fit(
        cls, texts: Sequence[str], layers: Vectors, intents: Sequence[str | None], names_layers: Vectors | None = None
    ) -> "Head":
        """Fit on examples, with what `CachedEmbedder.layers_of` gives for them; rare intents count as much as frequent
        ones. What it gives for `spoken(intents)` makes each intent's name one more example of it. An example whose
        intent is None belongs to none of them, and shows what does not. Raises ValueError for fewer than two
        intents."""
        names = _names(intents)
        if len(names) < 2:
            raise ValueError("there are fewer than two intents")
        told = {key(text): name for text, name in zip(texts, intents, strict=True) if name is not None and key(text)}
        numbers = {name: number for number, name in enumerate(names)}
        truth = np.array([numbers[name] if name is not None else -1 for name in intents])
        if names_layers is not None:
            layers, truth = np.concatenate([layers, names_layers]), np.concatenate([truth, np.arange(len(names))])
        chance = np.random.default_rng(0)
        used = _some(truth, MOST, chance)
        layers, truth = layers[used], truth[used]
        view = _best_view(layers, truth, len(names), chance)
        points = view.points(layers)
        weights, left_out = _solve(points, truth, len(names))
        sharpness = _sharpness(left_out, truth)
        sure = left_out.max(axis=1)[left_out.argmax(axis=1) == truth]
        return cls(names, view, points, weights, sure, sharpness, told)

    def scores(self, layers: Vectors) -> Floats:
        """How much texts are like each intent, about 0 to 1, shape (texts, intents); of texts like none, all are
        low."""
        return np.asarray(_kernel(self.view.points(layers), self.points) @ self.weights)

    def probabilities(self, layers: Vectors) -> Floats:
        """Probability of each intent of texts that have one, shape (texts, intents)."""
        return _softmax(self.scores(layers), self.sharpness)

    def threshold(self, given_up: float) -> float:
        """The highest score below which lies this share of what is understood: what is out of scope scores lower."""
        return float(np.quantile(self.sure, given_up)) if len(self.sure) else 0.0

    def save(self, folder: Path) -> None:
        """Write plain arrays, which load without running any code."""
        view = self.view
        np.savez(
            folder / "head.npz", origins=view.origins, lengths=view.lengths, basis=view.basis,
            points=self.points, weights=self.weights, sure=self.sure,
        )  # fmt: skip
        words = {"intents": self.intents, "sharpness": self.sharpness, "examples": self.examples}
        (folder / "head.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Head":
        """Read what `save` wrote."""
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            view = View(arrays["origins"], arrays["lengths"], arrays["basis"])
            points, weights, sure = arrays["points"], arrays["weights"], arrays["sure"]
        words = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        return cls(words["intents"], view, points, weights, sure, words["sharpness"], words["examples"])


def spoken(intents: Sequence[str | None]) -> list[str]:
    """The names of intents as words, in the head's order."""
    return [" ".join(re.split(r"[_/.-]+", name)) for name in _names(intents)]


def _names(intents: Sequence[str | None]) -> list[str]:
    return sorted({intent for intent in intents if intent is not None})


def _flat(layers: Vectors, origins: Floats, lengths: Floats) -> Floats:
    moved = layers - origins
    moved = moved / np.maximum(np.linalg.norm(moved, axis=2, keepdims=True), 1e-6) * lengths[:, None]
    return np.asarray(moved.reshape(len(layers), -1), dtype=np.float32)


def _kernel(ours: Floats, theirs: Floats) -> Floats:
    """How near points are, 1 for the same, shape (ours, theirs)."""
    near = ours @ theirs.T
    near *= WIDTH
    near -= WIDTH / 2 * (ours * ours).sum(axis=1)[:, None]
    near -= WIDTH / 2 * (theirs * theirs).sum(axis=1)
    return np.asarray(np.exp(near, out=near))


def _solve(points: Floats, truth: NDArray[np.int64], intents: int) -> tuple[Floats, Floats]:
    """The examples' weights, and the scores each would get if it were left out, both shape (examples, intents)."""
    wanted = np.zeros((len(points), intents), dtype=np.float32)
    wanted[truth >= 0, truth[truth >= 0]] = 1
    counts = np.bincount(truth + 1, minlength=intents + 1)
    rarity = len(truth) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    kernel = _kernel(points, points)
    kernel[np.diag_indices_from(kernel)] += (NOISE / rarity[truth + 1]).astype(np.float32)
    factor, _ = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)  # .T: in LAPACK's order, so that nothing is copied
    weights, _ = lapack.spotrs(factor, wanted, lower=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    left_out = wanted - weights / inverse.diagonal()[:, None]
    return np.ascontiguousarray(weights, dtype=np.float32), np.asarray(left_out, dtype=np.float32)


def _best_view(layers: Vectors, truth: NDArray[np.int64], intents: int, chance: np.random.Generator) -> View:
    """The view in which most examples would be understood if they were left out."""
    if layers.shape[1] == 1:
        return View.of(layers, 1.0)
    views = [View.of(layers, share) for share in LAST_LAYER]
    some = _some(truth, TRIED_ON, chance)
    some = some[truth[some] >= 0]
    right = [
        np.mean(_solve(view.points(layers[some]), truth[some], intents)[1].argmax(axis=1) == truth[some])
        for view in views
    ]
    return views[int(np.argmax(right))]


def _some(truth: NDArray[np.int64], most: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """Places of at most so many examples, from all intents alike, in their order."""
    order = chance.permutation(len(truth))
    turn = np.zeros(len(truth), dtype=np.int64)  # the how-manieth of its intent an example is
    for number in np.unique(truth):
        of_it = order[truth[order] == number]
        turn[of_it] = np.arange(len(of_it))
    return np.sort(order[np.argsort(turn[order], kind="stable")][:most])


def _sharpness(left_out: Floats, truth: NDArray[np.int64]) -> float:
    """What makes probabilities of the scores such that they are as sure as they are right."""
    scores, right = left_out[truth >= 0], truth[truth >= 0]
    rows = np.arange(len(right))
    surprise = [-np.log(_softmax(scores, sharp)[rows, right] + 1e-9).mean() for sharp in SHARPNESS]
    return float(SHARPNESS[int(np.argmin(surprise))])


def _softmax(scores: Floats, sharpness: float) -> Floats:
    raised = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
