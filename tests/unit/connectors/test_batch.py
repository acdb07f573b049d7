"""Deliveries with many updates, of which one is not as the vendor documents."""

import json
from typing import Any

import pytest

from connectors.batch import Batch
from connectors.channels import line_parse, messenger_parse, whatsapp_parse
from connectors.errors import Malformed
from connectors.message import Ignored, Inbound

ODD: Any = {"type": "text", "text": 5, "id": "9"}


def test_what_could_be_read_is_kept() -> None:
    batch = Batch("line")
    for why in ("first", "odd", "last"):
        with batch.update() as events:
            events.append(Ignored(channel="line", why=why))
            if why == "odd":
                raise Malformed("must be text")
    assert [event.why for event in batch.events() if isinstance(event, Ignored)] == ["first", "last"]


def test_a_delivery_of_which_nothing_could_be_read_is_refused() -> None:
    batch = Batch("line")
    with batch.update():
        raise Malformed("must be text", field="first")
    with batch.update():
        raise Malformed("must be text", field="second")
    with pytest.raises(Malformed) as refused:
        batch.events()
    assert refused.value.field == "first"


def test_a_delivery_with_nothing_in_it_is_none() -> None:
    assert Batch("line").events() == []


def texts(events: list[Any]) -> list[str]:
    return [event.content.text for event in events if isinstance(event, Inbound)]


def test_line_hears_the_others() -> None:
    def event(number: int, message: Any) -> Any:
        source, context = {"type": "user", "userId": f"U{number}"}, {"isRedelivery": False}
        return {
            "type": "message", "webhookEventId": f"01H{number}", "deliveryContext": context, "timestamp": 1,
            "mode": "active", "source": source, "message": message, "replyToken": f"r{number}",
        }  # fmt: skip

    events = [event(1, {"type": "text", "text": "one", "id": "1"}), event(2, ODD), 7]
    events.append(event(3, {"type": "text", "text": "three", "id": "3"}))
    body = json.dumps({"destination": "U0", "events": events}).encode()
    assert texts(line_parse.events_of("line", body)) == ["one", "three"]
    assert [token for _, token in line_parse.reply_tokens(body)] == ["r1", "r2", "r3"]


def test_whatsapp_hears_the_others() -> None:
    def message(number: int, text: Any) -> Any:
        return {"from": f"1650555123{number}", "id": f"wamid.{number}", "type": "text", "text": text, "timestamp": "1"}

    metadata = {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}
    messages = [message(1, {"body": "one"}), message(2, {"body": 5}), message(3, {"body": "three"})]
    changes = [
        {"field": "messages", "value": {"metadata": 5}},
        {"field": "messages", "value": {"metadata": metadata, "messages": messages}},
    ]
    delivery = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    body = json.dumps(delivery).encode()
    assert texts(whatsapp_parse.events_of("whatsapp", "106540352242922", body)) == ["one", "three"]
    assert whatsapp_parse.own_number("106540352242922", body) == "15550783881"


def test_messenger_hears_the_others() -> None:
    def event(number: int, message: Any) -> Any:
        return {"sender": {"id": f"100{number}"}, "recipient": {"id": "555"}, "timestamp": 1, "message": message}

    messaging = [event(1, {"mid": "m1", "text": "one"}), event(2, {"mid": "m2", "text": 5})]
    entries = [
        {"id": "555", "time": 1, "messaging": messaging},
        {"id": "555", "time": 1, "changes": [{"field": "feed", "value": 5}]},
        {"id": "555", "time": 1, "messaging": [event(3, {"mid": "m3", "text": "three"})]},
    ]
    body = json.dumps({"object": "page", "entry": entries}).encode()
    assert texts(messenger_parse.events_of("messenger", "page", "555", body)) == ["one", "three"]
