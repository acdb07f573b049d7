"""Everything the bot said is given to the turn that said it; what cannot be is found."""

from typing import Any

import pytest

from bench.soak.turns import compare

JSON = dict[str, Any]
SENSITIVE = "sensitive_privacy"


def asked(seq: int, decision: str, article: str = "", intent: str = "kb_question") -> JSON:
    ranking = [{"id": article}] if article else []
    return {"seq": seq, "evidence": {"decision": decision, "intent": intent, "ranking": ranking}}


def said(seq: int, article: str | None = None) -> JSON:
    return {"seq": seq, "article": article}


BOOKING, INVOICE = asked(1, "answer", "booking"), asked(18, "answer", "invoice")


@pytest.mark.parametrize(
    ("questions", "answers", "handed_over"),
    [
        pytest.param([BOOKING, INVOICE], [said(2, "booking"), said(21, "invoice")], [], id="one after the other"),
        pytest.param(
            [asked(1, "answer", "a"), asked(2, "answer", "b")], [said(3, "a"), said(4, "b")], [], id="in one breath"
        ),
        pytest.param(
            [BOOKING, asked(3, "pass", "privacy", SENSITIVE), INVOICE], [said(2, "booking"), said(21, "invoice")], [3],
            id="silent about a sensitive matter while the customer waits for a human",
        ),
        pytest.param(
            [asked(1, "handoff", intent=SENSITIVE), INVOICE], [said(2), said(21, "invoice")], [2],
            id="a word about a sensitive matter before the handoff",
        ),
        pytest.param(
            [asked(1, "clarify"), INVOICE], [said(21, "invoice")], [2], id="handed over before it could ask back"
        ),
        pytest.param(
            [asked(1, "dialogue"), asked(3, "answer", "a"), asked(6, "dialogue")],
            [said(2), said(4, "a"), said(5), said(7)], [], id="back to the order after an answer",
        ),
        pytest.param(
            [asked(1, "dialogue"), asked(2, "dialogue")], [said(3), said(4)], [], id="two short words, not one long"
        ),
        pytest.param([asked(1, "dialogue", intent="repeat")], [said(2, "a")], [], id="an answer said again"),
    ],
)  # fmt: skip
def test_what_came_of_a_turn_adds_up(questions: list[JSON], answers: list[JSON], handed_over: list[int]) -> None:
    assert compare(questions, answers, handed_over).faults == 0


def test_an_answer_that_is_not_there_is_unanswered() -> None:
    assert compare([BOOKING, INVOICE], [said(21, "invoice")], []).unanswered == (BOOKING,)


def test_a_handoff_excuses_only_the_turn_in_which_it_happened() -> None:
    """given a handoff after an answer that is there, then one that is missing before it is lost all the same."""
    questions = [asked(1, "answer", "a"), asked(2, "answer", "b"), asked(4, "handoff")]
    assert compare(questions, [said(3, "b")], [4]).unanswered == (questions[0],)


def test_an_answer_said_twice_is_unasked() -> None:
    assert compare([BOOKING], [said(2, "booking"), said(3, "booking")], []).unasked == (said(3, "booking"),)


def test_a_word_of_the_bot_that_nothing_explains_is_unasked() -> None:
    assert compare([asked(1, "pass")], [said(2)], []).unasked == (said(2),)


def test_another_answer_than_the_one_decided_for_is_both() -> None:
    found = compare([BOOKING], [said(2, "invoice")], [])
    assert (found.unanswered, found.unasked) == ((BOOKING,), (said(2, "invoice"),))


def test_an_answer_before_its_question_is_none() -> None:
    assert compare([INVOICE], [said(3, "invoice")], []).faults == 2
