"""Whatever a page sends, reading it ends in a frame or in a refusal that can be explained."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.channels.web_frames import client_id_of, read_frame
from connectors.errors import Malformed, Rejected
from connectors.fields import clean_text, parse_json
from connectors.http import error_body
from connectors.rates import Rate

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


@given(st.text(st.characters(codec=None)))
def test_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert "\r" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned


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
