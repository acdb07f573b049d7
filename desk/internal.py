"""Internal tickets: what colleagues work on for a case while its agent keeps the customer.

An internal ticket has an owner, a state and a clock of its own. What happens to it stands on its own timeline and on
the case's; customers never hear of it. Of the two rows the case's is locked first, always.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.announcer import Act
from desk.errors import Refused
from desk.permissions import can, may_act, sees, serves
from desk.tiers import Tiers
from storage import tickets
from storage.agents import Agent, find_agent
from storage.mentions import RESULT, SIGHT, mention_all
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry, find_by_client_id
from storage.ticket_lists import place
from storage.tickets import INTERNAL, Ticket

OPENED, ANSWERED, BOUNCED, INFORMED = "internal_opened", "internal_result", "bounced", "informed"
REOPENED, REOPENED_FOR = "reopened", "internal_reopen"


@dataclass(frozen=True, kw_only=True)
class InternalMoves:
    """Functions over a transaction; all raise `Refused`. Repeats with the same `client_id` change nothing."""

    tiers: Tiers
    clock: Callable[[], int]

    def ask(self, tx: Connection, agent: Agent, case: Ticket, tier: str, data: JSON) -> Act:
        """Open an internal ticket in a tier, for a case whose row is held. Only tickets open, so this is asked once."""
        now, ticket_id = self.clock(), new_id()
        row = replace(
            case, id=ticket_id, handoff_id=f"internal:{ticket_id}", kind=INTERNAL, parent_id=case.id,
            number=f"{case.number}-{len(tickets.internals_of(tx, case.id)) + 1}", state=tickets.QUEUED, tier=tier,
            tier_because={"en": f"Asked by {agent.name}", "zh": f"由{agent.name}提出"}, question=data["asked"],
            summary=data["tried"], agent_id=None, agent_name="", for_agent=None, position=None, unread=0, entries=0,
            version=1, last={}, rating=None, reopened=0, skills=(), offered_to=None, offered_until=None, passed=(),
            escalations=0, bounces=0, first_reply_at=None, due_at=None, breached=False, snoozed_until=None,
            wrap_up=None, consulted=(), attention="", created_at=now, queued_at=now, taken_at=None, closed_at=None,
            updated_at=now,
        )  # fmt: skip
        if not tickets.add_ticket(tx, row, tickets.packet_of(tx, case.id)):
            raise Refused("internal")
        entry = _event(row, OPENED, agent, now, data={"number": case.number, **data})
        row, entry = _added(tx, row, entry, position=place(tx, row))
        seen_by = [each for each in dict.fromkeys((agent.id, case.agent_id)) if each]
        row, _ = mention_all(tx, row, seen_by, entry_id="", via=SIGHT, by_name="", text="", at=now)
        return Act(ticket=row, before=replace(row, state=""), entry=entry)

    def result(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str, done: bool) -> Act:
        """Tell the case's agent what was found; `done`: that is all, and the ticket is resolved."""
        case, row, known = self._both(tx, agent, ticket_id, client_id, text)
        if known:
            return known
        self._require_owner(agent, row)
        now = self.clock()
        values: JSON = {"state": tickets.RESOLVED, "closed_at": now} if done else {"state": tickets.OPEN}
        entry = _event(row, ANSWERED, agent, now, client_id, {"note": text, "done": done})
        ticket, entry = _added(tx, row, entry, **values)
        return Act(ticket=ticket, before=row, entry=entry, others=(self._told(tx, case, row, entry),))

    def bounce(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str) -> Act:
        """More information is needed: the ticket waits until the case's agent gives it."""
        case, row, known = self._both(tx, agent, ticket_id, client_id, text)
        if known:
            return known
        self._require_owner(agent, row)
        if row.state == tickets.WAITING_CUSTOMER:
            raise Refused("closed", state=row.state)
        entry = _event(row, BOUNCED, agent, self.clock(), client_id, {"note": text})
        ticket, entry = _added(tx, row, entry, state=tickets.WAITING_CUSTOMER, bounces=row.bounces + 1)
        told = self._told(tx, case, row, entry, bounces=case.bounces + 1)
        return Act(ticket=ticket, before=row, entry=entry, others=(told,))

    def inform(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str) -> Act:
        """Give what was asked for; the work goes on."""
        case, row, known = self._both(tx, agent, ticket_id, client_id, text)
        if known:
            return known
        self._require_asker(agent, case)
        if row.state != tickets.WAITING_CUSTOMER:
            raise Refused("closed", state=row.state)
        entry = _event(row, INFORMED, agent, self.clock(), client_id, {"note": text})
        ticket, entry = _added(tx, row, entry, state=tickets.OPEN)
        ticket, told = _mention_holder(tx, ticket, entry)
        note = self._told(tx, case, row, entry, quietly=True)
        return Act(ticket=ticket, before=row, entry=entry, others=(note,), mentioned=tuple(told))

    def reopen(self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str) -> Act:
        """The result does not help: back to who gave it if they are there, else into the queue."""
        case, row, known = self._both(tx, agent, ticket_id, client_id, text)
        if known:
            return known
        self._require_asker(agent, case)
        if row.live:
            raise Refused("closed", state=row.state)
        now = self.clock()
        last = find_agent(tx, row.agent_id) if row.agent_id else None
        values: JSON = {"closed_at": None, "reopened": row.reopened + 1}
        if last is not None and serves(last) and last.seen_as(now) == "online":
            values |= {"state": tickets.OPEN, "taken_at": now}
        else:
            values |= {"state": tickets.QUEUED, "queued_at": now, "agent_id": None, "agent_name": "", "taken_at": None}
            values |= {"position": None, "for_agent": last.id if last is not None and serves(last) else None}
        entry = _event(row, REOPENED, agent, now, client_id, {"note": text})
        ticket, entry = _added(tx, row, entry, **values)
        ticket, told = _mention_holder(tx, ticket, entry)
        note = self._told(tx, case, row, replace(entry, event=REOPENED_FOR), quietly=True)
        return Act(ticket=ticket, before=row, entry=entry, others=(note,), mentioned=tuple(told))

    def _both(
        self, tx: Connection, agent: Agent, ticket_id: str, client_id: str, text: str
    ) -> tuple[Ticket, Ticket, Act | None]:
        """Case and internal ticket, both held, and what an earlier request did."""
        found = tickets.find_ticket(tx, ticket_id)
        if found is None or not sees(agent, found):
            raise Refused("not_found")
        if found.kind != INTERNAL or found.parent_id is None:
            raise Refused("not_internal")
        case, row = tickets.lock_ticket(tx, found.parent_id), tickets.lock_ticket(tx, ticket_id)
        if case is None or row is None:
            raise Refused("not_found")
        done = find_by_client_id(tx, ticket_id, client_id)
        if done is None:
            return case, row, None
        if (done.agent_id, done.data.get("note")) != (agent.id, text):
            raise Refused("client_id_used", field="client_id")
        return case, row, Act(ticket=row, entry=done)

    @staticmethod
    def _require_owner(agent: Agent, row: Ticket) -> None:
        if not row.live:
            raise Refused("closed", state=row.state)
        if not may_act(agent, row):
            holder = {"id": row.agent_id, "name": row.agent_name} if row.held else None
            raise Refused("not_yours" if row.held else "not_yours_free", agent=holder)

    @staticmethod
    def _require_asker(agent: Agent, case: Ticket) -> None:
        """Who has the case, or who manages, while the case is not closed."""
        if not case.live:
            raise Refused("closed", state=case.state)
        if not may_act(agent, case) and not can(agent, "reassign"):
            raise Refused("not_yours", agent={"id": case.agent_id, "name": case.agent_name} if case.held else None)

    @staticmethod
    def _told(
        tx: Connection, case: Ticket, row: Ticket, said: Entry, *, quietly: bool = False, **values: object
    ) -> Act:
        """The same on the case's timeline, where its agent is told unless it is they who said it."""
        data = said.data | {"number": row.number, "ticket_id": row.id}
        entry = replace(said, ticket_id=case.id, id=new_id(), client_id="", data=data)
        ticket, entry = _added(tx, case, entry, **values)
        ticket, told = (ticket, []) if quietly else _mention_holder(tx, ticket, entry)
        return Act(ticket=ticket, before=case, entry=entry, mentioned=tuple(told))


