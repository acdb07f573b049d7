"""What LINE delivers, as events. https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import suppress

from connectors.batch import Batch
from connectors.errors import Malformed
from connectors.fields import Fields, parse_json
from connectors.message import JSON, Action, Content, Event, Ignored, Inbound, Media, Pull, Reachable

EVENTS = 1000  # LINE names no number; more than this is no delivery of LINE's
TEXT = 100_000  # of what a customer can write; the core knows how much of it we take
USER = re.compile(r"[0-9A-Za-z_-]{1,64}")
EVENT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

FILES = {"image": ("image.jpg", "image/jpeg"), "video": ("video.mp4", "video/mp4"), "audio": ("audio.m4a", "audio/mp4")}
"""Name and media type that a file without a name goes by; the core looks at the bytes."""

MENU: dict[str, Action] = {"start": Action.START, "human": Action.HUMAN}
"""What the postback data of a company's own rich menu may say; all other data is the token of a button of ours."""


def signature(secret: str, body: bytes) -> str:
    """https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/"""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def events_of(channel: str, body: bytes) -> list[Event]:
    """The events in one delivery; none when LINE only looks whether we are there. Raises `Malformed`."""
    delivery, batch = Fields(parse_json(body)), Batch(channel)
    for item in delivery.items("events", EVENTS):
        with batch.update() as events:
            events += _event(channel, Fields(item, within="events"))
    return batch.events()


def reply_tokens(body: bytes) -> Iterator[tuple[str, str]]:
    """Who may be answered with which reply token, of a delivery that `events_of` has read."""
    for item in Fields(parse_json(body)).items("events", EVENTS):
        with suppress(Malformed):  # it was left out
            fields = Fields(item, within="events")
            source, token = fields.object("source"), fields.data.get("replyToken")
            if _is_ours(fields, source) and source is not None and isinstance(token, str) and 0 < len(token) <= 200:
                yield source.matching("userId", USER, "a user id"), token


def _is_ours(fields: Fields, source: Fields | None) -> bool:
    """Whether it happened in a chat of one person with us, and we are the one to answer it.

    In groups anybody reads along, so nobody is served there. `standby`: another module of the account has the chat.
    """
    if fields.data.get("mode") == "standby" or source is None:
        return False
    return source.data.get("type") == "user" and "userId" in source


def _event(channel: str, fields: Fields) -> Iterator[Event]:
    kind, source = fields.text("type", longest=40), fields.object("source")
    if not _is_ours(fields, source) or source is None:
        standby = fields.data.get("mode") == "standby"
        yield Ignored(channel=channel, why="standby" if standby else "group" if source else "unsupported")
        return
    address = source.matching("userId", USER, "a user id")
    event_id = _event_id(kind, fields)
    if kind in {"message", "messageEdited"}:
        yield _message(channel, address, event_id, fields, edited=kind == "messageEdited")
    elif kind == "postback":
        yield _postback(channel, address, event_id, fields)
    elif kind == "follow":
        yield Reachable(channel=channel, address=address, reachable=True)
        # Their language is in their profile: it is fetched first, so that the greeting is in it.
        yield Pull(channel=channel, key=f"follow:{address}", data={"address": address, "event": event_id})
    elif kind == "unfollow":
        yield Reachable(channel=channel, address=address, reachable=False)
    else:
        yield Ignored(channel=channel, why="unsend" if kind == "unsend" else "unsupported")


def _event_id(kind: str, fields: Fields) -> str:
    """What tells a redelivery. Simulators of LINE, and LINE itself before 2022, give messages no other id than their
    own.
    """
    message = fields.object("message")
    if kind == "message" and message is not None and "webhookEventId" not in fields:
        return message.matching("id", MESSAGE_ID, "an id")
    return fields.matching("webhookEventId", EVENT_ID, "an id")


def _postback(channel: str, address: str, event_id: str, fields: Fields) -> Inbound:
    postback = fields.object("postback")
    if postback is None:
        raise fields.wrong("postback", "must be an object")
    data = postback.text("data", longest=300)
    action = MENU.get(data)
    return Inbound(
        channel=channel,
        address=address,
        external_id=event_id,
        action=action,
        button="" if action else data or "-",
        raw=fields.data,
    )


def _message(channel: str, address: str, event_id: str, fields: Fields, *, edited: bool) -> Event:
    message = fields.object("message")
    if message is None:
        raise fields.wrong("message", "must be an object")
    kind = message.text("type", longest=40)
    content = Content()
    media: tuple[Media, ...] = ()
    if kind == "text":
        # LINE's own emoji and mentions are in the text, written out: "(hello)", "@Ann".
        content = Content(text=message.text("text", longest=TEXT))
    elif kind == "sticker":
        content = Content(text=_sticker(message))
    elif kind == "location":
        content = Content(text=_location(message))
    elif kind in FILES or kind == "file":
        media = (_file(kind, message),)
    if not content.text and not media:
        return Ignored(channel=channel, why="sticker" if kind == "sticker" else "unsupported")
    return Inbound(
        channel=channel,
        address=address,
        external_id=event_id,
        content=content,
        media=media,
        edits=message.matching("id", MESSAGE_ID, "an id") if edited else "",
        raw=fields.data,
    )


def _sticker(message: Fields) -> str:
    """What a sticker says: the words written on it, or what LINE says it is about; empty for one without a meaning."""
    words = [each for each in message.items("keywords", 15) if isinstance(each, str)]
    return message.line("text", longest=1000) or (Fields({"word": words[0]}).line("word", longest=200) if words else "")


def _location(message: Fields) -> str:
    latitude, longitude = (_degrees(message, name) for name in ("latitude", "longitude"))
    lines = [message.line("title", longest=1000), message.line("address", longest=1000)]
    lines.append(f"https://www.google.com/maps/search/?api=1&query={latitude},{longitude}")
    return "\n".join(line for line in lines if line)


def _degrees(message: Fields, name: str) -> float:
    value = message.data.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > 180:
        raise message.wrong(name, "must be degrees")
    return float(value)


def _file(kind: str, message: Fields) -> Media:
    ref = message.matching("id", MESSAGE_ID, "an id")
    name, media_type = FILES.get(kind, ("", ""))
    data: JSON = {"prepared": kind in {"video", "audio"}}
    provider = message.object("contentProvider")
    if provider is not None and provider.data.get("type") == "external":  # sent by an app inside LINE: it lies there
        data["url"] = provider.text("originalContentUrl", longest=2000)
    return Media(ref=ref, name=message.line("fileName", longest=1000)[:200] or name, media_type=media_type, data=data)
