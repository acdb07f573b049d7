"""Snoozing: a held ticket rests until a time or until the customer writes, and then comes back by itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.acting import Acting
from desk.agent_moves import require_holder
from desk.announcer import Act
from desk.clockwork import for_each
from desk.errors import bad_field
from desk.noting import happened, locked
from storage import tickets
from storage.agents import Agent
from storage.database import Database
from storage.ticket_entries import MESSAGE

LONGEST_MS = 180 * 24 * 3_600_000
UNTIL_CUSTOMER = 32_472_144_000_000
"""The year 2999: nothing but the customer wakes the ticket."""
WOKEN_AT_ONCE = 100
WAKE_EVERY_S = 10.0


@dataclass(frozen=True, kw_only=True)
class SnoozeMoves:
    """Functions over a transaction; all raise `Refused`. Repeats of what is done change nothing."""

    clock: Callable[[], int]

    def snooze(self, tx: Connection, agent: Agent, ticket_id: str, until: int | None, note: str) -> Act:
        """Let a ticket rest until `until` (ms), None: until the customer writes."""
        held, now = locked(tx, agent, ticket_id), self.clock()
        require_holder(agent, held)
        if until is not None and not now < until <= now + LONGEST_MS:
            raise bad_field("until", "not_to_come")
        if held.snoozed_until == (until or UNTIL_CUSTOMER):
            return Act(ticket=held)
        data: JSON = {"until": until, "note": note}
        return happened(
            tx, held, "snoozed", at=now, by=agent, data=data, snoozed_until=until or UNTIL_CUSTOMER, unread=0
        )

    def wake(self, tx: Connection, agent: Agent, ticket_id: str) -> Act:
        """Bring it back now."""
        held = locked(tx, agent, ticket_id)
        require_holder(agent, held)
        return _woken(tx, held, self.clock(), "agent", agent) if held.snoozed_until else Act(ticket=held)

    def wake_due(self, tx: Connection, ticket_id: str) -> Act | None:
        """Bring back a ticket whose time has come; None when it is awake or sleeps on."""
        held, now = tickets.lock_ticket(tx, ticket_id), self.clock()
        if held is None or held.snoozed_until is None or held.snoozed_until > now:
            return None
        return _woken(tx, held, now, "time")


def waking(tx: Connection, act: Act, now: int) -> Act:
    """A consequence: whoever's customer writes, or who is passed on or closed, sleeps no more."""
    ticket, before = act.ticket, act.before
    if before is None or ticket.snoozed_until is None or ticket.snoozed_until != before.snoozed_until:
        return act
    added = [each for each in (act.entry, *act.also) if each]
    wrote = any(each.kind == MESSAGE and each.author is Author.CUSTOMER for each in added)
    if wrote and ticket.held:
        woken = _woken(tx, ticket, now, "customer")
        return replace(act, ticket=woken.ticket, also=(*act.also, *((woken.entry,) if woken.entry else ())))
    if ticket.held and ticket.agent_id == before.agent_id:
        return act
    return replace(act, ticket=tickets.change_ticket(tx, ticket.id, at=ticket.updated_at, snoozed_until=None))


async def wake_all(db: Database, acting: Acting, moves: SnoozeMoves) -> None:
    """Bring back every ticket whose time has come."""
    due = await db.read(tickets.due_to_wake, moves.clock(), WOKEN_AT_ONCE)
    await for_each({each: partial(acting.attempt, moves.wake_due, each) for each in due}, job="wake")


def _woken(tx: Connection, held: tickets.Ticket, now: int, because: str, by: Agent | None = None) -> Act:
    return happened(tx, held, "woken", at=now, by=by, data={"because": because}, snoozed_until=None)
