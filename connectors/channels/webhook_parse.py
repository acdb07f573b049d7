"""Events of the webhook, as docs/channels/schema/webhook.v1.inbound.json has them."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from connectors.fields import Fields, is_email, parse_json
from connectors.languages import reduce_language
from connectors.message import (
    JSON,
    Action,
    Content,
    Event,
    Ignored,
    Inbound,
    Media,
    Outcome,
    Profile,
    Reachable,
    Report,
)

LONGEST_ID = 150  # characters
LONGEST_TEXT = 100_000  # what is longer than a customer may write, the core tells them
ATTACHMENTS = 10
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_ADDRESS = re.compile(r"https?://[^\s]{1,1990}")
_WORD = re.compile(r"[a-z_]{1,40}")
_ACTIONS = (
    Action.START,
    Action.HUMAN,
    Action.LEAVE_QUEUE,
    Action.SOLVED,
    Action.RATE,
    Action.CONTACT,
    Action.LANGUAGE,
)


def parse_event(body: bytes, channel: str, vouches: frozenset[str]) -> Event:
    """The one event of a call. `vouches` names the fields of a customer that may be believed. Raises `Malformed`."""
    fields = Fields(parse_json(body))
    if "version" in fields:
        fields.whole("version", 1, 1)
    kind = fields.matching("type", _WORD, "one of the types in the schema")
    read = _READERS.get(kind)
    if read is None:
        return Ignored(channel=channel, why="unsupported")
    fields.text("id", longest=LONGEST_ID, default="")
    return read(fields, channel, vouches)


def _message(fields: Fields, channel: str, vouches: frozenset[str]) -> Inbound:
    fields.only("version", "type", "id", "customer", "text", "attachments", "edits", "comment")
    text = fields.text("text", longest=LONGEST_TEXT, default="")
    media = tuple(_media(Fields(each, within="attachments")) for each in fields.items("attachments", ATTACHMENTS))
    if not text and not media:
        raise fields.wrong("text", "must say something, or there must be attachments")
    return Inbound(
        channel=channel,
        address=_customer(fields),
        external_id=_id(fields, "id"),
        content=Content(text=text),
        media=media,
        edits=_id(fields, "edits") if "edits" in fields else "",
        comment=fields.text("comment", longest=200, default=""),
        profile=_profile(fields, vouches),
        raw=_raw(fields),
    )


def _button(fields: Fields, channel: str, vouches: frozenset[str]) -> Inbound:
    fields.only("version", "type", "id", "customer", "token")
    return Inbound(
        channel=channel,
        address=_customer(fields),
        external_id=_id(fields, "id"),
        button=_required(fields, "token", 100),
        profile=_profile(fields, vouches),
        raw=_raw(fields),
    )


def _action(fields: Fields, channel: str, vouches: frozenset[str]) -> Inbound:
    fields.only("version", "type", "id", "customer", "action", "solved", "score", "email", "language")
    name = fields.text("action", longest=40)
    if name not in _ACTIONS:
        raise fields.wrong("action", f"must be one of {', '.join(_ACTIONS)}")
    return Inbound(
        channel=channel,
        address=_customer(fields),
        external_id=_id(fields, "id"),
        action=Action(name),
        data=_arguments(Action(name), fields),
        profile=_profile(fields, vouches),
        raw=_raw(fields),
    )


def _arguments(action: Action, fields: Fields) -> JSON:
    match action:
        case Action.SOLVED:
            return {"solved": fields.flag("solved")}
        case Action.RATE:
            return {"score": fields.whole("score", 1, 5)}
        case Action.PERSONAL:
            return {"granted": fields.flag("granted")}
        case Action.CONTACT:
            return {"email": fields.text("email", longest=254)}
        case Action.LANGUAGE:
            language = fields.text("language", longest=35)
            if language not in {"en", "zh"}:
                raise fields.wrong("language", "must be en or zh")
            return {"language": language}
    return {}


def _reach(fields: Fields, channel: str, _: frozenset[str]) -> Reachable:
    fields.only("version", "type", "id", "customer")
    reachable = fields.text("type", longest=20) == "unblocked"
    return Reachable(channel=channel, address=_customer(fields), reachable=reachable)


def _status(fields: Fields, channel: str, _: frozenset[str]) -> Report:
    fields.only("version", "type", "id", "message_id", "status", "reason")
    status = fields.text("status", longest=20)
    if status not in {str(each) for each in Outcome}:
        raise fields.wrong("status", f"must be one of {', '.join(Outcome)}")
    return Report(
        channel=channel,
        vendor_id=_required(fields, "message_id", 100),
        outcome=Outcome(status),
        reason=fields.line("reason", longest=500),
    )


def _customer(fields: Fields) -> str:
    return _id(_customer_of(fields), "id")


def _customer_of(fields: Fields) -> Fields:
    customer = fields.object("customer")
    if customer is None:
        raise fields.wrong("customer", "must be an object with the id of the customer")
    customer.only("id", "name", "email", "phone", "language", "user_id")
    return customer


def _profile(fields: Fields, vouches: frozenset[str]) -> Profile:
    customer = _customer_of(fields)
    email = customer.text("email", longest=254, default="")
    if email and not is_email(email):
        raise customer.wrong("email", "must be an e-mail address")
    phone = customer.matching("phone", _PHONE, "a number like +8613800138000 (E.164)") if "phone" in customer else ""
    known = {"email": email, "phone": phone}
    return Profile(
        user_id=customer.line("user_id", longest=120) if "user_id" in vouches else "",
        name=customer.line("name", longest=200),
        language=reduce_language(customer.text("language", longest=35, default="")),
        proven=frozenset(name for name, value in known.items() if value and name in vouches),
        **known,
    )


def _media(fields: Fields) -> Media:
    fields.only("url", "content", "name", "media_type")
    name, media_type = fields.line("name", longest=200), fields.line("media_type", longest=100)
    if "url" in fields:
        if "content" in fields:
            raise fields.wrong("content", "must not stand beside url")
        return Media(ref=fields.matching("url", _ADDRESS, "an address"), name=name, media_type=media_type)
    content = fields.text("content", longest=100_000_000)
    if not decoded(content):
        raise fields.wrong("content", "must be base64 of at least one byte")
    return Media(ref="content", name=name, media_type=media_type, data={"content": content})


def decoded(content: str) -> bytes:
    """The bytes of an attachment that came along; none when it is not base64."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _id(fields: Fields, name: str) -> str:
    return _required(fields, name, LONGEST_ID)


def _required(fields: Fields, name: str, longest: int) -> str:
    found = fields.text(name, longest=longest)
    if not found:
        raise fields.wrong(name, "must not be empty")
    return found


def _raw(fields: Fields) -> JSON:
    """What came, without the bytes of files."""
    return {name: value for name, value in fields.data.items() if name != "attachments"}


_READERS: Mapping[str, Callable[[Fields, str, frozenset[str]], Event]] = {
    "message": _message,
    "button": _button,
    "action": _action,
    "blocked": _reach,
    "unblocked": _reach,
    "status": _status,
}
