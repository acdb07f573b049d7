"""The intent head's arithmetic: multinomial logistic regression over an embedding and hashed characters and words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from knowledge.embedding import Vectors
from knowledge.text import key, normal

HASHED = 2_048
HASHED_WEIGHT = 0.6

_HASHER = HashingVectorizer(
    analyzer="char_wb", ngram_range=(1, 4), n_features=HASHED, norm="l2", alternate_sign=False, dtype=np.float32
)


@dataclass(frozen=True)
class Head:
    """A fitted head. `origin` is the centre of the embeddings, which of themselves all point much the same way;
    `weights` has the shape (embedding and hashed features, intents); `examples` are the intents of the texts it was
    told by their `knowledge.text.key`, since what it was told it need not guess."""

    intents: list[str]
    origin: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    examples: dict[str, str]

    @classmethod
    def fit(
        cls, texts: Sequence[str], vectors: Vectors, intents: Sequence[str], *, regularisation: float = 20.0
    ) -> "Head":
        """Fit on examples; rare intents count as much as frequent ones. Raises ValueError for fewer than two
        intents."""
        origin = np.asarray(vectors.mean(axis=0), dtype=np.float32)
        model = LogisticRegression(C=regularisation, max_iter=400, class_weight="balanced", tol=1e-4)
        model.fit(np.hstack([_centred(vectors, origin), _hashed(texts).toarray()]), list(intents))
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
        return cls(
            [str(name) for name in model.classes_],
            origin,
            np.ascontiguousarray(weights.T, dtype=np.float32),
            np.asarray(bias, dtype=np.float32),
            {key(text): intent for text, intent in zip(texts, intents, strict=True) if key(text)},
        )

    def probabilities(self, text: str, vector: Vectors) -> NDArray[np.float32]:
        """Probability of each intent, shape (intents,)."""
        dense = len(self.origin)
        hashed = _hashed([text])
        scores = _centred(vector[None, :], self.origin)[0] @ self.weights[:dense] + self.bias
        scores = scores + hashed.data @ self.weights[dense + hashed.indices]
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write plain arrays, which load without running any code."""
        np.savez(folder / "head.npz", origin=self.origin, weights=self.weights, bias=self.bias)
        words = {"intents": self.intents, "examples": self.examples}
        (folder / "head.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Head":
        """Read what `save` wrote."""
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            origin, weights, bias = arrays["origin"], arrays["weights"], arrays["bias"]
        words = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        return cls(words["intents"], origin, weights, bias, words["examples"])


def _centred(vectors: Vectors, origin: NDArray[np.float32]) -> NDArray[np.float32]:
    moved = vectors - origin
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def _hashed(texts: Sequence[str]) -> csr_matrix:
    return _HASHER.transform([normal(text) for text in texts]) * HASHED_WEIGHT
