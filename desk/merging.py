"""Merging: two tickets of one customer become one, and can be parted again.

Every entry stays where it is. The merged ticket is closed and says into which one (`merged_into`). Its conversation
keeps its own handoff at the core, so what the customer writes there still comes to the desk as a line of the merged
ticket: `desk.connector` puts it on the survivor's timeline, with the ticket it came by (`via`). Answers go the other
way: `desk.routing` sends them to the conversation in which the customer wrote last.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON
from desk.agent_moves import require_holder
from desk.announcer import Act
from desk.errors import Refused, bad_field
from desk.noting import happened, locked
from desk.permissions import may_merge, sees
from desk.routing import send
from storage import audit, conversations, merges, tickets
from storage.agents import Agent
from storage.audit import Actor
from storage.tables import new_id
from storage.tickets import CASE, RESOLVED, Ticket

UNDO_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, kw_only=True)
class MergeMoves:
    """Functions over a transaction; all raise `Refused`. Repeats of what is done change nothing."""

    desk: str
    clock: Callable[[], int]

    def merge(self, tx: Connection, agent: Agent, ticket_id: str, who: Actor, number: str) -> Act:
        """Make a ticket part of the one with this number (or id), which the agent has. The act is the merged one's."""
        into = tickets.find_by_number(tx, number)
        if into is None or not sees(agent, into):
            raise bad_field("into", "unknown_ticket")
        if into.id == ticket_id:
            raise bad_field("into", "same_ticket")
        # Always in the same order, so that two who merge one into the other don't wait for each other.
        rows = {each: locked(tx, agent, each) for each in sorted((ticket_id, into.id))}
        held, into = rows[ticket_id], rows[into.id]
        if held.merged_into == into.id:
            return Act(ticket=held)
        self._require(tx, agent, held, into)
        now = self.clock()
        merged = self._close(tx, agent, held, into, now)
        later = merges.written_last(tx, held.id) > merges.written_last(tx, into.id)
        data: JSON = {"number": held.number, "ticket_id": held.id} | ({"via": held.id} if later else {})
        unread = into.unread + held.unread
        self._record(tx, who, "ticket.merged", held, into, now)
        grown = happened(tx, into, merges.MERGED_IN, at=now, by=agent, data=data, unread=unread)
        return replace(merged, others=(grown,))

    def part(self, tx: Connection, agent: Agent, ticket_id: str, who: Actor) -> Act:
        """Undo a merger: the ticket is the agent's own again. What came since stays with the other one."""
        seen = locked(tx, agent, ticket_id)
        if seen.merged_into is None:
            return Act(ticket=seen)
        into = tickets.lock_ticket(tx, seen.merged_into)
        now = self.clock()
        if into is None or not into.live or (seen.closed_at or 0) < now - UNDO_MS:
            raise Refused("closed", state=seen.state)
        require_holder(agent, into)
        opened: JSON = {"state": tickets.OPEN, "merged_into": None, "closed_at": None, "taken_at": now}
        opened |= {"agent_id": agent.id, "agent_name": agent.name}
        parted = happened(tx, seen, "parted", at=now, by=agent, data={"number": into.number}, **opened)
        self._record(tx, who, "ticket.parted", seen, into, now)
        send(tx, parted.ticket, self._taken(parted.ticket, agent.id, agent.name))
        left = happened(tx, into, "parted", at=now, by=agent, data={"number": seen.number, "ticket_id": seen.id})
        return replace(parted, promised=True, others=(left,))

    def _require(self, tx: Connection, agent: Agent, held: Ticket, into: Ticket) -> None:
        if held.kind != CASE or into.kind != CASE:
            raise bad_field("into", "not_mergeable")
        if not _same_person(tx, held, into):
            raise bad_field("into", "other_customer")
        if not held.live:
            raise Refused("closed", state=held.state)
        require_holder(agent, into)
        if not may_merge(agent, held):
            raise Refused("not_yours", agent={"id": held.agent_id, "name": held.agent_name})

    def _close(self, tx: Connection, agent: Agent, held: Ticket, into: Ticket, now: int) -> Act:
        """Whoever the customer has talked with there: from now on it is who has the survivor."""
        closed: JSON = {"state": RESOLVED, "merged_into": into.id, "closed_at": now, "unread": 0, "position": None}
        closed |= {"for_agent": None, "agent_id": into.agent_id, "agent_name": into.agent_name}
        data: JSON = {"number": into.number, "ticket_id": into.id}
        act = happened(tx, held, "merged", at=now, by=agent, data=data, **closed)
        if held.agent_id == into.agent_id:
            return act
        send(tx, act.ticket, self._taken(act.ticket, into.agent_id or "", into.agent_name))
        return replace(act, promised=True)

    def _record(self, tx: Connection, who: Actor, action: str, one: Ticket, into: Ticket, now: int) -> None:
        audit.record(tx, who, action, at=now, subject=one.id, subject_name=one.number, details={"into": into.number})

    def _taken(self, ticket: Ticket, agent_id: str, agent_name: str) -> DeskEvent:
        return DeskEvent(
            id=new_id(), desk=self.desk, ticket_id=ticket.id, kind=DeskEventKind.TAKEN, agent_id=agent_id,
            agent_name=agent_name,
        )  # fmt: skip


def _same_person(tx: Connection, one: Ticket, other: Ticket) -> bool:
    if one.conversation_id == other.conversation_id:
        return True
    first, second = (conversations.find(tx, each.conversation_id) for each in (one, other))
    return first is not None and second is not None and first.person_id == second.person_id
