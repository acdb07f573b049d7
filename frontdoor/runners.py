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
    attempts, clock = 0, asyncio.get_running_loop().time
    while True:
        async with locks.hold(f"channel:{channel.name}:run") as held:
            if held:
                started = clock()
                try:
                    await channel.run(accept)
                except Exception as error:  # a vendor in trouble must not end the service
                    attempts = 0 if clock() - started > SETTLED_S else attempts + 1
                    pause = backoff(attempts)
                    log.error("channel.stopped", channel=channel.name, error=type(error).__name__, again_in_s=pause)
                    await asyncio.sleep(pause)
                    continue
        await asyncio.sleep(LOOK_AGAIN_S)