def with_case(tx: Connection, act: Act, now: int) -> Act:
    """Consequence: internal tickets end with their case, and whoever has the case sees them."""
    before, case = act.before, act.ticket
    if before is None or case.kind == INTERNAL or not case.escalations:
        return act
    closed = before.live and not case.live
    handed = case.held and case.agent_id is not None and case.agent_id != before.agent_id
    if not closed and not handed:
        return act
    others = []
    for each in tickets.internals_of(tx, case.id):
        row = tickets.lock_ticket(tx, each.id)
        if row is None or not row.live:
            continue
        if closed:
            entry = Entry(
                ticket_id=row.id, id=new_id(), kind=EVENT, event=tickets.WITHDRAWN, author=Author.SYSTEM, at=now,
                data={"because": "case_closed", "number": case.number},
            )  # fmt: skip
            ticket, entry = _added(tx, row, entry, state=tickets.WITHDRAWN, closed_at=now, position=None)
            others.append(Act(ticket=ticket, before=row, entry=entry))
        elif case.agent_id:
            ticket, _ = mention_all(tx, row, [case.agent_id], entry_id="", via=SIGHT, by_name="", text="", at=now)
            others.append(Act(ticket=ticket, before=row))
    return replace(act, others=(*act.others, *others))


def _mention_holder(tx: Connection, held: Ticket, said: Entry) -> tuple[Ticket, list[str]]:
    told = [held.agent_id] if held.held and held.agent_id and held.agent_id != said.agent_id else []
    note = said.data["note"]
    return mention_all(tx, held, told, entry_id=said.id, via=RESULT, by_name=said.name, text=note, at=said.at)


def _event(row: Ticket, event: str, agent: Agent, now: int, client_id: str = "", data: JSON | None = None) -> Entry:
    return Entry(
        ticket_id=row.id, id=new_id(), kind=EVENT, event=event, author=Author.AGENT, name=agent.name, at=now,
        data=data or {}, agent_id=agent.id, client_id=client_id,
    )  # fmt: skip


def _added(tx: Connection, held: Ticket, entry: Entry, **values: object) -> tuple[Ticket, Entry]:
    done = add_entry(tx, held, entry, **values)
    if done is None:
        raise Refused("internal")  # ids are new: nobody else can have used this one
    return done
