"""What people do with follow-ups. Each act and what the ticket's timeline says of it are one transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON
from desk.announcer import Act, promise
from desk.errors import Refused, bad_field
from desk.follow_up_rules import follow_up_of
from desk.noting import happened, locked
from desk.permissions import can, may_act, may_take
from desk.tiers import Tiers
from storage import followups, tickets
from storage.agents import Agent
from storage.followups import DONE, FollowUp
from storage.tickets import Ticket

LONGEST_MS = 366 * 24 * 3_600_000
"""How far ahead one may plan."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When to get in touch again, and who: `mine`, a tier, or the desk's own choice where both are empty."""

    client_id: str
    due_at: int
    note: str = ""
    mine: bool = False
    tier: str = ""


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What became of a follow-up, and of its ticket if it has one."""

    follow_up: FollowUp
    act: Act | None = None


@dataclass(frozen=True, kw_only=True)
class FollowUpMoves:
    """Functions over a transaction; all raise `Refused`. Repeats of what is done change nothing and answer the same."""

    desk: str
    tiers: Tiers
    clock: Callable[[], int]

    def schedule(self, tx: Connection, agent: Agent, ticket_id: str, plan: Plan) -> Followed:
        """Plan one from a ticket."""
        held, now = locked(tx, agent, ticket_id), self.clock()
        key = f"scheduled:{ticket_id}:{plan.client_id}"[:80]
        if known := followups.find_by_key(tx, key):
            return Followed(follow_up=known)
        if not now < plan.due_at <= now + LONGEST_MS:
            raise bad_field("due_at", "not_to_come")
        tier = plan.tier or (held.tier if plan.mine else self.tiers.follow_up_tier)
        if tier not in self.tiers.tiers:
            raise bad_field("tier", "no_such_tier")
        who: JSON = {"agent_id": agent.id, "agent_name": agent.name} if plan.mine else {}
        new = follow_up_of(
            held, key=key, reason=followups.SCHEDULED, due_at=plan.due_at, tier=tier, note=plan.note, at=now,
            created_by=agent.name, **who,
        )  # fmt: skip
        followups.add(tx, new)
        data = {"reason": new.reason, "due_at": new.due_at, "tier": tier, "note": plan.note, "agent": new.agent_name}
        return Followed(follow_up=new, act=happened(tx, held, "followup_planned", at=now, by=agent, data=data))

    def take(self, tx: Connection, agent: Agent, follow_up_id: str) -> Followed:
        """Make it one's own; of two who try, one gets it."""
        row = self._open(tx, agent, follow_up_id)
        if row.agent_id == agent.id:
            return Followed(follow_up=row)
        if row.agent_id is not None and not can(agent, "reassign"):
            raise Refused("taken", agent={"id": row.agent_id, "name": row.agent_name})
        values = {"agent_id": agent.id, "agent_name": agent.name}
        return Followed(follow_up=followups.change(tx, row.id, at=self.clock(), **values))

    def done(self, tx: Connection, agent: Agent, follow_up_id: str, outcome: str, note: str) -> Followed:
        """Say how it went."""
        row, now = self._seen(followups.lock(tx, follow_up_id), agent), self.clock()
        if row.state == DONE and (row.outcome, row.outcome_note) == (outcome, note):
            return Followed(follow_up=row)
        self._require(row, agent)
        values = {"state": DONE, "outcome": outcome, "outcome_note": note, "done_at": now}
        values |= {"agent_id": agent.id, "agent_name": agent.name}
        changed = followups.change(tx, row.id, at=now, **values)
        return self._noted(tx, agent, changed, "followup_done", {"outcome": outcome, "note": note})

    def cancel(self, tx: Connection, agent: Agent, follow_up_id: str, note: str) -> Followed:
        """Nobody needs to get in touch any more."""
        row = self._seen(followups.lock(tx, follow_up_id), agent)
        if row.state == followups.CANCELLED:
            return Followed(follow_up=row)
        self._require(row, agent)
        changed = followups.change(tx, row.id, at=self.clock(), state=followups.CANCELLED, outcome_note=note)
        return self._noted(tx, agent, changed, "followup_dropped", {"note": note})

    def postpone(self, tx: Connection, agent: Agent, follow_up_id: str, due_at: int) -> Followed:
        """Another time."""
        row, now = self._open(tx, agent, follow_up_id), self.clock()
        if not now < due_at <= now + LONGEST_MS:
            raise bad_field("due_at", "not_to_come")
        if row.due_at == due_at:
            return Followed(follow_up=row)
        return Followed(follow_up=followups.change(tx, row.id, at=now, due_at=due_at, state=followups.PLANNED))

    def reach(self, tx: Connection, agent: Agent, follow_up_id: str) -> Followed:
        """Go on with the customer in the ticket's own conversation: the agent has the ticket again."""
        row = self._open(tx, agent, follow_up_id)
        held = tickets.lock_ticket(tx, row.ticket_id) if row.ticket_id else None
        if held is None:
            raise Refused("not_found")
        if row.agent_id != agent.id:
            row = self.take(tx, agent, follow_up_id).follow_up
        if may_act(agent, held):
            return Followed(follow_up=row)
        self._require_free(tx, agent, held)
        return Followed(follow_up=row, act=self._again(tx, agent, held))

    def _require_free(self, tx: Connection, agent: Agent, held: Ticket) -> None:
        if held.held:
            raise Refused("taken", agent={"id": held.agent_id, "name": held.agent_name})
        if held.live and not may_take(agent, held):
            raise Refused("forbidden")
        other = tickets.live_of_conversation(tx, held.conversation_id, besides=held.id)
        if other is not None:
            raise Refused("elsewhere", number=other.number)

    def _again(self, tx: Connection, agent: Agent, held: Ticket) -> Act:
        now = self.clock()
        values: JSON = {"state": tickets.OPEN, "agent_id": agent.id, "agent_name": agent.name, "taken_at": now}
        values |= {"closed_at": None, "position": None, "for_agent": None, "confirmed": ""}
        values |= {"offered_to": None, "offered_until": None, "passed": ()}
        act = happened(tx, held, "taken", at=now, by=agent, data={"because": "follow_up"}, **values)
        assert act.entry is not None  # noqa: S101 - its id is new
        event = DeskEvent(
            id=act.entry.id, desk=self.desk, ticket_id=held.id, kind=DeskEventKind.TAKEN, agent_id=agent.id,
            agent_name=agent.name,
        )  # fmt: skip
        promise(tx, act.ticket, event)
        return Act(ticket=act.ticket, before=held, entry=act.entry, promised=True)

    def _open(self, tx: Connection, agent: Agent, follow_up_id: str) -> FollowUp:
        row = self._seen(followups.lock(tx, follow_up_id), agent)
        self._require(row, agent)
        return row

    def _require(self, row: FollowUp, agent: Agent) -> None:
        if not row.open:
            raise Refused("closed", state=row.state)
        if row.agent_id not in (None, agent.id) and not can(agent, "reassign"):
            raise Refused("taken", agent={"id": row.agent_id, "name": row.agent_name})

    def _seen(self, row: FollowUp | None, agent: Agent) -> FollowUp:
        if row is None or not may_follow(agent, row):
            raise Refused("not_found")
        return row

    def _noted(self, tx: Connection, agent: Agent, row: FollowUp, event: str, data: JSON) -> Followed:
        held = tickets.lock_ticket(tx, row.ticket_id) if row.ticket_id else None
        return Followed(
            follow_up=row, act=happened(tx, held, event, at=self.clock(), by=agent, data=data) if held else None
        )


def may_follow(agent: Agent, row: FollowUp) -> bool:
    """Whether a person sees a follow-up: it is theirs, of their tier, or they see everything."""
    if not can(agent, "see_tier"):
        return False
    return can(agent, "see_all") or agent.id == row.agent_id or row.tier in agent.tiers
