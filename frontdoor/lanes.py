"""Lanes: promised work is done in order within a lane, lanes in parallel.

Work comes from the database; the bus only says where to look. A handler does its work and marks it done in the same
transaction as its effects, so a crash at any moment means that the work is simply found again.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection

from frontdoor import metrics
from frontdoor.errands import Errands
from storage import work
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database, Trouble
from storage.locks import Locks
from storage.work import Work

T = TypeVar("T")

log = structlog.get_logger(__name__)

TROUBLE_S = 1.0
MAX_ATTEMPTS = 8
MAX_BACKOFF_S = 300.0
SHORT_PAUSE_S = 5.0  # a handler may ask for so long a pause from the first attempt on


@dataclass(frozen=True, kw_only=True)
class Handler(Generic[T]):
    """How one kind of work is done: `look` at what it is about, in the read that finds it, then `do` it."""

    look: Callable[[Connection, Work], T]
    do: Callable[[Work, T], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class _Found:
    item: Work
    more: bool  # there is work behind it
    view: Any = None
    defect: Exception | None = None  # why `look` failed


class RetryError(Exception):
    """The work cannot be done now; the lane waits `after` seconds. Retried without end: the cause is known and
    passes.
    """

    def __init__(self, reason: str, *, after: float) -> None:
        super().__init__(reason)
        self.after = after


class Lanes:
    """Runs the work of all lanes. `bury` ends work that always fails, and sees to it that nobody waits for it."""

    def __init__(
        self, database: Database, bus: Bus, locks: Locks, handlers: Mapping[str, Handler[Any]],
        bury: Callable[[Work, str], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._database = database
        self._bus = bus
        self._locks = locks
        self._handlers = handlers
        self._bury = bury
        self._errands = Errands("lanes", self._work)

    async def run(self) -> None:
        """Work until cancelled; whatever was left by an earlier life is found first."""
        try:
            await self._errands.serve(
                self._bus.subscribe("work"), "lane", lambda: self._database.read(work.waiting_lanes)
            )
        finally:
            await self._errands.stop()

    async def _work(self, lane: str) -> None:
        try:
            async with self._locks.hold(f"lane:{lane}") as held:
                if held:  # else another worker has it, and hears the same hints
                    await self._empty(lane)
        except Trouble as error:  # it says nothing about the work, which waits on disk
            log.warning("lanes.database_trouble", error=type(error).__name__)
            self._errands.wake_in(lane, TROUBLE_S)
        except Exception as error:
            log.error("lanes.failed", error=type(error).__name__, exc_info=True)

    async def _empty(self, lane: str) -> None:
        while True:
            self._errands.look_now(lane)
            found = await self._database.read(self._next, lane)
            if found is None:
                return
            wait = _pause_left(found.item)
            if wait > 0:
                self._errands.wake_in(lane, wait)
                return
            if await self._settle(found) and not found.more and not self._errands.woken_again(lane):
                return

    def _next(self, tx: Connection, lane: str) -> _Found | None:
        items = work.first(tx, lane, 2)
        if not items:
            return None
        item, more = items[0], len(items) > 1
        try:
            return _Found(item=item, more=more, view=self._handlers[item.kind].look(tx, item))
        except Trouble:
            raise
        except Exception as defect:
            return _Found(item=item, more=more, defect=defect)

    async def _settle(self, found: _Found) -> bool:
        """Do it; False when it must be done again later."""
        item = found.item
        with structlog.contextvars.bound_contextvars(conversation=item.lane.partition(":")[2], work=item.kind):
            try:
                if found.defect is not None:
                    raise found.defect
                metrics.STAGE.labels("wait").observe(max(now_ms() - item.due_at, 0) / 1000)
                await self._handlers[item.kind].do(item, found.view)
            except RetryError as retry:
                await self._postpone(item, retry.after, str(retry))
                return False
            except Trouble:
                raise
            except Exception as error:  # a defect in one piece of work: try again, then show it and go on
                log.error("work.failed", attempt=item.attempts + 1, error=type(error).__name__, exc_info=True)
                if item.attempts + 1 < MAX_ATTEMPTS:
                    await self._postpone(item, backoff(item.attempts), type(error).__name__)
                    return False
                await self._bury(item, type(error).__name__)
                log.error("work.dead", kind=item.kind, key=item.key)
        return True

    async def _postpone(self, item: Work, after: float, error: str) -> None:
        pause = min(after, _longest_pause(item.attempts + 1))
        await self._database.write(work.postpone, item.id, due_at=now_ms() + int(pause * 1000), error=error)


def _pause_left(item: Work) -> float:
    """Seconds until it is due. More than can have been meant is because the clock was set back: it is due now."""
    left = (item.due_at - now_ms()) / 1000
    meant = _longest_pause(item.attempts) if item.attempts else (item.due_at - item.created_at) / 1000
    return left if left <= meant else 0.0


def _longest_pause(attempts: int) -> float:
    """The longest pause in seconds after so many attempts."""
    doubled: float = min(0.5 * 2 ** min(attempts, 12), MAX_BACKOFF_S)
    return max(SHORT_PAUSE_S, 1.2 * doubled)


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: 0.5, 1, 2, … up to five minutes, spread by ±20 %."""
    seconds: float = min(0.5 * 2 ** min(attempts, 12), MAX_BACKOFF_S)
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreading retries, no secret
