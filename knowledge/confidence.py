"""How sure an answer is: small logistic models over the evidence, fitted on many knowledge bases so that they hold on
a new one.

- `bearing` takes from a query's vector what any question of its language has.
- `relevance` ranks articles by all that speaks for each. Similarities enter as distances from what the other articles
  reach, in units of what such distances usually are in this base: level and spread differ from one base and query to
  the next. Across languages similarities deserve another trust than within one, so they enter a second time, and words
  say nothing, so a comparison token by token is one more similarity.
- `answerable` is the probability that the base answers the query at all, from what its best article has in common with
  it.
- `right` is the probability that, if so, it is this article, from its lead over the others.

The product of the two is the confidence. They are two questions: an article may be the only one that comes near and
still not answer, and a question that the base surely answers may have two articles that both might. One model for both
did worse on bases left out of the fit, as did the length of the query and the size of the base. Fitted by
`python -m knowledge.fit`; docs/confidence.md tells what the numbers mean.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.bearing import Bearing
from knowledge.evidence import SPAN, Evidence
from knowledge.late import CANDIDATES
from knowledge.logistic import Floats, Logistic
from knowledge.similarities import SIMILARITIES

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("confidence.json")
RELEVANCE = (*SIMILARITIES, *(f"foreign {name}" for name in SIMILARITIES), "bm25", "coverage", "foreign late")
ANSWERABLE = ("cosine", "bm25", "coverage", "foreign", "relevance")
RIGHT = ("lead", "lead over ten")
MODELS = ("relevance", "answerable", "right")
THRESHOLDS = ("alone", "answer", "clarify")
_RIVALS = 10


@dataclass(frozen=True)
class Model:
    """The fitted models, and from where the bot does what: gives one article alone (confidence), one with others beside
    it (confidence), offers a choice (answerability)."""

    bearing: Bearing
    relevance: Logistic
    answerable: Logistic
    right: Logistic
    alone: float = 1.0
    answer: float = 1.0
    clarify: float = 1.0
    own: bool = False  # whether a company has fitted it to its own questions

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Model":
        """Read a fitted model. Raises OSError, and ValueError if it is none or was fitted for other features."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            relevance, answerable, right = (Logistic.from_json(data[name]) for name in MODELS)
            bearing = Bearing.from_json(data["bearing"])
            alone, answer, clarify = (float(data[name]) for name in THRESHOLDS)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no fitted model: fit it again with python -m knowledge.fit") from error
        if (relevance.features, answerable.features, right.features) != (RELEVANCE, ANSWERABLE, RIGHT):
            raise ValueError(f"{path} was fitted for other features: fit it again with python -m knowledge.fit")
        return cls(bearing, relevance, answerable, right, alone, answer, clarify)

    @classmethod
    def fitted(cls, path: Path) -> "Model":
        """The model a company has fitted to its own questions (docs/confidence.md), else the shipped one. One that
        cannot be used is told in the log."""
        if path.exists():
            try:
                return replace(cls.load(path), own=True)
            except (OSError, ValueError) as error:
                logger.error("%s; the shipped one is used until then", error)
        return cls.load()

    def save(self, path: Path) -> None:
        """Write the model as JSON."""
        data = {name: asdict(getattr(self, name)) for name in MODELS}
        data |= {"bearing": self.bearing.to_json()} | {name: getattr(self, name) for name in THRESHOLDS}
        beside = path.with_name(f"{path.name}.{os.getpid()}")  # a bot that is running must never read half of it
        beside.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)

    def of(self, embedder: str) -> "Model":
        """The model for vectors of this embedder: the mean questions of another one mean nothing to it."""
        return self if self.bearing.embedder == embedder else replace(self, bearing=Bearing())


def relevance_features(evidence: Evidence, scales: Mapping[str, float]) -> Floats:
    """Features of the articles compared, shape (articles, len(RELEVANCE)). Similarities enter as distances from what
    is usual."""
    similar = [(getattr(evidence, name) - evidence.usual[name]) / scales[name] for name in SIMILARITIES]
    across = [values * evidence.foreign for values in similar]
    words = (SPAN * evidence.bm25, SPAN * evidence.coverage)
    late = _instead(similar[SIMILARITIES.index("passage")]) if evidence.late is None else SPAN * evidence.late
    return np.stack([*similar, *across, *words, late * evidence.foreign], axis=1).astype(np.float64)


def _instead(passage: NDArray[np.floating]) -> NDArray[np.floating]:
    """What stands in for a comparison token by token: that with passages, from the same level."""
    return passage - np.sort(passage)[-CANDIDATES:].mean() if len(passage) else passage


def answerable_features(evidence: Evidence, places: NDArray[np.int64], relevance: Floats) -> Floats:
    """Features of the articles at `places` of the evidence, shape (places, len(ANSWERABLE)); `relevance` is of all."""
    foreign = evidence.foreign[places].astype(np.float64)
    known = 1 - foreign
    shared = (10 * evidence.cosine[places], known * evidence.bm25[places], known * evidence.coverage[places])
    return np.stack([*shared, foreign, relevance[places]], axis=1).astype(np.float64)


def right_features(places: NDArray[np.int64], relevance: Floats) -> Floats:
    """How far the articles at `places` lead over the best other one and over ten others (or fall behind), shape
    (places, len(RIGHT)); `relevance` is of all articles compared. A lone article leads over nothing by all it has."""
    order = np.argsort(-relevance, kind="stable")[: _RIVALS + 1]
    rows = []
    for place in places:
        rivals = relevance[order[order != place][:_RIVALS]]
        best, ten = (rivals[0], rivals.mean()) if len(rivals) else (0.0, 0.0)
        rows.append((relevance[place] - best, relevance[place] - ten))
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(RIGHT))
