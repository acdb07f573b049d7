"""The contract of a channel: where customers are.

A channel verifies and translates what arrives and sends what it is given; the core owns the order of steps (verify,
parse,
deduplicate, store, acknowledge). Required is `Channel`; the other protocols are optional abilities.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from connectors.message import Inbound, Outbound


@dataclass(frozen=True, kw_only=True)
class Limits:
    """A channel's declared limits; the outbox obeys them and the feature matrix shows them. None = no limit."""

    text_length: int | None = None  # characters in one message
    buttons: int = 0  # 0: choices are numbered in the text
    button_title: int = 40  # characters
    attachments: bool = False
    typing: bool = False
    per_second: float | None = None  # messages a second to one address
    window_seconds: int | None = None  # how long after a customer's message we may write
    window_messages: int | None = None  # and how many


@dataclass(frozen=True, kw_only=True)
class Request:
    """An HTTP request as a channel sees it: nothing of aiohttp. Header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    remote: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The vendor took the message. `vendor_id` is its id there, empty where the vendor has none."""

    vendor_id: str = ""


Accept = Callable[[Inbound], Awaitable[object]]
"""Stores one inbound event and everything it causes. Returning means: it is on disk."""


@runtime_checkable
class Channel(Protocol):
    """What every channel offers."""

    name: str
    limits: Limits

    async def send(self, message: Outbound) -> Receipt:
        """Deliver one message. Raises one of `connectors.errors.SendError`."""

    async def close(self) -> None:
        """Release connections."""


@runtime_checkable
class StoredChannel(Channel, Protocol):
    """A channel that reads what it delivers from the history (`connectors.ports`).

    When `stored_is_delivered` is true, a message has reached it by being stored and `send` has nothing left to do.
    """

    stored_is_delivered: bool


@runtime_checkable
class WebhookChannel(Channel, Protocol):
    """A channel whose vendor calls us at `POST /webhooks/<name>/webhook`."""

    def verify(self, request: Request) -> None:
        """Raise `Forged` unless the request is genuine."""

    def parse(self, request: Request) -> list[Inbound]:
        """Translate; unsupported kinds give an empty list, anomalies raise `Malformed`."""


@runtime_checkable
class RunningChannel(Channel, Protocol):
    """A channel that listens by itself (polling, IMAP IDLE, a socket server)."""

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled."""
