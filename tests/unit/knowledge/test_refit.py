"""Fitting confidence to a company's own questions."""

import random

import numpy as np
import pytest

from knowledge.articles import EVERYONE
from knowledge.base import KnowledgeBase
from knowledge.confidence import Model
from knowledge.evaluation import Judged, threshold_for
from knowledge.fit import LEAST_ALONE, MOST_CLARIFY
from knowledge.logistic import fit_scaling
from knowledge.refit import Asked, figures, judge, refit

MODEL = Model.load()


def test_scaling_recovers_what_was_stretched_and_shifted() -> None:
    chance = np.random.default_rng(0)
    log_odds = chance.normal(size=5_000) * 2
    labels = chance.random(5_000) < 1 / (1 + np.exp(-(0.5 * log_odds - 1)))
    assert fit_scaling(log_odds, labels, 1.0) == pytest.approx((0.5, -1.0), abs=0.1)
    few = fit_scaling(log_odds[:3], labels[:3], 100.0)
    assert few == pytest.approx((1.0, 0.0), abs=0.1)


def test_a_threshold_needs_more_than_a_few_lucky_answers() -> None:
    lucky = [Judged("known", 0.9, 0.9, right=True, in_three=True)] * 3
    assert threshold_for(lucky, 0.05) == 1.0
    assert threshold_for(lucky * 10, 0.05) == 0.9


def overconfident(count: int) -> list[Judged]:
    """What a model says that is twice as sure as it should be."""
    chance = random.Random(4)
    found = []
    for _ in range(count):
        known, sure = chance.random() < 0.8, chance.random()
        right = known and chance.random() < sure / 2
        found.append(Judged("known" if known else "near", 0.9 * sure, 0.9, right, right))
    return found


def test_probabilities_are_corrected_and_thresholds_keep_the_risk() -> None:
    judged = overconfident(2_000)
    fitted, after = refit(MODEL, judged, risk=0.4, offered=0.5, kept=0.9)
    assert figures(fitted, after).calibration_error < figures(MODEL, judged).calibration_error / 2
    answers = [one for one in after if one.confidence >= fitted.answer]
    assert answers
    assert figures(fitted, after).wrong_alone <= 0.4
    assert fitted.alone >= LEAST_ALONE
    assert fitted.clarify <= MOST_CLARIFY


def test_without_a_question_that_has_an_answer_nothing_can_be_chosen() -> None:
    with pytest.raises(ValueError, match="none of the questions has an answer"):
        refit(MODEL, [Judged("near", 0.5, 0.5, right=False, in_three=False)], risk=0.05, offered=0.2, kept=0.9)


def test_questions_of_a_log_are_judged_by_what_answers_them(base: KnowledgeBase) -> None:
    asked = [
        Asked("how much does it cost to have it delivered", "en", relevant=frozenset({"delivery-fees"})),
        Asked("what is the capital of mongolia", "en"),
        Asked("how much does it cost to have it delivered", "en", wrong=frozenset({"warranty-period"})),
        Asked(base.articles["delivery-fees"].text("en").title, "en", relevant=frozenset({"delivery-fees"})),
    ]
    judged = judge(base, asked, EVERYONE)
    assert [one.kind for one in judged] == ["known", "near"], "exact ones and those of unknown outcome are left out"
    assert judged[0].answerable > judged[1].answerable
