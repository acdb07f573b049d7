"""The intent head's arithmetic: multinomial logistic regression over an embedding and hashed characters and words."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from knowledge.embedding import Vectors
from knowledge.text import normal

HASHED = 4_096
SPARSE_WEIGHT = 0.5

_HASHER = HashingVectorizer(
    analyzer="char_wb", ngram_range=(1, 4), n_features=HASHED, norm="l2", alternate_sign=False, dtype=np.float32
)


@dataclass(frozen=True)
class Head:
    """A fitted head. `weights` has the shape (embedding and hashed features, intents)."""

    intents: List[str]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def fit(cls, texts: Sequence[str], vectors: Vectors, intents: Sequence[str], *, regularisation: float = 20.0) -> "Head":
        """Fit on examples; rare intents count as much as frequent ones. Raises ValueError for fewer than two intents."""
        model = LogisticRegression(C=regularisation, max_iter=400, class_weight="balanced", tol=1e-3)
        model.fit(hstack([csr_matrix(vectors), _sparse(texts)]).tocsr(), list(intents))
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
        return cls(
            [str(name) for name in model.classes_],
            np.ascontiguousarray(weights.T, dtype=np.float32),
            np.asarray(bias, dtype=np.float32),
        )

    def probabilities(self, text: str, vector: Vectors) -> NDArray[np.float32]:
        """Probability of each intent, shape (intents,)."""
        dense = len(self.weights) - HASHED
        scores = vector @ self.weights[:dense] + self.bias
        hashed = _sparse([text])
        scores = scores + hashed.data @ self.weights[dense + hashed.indices]
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write plain arrays, which load without running any code."""
        np.savez(folder / "head.npz", weights=self.weights, bias=self.bias)
        (folder / "intents.json").write_text(json.dumps(self.intents), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Head":
        """Read what `save` wrote."""
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            weights, bias = arrays["weights"], arrays["bias"]
        return cls(json.loads((folder / "intents.json").read_text(encoding="utf-8")), weights, bias)


def _sparse(texts: Sequence[str]) -> csr_matrix:
    return _HASHER.transform([normal(text) for text in texts]) * SPARSE_WEIGHT
