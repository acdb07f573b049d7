"""Lanes: promised work is done in order within a lane, lanes in parallel.

Work comes from the database; the bus only says where to look. A handler does its work and marks it done in the same
transaction as its
effects, so a crash at any moment means that the work is simply found again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy import Connection

from storage import work
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database
from storage.work import Work

log = structlog.get_logger(__name__)

Handler = Callable[[Work], Awaitable[None]]

SWEEP_S = 5.0
MAX_ATTEMPTS = 8
MAX_BACKOFF_S = 300.0


class RetryError(Exception):
    """The work cannot be done now; the lane waits `after` seconds. Retried without end: the cause is known and
    passes.
    """

    def __init__(self, reason: str, *, after: float) -> None:
        super().__init__(reason)
        self.after = after


class Lanes:
    """Runs the work of all lanes in this process."""

    def __init__(self, database: Database, bus: Bus, handlers: Mapping[str, Handler], on_dead: Handler) -> None:
        self._database = database
        self._bus = bus
        self._handlers = handlers
        self._on_dead = on_dead
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._alarms: dict[str, asyncio.TimerHandle] = {}

    async def run(self) -> None:
        """Work until cancelled; whatever was left by an earlier life is found first."""
        try:
            async with self._bus.subscribe("work") as hints, asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                async for hint in hints:
                    self._wake(hint["lane"])
        finally:
            for alarm in self._alarms.values():
                alarm.cancel()
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _sweep(self) -> None:
        while True:
            try:
                now = now_ms()
                for lane, due_at in await self._database.read(work.pending_lanes):
                    if due_at <= now:
                        self._wake(lane)
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error("lanes.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_S)

    def _wake(self, lane: str) -> None:
        if lane in self._running:
            self._again.add(lane)
            return
        if alarm := self._alarms.pop(lane, None):
            alarm.cancel()
        task = asyncio.create_task(self._work(lane), name=lane)
        self._running[lane] = task
        task.add_done_callback(lambda _: self._ended(lane))

    def _ended(self, lane: str) -> None:
        self._running.pop(lane, None)
        if lane in self._again:
            self._again.discard(lane)
            self._wake(lane)

    async def _work(self, lane: str) -> None:
        while True:
            self._again.discard(lane)
            item = await self._database.read(work.head, lane)
            if item is None:
                return
            wait = (item.due_at - now_ms()) / 1000
            if wait > 0:
                self._alarms[lane] = asyncio.get_running_loop().call_later(wait, self._alarm, lane)
                return
            await self._do(item)

    def _alarm(self, lane: str) -> None:
        self._alarms.pop(lane, None)
        self._wake(lane)

    async def _do(self, item: Work) -> None:
        with structlog.contextvars.bound_contextvars(conversation=item.lane.partition(":")[2], work=item.kind):
            try:
                await self._handlers[item.kind](item)
            except RetryError as retry:
                await self._postpone(item, retry.after, str(retry))
            except Exception as error:  # a defect in one piece of work: try again, then show it and go on
                log.error("work.failed", attempt=item.attempts + 1, error=type(error).__name__, exc_info=True)
                if item.attempts + 1 < MAX_ATTEMPTS:
                    await self._postpone(item, backoff(item.attempts), type(error).__name__)
                else:
                    await self._bury(item, type(error).__name__)

    async def _postpone(self, item: Work, after: float, error: str) -> None:
        await self._database.write(work.postpone, item.id, due_at=now_ms() + int(after * 1000), error=error)

    async def _bury(self, item: Work, error: str) -> None:
        def transaction(tx: Connection) -> None:
            work.bury(tx, item.id, error=error)

        await self._database.write(transaction)
        log.error("work.dead", kind=item.kind, key=item.key)
        await self._on_dead(item)


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: 0.5, 1, 2, … up to five minutes, spread by ±20 %."""
    seconds: float = min(0.5 * 2 ** min(attempts, 12), MAX_BACKOFF_S)
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreading retries, no secret
