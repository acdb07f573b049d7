"""Runners: channels that listen by themselves, each in one worker at a time, started again when they fail."""

import asyncio

import structlog

from connectors.channel import Accept, RunningChannel
from frontdoor.lanes import backoff
from storage.locks import Locks

log = structlog.get_logger(__name__)

LOOK_AGAIN_S = 5.0
SETTLED_S = 60.0  # whoever has run for so long was well


async def keep_running(channel: RunningChannel, locks: Locks, accept: Accept) -> None:
    """Run `channel` until cancelled, whenever no other worker does."""
    attempts, clock, name = 0, asyncio.get_running_loop().time, f"channel:{channel.name}:run"
    while True:
        started = clock()
        try:
            async with locks.hold(name) as held:
                if held:
                    await _run(channel, locks, name, accept)
        except Exception as error:  # a vendor or a database in trouble must not end the service
            attempts = 0 if clock() - started > SETTLED_S else attempts + 1
            pause = backoff(attempts)
            log.error("channel.stopped", channel=channel.name, error=type(error).__name__, again_in_s=pause)
            await asyncio.sleep(pause)
            continue
        await asyncio.sleep(LOOK_AGAIN_S)


async def _run(channel: RunningChannel, locks: Locks, name: str, accept: Accept) -> None:
    """Run while the name is ours: who loses it (the database was away) stops, as another worker may have begun."""
    running = asyncio.ensure_future(channel.run(accept))
    try:
        while not (await asyncio.wait({running}, timeout=LOOK_AGAIN_S))[0]:
            if not await locks.has(name):
                log.warning("channel.lock_lost", channel=channel.name)
                return
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
