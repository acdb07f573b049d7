"""Genuine calls of any shape become events or are refused, and never anything else: LINE, Slack, QQ."""

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels import line_parse, qq_parse, slack_parse
from connectors.errors import Rejected
from connectors.fields import Fields, parse_json
from connectors.message import Ignored, Inbound, Pull, Reachable, Report
from tests.contract.vendor_bench import FIXTURES
from tests.hostile.vendor_shapes import places

EVENTS = (Ignored, Inbound, Pull, Reachable, Report)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
JSON_VALUES = st.recursive(
    SCALARS | st.sampled_from(["message", "../x", "ann", "1.1", "U1", "\ud800", "x" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def line(body: bytes) -> list[Any]:
    """What `LineChannel` makes of a body."""
    events = list(line_parse.events_of("line", body))
    list(line_parse.reply_tokens(body))
    return events


def slack(body: bytes) -> list[Any]:
    """What `SlackChannel` makes of it."""
    payload = slack_parse.payload_of(body, "application/json")
    return [*slack_parse.events_of("slack", payload, serve_colleagues=False)]


def qq(body: bytes) -> list[Any]:
    """What `QQChannel` makes of it."""
    return [qq_parse.event_of("qq", Fields(parse_json(body)))[0]]


def payloads(kind: str) -> list[Any]:
    """The recorded payloads."""
    found = []
    for path in sorted((FIXTURES / kind).glob("*.json")):
        fixture = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            fixture["payload"] if "payload" in fixture else json.loads(parse_qs(fixture["body"])["payload"][0])
        )
    return found


@pytest.mark.parametrize(("kind", "parse"), [("line", line), ("slack", slack), ("qq", qq)])
@settings(max_examples=300)
@given(data=st.data())
def test_a_payload_with_anything_anywhere_is_read_or_refused(
    kind: str, parse: Callable[[bytes], list[Any]], data: st.DataObject
) -> None:
    payload = copy.deepcopy(data.draw(st.sampled_from(payloads(kind))))
    *above, last = data.draw(st.sampled_from(list(places(payload))))
    target = payload
    for name in above:
        target = target[name]
    if data.draw(st.booleans()):
        target[last] = data.draw(JSON_VALUES)
    elif isinstance(target, dict):
        del target[last]
    body = json.dumps(payload).encode()
    try:
        events = parse(body)
    except Rejected:
        return
    assert all(isinstance(event, EVENTS) for event in events)
    for event in events:
        if isinstance(event, Inbound):
            assert 0 < len(event.address) <= 160
            assert 0 < len(event.external_id) <= 160
            assert event.content.text or event.media or event.button or event.action
