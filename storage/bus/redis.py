"""The bus between several workers: Redis publish/subscribe, one connection a process, fanned out in memory."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Self

import redis.asyncio
import structlog
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from connectors.message import JSON
from storage.bus.memory import MemoryBus, MemorySubscription

log = structlog.get_logger(__name__)

PREFIX = "frontdoor:"
RECONNECT_S = 0.5
PATIENCE_S = 3.0


class RedisBus:
    """Hands payloads to everyone subscribed in any process. While Redis is away, only this process hears itself."""

    def __init__(self, url: str) -> None:
        self._redis = _client(url, socket_timeout=PATIENCE_S)
        self._listening = _client(url, socket_timeout=None)  # waits for the next message without end
        self._listener: PubSub | None = None
        self._local = MemoryBus()
        self._topics: Counter[str] = Counter()
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Connect. Raises `redis.exceptions.RedisError` when the server can't be reached."""
        await self._redis.ping()
        self._reader = asyncio.create_task(self._listen())
        return self

    async def publish(self, topic: str, payload: JSON) -> None:
        """Hand `payload` to everyone subscribed now, here or elsewhere."""
        try:
            await self._redis.publish(PREFIX + topic, json.dumps(payload, ensure_ascii=False))
        except (RedisError, OSError) as error:
            log.warning("bus.publish_failed", error=type(error).__name__)
            await self._local.publish(topic, payload)

    def subscribe(self, topic: str) -> "RedisSubscription":
        """Listen to `topic` from `__aenter__` on."""
        return RedisSubscription(self, topic, self._local.subscribe(topic))

    async def close(self) -> None:
        """End all subscriptions and connections."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._local.close()
        await self._listening.aclose()
        await self._redis.aclose()

    async def listen(self, topic: str) -> None:
        """Have Redis send `topic` to this process; returns once it does, or soon if Redis is away (then it does once
        Redis is back).
        """
        self._topics[topic] += 1
        confirmed = self._confirmed.setdefault(topic, asyncio.Event())
        if self._topics[topic] == 1 and self._listener is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._listener.subscribe(PREFIX + topic)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await confirmed.wait()

    async def unlisten(self, topic: str) -> None:
        """One subscriber less."""
        self._topics[topic] -= 1
        if not self._topics[topic]:
            del self._topics[topic], self._confirmed[topic]
            if self._listener is not None:
                with contextlib.suppress(RedisError, OSError):
                    await self._listener.unsubscribe(PREFIX + topic)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._listening.pubsub() as listener:
                    # A topic of its own keeps the connection in use when nobody listens to anything.
                    await listener.subscribe(PREFIX, *(PREFIX + topic for topic in self._topics))
                    self._listener = listener
                    await self._read(listener)
            except Exception as error:  # whatever it was, who listens must not go deaf
                log.warning("bus.connection_lost", error=type(error).__name__)
            finally:
                self._listener = None
            await asyncio.sleep(RECONNECT_S)

    async def _read(self, listener: PubSub) -> None:
        for topic in tuple(self._topics):  # those who came while the connection was being made
            await listener.subscribe(PREFIX + topic)
        while True:
            message = await listener.get_message(timeout=None)
            if message is None:
                continue
            topic = message["channel"].decode().removeprefix(PREFIX)
            if message["type"] == "subscribe" and topic in self._confirmed:
                self._confirmed[topic].set()
            elif message["type"] == "message":
                await self._local.publish(topic, json.loads(message["data"]))


def _client(url: str, *, socket_timeout: float | None) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(
        url,
        socket_timeout=socket_timeout,
        socket_connect_timeout=PATIENCE_S,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 1),  # a connection that was closed is opened again; an absent server is not waited for
    )


class RedisSubscription:
    """An open subscription."""

    def __init__(self, bus: RedisBus, topic: str, local: MemorySubscription) -> None:
        self._bus, self._topic, self._local = bus, topic, local

    async def __aenter__(self) -> Self:
        await self._local.__aenter__()
        try:
            await self._bus.listen(self._topic)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._bus.unlisten(self._topic)
        await self._local.__aexit__(*error)

    async def __aiter__(self) -> AsyncIterator[JSON]:
        async for payload in self._local:
            yield payload
