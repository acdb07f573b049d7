"""How sure an answer is: small logistic models over the evidence, fitted on many knowledge bases so that they hold on
a new one.

- `relevance` ranks articles by all that speaks for each. Similarities enter as distances from what the other articles
  reach, in units of what such distances usually are in this base: level and spread differ from one base and query to
  the next.
- `answerable` is the probability that the base answers the query at all, from what the article has in common with it.
- `right` is the probability that, if so, it is this article, from its relevance.

The product is the confidence. One model for both did worse on bases left out of the fit, as did the gap to the
runner-up, the length of the query and the size of the base. Fitted by `python -m knowledge.fit`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.evidence import Evidence
from knowledge.logistic import Floats, Logistic
from knowledge.similarities import SIMILARITIES

SHIPPED = Path(__file__).with_name("confidence.json")
RELEVANCE = (*SIMILARITIES, "bm25", "coverage")
ANSWERABLE = ("cosine", "bm25", "coverage", "foreign")
RIGHT = ("relevance",)


@dataclass(frozen=True)
class Model:
    """The fitted models, and the confidences from which the bot answers or asks back."""

    relevance: Logistic
    answerable: Logistic
    right: Logistic
    answer: float
    clarify: float

    def confidence(self, common: Floats, relevance: Floats) -> Floats:
        """Probability that each article answers the query, shape (articles,): from `answerable_features` and
        relevances."""
        return self.answerable.probability(common) * self.right.probability(relevance[:, None])

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Model":
        """Read a fitted model. Raises ValueError if it was fitted for other features."""
        data = json.loads(path.read_text(encoding="utf-8"))
        relevance, answerable, right = (Logistic.from_json(data[name]) for name in ("relevance", "answerable", "right"))
        if (relevance.features, answerable.features, right.features) != (RELEVANCE, ANSWERABLE, RIGHT):
            raise ValueError(f"{path} was fitted for other features: fit it again with python -m knowledge.fit")
        return cls(relevance, answerable, right, float(data["answer"]), float(data["clarify"]))

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def relevance_features(evidence: Evidence, scales: Mapping[str, float]) -> Floats:
    """Features of the articles compared, shape (articles, len(RELEVANCE)). Similarities enter as distances from what
    is usual."""
    similar = [(getattr(evidence, name) - evidence.usual[name]) / scales[name] for name in SIMILARITIES]
    return np.stack([*similar, evidence.bm25, evidence.coverage], axis=1).astype(np.float64)


def answerable_features(evidence: Evidence, places: NDArray[np.int64]) -> Floats:
    """Features of the articles at `places` of the evidence, shape (places, len(ANSWERABLE))."""
    foreign = evidence.foreign[places].astype(np.float64)
    known = 1 - foreign
    shared = (10 * evidence.cosine[places], known * evidence.bm25[places], known * evidence.coverage[places])
    return np.stack([*shared, foreign], axis=1).astype(np.float64)
