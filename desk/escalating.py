"""Escalation: from one tier to the next with what was tried and what is asked, and back to who had asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from connectors.message import JSON, Author
from desk.announcer import Act, promise
from desk.errors import Refused, bad_field
from desk.escalation_settings import next_tier
from desk.estimate import Forecast
from desk.internal import InternalMoves
from desk.permissions import may_act, may_transfer, sees, serves
from desk.tiers import Tiers
from storage import tickets
from storage.agents import Agent, find_agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry, events_of, find_by_client_id
from storage.tickets import Ticket

ESCALATED, GIVEN_BACK = "escalated", "given_back"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What an agent asks another tier for. `tier` is empty for the next one; `keep`: the customer stays with the agent
    and colleagues work on a linked ticket (None: as the tier does, which may not talk to customers).
    """

    client_id: str
    tried: str
    asked: str
    tier: str = ""
    keep: bool | None = None


@dataclass(frozen=True, kw_only=True)
class EscalationMoves:
    """Functions over a transaction; all raise `Refused`. Repeats with the same `client_id` change nothing."""

    desk: str
    tiers: Tiers
    clock: Callable[[], int]

    def escalate(self, tx: Connection, agent: Agent, ticket_id: str, wish: Wish) -> Act:
        """Bring a ticket up, or ask a tier behind the scenes."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is not None and (known := _repeated(tx, held, agent, wish.client_id, ESCALATED, wish.asked)):
            return known
        held = self._movable(held, agent)
        tier = wish.tier or next_tier(self.tiers.tiers, held.tier)
        if not tier:
            raise bad_field("tier", "top_tier")
        if tier not in self.tiers.tiers or tier == held.tier:
            raise bad_field("tier", "other_tier")
        faces = self.tiers.tiers[tier].faces_customer
        if wish.keep is False and not faces:
            raise bad_field("tier", "unknown_tier")
        data = {"from_tier": held.tier, "to_tier": tier, "tried": wish.tried, "asked": wish.asked}
        entry = _event(held, ESCALATED, agent, self.clock(), wish.client_id, data)
        if wish.keep or not faces:
            if not may_act(agent, held):
                raise Refused("not_yours_free" if not held.held else "not_yours", agent=_holder(held))
            internal = InternalMoves(tiers=self.tiers, clock=self.clock).ask(tx, agent, held, tier, data)
            linked = {"internal": {"id": internal.ticket.id, "number": internal.ticket.number}}
            ticket, entry = added(tx, held, replace(entry, data=data | linked), escalations=held.escalations + 1)
            return Act(ticket=ticket, before=held, entry=entry, others=(internal,))
        return bring_up(tx, held, entry, tiers=self.tiers, desk=self.desk, now=self.clock())

    def give_back(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, note: str) -> Act:
        """Back to the agent who escalated it, or to their tier when they are no longer there."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is not None and (known := _repeated(tx, held, agent, client_id, GIVEN_BACK, note)):
            return known
        held = self._movable(held, agent)
        up = last_escalation(tx, held)
        if up is None or up.data["from_tier"] not in self.tiers.tiers:
            raise Refused("not_escalated")
        asked_by = find_agent(tx, up.agent_id) if up.agent_id else None
        back_to = asked_by if asked_by and serves(asked_by) else None
        tier = up.data["from_tier"]
        data = {"from_tier": held.tier, "to_tier": tier, "to_agent": back_to.name if back_to else "", "note": note}
        entry = _event(held, GIVEN_BACK, agent, self.clock(), client_id, data)
        values: JSON = _queued(held, self.clock()) | {"tier": tier, "for_agent": back_to.id if back_to else None}
        ticket, entry = added(tx, held, entry, **values)
        if held.held:
            promise(tx, ticket, _queued_event(tx, held, ticket, self.tiers, self.desk, self.clock(), None))
        return Act(ticket=ticket, before=held, entry=entry, promised=held.held)

    def attend(self, tx: Connection, agent: Agent, ticket_id: str) -> Act:
        """A supervisor has looked at what asked for it."""
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or not sees(agent, held):
            raise Refused("not_found")
        if not held.attention:
            return Act(ticket=held)
        entry = _event(held, "attended", agent, self.clock(), "", {"because": held.attention})
        ticket, entry = added(tx, held, entry, attention="")
        return Act(ticket=ticket, before=held, entry=entry)

    def _movable(self, held: Ticket | None, agent: Agent) -> Ticket:
        if held is None or not sees(agent, held):
            raise Refused("not_found")
        if held.kind == tickets.INTERNAL:
            raise Refused("for_colleagues")
        if not held.live:
            raise Refused("closed", state=held.state)
        if not may_transfer(agent, held):
            raise Refused("not_yours" if held.held else "not_yours_free", agent=_holder(held))
        return held


