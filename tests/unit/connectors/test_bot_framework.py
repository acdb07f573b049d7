"""Handing over to and from Bot Framework. The fixtures were written by Microsoft's own library (botbuilder 4.23.3)."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bot_framework import OURS, Status, from_event, from_status, is_status, to_event, to_status
from connectors.desk import Handoff
from connectors.message import Author
from connectors.portable import NotAPacket, to_document
from tests.contract.desk_suite import packet
from tests.unit.connectors.test_portable import handoffs, without_what_is_behind_buttons

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "handoff"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"bot_framework_{name}.json").read_text(encoding="utf-8"))


def on_the_wire(event: Any) -> Any:
    return json.loads(json.dumps(event))


@settings(max_examples=40)
@given(handoffs)
def test_what_we_wrote_comes_back_whole(handoff: Handoff) -> None:
    assert from_event(on_the_wire(to_event(handoff))) == without_what_is_behind_buttons(handoff)


def test_what_we_write_is_an_event_with_a_transcript() -> None:
    handoff = packet(queue="Returns")
    event = to_event(handoff, link=lambda file: f"https://x/{file.id}")
    assert (event["type"], event["name"], event["id"]) == ("event", "handoff.initiate", handoff.id)
    assert (event["channelId"], event["locale"], event["value"]["Skill"]) == ("webchat", "zh-CN", "Returns")
    first, second = event["attachments"][0]["content"]["activities"]
    assert event["attachments"][0]["name"] == "Transcript"
    assert (first["from"], first["text"]) == ({"id": "c1", "name": "王芳", "role": "user"}, "退货地址填错了怎么办？")
    assert first["timestamp"] == "2026-11-22T07:00:00.000Z"
    assert (second["from"]["role"], second["recipient"]["role"]) == ("bot", "user")
    assert second["suggestedActions"]["actions"] == [{"type": "imBack", "title": "运费", "value": "运费"}]


def test_without_our_own_attachment_the_conversation_is_read_all_the_same() -> None:
    event = to_event(packet())
    event["attachments"] = [each for each in event["attachments"] if each["contentType"] != OURS]
    read = from_event(on_the_wire(event))
    assert [(each.author, each.content.text) for each in read.transcript] == [
        (Author.CUSTOMER, "退货地址填错了怎么办？"), (Author.BOT, "7 天内可退。"),
    ]  # fmt: skip
    assert (read.language, read.summary, read.question) == ("zh", "客户填错了退货地址。", "退货地址填错了怎么办？")


def test_what_microsofts_library_writes_is_read() -> None:
    read = from_event(fixture("initiate"))
    said = [
        (str(each.author), each.content.text, [button.title for button in each.content.buttons])
        for each in read.transcript
    ]
    assert said == [
        ("customer", "退款怎么还没到？👨‍👩‍👧‍👦", []),
        ("bot", "退款一般 3 个工作日到账。", ["查看订单", "人工客服"]),
        ("customer", "", []),
        ("bot", "退款进度\n处理中", ["催一下"]),
        ("customer", "转人工", []),
    ]
    (picture,) = read.attachments
    assert (picture.name, picture.media_type) == ("截图.png", "image/png")
    assert (read.queue, read.summary, read.language) == ("refunds", "退款已经等了一周", "zh")
    assert (read.customer["name"], read.question, read.conversation_id) == ("王芳", "转人工", "19:8f1c-conv")
    assert read.transcript[0].at == 1_795_788_185_250
    assert from_event(fixture("initiate")).id == read.id
    assert from_event(on_the_wire(to_event(read))) == read


@pytest.mark.parametrize("wrap", [list, lambda found: {"activities": found}, lambda found: {"transcript": found}])
def test_a_bare_transcript_is_read(wrap: Any) -> None:
    activities = fixture("initiate")["attachments"][0]["content"]["activities"]
    assert from_event(wrap(activities)).question == "转人工"


def test_a_transcript_of_copilot_studio_has_numbers() -> None:
    said = [
        {"type": "message", "from": {"id": "b", "role": 0}, "timestamp": 1795788185, "text": "Hi"},
        {"type": "message", "from": {"id": "u", "role": 1}, "timestamp": 1795788190, "text": "A human, please"},
    ]
    read = from_event({"activities": said})
    assert [(str(each.author), each.at) for each in read.transcript] == [
        ("bot", 1_795_788_185_000), ("customer", 1_795_788_190_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "where"),
    [
        ({}, "Transcript"),
        ([], "Transcript"),
        ("text", "Transcript"),
        ({"type": "event", "name": "other"}, "name"),
        ({"attachments": [{"name": "Transcript", "contentUrl": "https://x"}]}, "Transcript"),
        ({"activities": [{"type": "typing"}]}, "Transcript"),
        ({"attachments": [{"contentType": OURS, "content": {}}]}, "version"),
        ({"attachments": [{"contentType": OURS, "content": to_document(packet()) | {"version": "3"}}]}, "version"),
    ],
)  # fmt: skip
def test_what_is_no_handoff_is_named(event: Any, where: str) -> None:
    with pytest.raises(NotAPacket) as told:
        from_event(event)
    assert told.value.problems[0][0] == where


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["message", "Transcript", "user", "hello"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "name", "value", "attachments", "content", "activities", "from", "role", "id", "text", "body"]
            ),
            inner, max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80)
@given(junk)
def test_nothing_breaks_it(data: Any) -> None:
    with suppress(NotAPacket):
        assert from_event(data).reference.startswith("BF-")


def test_what_became_of_a_handoff_is_told_both_ways() -> None:
    assert from_status(fixture("status")) == Status(conversation_id="19:8f1c-conv", state="accepted", message="OK")
    for state in ("accepted", "failed", "completed"):
        status = Status(conversation_id="c", state=state, message="好")
        assert is_status(to_status(status))
        assert from_status(on_the_wire(to_status(status))) == status
    with pytest.raises(NotAPacket):
        from_status(to_status(Status(conversation_id="c", state="maybe")))
    with pytest.raises(NotAPacket):
        from_status(fixture("initiate"))
