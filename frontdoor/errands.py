"""Errands: one task for each key that has something to do, started by hints, and by looking now and then.

Whoever is woken while it runs runs once more, so that nothing which came after its last look is left behind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

import structlog

from storage.bus import Subscription

log = structlog.get_logger(__name__)

SWEEP_S = 5.0


class Errands:
    """Runs `do(key)` for the keys that are woken, each once at a time. `name` is for the log."""

    def __init__(self, name: str, do: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        self._name, self._do = name, do
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._stopping = False

    async def serve(self, hints: Subscription, member: str, waiting: Callable[[], Awaitable[Iterable[str]]]) -> None:
        """Wake the key in each hint's `member`, and all that are `waiting`, until cancelled; what was left by an
        earlier life is found first.
        """
        async with hints, asyncio.TaskGroup() as group:
            group.create_task(self._sweep(waiting))
            async for hint in hints:
                self.wake(hint[member])

    def wake(self, key: str) -> None:
        """There is something to do, now."""
        if self._stopping:
            return
        if key in self._running:
            self._again.add(key)
            return
        if alarm := self._alarms.pop(key, None):
            alarm.cancel()
        task = asyncio.create_task(self._do(key), name=key)
        self._running[key] = task
        task.add_done_callback(lambda _: self._ended(key))

    def wake_in(self, key: str, seconds: float) -> None:
        """There is something to do later."""
        self._alarms[key] = asyncio.get_running_loop().call_later(seconds, self._alarm, key)

    def look_now(self, key: str) -> None:
        """The task of `key` is about to look: it will see what it was woken for until now."""
        self._again.discard(key)

    def woken_again(self, key: str) -> bool:
        """Whether `key` was woken since its task looked."""
        return key in self._again

    async def stop(self, patience_s: float = 0.0) -> None:
        """Start nothing more, wait for what runs, and cancel what is not done by then."""
        self._stopping = True
        for alarm in self._alarms.values():
            alarm.cancel()
        if self._running and patience_s:
            await asyncio.wait(self._running.values(), timeout=patience_s)
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _sweep(self, waiting: Callable[[], Awaitable[Iterable[str]]]) -> None:
        while True:
            try:
                for key in await waiting():
                    if key not in self._running and key not in self._alarms:
                        self.wake(key)
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error(f"{self._name}.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    def _alarm(self, key: str) -> None:
        self._alarms.pop(key, None)
        self.wake(key)

    def _ended(self, key: str) -> None:
        self._running.pop(key, None)
        if key in self._again:
            self._again.discard(key)
            self.wake(key)
