"""What is a question, and what followed it."""

from typing import Any

import pytest

from connectors.message import Author
from frontdoor.articles_shown import counted, failing
from frontdoor.questions import SOON_MS, Question, told
from storage.questions import HandedOver, Said

START = 1_795_330_800_000


def said(seq: int, author: Author, text: str = "", conversation: str = "c", **values: Any) -> Said:
    """A message; `decision` and `intent` become its evidence, `article` its article."""
    names = ("decision", "intent", "language")
    evidence = {name: values.pop(name) for name in names if name in values} or None
    article = values.pop("article", "")
    shown = {"id": article, "title": article.title(), "language": "en"} if article else {}
    return Said(
        id=f"{conversation}{seq:03}", conversation_id=conversation, seq=seq, at=START + seq * 1_000, author=author,
        text=text, article=shown, evidence=evidence, helpful=values.pop("helpful", None), verified=False,
    )  # fmt: skip


def customer(seq: int, text: str, decision: str, intent: str = "kb_question", **values: Any) -> Said:
    return said(seq, Author.CUSTOMER, text, decision=decision, intent=intent, **values)


def bot(seq: int, article: str = "", **values: Any) -> Said:
    return said(seq, Author.BOT, "…", article=article, **values)


def handed_over(seq: int, reason: str = "requested", at: int = 0, conversation: str = "c") -> HandedOver:
    return HandedOver(conversation_id=conversation, seq=seq, at=at or START + seq * 1_000, reason=reason)


def only(*lines: Said, handoffs: tuple[HandedOver, ...] = ()) -> Question:
    (question,) = told(lines, handoffs)
    return question


def test_an_answer_that_nobody_minded() -> None:
    question = only(customer(1, "is shipping  free?", "answer"), bot(2, "fees"))
    assert (question.text, question.language) == ("is shipping free?", "en")
    assert (question.answered, question.failed, question.outcome, question.belongs_to) == (True, False, "", "")
    assert question.shown["id"] == "fees"


@pytest.mark.parametrize(("helpful", "owner", "failed"), [(True, "fees", False), (False, "", True)])
def test_a_mark_under_the_answer(helpful: bool, owner: str, failed: bool) -> None:
    question = only(customer(1, "free?", "answer"), bot(2, "fees", helpful=helpful))
    assert (question.belongs_to, question.failed) == (owner, failed)


@pytest.mark.parametrize(("intent", "helpful"), [("not_helpful", False), ("none_of_these", False), ("helpful", True)])
def test_a_word_about_the_answer_is_no_question(intent: str, helpful: bool) -> None:
    question = only(customer(1, "free?", "answer"), bot(2, "fees"), customer(3, "well", "rephrase", intent), bot(4))
    assert question.helpful is helpful


def test_who_picks_a_candidate_has_told_where_the_question_belongs() -> None:
    picked = customer(3, "Delivery fees", "answer", "ask_article")
    question = only(customer(1, "what about money", "clarify"), bot(2), picked, bot(4, "fees"))
    assert (question.outcome, question.belongs_to, question.chosen["id"]) == ("", "fees", "fees")


def test_who_wants_a_human_soon_after_an_answer_was_not_helped() -> None:
    lines = (customer(1, "free?", "answer"), bot(2, "fees"), customer(3, "a human!", "handoff", "ask_human"))
    assert only(*lines, handoffs=(handed_over(3),)).failed
    later = handed_over(3, at=START + 1_000 + SOON_MS + 1)
    assert not only(*lines, handoffs=(later,)).failed
    assert not only(*lines, handoffs=(handed_over(3, "appointment"),)).failed
    assert not only(*lines, handoffs=(handed_over(3, conversation="another"),)).failed


@pytest.mark.parametrize(
    ("decision", "handoffs", "outcome"),
    [
        ("rephrase", (), "none"),
        ("off_topic", (), "none"),
        ("clarify", (), "clarified"),
        ("handoff", (), "handed_over"),
        ("rephrase", (handed_over(1, "no_answer"),), "handed_over"),
    ],
)
def test_how_a_question_without_an_answer_ended(decision: str, handoffs: tuple[HandedOver, ...], outcome: str) -> None:
    assert only(customer(1, "can I pay in gold", decision), handoffs=handoffs).outcome == outcome


@pytest.mark.parametrize(
    ("decision", "intent", "text"),
    [
        ("dialogue", "greet", "hello"),
        ("handoff", "ask_human", "a human please"),
        ("handoff", "sensitive_legal", "I will sue you"),
        ("pass", "kb_question", "still there?"),
        ("answer", "kb_question", "?!"),
    ],
)
def test_what_asks_the_knowledge_base_nothing(decision: str, intent: str, text: str) -> None:
    assert told([customer(1, text, decision, intent)], []) == []


def test_what_was_said_to_humans_is_no_question() -> None:
    assert told([said(1, Author.CUSTOMER, "my order is late")], []) == []


def test_conversations_are_told_apart_and_questions_come_in_their_order() -> None:
    lines = [
        customer(2, "second", "answer", conversation="b"),
        bot(3, "of-b", conversation="b"),
        customer(1, "first", "answer", conversation="a"),
        bot(4, "of-a", conversation="a"),
    ]
    assert [(each.text, each.shown["id"]) for each in told(lines, [])] == [("first", "of-a"), ("second", "of-b")]


def test_articles_that_are_shown_and_do_not_help_fail() -> None:
    lines: list[Said] = []
    handoffs = []
    for number in range(4):
        conversation = f"c{number}"
        lines += [customer(1, "free?", "answer", conversation=conversation), bot(2, "fees", conversation=conversation)]
        lines += [customer(1, "when?", "answer", conversation=f"t{number}"), bot(2, "times", conversation=f"t{number}")]
        if number:
            handoffs.append(handed_over(2, conversation=conversation))
    shown = counted(told(lines, handoffs))
    assert shown["fees"] == {"title": "Fees", "shown": 4, "then_human": 3, "last_at": START + 1_000}
    assert failing(shown) == [{"id": "fees", "title": "Fees", "shown": 4, "then_human": 3, "share": 0.75}]
    assert failing({"rare": {"title": "Rare", "shown": 2, "then_human": 2, "last_at": 0}}) == []
