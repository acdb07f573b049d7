"""Every bus behaves the same: the same suite in memory and on a real Redis."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

from storage.bus import Bus, Subscription, open_bus
from storage.bus import redis as redis_bus
from tests.conftest import absent, free_port


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not shutil.which("redis-server"):
        absent("redis-server")
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.02)
    client.close()
    yield url
    server.terminate()
    server.wait()


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    bus = await open_bus("memory://" if request.param == "memory" else request.getfixturevalue("redis_url"))
    yield bus
    await bus.close()


async def take(subscription: Subscription, count: int) -> list[object]:
    taken: list[object] = []
    async with asyncio.timeout(5):
        async for payload in subscription:
            taken.append(payload["n"])
            if len(taken) == count:
                break
    return taken


async def test_everyone_who_listens_hears_everything_in_order(bus: Bus) -> None:
    async with bus.subscribe("a") as first, bus.subscribe("a") as second:
        for n in range(100):
            await bus.publish("a", {"n": n, "text": "您好 👋"})
        assert await take(first, 100) == list(range(100))
        assert await take(second, 100) == list(range(100))


async def test_topics_are_apart(bus: Bus) -> None:
    async with bus.subscribe("a") as listener:
        await bus.publish("b", {"n": 1})
        await bus.publish("a", {"n": 2})
        assert await take(listener, 1) == [2]


async def test_who_left_hears_nothing_and_may_come_back(bus: Bus) -> None:
    async with bus.subscribe("a"):
        pass
    await bus.publish("a", {"n": 1})
    async with bus.subscribe("a") as listener:
        await bus.publish("a", {"n": 2})
        assert await take(listener, 1) == [2]


async def test_a_slow_listener_loses_the_oldest_and_holds_up_nobody(bus: Bus) -> None:
    async with bus.subscribe("a") as slow, bus.subscribe("end") as end:
        for n in range(1_500):
            await bus.publish("a", {"n": n})
        await bus.publish("end", {"n": 0})
        assert await take(end, 1) == [0]
        taken = await take(slow, 1_000)
    assert taken == list(range(500, 1_500))


async def test_closing_ends_those_who_listen(bus: Bus) -> None:
    async with bus.subscribe("a") as listener:
        await bus.close()
        async with asyncio.timeout(5):
            assert [payload async for payload in listener] == []


async def test_while_redis_is_away_this_process_still_hears_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """given a Redis that dies, when somebody subscribes, then they hear this process; once it is back, all others."""
    monkeypatch.setattr(redis_bus, "PATIENCE_S", 0.3)
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    if not shutil.which("redis-server"):
        absent("redis-server")
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    bus = other = None
    try:
        bus, other = await _patiently(url), await _patiently(url)
        async with bus.subscribe("before") as before:
            server.kill()
            server.wait()
            async with asyncio.timeout(15), bus.subscribe("a") as listener:
                await bus.publish("a", {"n": 1})
                assert await take(listener, 1) == [1]
                server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                await asyncio.sleep(3)  # both come back by themselves
                await other.publish("a", {"n": 2})
                assert await take(listener, 1) == [2]
            await other.publish("before", {"n": 3})
            assert await take(before, 1) == [3]
    finally:
        for each in (bus, other):
            if each is not None:
                await each.close()
        server.kill()
        server.wait()


async def _patiently(url: str) -> Bus:
    for _ in range(100):
        try:
            return await open_bus(url)
        except (redis.RedisError, OSError):
            await asyncio.sleep(0.05)
    return await open_bus(url)
