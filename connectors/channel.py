"""The contract of a channel: where customers are.

A channel verifies and translates what arrives and sends what it is given; the core owns the order of steps: verify,
parse, deduplicate, store, acknowledge, fetch files, answer. Required is `Channel`, and for vendors that call us
`WebhookChannel`; the other protocols are abilities that a channel has by having the method.
docs/channels/adding.md shows a whole channel.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connectors.message import Event, Media, Opening, Outbound, Pull


class Unit(StrEnum):
    """What a vendor counts when it limits a text."""

    CHARACTERS = "characters"  # Unicode code points
    UTF16 = "utf16"  # UTF-16 code units: an emoji is two
    BYTES = "bytes"  # of UTF-8


class Standing(StrEnum):
    """Whom a channel has met."""

    OWN = "our own protocol"
    INDEPENDENT = "an independent implementation"  # somebody else's client, server or signatures
    UNVERIFIED = "unverified against the vendor"  # only fakes made from the vendor's documentation


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A channel's declared limits; the core obeys them and the feature matrix shows them. None = no limit."""

    text_length: int | None = None  # in `text_unit`, of one message
    text_unit: Unit = Unit.CHARACTERS
    buttons: int = 0  # of one message; 0: choices are numbered in the text
    button_title: int = 40  # characters; choices with longer titles are numbered
    button_text: int | None = None  # in `text_unit`, of a message with buttons; None: as of any
    attachments: bool = False  # files are sent; else the text has links to them
    attachment_bytes: int | None = None  # larger files become links
    attachment_types: tuple[str, ...] = ()  # beginnings of media types that are sent ("image/"); empty: all
    attachment_sizes: tuple[tuple[str, int], ...] = ()  # bytes, by beginnings of types that have limits of their own
    typing: bool = False
    first: bool = False  # we may write to an address that has never written to us
    per_second: float | None = None  # messages a second to one address
    total_per_second: float | None = None  # and to all, of one worker
    delivery_bytes: int = 0  # the vendor's calls may be as long as this, where that is more than others' may be
    opening: Opening | None = None  # how long after a customer's message we may write, and how many messages


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request as a channel sees it: nothing of aiohttp. Header names are lower-case.

    `url` is how the vendor wrote it, as far as we know it: `public_url`, path and query. `came_at` is of
    `time.monotonic()`.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    remote: str
    url: str = ""
    came_at: float = field(default_factory=time.monotonic, compare=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer. `written` is told whether it reached the network; None: the connection broke meanwhile."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"
    written: Callable[[bool | None], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The vendor took the message. `vendor_id` is its id there, empty where the vendor has none."""

    vendor_id: str = ""


Accept = Callable[[Event], Awaitable[object]]
"""Stores one event and everything it causes. Returning means: it is on disk. Raises `Rejected` for what can never be
stored; the channel goes on with the next one."""


@runtime_checkable
class Channel(Protocol):
    """What every channel offers."""

    name: str
    limits: Limits
    standing: Standing

    async def send(self, message: Outbound) -> Receipt:
        """Deliver one message with one request. Raises one of `connectors.errors.SendError`."""

    async def close(self) -> None:
        """Release connections. May be called twice."""


@runtime_checkable
class StoredChannel(Channel, Protocol):
    """A channel that reads what it delivers from the history (`connectors.ports`).

    When `stored_is_delivered` is true, a message has reached it by being stored and `send` has nothing left to do.
    """

    stored_is_delivered: bool


@runtime_checkable
class ClaimedChannel(Channel, Protocol):
    """A channel whose addresses are what its clients claim: with such an address nothing is ever linked."""

    addresses_are_claimed: bool


@runtime_checkable
class SharedChannel(Channel, Protocol):
    """A channel that also talks with customers among other people."""

    def is_shared(self, address: str) -> bool:
        """Whether others read along at this address."""


@runtime_checkable
class InvitingChannel(Channel, Protocol):
    """A channel that customers can come to by a link."""

    def invitation(self, code: str) -> str:
        """A link with which a customer opens the chat with us there, sending `code` (t.me/…?start=, wa.me/…?text=);
        empty while it is not known.
        """


@runtime_checkable
class WebhookChannel(Channel, Protocol):
    """A channel whose vendor calls us at `/webhooks/<name>/webhook`."""

    def verify(self, request: Request) -> None:
        """Raise `Forged` unless the request is genuine."""

    def parse(self, request: Request) -> Sequence[Event]:
        """Translate a verified request; anomalies raise `Malformed`, kinds we do not know are `Ignored`."""


@runtime_checkable
class HandshakeChannel(WebhookChannel, Protocol):
    """A channel whose vendor checks that the URL is ours."""

    def handshake(self, request: Request) -> Answer | None:
        """The answer to such a check, which then ends the request; None for everything else. Raises `Forged`."""


@runtime_checkable
class AnsweringChannel(WebhookChannel, Protocol):
    """A channel whose vendor wants an answer of its own, or takes a reply in it."""

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """The answer to a request whose `events` are on disk."""


@runtime_checkable
class PullingChannel(Channel, Protocol):
    """A channel that fetches what a `Pull` announced."""

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Fetch and accept everything there is; safe to be repeated. Raises `SendError` when it has to be tried
        again.
        """


@runtime_checkable
class MediaChannel(Channel, Protocol):
    """A channel whose files lie at the vendor."""

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises `TryLater`, or `Undeliverable` when it is not to be had any more."""


@runtime_checkable
class TypingChannel(Channel, Protocol):
    """A channel that can show that somebody is typing."""

    async def typing(self, address: str) -> None:
        """Show it, for as long as the vendor does. Best effort; raises `SendError`."""


@runtime_checkable
class ReopeningChannel(Channel, Protocol):
    """A channel that can ask a customer to write again, when its vendor lets us say nothing else (`Limits.opening`)."""

    reopens: bool  # whether it is set up for that

    async def reopen(self, message: Outbound) -> Receipt:
        """Ask, in the words that the vendor has approved (`message` has ours, for those who read along). Called once
        for each time that an agent's reply finds the window closed. Raises `SendError`.
        """


@runtime_checkable
class RunningChannel(Channel, Protocol):
    """A channel that listens by itself (polling, IMAP IDLE, a socket server), in one worker at a time."""

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled."""


@runtime_checkable
class MailboxChannel(Channel, Protocol):
    """A channel that receives mail: what we send by mail elsewhere can be answered there."""

    async def reply_address(self, conversation_id: str) -> str:
        """The address at which a mail continues that conversation, of any channel; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that `frontdoor channel test` looked at. `remedy` says what to do when it is not `ok`."""

    what: str
    ok: bool
    remedy: str = ""


@runtime_checkable
class CheckedChannel(Channel, Protocol):
    """A channel that can look whether its credentials and its set-up at the vendor are right."""

    async def check(self) -> list[Finding]:
        """Ask the vendor. Never raises for what the vendor says."""


@runtime_checkable
class ConnectedChannel(Channel, Protocol):
    """A channel that can tell its vendor where to call us."""

    async def connect(self) -> list[Finding]:
        """Set the webhook (menu, commands, profile) at the vendor; may be repeated."""
