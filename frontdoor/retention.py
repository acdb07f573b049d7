"""Retention: what has no use any more is dropped, and finished conversations after as long as the operator says.

In small parts with pauses between them, so that customers never wait for it. A conversation is deleted in one
transaction, which promises the rest: Rasa forgets it too, and its files are removed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection

from frontdoor import desk_forgetting, metrics
from frontdoor.brain import Brain, BrainError
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.states import State
from storage import agent_sessions, channel_state, codes, retention, work
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database
from storage.locks import Locks
from storage.work import Work

log = structlog.get_logger(__name__)

DAY_MS = 86_400_000
SWEEP_S = 600.0
CLOCK_SET_S = 60.0  # by how much at least, to be noticed
PAUSE_S = 0.2  # between two parts
ROWS = 200  # of bookkeeping in one part
CONVERSATIONS = 10  # in one part
BOOKKEEPING_DAYS = 7  # for which a vendor or a page may still repeat a message
OWN_DESK = "built_in"  # whose tickets go with the conversation
FINISHED = (State.BOT, State.RESOLVED, State.RATED, State.ABANDONED)

Discard = Callable[[Sequence[str]], Awaitable[None]]


class Retention:
    """Sweeps in the background. `days` is how long finished conversations are kept, 0 for ever; `discard` removes
    files by their ids.
    """

    def __init__(
        self, database: Database, bus: Bus, brain: Brain, locks: Locks, *, days: int, discard: Discard
    ) -> None:
        self._database = database
        self._bus = bus
        self._brain = brain
        self._locks = locks
        self._days = days
        self._discard = discard

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {"forget": Handler(look=_nothing, do=self._forget)}

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            clocks = _apart()
            await asyncio.sleep(SWEEP_S)
            if abs(_apart() - clocks) > CLOCK_SET_S:
                log.warning("retention.clock_set")  # what it says of age is not to be acted on at once
                continue
            try:
                async with self._locks.hold("retention") as held:
                    if held:
                        await self.sweep()
            except Exception as error:  # a database in trouble must not end the service: look again
                log.error("retention.sweep_failed", error=type(error).__name__)

    async def sweep(self) -> None:
        """Drop everything that may be dropped now."""
        now = now_ms()
        bookkeeping = now - min(BOOKKEEPING_DAYS, self._days or BOOKKEEPING_DAYS) * DAY_MS
        if self._days:
            await self._drop_conversations(now - self._days * DAY_MS)
        await self._drop_work(bookkeeping)
        await self._drop_deliveries(bookkeeping)
        await self._database.write(agent_sessions.drop_failures, bookkeeping)
        await self._database.write(channel_state.drop_expired, now)
        await self._database.write(codes.drop_expired, now - DAY_MS)

    async def _drop_conversations(self, before: int) -> None:
        while erased := await self._database.write(_erase_finished, before):
            for conversation_id in erased:
                await self._bus.publish("work", {"lane": work.forgetting_lane(conversation_id)})
            metrics.ERASED.inc(len(erased))
            log.info("retention.erased", conversations=len(erased))
            await asyncio.sleep(PAUSE_S)

    async def _drop_work(self, before: int) -> None:
        reached: int | None = 0
        while reached is not None:
            swept = await self._database.write(retention.drop_done_work, before=before, after=reached, limit=ROWS)
            metrics.PRUNED.labels("work").inc(swept.dropped)
            reached = swept.reached
            await asyncio.sleep(PAUSE_S)

    async def _drop_deliveries(self, before: int) -> None:
        while dropped := await self._database.write(retention.drop_deliveries, before=before, limit=ROWS):
            metrics.PRUNED.labels("delivery").inc(dropped)
            await asyncio.sleep(PAUSE_S)

    async def _forget(self, item: Work, _: None) -> None:
        """What is kept of a deleted conversation outside the database."""
        try:
            await self._brain.forget(item.payload["conversation_id"])
        except BrainError as error:
            raise RetryError(str(error), after=backoff(item.attempts)) from error
        await self._discard(item.payload["files"])
        await self._database.write(work.finish, item.id)


def erase(tx: Connection, conversation_ids: Sequence[str]) -> list[str]:
    """Delete conversations and promise what is to be done outside the database; those that there were."""
    elsewhere = retention.tickets_elsewhere(tx, conversation_ids, OWN_DESK)
    files = retention.erase(tx, conversation_ids)
    for each in elsewhere:
        desk_forgetting.promise(tx, each)
    for conversation_id, its_files in files.items():
        work.enqueue(
            tx,
            lane=work.forgetting_lane(conversation_id),
            kind="forget",
            key=f"forget:{conversation_id}",
            payload={"conversation_id": conversation_id, "files": its_files},
        )
    return list(files)


def _erase_finished(tx: Connection, before: int) -> list[str]:
    return erase(tx, retention.finished(tx, states=FINISHED, before=before, limit=CONVERSATIONS))


def _apart() -> float:
    """Seconds between the wall clock and the steady one; they stay the same unless the clock is set."""
    return time.time() - time.monotonic()


def _nothing(_tx: Connection, _item: Work) -> None:
    """For work that says everything itself."""
