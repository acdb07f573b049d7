"""Tells everyone what has just been committed: the core's worker, waiting customers, and the agents' screens.

Everything here is a hint; who misses one finds the truth in the database.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON
from desk.estimate import Forecast, Outlook
from desk.routing import conversations_of, promise
from desk.tiers import Tiers
from storage.bus import Bus
from storage.database import Database
from storage.ticket_entries import Entry
from storage.ticket_lists import LONG_QUEUE, move_up, queue_length
from storage.tickets import INTERNAL, QUEUED, Ticket, find_tickets
from storage.work import conversation_lane

__all__ = ["Act", "Announcer", "promise"]

CALM_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a transaction did to a ticket. `before` is the ticket as it was, None when nothing changed."""

    ticket: Ticket
    before: Ticket | None = None
    entry: Entry | None = None
    also: tuple[Entry, ...] = ()  # what else was added to the timeline
    promised: bool = False  # an event for the core was stored
    others: tuple["Act", ...] = ()  # what was done to other tickets in the same transaction
    mentioned: tuple[str, ...] = ()  # agents who were spoken to
    planned: tuple[str, ...] = ()  # follow-ups that came of it
    then: tuple["Move", ...] = ()  # what is done next, in turn, once all that follows from this act has happened

    @property
    def queue_moved(self) -> bool:
        """Whether others in the queue may have moved."""
        before, after = self.before, self.ticket
        if before is None:
            return False
        return (before.state == QUEUED) != (after.state == QUEUED) or (
            after.state == QUEUED and before.tier != after.tier
        )

    @property
    def turns_moved(self) -> bool:
        """Whether a ticket has to be given to somebody now, or somebody has room again."""
        before, after = self.before, self.ticket
        if before is None:
            return False
        if after.state == QUEUED:
            return (
                before.state != QUEUED
                or (before.tier, before.for_agent) != (after.tier, after.for_agent)
                or (before.offered_to is not None and after.offered_to is None)
            )
        return before.held and (not after.held or before.agent_id != after.agent_id)


Move = Callable[[Connection], Act]


class Announcer:
    """Publishes after commit."""

    def __init__(self, db: Database, bus: Bus, tiers: Tiers, clock: Callable[[], int], desk: str) -> None:
        self._db, self._bus, self._tiers, self._clock, self._desk = db, bus, tiers, clock, desk
        self._calm_until = 0.0

    async def acted(self, act: Act) -> None:
        """An agent, a customer or the core did something to a ticket."""
        ticket, before = act.ticket, act.before
        if act.promised:
            for conversation_id in await self._db.read(conversations_of, ticket):
                await self._bus.publish("work", {"lane": conversation_lane(conversation_id)})
        if before is None:
            return
        entries = sorted(each.n for each in (act.entry, *act.also) if each)
        hint: JSON = {"type": "ticket", "ticket_id": ticket.id, "entries": entries}
        hint |= {"was_tier": before.tier, "was_agent": before.agent_id or ""}
        hint["was_for"] = [each for each in (before.for_agent, before.offered_to) if each]
        await self._bus.publish("desk", hint)
        if act.turns_moved:
            await self._bus.publish("desk-turns", {"ticket_id": ticket.id})
        if act.mentioned:
            await self._bus.publish("desk", {"type": "mentioned", "agent_ids": list(act.mentioned)})
        for follow_up_id in act.planned:
            await self._bus.publish("desk", {"type": "follow_up", "follow_up_id": follow_up_id, "reminder": False})
        if act.queue_moved:
            await self.queue_moved()
        for each in act.others:
            await self.acted(each)

    async def queue_moved(self) -> None:
        """Tell customers and agents of places in the queue that changed. In a long queue nobody looks at each act: who
        comes within CALM_S of the last look leaves it to the next one, and the desk looks by itself every so often.
        """
        if time.monotonic() < self._calm_until:
            return
        if await self._db.read(queue_length) > LONG_QUEUE:
            self._calm_until = time.monotonic() + CALM_S
        moved = await self._db.write(move_up)
        if not moved:
            return
        await self._bus.publish("desk", {"type": "tickets", "ticket_ids": moved})
        for ticket, seen in await self._db.read(self._outlooks, moved):
            if seen.position is not None:
                event = DeskEvent(
                    id=f"position:{ticket.id}:{ticket.version}",
                    desk=self._desk,
                    ticket_id=ticket.id,
                    kind=DeskEventKind.POSITION,
                    position=seen.position,
                    wait_seconds=seen.wait_seconds,
                )
                await self.hint(ticket, event)

    async def catch_up(self) -> None:
        """Tell what acts in a long queue have left untold."""
        if await self._db.read(queue_length) > LONG_QUEUE // 2:  # it may have become shorter since
            await self.queue_moved()

    async def hint(self, ticket: Ticket, event: DeskEvent) -> None:
        """Publish an event that is never stored."""
        if ticket.kind == INTERNAL:
            return
        await self._bus.publish("desk-hints", event.to_json() | {"conversation_id": ticket.conversation_id})

    def _outlooks(self, tx: Connection, ticket_ids: list[str]) -> list[tuple[Ticket, Outlook]]:
        forecast = Forecast(tx, self._tiers, self._clock())
        return [(ticket, forecast.of(tx, ticket)) for ticket in find_tickets(tx, ticket_ids)]
