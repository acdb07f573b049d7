"""A model's probabilities and thresholds made to fit a company's own questions.

The weights stay: they hold on bases that nobody has labelled, and a few hundred questions are too few to learn better
ones from. What may be off in one company is how much its customers ask that nothing answers, and how alike its articles
are: so each of the two probabilities is stretched and shifted (Platt 1999), pulled towards leaving it as it is, and the
thresholds are chosen anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.articles import Audience
from knowledge.base import KnowledgeBase
from knowledge.confidence import Model
from knowledge.evaluation import Judged, calibration_error
from knowledge.fit import with_thresholds
from knowledge.logistic import Floats, Logistic, fit_scaling

LEAST = 10  # questions of either outcome without which a probability stays as it is
PULL = 4.0  # questions' worth of belief that it is right already


@dataclass(frozen=True)
class Asked:
    """A question of a log: articles that answer it, articles that were shown and did not; neither if nothing does."""

    text: str
    language: str
    relevant: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Figures:
    """What a model is worth on the questions; shares 0..1."""

    questions: int
    alone: float  # of those with an answer that get one alone
    wrong_alone: float  # of the answers given alone
    answered: float  # of those with an answer that get one, alone or with others beside it
    wrong: float  # of these answers
    offered: float  # of those without an answer that get something nevertheless
    calibration_error: float


def judge(base: KnowledgeBase, asked: Iterable[Asked], audiences: frozenset[Audience]) -> list[Judged]:
    """What the base's model says of each question. Questions that literally are an article's are left out, and those of
    which it is not known whether the article that comes first now is right. Raises EmbeddingError."""
    found = []
    for one in asked:
        result = base.search(one.text, one.language, audiences=audiences, limit=3)
        if result.exact or not result.hits:
            continue
        names = [hit.article for hit in result.hits]
        if one.wrong and not one.relevant and names[0] not in one.wrong:
            continue
        kind = "known" if one.relevant or one.wrong else "near"
        right = [name in one.relevant for name in names]
        found.append(Judged(kind, result.hits[0].confidence, result.answerable, right[0], any(right)))
    return found


def refit(
    model: Model, judged: Sequence[Judged], *, risk: float, offered: float, kept: float
) -> tuple[Model, list[Judged]]:
    """The model fitted to these, and what it says of them. Raises ValueError if none of them has an answer."""
    known = [one for one in judged if one.kind == "known"]
    if not known:
        raise ValueError("none of the questions has an answer: thresholds cannot be chosen")
    answerable = _scaling([one.answerable for one in judged], [one.kind == "known" for one in judged])
    right = _scaling([_right(one) for one in known], [one.right for one in known])
    fitted = replace(model, answerable=_scaled(model.answerable, answerable), right=_scaled(model.right, right))
    again = []
    for one in judged:
        likely = _probability(one.answerable, answerable)
        again.append(replace(one, answerable=likely, confidence=likely * _probability(_right(one), right)))
    return with_thresholds(fitted, again, risk=risk, offered=offered, kept=kept), again


def figures(model: Model, judged: Sequence[Judged]) -> Figures:
    """What the model's thresholds mean for these."""
    known, unknown = [one for one in judged if one.kind == "known"], [one for one in judged if one.kind != "known"]
    alone = [one for one in judged if one.confidence >= model.alone]
    answered = [one for one in judged if one.confidence >= model.answer]
    offered = [one for one in unknown if one.answerable >= model.clarify or one.confidence >= model.answer]
    return Figures(
        questions=len(judged),
        alone=_share(sum(one.kind == "known" for one in alone), len(known)),
        wrong_alone=_share(sum(not one.right for one in alone), len(alone)),
        answered=_share(sum(one.kind == "known" for one in answered), len(known)),
        wrong=_share(sum(not one.right for one in answered), len(answered)),
        offered=_share(len(offered), len(unknown)),
        calibration_error=calibration_error([one.confidence for one in judged], [one.right for one in judged]),
    )


def _right(one: Judged) -> float:
    return one.confidence / max(one.answerable, 1e-9)


def _scaling(probabilities: Sequence[float], labels: Sequence[bool]) -> tuple[float, float]:
    if min(sum(labels), len(labels) - sum(labels)) < LEAST:
        return 1.0, 0.0
    return fit_scaling(_log_odds(np.array(probabilities)), np.array(labels, dtype=bool), PULL)


def _scaled(logistic: Logistic, scaling: tuple[float, float]) -> Logistic:
    slope, shift = scaling
    weights = tuple(round(slope * weight, 6) for weight in logistic.weights)
    return Logistic(logistic.features, weights, round(slope * logistic.bias + shift, 6))


def _probability(probability: float, scaling: tuple[float, float]) -> float:
    slope, shift = scaling
    return float(1 / (1 + np.exp(-(slope * _log_odds(np.array(probability)) + shift))))


def _log_odds(probability: Floats) -> Floats:
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded / (1 - bounded)))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
