"""The contract of a desk: where the humans are. Built-in or a helpdesk the company already has.

The core decides *that* a conversation goes to humans; the desk alone picks the tier. What happens at a desk comes back
as `DeskEvent`s, each with an id of its own, so that a second delivery changes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

from connectors.channel import Answer, Finding, Request
from connectors.message import JSON, Attachment, Author, Content, Ignored


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
    queue: str = ""  # which of the helpdesk's queues (groups, teams) it is for; empty: the desk's own choice
    triage: JSON = field(default_factory=dict)  # what our own rules make of it: tier, category, complexity, risk, …

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
    in_line: bool = True  # whether the desk tells who waits, and in which order


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
    EDITED = "edited"  # a reply that the customer has (`message_id`: the event's id) says something else now: content
    DELETED = "deleted"  # a reply that the customer has (`message_id`) was taken back


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
    CONFIRMED = "confirmed"  # "it is solved"; data: by, "silence" where the customer has said nothing for long
    REOPENED = "reopened"  # data: by, "agent" where one took it just as the customer left
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


@dataclass(frozen=True, kw_only=True)
class Look:
    """Something has changed in a ticket: read it. What a webhook claims is only ever this where it proves nothing.

    `told` is what a desk of which nothing can be read says itself (`HearingDesk`): kept on disk until it is understood.
    """

    ticket_id: str
    told: JSON = field(default_factory=dict)


News = DeskEvent | Look | Ignored
"""What a desk makes of a delivery."""

AcceptNews = Callable[[News], Awaitable[None]]
"""Stores it, and everything it causes. Returning means: it is on disk."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is known of one entry of a ticket. `message_id` is ours; `digest` tells whether its text has changed."""

    external_id: str
    message_id: str = ""
    ours: bool = False  # we have put it there
    digest: str = ""
    at: int = 0  # ms


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a ticket has been read. `turns` counts what became of it, so that each turn has an id of its own."""

    cursor: str = ""
    state: str = ""  # of `connectors.helpdesk.TicketState`; empty: never read
    owner: str = ""
    turns: int = 0
    expected: str = ""  # the state that we are about to give it: finding it there is no news
    since: int | None = None  # `turns` when the reading began: what we did meanwhile makes it a thing of the past


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What reading a ticket brought: stored with what it causes, in one transaction."""

    events: tuple[DeskEvent, ...] = ()
    entries: tuple[Entry, ...] = ()  # to be remembered
    progress: Progress = field(default_factory=Progress)


@runtime_checkable
class WebhookDesk(Desk, Protocol):
    """A desk that calls us at `/desks/<name>/webhook`."""

    def verify(self, request: Request) -> None:
        """Raise `Forged` unless the request is genuine."""

    def parse(self, request: Request) -> Sequence[News]:
        """Translate a verified request; anomalies raise `Malformed`, kinds we do not know are `Ignored`."""


@runtime_checkable
class HandshakeDesk(WebhookDesk, Protocol):
    """A desk that checks that the URL is ours, or wants an answer of its own."""

    def handshake(self, request: Request) -> Answer | None:
        """The answer to such a check, which then ends the request; None for everything else. Raises `Forged`."""


@runtime_checkable
class ReadingDesk(Desk, Protocol):
    """A desk whose tickets are read: what happened is what stands there."""

    async def read(self, ticket_id: str) -> Reading:
        """What is new in a ticket since it was last read. Raises `SendError`."""


@runtime_checkable
class HearingDesk(ReadingDesk, Protocol):
    """A desk that tells what happened, each time once: nothing of it stands there to be read."""

    async def hear(self, ticket_id: str, told: Sequence[JSON]) -> Reading:
        """What is new in what it has told (`Look.told`), in order; files are fetched now. Raises `SendError`."""


@runtime_checkable
class RunningDesk(Desk, Protocol):
    """A desk that is listened to (polling, IMAP IDLE, a socket), in one worker at a time."""

    async def run(self, accept: AcceptNews) -> None:
        """Tell what happens until cancelled."""


@runtime_checkable
class CheckedDesk(Desk, Protocol):
    """A desk that can look whether its credentials and its set-up are right."""

    async def check(self) -> list[Finding]:
        """Ask the helpdesk. Never raises for what it says."""


@runtime_checkable
class ForgettingDesk(Desk, Protocol):
    """A desk that can delete what it has of a customer."""

    async def forget(self, ticket_id: str) -> None:
        """Delete a ticket with all that is in it, for good as far as the helpdesk can; a repeat changes nothing. Raises
        `SendError`.
        """
