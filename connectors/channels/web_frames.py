"""The frames a page sends (docs/protocol/web.md), read strictly into what they mean."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.errors import Malformed
from connectors.fields import Fields, is_email
from connectors.message import JSON, Action, Attachment, Content

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BUTTON = re.compile(r"[A-Za-z0-9._-]{1,160}")
_LANGUAGE = re.compile(r"en|zh")
_ATTACHMENTS = 10
_TITLE = 200  # characters
_COMMENT = 2_000  # characters
_TOKEN = 1_000  # characters
_HIGHEST_SEQ = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class Hello:
    """The first frame: who it is, and the highest `seq` the page has."""

    token: str
    after: int


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something to store and acknowledge: a message, a pressed button or an action."""

    client_id: str
    content: Content = field(default_factory=Content)
    button: str = ""
    action: Action | None = None
    data: JSON = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Typing:
    """The customer began or stopped typing."""

    on: bool


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The customer has seen everything up to `seq`."""

    seq: int


@dataclass(frozen=True, kw_only=True)
class Ping:
    """Is anybody there?"""


Frame = Hello | Said | Typing | Seen | Ping


def read_frame(value: object, text_limit: int) -> Frame:
    """What a parsed frame means. Raises `Malformed` or `TooLarge` with `code` and `field`."""
    fields = Fields(value)
    kind = fields.text("type", longest=40)
    reader = _READERS.get(kind)
    if reader is None:
        raise fields.wrong("type", f"must be one of {', '.join(_READERS)}")
    return reader(fields, text_limit)


def client_id_of(value: object) -> str:
    """The `client_id` of a frame that was refused, so that the error can name it; empty when there is none."""
    given = value.get("client_id") if isinstance(value, dict) else None
    return given if isinstance(given, str) and _CLIENT_ID.fullmatch(given) else ""


def _hello(fields: Fields, _: int) -> Hello:
    fields.only("type", "token", "after")
    return Hello(token=fields.text("token", longest=_TOKEN), after=fields.whole("after", 0, _HIGHEST_SEQ, default=0))


def _message(fields: Fields, text_limit: int) -> Said:
    fields.only("type", "client_id", "text", "attachments")
    client_id = _client_id(fields)
    text = fields.text("text", longest=text_limit, default="", code="too_long")
    attachments = tuple(_attachment(fields, each) for each in fields.items("attachments", _ATTACHMENTS))
    if not text and not attachments:
        raise Malformed("a message needs text or an attachment", code="empty", field="text")
    return Said(client_id=client_id, content=Content(text=text, attachments=attachments))


def _attachment(fields: Fields, given: object) -> Attachment:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise Malformed("must be a list of attachment ids", code="bad_attachment", field="attachments")
    return Attachment(id=given, name="", media_type="", size=0)


def _button(fields: Fields, _: int) -> Said:
    fields.only("type", "client_id", "token", "title")
    return Said(
        client_id=_client_id(fields),
        button=fields.matching("token", _BUTTON, "the token of a button"),
        content=Content(text=fields.text("title", longest=_TITLE, default="")),
    )


def _action(fields: Fields, _: int) -> Said:
    client_id = _client_id(fields)
    name = fields.text("action", longest=40)
    if name not in _ARGUMENTS:
        raise fields.wrong("action", f"must be one of {', '.join(_ARGUMENTS)}")
    known, read = _ARGUMENTS[name]
    fields.only("type", "client_id", "action", *known)
    return Said(client_id=client_id, action=Action(name), data=read(fields))


def _client_id(fields: Fields) -> str:
    return fields.matching("client_id", _CLIENT_ID, "8 to 64 of A-Z, a-z, 0-9, _ and -")


def _contact(fields: Fields) -> JSON:
    email = fields.text("email", longest=254, code="bad_email")
    if not is_email(email):
        raise Malformed("must be an e-mail address", code="bad_email", field="email")
    return {"email": email}


_ARGUMENTS: Mapping[str, tuple[tuple[str, ...], Callable[[Fields], JSON]]] = {
    Action.HUMAN: ((), lambda _: {}),
    Action.LEAVE_QUEUE: ((), lambda _: {}),
    Action.SOLVED: (("solved",), lambda fields: {"solved": fields.flag("solved")}),
    Action.RATE: (
        ("score", "comment"),
        lambda fields: {
            "score": fields.whole("score", 1, 5),
            "comment": fields.text("comment", longest=_COMMENT, default="", code="too_long"),
        },
    ),
    Action.FEEDBACK: (
        ("message_id", "helpful"),
        lambda fields: {
            "message_id": fields.matching("message_id", _ID, "the id of a message"),
            "helpful": fields.flag("helpful"),
        },
    ),
    Action.CONTACT: (("email",), _contact),
    Action.CONTINUE: (("code",), lambda fields: {"code": fields.text("code", longest=40, default="")}),
    Action.PERSONAL: (("granted",), lambda fields: {"granted": fields.flag("granted")}),
    Action.UNLINK: ((), lambda _: {}),
    Action.LANGUAGE: (("language",), lambda fields: {"language": fields.matching("language", _LANGUAGE, "en or zh")}),
}


def _typing(fields: Fields, _: int) -> Typing:
    fields.only("type", "on")
    return Typing(on=fields.flag("on"))


def _seen(fields: Fields, _: int) -> Seen:
    fields.only("type", "seq")
    return Seen(seq=fields.whole("seq", 0, _HIGHEST_SEQ))


def _ping(fields: Fields, _: int) -> Ping:
    fields.only("type")
    return Ping()


_READERS: Mapping[str, Callable[[Fields, int], Frame]] = {
    "hello": _hello,
    "message": _message,
    "button": _button,
    "action": _action,
    "typing": _typing,
    "seen": _seen,
    "ping": _ping,
}
