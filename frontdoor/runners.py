"""Runners: channels and desks that listen by themselves, each in one worker at a time, started again when they fail."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from frontdoor.lanes import backoff
from storage.locks import Locks

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 5.0
SETTLED_S = 60.0  # whoever has run for so long was well
Run = Callable[[], Coroutine[Any, Any, None]]


async def keep_running(name: str, locks: Locks, run: Run) -> None:
    """Run it until cancelled, whenever no other worker does. `name` is that of a channel or a desk, with its kind in
    front (`channel:telegram`).
    """
    attempts, clock, lock = 0, asyncio.get_running_loop().time, f"{name}:run"
    while True:
        started = clock()
        try:
            async with locks.hold(lock) as held:
                if held:
                    await _run(name, locks, lock, run)
        except Exception as error:  # a vendor or a database in trouble must not end the service
            attempts = 0 if clock() - started > SETTLED_S else attempts + 1
            pause = backoff(attempts)
            log.error("runner.stopped", runner=name, error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)
            continue
        await asyncio.sleep(LOOK_AGAIN_S)


async def _run(name: str, locks: Locks, lock: str, run: Run) -> None:
    """Run while the name is ours: who loses it (the database was away) stops, as another worker may have begun."""
    running = asyncio.ensure_future(run())
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_AGAIN_S))[0]:
            if not await locks.has(lock):
                log.warning("runner.lock_lost", runner=name)
                return
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
