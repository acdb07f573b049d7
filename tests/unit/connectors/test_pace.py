"""A helpdesk is asked a few times at once, below its rate, and not before it wants to be asked."""

import asyncio
import time

import pytest

from connectors import pace
from connectors.errors import TryLater
from connectors.pace import AT_ONCE, Pace


async def test_only_a_few_ask_at_once() -> None:
    gate, asking, most = Pace("desk", 1_000), 0, 0
    released = asyncio.Event()

    async def ask() -> None:
        nonlocal asking, most
        async with gate.turn():
            asking += 1
            most = max(most, asking)
            if asking == AT_ONCE:
                released.set()
            await released.wait()
            asking -= 1

    await asyncio.gather(*(ask() for _ in range(3 * AT_ONCE)))
    assert most == AT_ONCE


async def test_after_not_now_everybody_waits() -> None:
    gate = Pace("desk", 1_000)
    began = time.monotonic()
    with pytest.raises(TryLater):
        async with gate.turn():
            raise TryLater("too many", after=0.2)
    async with gate.turn():
        assert time.monotonic() - began >= 0.2


async def test_who_would_have_to_wait_for_long_comes_back_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "PATIENCE_S", 0.1)
    gate = Pace("desk", 1)
    async with gate.turn():
        pass
    with pytest.raises(TryLater) as told:
        async with gate.turn():
            raise AssertionError("it was let through")
    assert 50 < (told.value.after or 0) <= 60
