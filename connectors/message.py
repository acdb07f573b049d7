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
    REOPEN = "reopen"  # {"about": str}: a ticket that was called solved is not
    FEEDBACK = "feedback"  # {"message_id": str, "helpful": bool}
    CONTACT = "contact"  # {"email": str}: where the answer shall go
    LANGUAGE = "language"  # {"language": "en" | "zh", "aloud": bool}: aloud where only a message can confirm it or ask
    # The chat was opened without a word (/start, follow, enter_session): they are greeted. {"code": str}, where a link
    # led here with a code of CONTINUE: they go on with that conversation.
    START = "start"
    CONTINUE = "continue"  # go on on another channel; {"code": str}: go on here with a conversation of another channel
    PERSONAL = "personal"  # {"granted": bool}: whether answers may tell what the company knows of them
    UNLINK = "unlink"  # the other channels are no longer theirs


class Outcome(StrEnum):
    """What became of a message that a vendor took."""

    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # certainly not delivered


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the channel knows about the customer. `user_id` is set only when the site proved it (verified identity).

    `proven` names the fields that the channel itself vouches for: the phone number of an SMS, the address of a mail
    whose domain signed it. Only these ever link a customer to another channel.
    """

    user_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""  # E.164: +8613800138000
    language: str = ""
    proven: frozenset[str] = frozenset()  # of {"email", "phone"}
    segment: str = ""  # of customers, such as "vip"; set only when the site vouches for it


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file that lies at the vendor. The core fetches it (`connectors.channel.MediaChannel`) after the message is
    stored and acknowledged, and before the bot or a human sees it.

    `ref` is what the channel needs to find it (an id, a link); `name` and `media_type` are claims.
    """

    ref: str
    name: str = ""
    media_type: str = ""
    data: JSON = field(default_factory=dict)  # whatever else the channel needs, such as a key


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The time in which a vendor lets us write: from the customer's message on, `seconds`, and at most `messages`."""

    seconds: int
    messages: int | None = None


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One thing a customer sent, verified and parsed.

    `external_id` is the channel's own id of this delivery, unique within `channel` + `address`: a second delivery
    changes nothing.
    `address` is the channel's opaque id of the customer (where answers go). Exactly one of text/attachments/media,
    `button` or `action` matters.
    """

    channel: str
    address: str
    external_id: str
    content: Content = field(default_factory=Content)
    media: tuple[Media, ...] = ()
    button: str = ""  # token of a button we issued
    action: Action | None = None
    data: JSON = field(default_factory=dict)  # arguments of `action`
    profile: Profile = field(default_factory=Profile)
    edits: str = ""  # `external_id` of the earlier message that this one replaces
    uninvited: bool = False  # said among many people: it is for us only where we talk with them already, else ignored
    comment: str = ""  # it was said in public: the vendor's id of the post to which one public answer is due
    opening: Opening | None = None  # how long we may write now, where it is not the channel's `Limits.opening`
    about: str = ""  # said on the private page of this handoff's ticket: it is for whoever has that, not for the bot
    note: bool = False  # the channel tells what happened (a call ended): humans read it, nobody answers it
    raw: JSON = field(default_factory=dict)  # the vendor's payload, kept for support


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a vendor tells later about a message of ours, by the `vendor_id` of its receipt."""

    channel: str
    vendor_id: str
    outcome: Outcome
    reason: str = ""  # why it failed, without secrets


@dataclass(frozen=True, kw_only=True)
class Reachable:
    """The customer has blocked us (or unfollowed, left), or is back."""

    channel: str
    address: str
    reachable: bool


@dataclass(frozen=True, kw_only=True)
class Pull:
    """The vendor only says that there is something to fetch; `PullingChannel.pull` gets it. Kept on disk until done.

    Pulls with the same `key` are done one after the other; those that wait together are done once, by the newest
    `data`.
    """

    channel: str
    key: str
    data: JSON = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """Genuine, and nothing for us; counted by `why`, one of a few words of the channel's own code."""

    channel: str
    why: str  # echo, unsupported, group, status, …


Event = Inbound | Report | Reachable | Pull | Ignored
"""What a channel makes of a delivery."""


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """One message on its way to a customer, or one of the `parts` that it leaves in (`connectors.rendering`).

    `seq` counts the messages of a conversation from 1, without gaps. A channel sends one `Outbound` with one request.
    """

    message_id: str
    conversation_id: str
    address: str
    author: Author
    author_name: str = ""
    content: Content
    seq: int
    at: int  # ms since 1970, UTC
    language: str = "en"
    part: int = 0  # from 0
    parts: int = 1

    @property
    def key(self) -> str:
        """The same on every try to send this part, and different for every other: an idempotency key."""
        return f"{self.message_id}-{self.part}" if self.part else self.message_id
