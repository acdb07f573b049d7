"""What the channel accepts, and how a tracker becomes an answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from bot.turn import BadTurn, answer, is_silent, read_turn
from tests.unit.bot.domains import domain

DOMAIN = domain(
    'version: "3.1"\nintents: [ask_human, restart]\nslots: {order_number: {type: text, mappings: [{type: custom}]}}'
)
BODY = {"conversation_id": "c", "message_id": "m", "text": "hi"}


def body(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**BODY, **changes}.items() if value is not None}


@pytest.mark.parametrize("text", ["/restart", "  /restart", "/ask_human", '/ask_human{"a": 1}', "/ask_human@0.9"])
def test_a_text_is_never_a_command(text: str) -> None:
    turn = read_turn(body(text=text))
    assert turn.is_text
    message = Message({"text": turn.said})
    assert YAMLStoryReader.unpack_regex_message(message, DOMAIN) is message


@given(st.text(min_size=1))
def test_no_text_whatever_is_a_command(text: str) -> None:
    said = read_turn(body(text=text)).said
    assert not said.strip().startswith("/")


def test_a_payload_is_a_command() -> None:
    turn = read_turn(body(text=None, payload='/ask_article{"article_id": "delivery-times"}'))
    assert not turn.is_text
    assert turn.said.startswith("/ask_article")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([], "body"),
        (body(text=None), "text, payload"),
        (body(payload="/x"), "text, payload"),
        (body(text=7), "text, payload"),
        (body(text="x" * 20_000), "text"),
        (body(text=None, payload="ask"), "payload"),
        (body(text=None, payload="/x y"), "payload"),
        (body(context="en"), "context"),
        (body(conversation_id=""), "conversation_id"),
        (body(message_id=None), "message_id"),
        (body(message_id="x" * 300), "message_id"),
    ],
)
def test_a_wrong_request_is_told_its_field(wrong: Any, field: str) -> None:
    with pytest.raises(BadTurn, match=f"^{field}: "):
        read_turn(wrong)


def tracker(*events: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("c", list(events), DOMAIN.slots)


def user(message: str, **parsed: Any) -> UserUttered:
    data = {"text": message, "intent": {"name": "kb_answer", "confidence": 0.9}, "entities": [], **parsed}
    return UserUttered(message, parse_data=data, message_id=message, metadata={"context": {"language": "en"}})


LISTEN = ActionExecuted("action_listen")


def test_each_utterance_is_one_message_with_its_article_and_buttons() -> None:
    said = {"id": "a", "title": "A", "language": "en", "confidence": 0.9}
    found = tracker(
        user(
            "m1",
            language="en",
            kb={"ranking": [said]},
            decision={"name": "answer"},
            head={"intent": "kb_question", "confidence": 0.8},
        ),
        SlotSet("order_number", "HL1"),
        BotUttered("first\n\nstill first", metadata={"article": said}),
        BotUttered("second", {"buttons": [{"title": "T", "payload": "/p", "type": "x"}]}),
        BotUttered(None, {"custom": {"signal": {"type": "handoff", "reason": "requested"}}}),
        LISTEN,
        user("m2", language="zh"),
        BotUttered("later"),
        LISTEN,
    )
    first = answer(found, "m1")
    assert first is not None
    assert first["messages"] == [
        {"text": "first\n\nstill first", "article": said},
        {"text": "second", "buttons": [{"title": "T", "payload": "/p"}]},
    ]
    assert first["signals"] == [{"type": "handoff", "reason": "requested", "detail": ""}]
    assert first["evidence"]["intent"] == "kb_question"
    assert first["evidence"]["confidence"] == 0.9
    assert first["slots"] == {"order_number": "HL1"}
    second = answer(found, "m2")
    assert second is not None
    assert [message["text"] for message in second["messages"]] == ["later"]
    assert second["signals"] == [{"type": "language", "language": "zh"}]


def test_an_unknown_or_unfinished_turn_has_no_answer() -> None:
    assert answer(tracker(user("m1"), BotUttered("x"), LISTEN), "other") is None
    assert answer(tracker(user("m1"), BotUttered("x")), "m1") is None


@pytest.mark.parametrize(
    ("decision", "events", "silent"),
    [
        ("answer", [], True),
        ("pass", [], False),
        ("answer", [BotUttered("x")], False),
        ("handoff", [BotUttered(None, {"custom": {"signal": {"type": "handoff"}}})], False),
        ("answer", [BotUttered(None, {"custom": {"other": 1}})], True),
    ],
)
def test_silence_is_only_fine_when_it_was_decided(decision: str, events: list[Any], silent: bool) -> None:
    found = answer(tracker(user("m", language="zh", decision={"name": decision}), *events, LISTEN), "m")
    assert found is not None
    assert is_silent(found) is silent
