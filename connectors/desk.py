"""The contract of a desk: where the humans are. Built-in or a helpdesk the company already has.

The core decides *that* a conversation goes to humans; the desk alone picks the tier. What happens at a desk comes back
as `DeskEvent`s, each with an id of its own, so that a second delivery changes nothing.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

from connectors.message import JSON, Attachment, Author, Content


class Reason(StrEnum):
    """Why the bot handed over."""

    REQUESTED = "requested"  # the customer asked for a human
    COMPLAINT = "complaint"
    NO_ANSWER = "no_answer"  # nothing in the knowledge base, after rephrasing
    NOT_HELPFUL = "not_helpful"  # the answers shown did not help
    SENSITIVE = "sensitive"  # safety, legal, privacy: always a human
    BOT_UNAVAILABLE = "bot_unavailable"
    REOPENED = "reopened"
    AGENT = "agent"  # an agent began the conversation: a logged call, or words of ours first
    APPOINTMENT = "appointment"  # a call-back or a visit was booked; nobody waits in the chat


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message of the transcript. `at` in ms since 1970."""

    message_id: str
    author: Author
    author_name: str
    at: int
    content: Content

    def to_json(self) -> JSON:
        """The stored shape."""
        return asdict(self) | {"content": self.content.to_json()}

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `to_json`."""
        return cls(**data | {"author": Author(data["author"]), "content": Content.from_json(data["content"])})


@dataclass(frozen=True, kw_only=True)
class Tried:
    """An article the bot showed or considered. `confidence` 0..1; `helpful` is the customer's mark, if any."""

    article_id: str
    title: str
    language: str
    confidence: float
    shown: bool
    helpful: bool | None = None

    def to_json(self) -> JSON:
        """The stored shape."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `to_json`."""
        return cls(**data)


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """Everything the human needs so that nobody asks again. `id` is the idempotency key of opening the ticket."""

    id: str
    conversation_id: str
    channel: str
    reference: str  # what the customer was told, e.g. FD-7K2M9Q
    reason: Reason
    reason_detail: str  # one sentence, in `language`
    language: str  # "en" | "zh"
    customer: JSON  # id, name, email, phone, user_id, verified, segment
    question: str  # what was asked, in the customer's words
    summary: str
    transcript: tuple[Line, ...]
    tried: tuple[Tried, ...] = ()
    failed: tuple[str, ...] = ()  # questions the bot could not answer
    intents: tuple[str, ...] = ()  # what the bot took the latest messages for, each once
    slots: JSON = field(default_factory=dict)  # order number, phone, …
    sentiment: str = "neutral"  # negative | neutral | positive
    urgency: str = "normal"  # low | normal | high | urgent
    attachments: tuple[Attachment, ...] = ()
    previous_ticket: str = ""
    created_at: int = 0  # ms

    def to_json(self) -> JSON:
        """The stored shape."""
        return asdict(self) | {"transcript": [line.to_json() for line in self.transcript]}

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `to_json`."""
        return cls(
            **data
            | {
                "reason": Reason(data["reason"]),
                "transcript": tuple(Line.from_json(line) for line in data["transcript"]),
                "tried": tuple(Tried.from_json(tried) for tried in data.get("tried", ())),
                "failed": tuple(data.get("failed", ())),
                "intents": tuple(data.get("intents", ())),
                "attachments": tuple(Attachment(**each) for each in data.get("attachments", ())),
            }
        )


@dataclass(frozen=True, kw_only=True)
class TicketRef:
    """A ticket as the desk knows it. `number` is what people read; `position` 1-based, None when nobody is on duty."""

    desk: str
    ticket_id: str
    number: str
    position: int | None = None
    wait_seconds: int | None = None
    opens_at: int | None = None  # ms: when the desk opens, if it is closed now
    url: str = ""


class DeskEventKind(StrEnum):
    """What can come back from a desk."""

    TAKEN = "taken"  # an agent owns it now: agent
    REPLIED = "replied"  # content, agent
    TYPING = "typing"  # `on`; never stored
    SEEN = "seen"  # the agent has read up to `message_id`; never stored
    RETURNED = "returned"  # back to the bot, with `briefing`
    RESOLVED = "resolved"
    QUEUED = "queued"  # back in the queue, `agent` has left (handed to another tier or agent): position, wait_seconds
    POSITION = "position"  # the queue moved: position, wait_seconds; never stored


@dataclass(frozen=True, kw_only=True)
class DeskEvent:
    """One thing that happened at a desk. `id` is unique per desk and stable across redelivery.

    A reply's `id` becomes the id of the message the customer gets, so that both sides can name it.
    """

    id: str
    desk: str
    ticket_id: str
    kind: DeskEventKind
    agent_id: str = ""
    agent_name: str = ""  # the name the customer sees
    content: Content = field(default_factory=Content)
    briefing: str = ""
    message_id: str = ""
    on: bool = True
    position: int | None = None
    wait_seconds: int | None = None
    team: JSON | None = None  # of QUEUED: who will help now, {"en", "zh"}, when somebody more able shall

    def to_json(self) -> JSON:
        """The stored and published shape."""
        return asdict(self) | {"content": self.content.to_json()}

    @classmethod
    def from_json(cls, data: JSON) -> Self:
        """The inverse of `to_json`; members that a carrier added are left aside."""
        values = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        values["kind"] = DeskEventKind(data["kind"])
        values["content"] = Content.from_json(data.get("content", {}))
        return cls(**values)


class TicketChange(StrEnum):
    """What the core tells a desk about an open ticket, besides messages."""

    WITHDRAWN = "withdrawn"  # the customer left the queue
    ABANDONED = "abandoned"  # the customer went quiet while waiting
    IDLE = "idle"  # the customer went quiet while with an agent
    ACTIVE = "active"  # and is back
    CONFIRMED = "confirmed"  # "it is solved"
    REOPENED = "reopened"
    RATED = "rated"  # data: score, comment


@runtime_checkable
class Desk(Protocol):
    """What every desk offers. Every call may be repeated after a crash and must then change nothing more.

    All raise `connectors.errors.SendError`: `TryLater` when the desk is down, `Undeliverable` when it will never take
    it.
    """

    name: str

    async def open(self, handoff: Handoff) -> TicketRef:
        """Open the ticket; a second call for the same `handoff.id` returns the same ticket."""

    async def append(self, ticket_id: str, line: Line) -> None:
        """Add what the customer (or the bot, while the customer waits) said; idempotent by `line.message_id`."""

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Tell the desk what became of the customer; idempotent."""

    async def close(self) -> None:
        """Release connections."""
