"""The bus within one process: the default."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Self

from connectors.message import JSON

DEPTH = 1_000


class MemoryBus:
    """Hands payloads to queues in the same event loop."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[str, set[MemorySubscription]] = defaultdict(set)

    async def publish(self, topic: str, payload: JSON) -> None:
        """Hand `payload` to everyone subscribed now."""
        for subscriber in tuple(self._subscribers.get(topic, ())):
            subscriber.offer(payload)

    def subscribe(self, topic: str) -> "MemorySubscription":
        """Listen to `topic` from `__aenter__` on."""
        return MemorySubscription(self._subscribers, topic)

    async def close(self) -> None:
        """End all subscriptions."""
        for subscribers in list(self._subscribers.values()):
            for subscriber in tuple(subscribers):
                subscriber.offer(None)


class MemorySubscription:
    """An open subscription: a bounded queue in this event loop."""

    def __init__(self, subscribers: "defaultdict[str, set[MemorySubscription]]", topic: str) -> None:
        self._subscribers, self._topic = subscribers, topic
        self._queue: asyncio.Queue[JSON | None] = asyncio.Queue(DEPTH)

    def offer(self, payload: JSON | None) -> None:
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(payload)

    async def __aenter__(self) -> Self:
        self._subscribers[self._topic].add(self)
        return self

    async def __aexit__(self, *error: object) -> None:
        subscribers = self._subscribers[self._topic]
        subscribers.discard(self)
        if not subscribers:
            del self._subscribers[self._topic]

    async def __aiter__(self) -> AsyncIterator[JSON]:
        while (payload := await self._queue.get()) is not None:
            yield payload
