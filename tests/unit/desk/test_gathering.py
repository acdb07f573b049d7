"""Hints of a flood, taken together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from connectors.message import JSON
from desk.gathering import gathered
from storage.bus import MemoryBus


async def test_what_comes_while_somebody_is_busy_is_taken_together() -> None:
    """given more hints than the bus keeps for who is slow, when they come meanwhile, then none is lost, in order."""
    bus, seen, looks = MemoryBus(), list[int](), 0
    async with bus.subscribe("desk") as hints, contextlib.aclosing(gathered(hints)) as arrived:
        await bus.publish("desk", {"n": 0})
        async for some in arrived:
            seen += [hint["n"] for hint in some]
            looks += 1
            if looks > 1:
                break
            for number in range(1, 3_001):
                await bus.publish("desk", {"n": number})
                if number % 500 == 0:
                    await asyncio.sleep(0)
    assert (seen, looks) == (list(range(3_001)), 2)
    await bus.close()


async def test_it_ends_as_what_it_listens_to_ends() -> None:
    """given a bus that is closed, then what had come is still given, and then it ends."""
    bus = MemoryBus()
    async with bus.subscribe("desk") as hints:
        await bus.publish("desk", {"n": 1})
        await bus.close()
        assert [some async for some in gathered(hints)] == [[{"n": 1}]]


async def test_what_breaks_below_is_heard_of() -> None:
    """given a bus that fails, then whoever listens fails, too."""

    async def broken() -> AsyncIterator[JSON]:
        yield {"n": 1}
        raise ConnectionError("the bus is away")

    with pytest.raises(ConnectionError):
        _ = [some async for some in gathered(broken())]
