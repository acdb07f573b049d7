"""Waiting until everything is done: for the customers, the programs and the people."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import aiohttp

from bench.soak.accounts import Stored
from bench.soak.page import Page

SETTLES_WITHIN_S = 300.0  # nobody waits so long but where something is wrong, or the machine very busy
LOOK_S = 0.5
IDLE = ('frontdoor_work{status="pending"}', 'frontdoor_outbox{status="pending"}', "frontdoor_queue_length")
"""What `/metrics` must say is zero in the end."""


class Installed(Protocol):
    """An installation that can be looked into."""

    url: str

    @property
    def database(self) -> Path:
        """The service's SQLite file."""


async def settled(http: aiohttp.ClientSession, target: Installed, pages: Sequence[Page]) -> None:
    """Wait until all is acknowledged, answered, closed and shown; what is not in time shows in the account."""
    await until(lambda: _done(http, target, pages))
    await until(lambda: _all_shown(target, pages))


async def is_ready(http: aiohttp.ClientSession, target: Installed) -> bool:
    """Whether the service, its database and the bot can work now."""
    try:
        async with http.get(f"{target.url}/readyz") as ready:
            return ready.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something, but not for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while not await happened():  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(LOOK_S)


async def _done(http: aiohttp.ClientSession, target: Installed, pages: Sequence[Page]) -> bool:
    if any(page.pending for page in pages) or not await is_ready(http, target):
        return False
    try:
        async with http.get(f"{target.url}/metrics") as metrics:
            metrics.raise_for_status()
            gauges = dict(line.rsplit(" ", 1) for line in (await metrics.text()).splitlines() if line[:1] != "#")
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
    return all(float(gauges[name]) == 0 for name in IDLE) and not Stored.read(target.database).left_over["ticket"]


async def _all_shown(target: Installed, pages: Sequence[Page]) -> bool:
    messages = Stored.read(target.database).messages
    return all(page.last == len(messages.get(page.conversation_id, ())) for page in pages)