def bring_up(tx: Connection, held: Ticket, entry: Entry, *, tiers: Tiers, desk: str, now: int) -> Act:
    """Put a ticket whose row is held into the queue that `entry.data` names, and promise that its customer hears who
    helps now. Who has waited already does not wait anew.
    """
    tier = entry.data["to_tier"]
    values = _queued(held, now) | {"tier": tier, "for_agent": None, "escalations": held.escalations + 1}
    ticket, entry = added(tx, held, entry, **values)
    team = tiers.tiers[tier].shown_name.model_dump()
    promise(tx, ticket, _queued_event(tx, held, ticket, tiers, desk, now, team))
    return Act(ticket=ticket, before=held, entry=entry, promised=True)


def last_escalation(tx: Connection, held: Ticket) -> Entry | None:
    """How the ticket came to the tier it is in; None when it did not come up."""
    if not held.escalations:
        return None
    ups = [each for each in events_of(tx, held.id, ESCALATED) if not each.data.get("internal")]
    return ups[-1] if ups and ups[-1].data["to_tier"] == held.tier else None


def added(tx: Connection, held: Ticket, entry: Entry, **values: object) -> tuple[Ticket, Entry]:
    """A new event on the timeline of a ticket whose row is held. Raises `Refused` when its id is there."""
    done = add_entry(tx, held, entry, **values)
    if done is None:
        raise Refused("internal")
    return done


def _queued(held: Ticket, now: int) -> JSON:
    waited = held.queued_at if held.state == tickets.QUEUED else now
    values: JSON = {"state": tickets.QUEUED, "agent_id": None, "agent_name": "", "position": None, "taken_at": None}
    values |= {"offered_to": None, "offered_until": None, "passed": ()}
    return values | {"queued_at": waited, "snoozed_until": None}


def _queued_event(
    tx: Connection, before: Ticket, ticket: Ticket, tiers: Tiers, desk: str, now: int, team: JSON | None
) -> DeskEvent:
    """The customer reads who has left, not who arranged it."""
    seen = Forecast(tx, tiers, now).of(tx, ticket)
    return DeskEvent(
        id=new_id(), desk=desk, ticket_id=ticket.id, kind=DeskEventKind.QUEUED,
        agent_id=before.agent_id or "" if before.held else "", agent_name=before.agent_name if before.held else "",
        position=seen.position, wait_seconds=seen.wait_seconds, team=team,
    )  # fmt: skip


def _event(held: Ticket, event: str, agent: Agent, now: int, client_id: str, data: JSON) -> Entry:
    return Entry(
        ticket_id=held.id, id=new_id(), kind=EVENT, event=event, author=Author.AGENT, name=agent.name, at=now,
        data=data, agent_id=agent.id, client_id=client_id,
    )  # fmt: skip


def _repeated(tx: Connection, held: Ticket, agent: Agent, client_id: str, event: str, words: str) -> Act | None:
    """What an earlier request did, also when its ticket has left the agent's sight since."""
    known = find_by_client_id(tx, held.id, client_id)
    if known is None:
        return None
    said = known.data.get("asked", known.data.get("note"))
    if (known.agent_id, known.event, said) != (agent.id, event, words):
        raise Refused("client_id_used", field="client_id")
    return Act(ticket=held, entry=known)


def _holder(ticket: Ticket) -> JSON | None:
    return {"id": ticket.agent_id, "name": ticket.agent_name} if ticket.held else None
