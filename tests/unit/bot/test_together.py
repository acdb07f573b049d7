"""Retrieval and intent head weighed together on a message, and the models fitted for that."""

import random

import numpy as np
import pytest

from bot.decision import _weighed
from bot.fit_together import COMMON, fit, left_out, report
from bot.intents import beliefs_of
from bot.together_cases import LATER, ROUNDS, Case, read_later
from knowledge.together import shipped

FOUND = {"ranking": [{"id": "a", "confidence": 0.7}, {"id": "b", "confidence": 0.3}], "answerable": 0.9}
OFF_TOPIC = {"kb_question": 0.0, "out_of_scope": 0.0, "off_topic": 1.0, "dialogue": 0.0}


def test_the_message_keeps_what_retrieval_said_beside_what_both_say() -> None:
    found = _weighed(FOUND, OFF_TOPIC, shipped())
    assert found["retrieval"] == {"confidence": 0.7, "answerable": 0.9}
    assert found["ranking"][0]["confidence"] < 0.7
    assert found["answerable"] < 0.9
    assert [hit["id"] for hit in found["ranking"]] == ["a", "b"]


@pytest.mark.parametrize("found", [{}, {"ranking": [], "answerable": 0.0}, FOUND | {"exact": True}])
def test_nothing_found_and_an_articles_own_question_stay_as_they_are(found: dict[str, object]) -> None:
    assert _weighed(found, OFF_TOPIC, shipped()) == found


def test_of_dialogue_the_likeliest_counts() -> None:
    beliefs = beliefs_of({"kb_question": 0.5, "thank": 0.2, "greet": 0.1, "off_topic": 0.2})
    assert beliefs == {"kb_question": 0.5, "out_of_scope": 0.0, "off_topic": 0.2, "dialogue": 0.2}
    assert beliefs_of({"kb_question": 1.0})["dialogue"] == 0.0


def made_up() -> list[Case]:
    """Cases of every kind in which the head knows what is off topic, and nothing of new articles."""
    chance = random.Random(1)
    cases = []
    for kind in COMMON:
        answered = kind in ("known", "new", "new elsewhere", "new out of scope")
        for number in range(80):
            sure = chance.betavariate(4, 2) if answered else chance.betavariate(2, 4)
            off = chance.uniform(0.6, 1) if kind == "far" else chance.uniform(0, 0.1)
            out = chance.uniform(0.6, 1) if "out of scope" in kind else chance.uniform(0, 0.1)
            beliefs = {"kb_question": max(0, 1 - off - out), "out_of_scope": out, "off_topic": off, "dialogue": 0.0}
            right = answered and chance.random() < 0.9
            cases.append(Case(kind, number % ROUNDS, f"{kind} {number}", "", 0.5, sure, sure, beliefs, right))
    return cases


def test_the_fit_learns_what_the_heads_word_is_worth() -> None:
    cases = made_up()
    fitted = fit(cases)
    weights = dict(zip(fitted.confidence.features, fitted.confidence.weights, strict=True))
    assert weights["off_topic"] < weights["out_of_scope"], "articles answer what it takes for out of scope, often"
    assert 0 < fitted.answer <= fitted.alone <= 1
    surprise = {
        name: -np.mean(
            [np.log(case.confidence if case.right else 1 - case.confidence) for case in some if case.kind == "far"]
        )
        for name, some in {"before": cases, "after": left_out(cases)}.items()
    }
    assert surprise["after"] < surprise["before"]
    assert "new out of scope" in report(cases, alone=fitted.alone, answer=fitted.answer)


def test_each_round_has_articles_that_the_head_takes_for_out_of_scope() -> None:
    sets = read_later(LATER)
    assert len(sets) == ROUNDS
    for one in sets:
        assert {query.language for query in one.queries} == {"en", "zh"}
        told = {question for doc in one.docs for question in doc.questions}
        assert not told & {query.text for query in one.queries}
