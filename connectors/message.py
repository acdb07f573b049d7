"""What customers, bot and agents say to each other, independent of any channel.

Everything is frozen and keyword-only. `to_json`/`from_json` give the one stored and transmitted shape; pictures of it
are
in docs/protocol/web.md.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

JSON = dict[str, Any]


class Author(StrEnum):
    """Who speaks. `SYSTEM` is the service itself: "you are number 2", "Li Na has joined"."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Button:
    """A choice the customer may press. `payload` stays in our store; the customer only ever holds `token`."""

    title: str
    token: str = ""
    payload: str = ""


@dataclass(frozen=True, kw_only=True)
class Article:
    """The knowledge article an answer was taken from."""

    id: str
    title: str
    language: str
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A stored file. `size` in bytes; `url` is a short-lived signed link, made when the message is shown."""

    id: str
    name: str
    media_type: str
    size: int
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What one message says: text, and whatever goes with it. `custom` is channel-independent structured data."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    article: Article | None = None
    attachments: tuple[Attachment, ...] = ()
    custom: JSON = field(default_factory=dict)

    def to_json(self) -> JSON:
        """The stored shape; empty parts are left out."""
        parts = {
            "text": self.text,
            "buttons": tuple(dict(vars(button)) for button in self.buttons),
            "article": dict(vars(self.article)) if self.article else None,
            "attachments": tuple(dict(vars(each)) for each in self.attachments),
            "custom": self.custom,
        }
        return {name: part for name, part in parts.items() if part}

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `to_json`."""
        article = data.get("article")
        return cls(
            text=data.get("text", ""),
            buttons=tuple(Button(**button) for button in data.get("buttons", ())),
            article=Article(**article) if article else None,
            attachments=tuple(Attachment(**each) for each in data.get("attachments", ())),
            custom=data.get("custom", {}),
        )


class Action(StrEnum):
    """What a customer can do besides talking. Channels without buttons never send these."""

    HUMAN = "human"  # "talk to a human"
    LEAVE_QUEUE = "leave_queue"  # back to the bot, the ticket is withdrawn
    SOLVED = "solved"  # {"solved": bool}: the answer to "is it solved?"; false reopens
    RATE = "rate"  # {"score": 1..5, "comment": str}
    FEEDBACK = "feedback"  # {"message_id": str, "helpful": bool}
    CONTACT = "contact"  # {"email": str}: where the answer shall go
    LANGUAGE = "language"  # {"language": "en" | "zh"}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the channel knows about the customer. `user_id` is set only when the site proved it (verified identity)."""

    user_id: str = ""
    name: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One thing a customer sent, verified and parsed.

    `external_id` is the channel's own id of this delivery, unique within `channel` + `address`: a second delivery
    changes nothing.
    `address` is the channel's opaque id of the customer (where answers go). Exactly one of text/attachments, `button`
    or `action` matters.
    """

    channel: str
    address: str
    external_id: str
    content: Content = field(default_factory=Content)
    button: str = ""  # token of a button we issued
    action: Action | None = None
    data: JSON = field(default_factory=dict)  # arguments of `action`
    profile: Profile = field(default_factory=Profile)
    raw: JSON = field(default_factory=dict)  # the vendor's payload, kept for support


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """One message on its way to a customer. `seq` counts the messages of a conversation from 1, without gaps."""

    message_id: str
    conversation_id: str
    address: str
    author: Author
    author_name: str = ""
    content: Content
    seq: int
    at: int  # ms since 1970, UTC
    language: str = "en"
