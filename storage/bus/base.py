"""The contract of a bus."""

from collections.abc import AsyncIterator
from typing import Protocol, Self

from connectors.message import JSON


class Subscription(Protocol):
    """An open subscription: an asynchronous iterator of payloads, closed by leaving the `async with`."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *error: object) -> None: ...

    def __aiter__(self) -> AsyncIterator[JSON]: ...


class Bus(Protocol):
    """Publish and subscribe by exact topic. Slow subscribers lose the oldest hints, never block publishers."""

    async def publish(self, topic: str, payload: JSON) -> None:
        """Hand `payload` to everyone subscribed now."""

    def subscribe(self, topic: str) -> Subscription:
        """Listen to `topic`; nothing published after `__aenter__` returned is missed (but for overflow)."""

    async def close(self) -> None:
        """End all subscriptions."""
