"""Whatever a page sends, reading it ends in a frame or in a refusal that can be explained."""

import contextlib
import json
import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT

from connectors.channels.socketio_packet import TextPacket
from connectors.channels.web_frames import client_id_of, read_frame
from connectors.errors import Malformed, Rejected, TooLarge
from connectors.fields import Fields, clean_line, clean_text, parse_json
from connectors.http import error_body
from connectors.rasa_protocol import Claim, claimed_sender, read_inbound
from connectors.rates import Rate
from frontdoor.files import safe_name

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
NAMES = st.sampled_from(
    ["client_id", "text", "attachments", "token", "title", "action", "score", "comment", "on", "seq", "after", "email"]
)
KINDS = st.sampled_from(["hello", "message", "button", "action", "typing", "seen", "ping"])
ACTIONS = st.sampled_from(["human", "leave_queue", "solved", "rate", "feedback", "contact", "language"])
FRAMES = st.builds(
    lambda members, kind, action: {"client_id": "c-000001", **members, "type": kind, "action": action},
    st.dictionaries(NAMES, VALUES),
    KINDS,
    ACTIONS,
)


@given(FRAMES | VALUES)
def test_any_json_is_a_frame_or_an_explained_refusal(value: Any) -> None:
    try:
        read_frame(value, 100)
    except Rejected as refused:
        for language in ("en", "zh"):
            frame = error_body(refused, language, {"text": 100, "megabytes": 1}, "web")
            assert frame["code"]
            assert frame["message"]
            json.dumps(frame).encode("utf-8")
    assert isinstance(client_id_of(value), str)


@given(st.binary() | st.text())
def test_any_bytes_are_json_or_refused(data: bytes | str) -> None:
    with contextlib.suppress(Malformed):
        json.dumps(parse_json(data), allow_nan=False)


ANY_TEXT = st.text(
    st.characters(codec=None) | st.sampled_from("\0\r\n\x1b\x9b\ud800\udfff\u202e\u200b\ufeff\u2028 \u3000")
)


@given(ANY_TEXT)
def test_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert "\r" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned


@given(ANY_TEXT)
def test_a_clean_name_is_one_line_that_reads_as_it_looks(text: str) -> None:
    cleaned = clean_line(text)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & set("\0\n\t\x1b\u202e\u200b\ufeff\u2028\u2066\ud800")
    assert clean_line(cleaned) == cleaned


@given(st.text(st.sampled_from("a字😀 \n\u0301")), st.integers(0, 8))
def test_a_limit_counts_characters_and_not_bytes(text: str, longest: int) -> None:
    """given text of one to four bytes a character, then it fits exactly when its trimmed characters do"""
    fields = Fields({"text": text})
    if len(text.strip()) <= longest:
        assert fields.text("text", longest=longest) == text.strip()
    else:
        with pytest.raises(TooLarge) as refused:
            fields.text("text", longest=longest, code="too_long")
        assert refused.value.code == "too_long"


@given(st.recursive(SCALARS | ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner), max_leaves=8))
def test_json_comes_back_as_it_was_sent(value: Any) -> None:
    """given what a careful client sends, then strictness costs it nothing"""
    if any(isinstance(each, float) and math.isinf(each) for each in _leaves(value)):
        with pytest.raises(Malformed):
            parse_json(json.dumps(value))
    else:
        assert parse_json(json.dumps(value)) == value


@given(
    st.dictionaries(
        st.sampled_from(["message", "session_id", "sender", "metadata", "message_id", "language"]), VALUES | ANY_TEXT
    )
)
def test_anything_in_the_protocols_of_rasa_is_an_event_or_an_explained_refusal(members: dict[str, Any]) -> None:
    fields = Fields(members)
    try:
        claim = Claim(channel="rest", sender=claimed_sender(fields, "sender"))
        inbound = read_inbound(claim, fields, 100, "metadata")
    except Rejected as refused:
        json.dumps(error_body(refused, "zh", {"text": 100, "megabytes": 1}, "rest")).encode("utf-8")
        return
    assert claim.sender.isprintable()
    assert 0 < len(claim.sender) <= 120
    assert bool(inbound.content.text) != bool(inbound.button)
    assert inbound.external_id


@given(st.text(max_size=40) | st.text(st.sampled_from('0123456789-,/[]{}"ab'), max_size=40))
def test_any_packet_of_socket_io_is_one_of_the_protocol(text: str) -> None:
    """given any text, then it is an event with a name, or one of the few other packets; nothing is half read"""
    packet = TextPacket(encoded_packet=text)
    assert packet.attachment_count == 0
    assert packet.packet_type in {CONNECT, DISCONNECT, EVENT, ACK}
    if packet.packet_type == EVENT:
        assert isinstance(packet.data[0], str)


@given(ANY_TEXT)
def test_a_stored_name_of_a_file_is_harmless(name: str) -> None:
    kept = safe_name(name)
    assert 0 < len(kept) <= 100
    assert not set(kept) & set('<>:"/\\|?*\0\n\u202e')
    assert kept.strip(" .") == kept
    assert kept.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert safe_name(kept) == kept
    kept.encode("utf-8")


@given(st.lists(st.floats(0, 3), max_size=200))
def test_a_rate_is_never_exceeded(pauses: list[float]) -> None:
    now = 0.0
    rate = Rate(5, 10, clock=lambda: now)
    taken: list[float] = []
    for pause in pauses:
        now += pause
        wait = rate.take("key")
        assert 0 <= wait <= 10
        if not wait:
            taken.append(now)
    for index, at in enumerate(taken):
        # A leaky bucket lets a full burst through and then refills, so a window holds at most twice the rate.
        assert sum(at <= other < at + 10 for other in taken[index:]) <= 10


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    return [leaf for each in value for leaf in _leaves(each)] if isinstance(value, list) else [value]
