"""How sure an answer is, from everything: what retrieval says and what the intent head says of the same message.

Two small logistic models more, on top of those of `knowledge.confidence`: the log-odds that the base answers at all,
and that this article does, each with how likely the head thinks the message out of scope, off topic, or a piece of
dialogue ("where is my order", "thanks"); what is left is a question for the knowledge base. The head was trained on the
articles of one day, so its word weighs as much as it is worth on articles that it has never seen: half of what
`bot.fit_together` fits on are such.

A head that cannot tell these apart says nothing, and what retrieval says stands.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.confidence import THRESHOLDS, Model
from knowledge.logistic import Floats, Logistic

SHIPPED = Path(__file__).with_name("together.json")
BELIEFS = ("out_of_scope", "off_topic", "dialogue")  # of the head, probabilities 0..1
FEATURES = ("retrieval", *BELIEFS)
_SUREST = 1e-6


@dataclass(frozen=True)
class Together:
    """The fitted models; what the head believes of a question on average (`usual`); and the thresholds, which mean what
    those of `Model` mean."""

    answerable: Logistic
    confidence: Logistic
    usual: tuple[float, ...]
    alone: float
    answer: float
    clarify: float

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Together":
        """Read fitted models. Raises OSError, and ValueError if they are none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            answerable, confidence = (Logistic.from_json(data[name]) for name in ("answerable", "confidence"))
            alone, answer, clarify = (float(data[name]) for name in THRESHOLDS)
            usual = tuple(map(float, data["usual"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no fitted model: fit it again with python -m bot.fit_together") from error
        if (answerable.features, confidence.features) != (FEATURES, FEATURES) or len(usual) != len(BELIEFS):
            raise ValueError(f"{path} was fitted for other features: fit it again with python -m bot.fit_together")
        return cls(answerable, confidence, usual, alone, answer, clarify)

    def save(self, path: Path) -> None:
        """Write the models as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def beside(self, model: Model) -> "Together":
        """These models beside a model of retrieval. What a company has fitted to its own questions is right on average
        already: there the head only moves it, by how far its beliefs are from what is usual, and the thresholds are the
        company's."""
        if not model.own:
            return self
        answerable, confidence = (_centred(each, self.usual) for each in (self.answerable, self.confidence))
        return Together(answerable, confidence, self.usual, model.alone, model.answer, model.clarify)

    def weigh(
        self, confidences: Sequence[float], answerable: float, beliefs: Mapping[str, float]
    ) -> tuple[list[float], float]:
        """The probabilities that each article answers, and that any does, given the head's beliefs by name."""
        if not all(name in beliefs for name in BELIEFS):
            return list(confidences), answerable
        believed = [beliefs[name] for name in BELIEFS]
        known = self.confidence.probability(features(confidences, [believed] * len(confidences)))
        return known.tolist(), float(self.answerable.probability(features([answerable], [believed]))[0])


@lru_cache(maxsize=1)
def shipped() -> Together:
    """The models that ship with us."""
    return Together.load()


def features(probabilities: Sequence[float], beliefs: Sequence[Sequence[float]]) -> Floats:
    """What the models look at: retrieval's probabilities as log-odds, the head's as they are, shape (texts,
    len(FEATURES))."""
    sure = np.clip(np.asarray(probabilities, dtype=np.float64), _SUREST, 1 - _SUREST)
    believed = np.asarray(beliefs, dtype=np.float64).reshape(len(sure), len(BELIEFS))
    return np.column_stack([np.log(sure / (1 - sure)), believed])


def _centred(model: Logistic, usual: Sequence[float]) -> Logistic:
    weights = model.weights[1:]
    return replace(model, weights=(1.0, *weights), bias=-float(np.dot(weights, usual)))
