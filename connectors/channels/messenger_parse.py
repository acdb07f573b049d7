"""What Messenger and Instagram deliver, as events.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from connectors.batch import Batch
from connectors.channels.messenger_comments import comment_of
from connectors.channels.messenger_content import attached
from connectors.fields import Fields
from connectors.message import JSON, Action, Content, Event, Ignored, Inbound, Outcome, Pull, Report
from connectors.meta_graph import delivery, kept_id, message_id, objects, required, some_text

PERSON = re.compile(r"[0-9]{3,40}")
TEXT = 100_000  # of what a customer can write; the core knows how much of it we take
TOKEN = re.compile(r"[0-9A-Z]{26}\.[0-9]{1,2}")  # of a button of ours
CODE = re.compile(r"[\w.=-]{1,200}", re.ASCII)
LATEST = 1 << 53

START, HUMAN, LANGUAGE = "frontdoor:start", "frontdoor:human", "frontdoor:language:"
"""Payloads of our menu (`messenger_setup`)."""

QUIET = {
    "reaction": "reaction",
    "pass_thread_control": "handover",
    "take_thread_control": "handover",
    "request_thread_control": "handover",
    "app_roles": "handover",
    "optin": "unsupported",
    "account_linking": "unsupported",
}


def events_of(channel: str, topic: str, own_id: str, body: bytes) -> list[Event]:
    """The events in one delivery to the page (or the Instagram account, by `topic`) of that id. Raises `Malformed`."""
    found, entries = delivery(body)
    batch = Batch(channel)
    for entry in entries:
        with batch.update() as events:
            if found != topic or str(entry.data.get("id") or "") != own_id:
                events.append(Ignored(channel=channel, why="other_page"))
                continue
            events += [Ignored(channel=channel, why="standby") for _ in objects(entry, "standby")]
        for event in objects(entry, "messaging"):
            with batch.update() as events:
                events += _happened(channel, own_id, event)
        for change in objects(entry, "changes"):
            with batch.update() as events:
                events.append(comment_of(channel, own_id, change))
    return batch.events() if entries else [Ignored(channel=channel, why="empty")]


def _happened(channel: str, own_id: str, event: Fields) -> Iterator[Event]:
    sender = event.object("sender")
    if sender is None or "id" not in sender:
        yield Ignored(channel=channel, why="unsupported")
        return
    address = sender.matching("id", PERSON, "an id")
    message = event.object("message")
    if address == own_id or (message is not None and message.data.get("is_echo") is True):
        yield Ignored(channel=channel, why="echo")
    elif message is not None:
        yield _message(channel, address, message)
    elif "postback" in event:
        yield _postback(channel, address, event, required(event, "postback"))
    elif "message_edit" in event:
        yield _edit(channel, address, required(event, "message_edit"))
    elif "delivery" in event:
        yield from _delivered(channel, required(event, "delivery"))
    elif "read" in event:
        yield _read(channel, address, required(event, "read"))
    elif "referral" in event:
        yield _opened(channel, address, f"referral:{_time(event)}", event)
    else:
        kind = next((name for name in QUIET if name in event), "")
        yield Ignored(channel=channel, why=QUIET.get(kind, "unsupported"))


def _message(channel: str, address: str, message: Fields) -> Event:
    if message.data.get("is_deleted") is True:
        return Ignored(channel=channel, why="deleted")
    inbound = Inbound(channel=channel, address=address, external_id=message_id(message, "mid"), raw=message.data)
    reply = message.object("quick_reply")
    payload = reply.text("payload", longest=1000, default="") if reply is not None else ""
    text = message.text("text", longest=TEXT, default="")
    if payload and (pressed := _pressed(inbound, payload)) is not None:
        return pressed
    media, lines = attached(message)
    said = "\n".join(part for part in (text, *(line for line in lines if line not in text)) if part)
    if not said and not media:
        unsupported = message.data.get("is_unsupported") is True or "attachments" in message
        return Ignored(channel=channel, why="unsupported" if unsupported else "empty")
    return replace(inbound, content=Content(text=said, custom=_circumstances(message)), media=media)


def _postback(channel: str, address: str, event: Fields, postback: Fields) -> Event:
    """A button under a text, of the menu, or that the company made (an ice breaker): its words are what is said."""
    payload = postback.text("payload", longest=1000, default="")
    title = postback.text("title", longest=TEXT, default="")
    external_id = message_id(postback, "mid") if "mid" in postback else f"postback:{_time(event)}"
    if payload == START:
        return _opened(channel, address, external_id, postback)
    inbound = Inbound(channel=channel, address=address, external_id=external_id, raw=postback.data)
    if (pressed := _pressed(inbound, payload)) is not None:
        return pressed
    if not title:
        return Ignored(channel=channel, why="empty")
    return replace(inbound, content=Content(text=title))


def _pressed(inbound: Inbound, payload: str) -> Inbound | None:
    """What a payload of ours means; None for one that is not ours."""
    if TOKEN.fullmatch(payload):
        return replace(inbound, button=payload)
    if payload == START:
        return replace(inbound, action=Action.START)
    if payload == HUMAN:
        return replace(inbound, action=Action.HUMAN)
    if payload in {f"{LANGUAGE}en", f"{LANGUAGE}zh"}:
        return replace(inbound, action=Action.LANGUAGE, data={"language": payload.removeprefix(LANGUAGE)})
    return None


def _opened(channel: str, address: str, external_id: str, within: Fields) -> Event:
    """The chat was opened with the start button, or by a link (m.me/…?ref=), which may carry a code."""
    referral = within.object("referral")
    code = some_text(referral, "ref", 200)
    data: JSON = {"code": code} if CODE.fullmatch(code) else {}
    if not data and external_id.startswith("referral:"):
        return Ignored(channel=channel, why="referral")  # they have talked with us before: nothing to greet
    return Inbound(
        channel=channel, address=address, external_id=external_id, action=Action.START, data=data, raw=within.data
    )


def _edit(channel: str, address: str, edit: Fields) -> Inbound:
    edited, count = message_id(edit, "mid"), edit.data.get("num_edit") or edit.data.get("num_edits")
    return Inbound(
        channel=channel,
        address=address,
        external_id=kept_id(f"{edited}:{count if type(count) is int else 1}"),
        content=Content(text=edit.text("text", longest=TEXT)),
        edits=edited,
        raw=edit.data,
    )


def _delivered(channel: str, delivered: Fields) -> Iterator[Event]:
    """Which messages arrived. Some clients only say until when: that is left to `read`, which always does."""
    mids = delivered.items("mids", 1000)
    for mid in mids:
        vendor_id = message_id(Fields({"mids": mid}, within="delivery"), "mids")
        yield Report(channel=channel, vendor_id=vendor_id, outcome=Outcome.DELIVERED)
    if not mids:
        yield Ignored(channel=channel, why="watermark")


def _read(channel: str, address: str, read: Fields) -> Event:
    """Instagram says which message was read; Messenger until when: then it is looked up what we had sent by then."""
    if "mid" in read:
        return Report(channel=channel, vendor_id=message_id(read, "mid"), outcome=Outcome.READ)
    until = read.whole("watermark", 0, LATEST)
    return Pull(channel=channel, key=f"read:{address}", data={"address": address, "read": until})


def _circumstances(message: Fields) -> JSON:
    """What else is to be known: which message it answers, which advertisement or shop it came from."""
    found: JSON = {}
    if replied := some_text(message.object("reply_to"), "mid", 160):
        found["reply_to"] = replied
    referral = message.object("referral")
    if referral is not None:
        names = ("source", "type", "ref", "ad_id")
        found["referral"] = {name: text for name in names if (text := some_text(referral, name, 200))}
    return found


def _time(event: Fields) -> str:
    """When it happened, as Meta wrote it: all that tells some events apart."""
    moment = event.data.get("timestamp")
    return str(moment)[:40] if type(moment) is int or (isinstance(moment, str) and moment.isdecimal()) else "0"
