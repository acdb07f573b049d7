"""What the customer does to a ticket, as the core reports it.

The row decides who was first. A customer who leaves the queue after an agent took the ticket has been taken: the core
hears of it by the `taken` event and the conversation goes on, so leaving and going quiet end queued tickets only.
"""

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind, TicketChange
from connectors.message import JSON, Author
from desk.announcer import Act, promise
from desk.estimate import Forecast
from desk.permissions import serves
from desk.tiers import Tiers
from storage import tickets
from storage.agents import find_agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry
from storage.tickets import Ticket


def apply(
    tx: Connection, held: Ticket, change: TicketChange, data: JSON, *, now: int, desk: str, tiers: Tiers
) -> Act:  # fmt: skip
    """Apply a change to a ticket whose row is held; one that has been applied, or comes too late, changes nothing."""
    match change:
        case TicketChange.WITHDRAWN if held.state == tickets.QUEUED:
            return _close(tx, held, tickets.WITHDRAWN, now)
        case TicketChange.ABANDONED if held.state == tickets.QUEUED:
            return _close(tx, held, tickets.ABANDONED, now)
        case TicketChange.IDLE if held.live and held.online:
            state = tickets.WAITING_CUSTOMER if held.state == tickets.OPEN else held.state
            return _note(tx, held, "idle", now, online=False, state=state)
        case TicketChange.ACTIVE if held.live and not held.online:
            state = tickets.OPEN if held.state == tickets.WAITING_CUSTOMER else held.state
            return _note(tx, held, "active", now, online=True, state=state)
        case TicketChange.CONFIRMED if not held.live:
            return _confirm(tx, held, str(data.get("by") or "customer"), now)
        case TicketChange.RATED:
            return _rate(tx, held, data, now)
        case TicketChange.REOPENED if not held.live and data.get("by") != "agent":
            return _reopen(tx, held, now, desk, tiers)
    return Act(ticket=held)


def _close(tx: Connection, held: Ticket, state: str, now: int) -> Act:
    return _note(tx, held, state, now, state=state, closed_at=now, position=None, online=False)


def _confirm(tx: Connection, held: Ticket, by: str, now: int) -> Act:
    """The customer says that it is solved, or has said nothing for so long that it counts as that."""
    if by == "silence" and held.confirmed:
        return Act(ticket=held)
    entry_id = f"{'silent' if by == 'silence' else 'confirmed'}:{held.closed_at}"
    author = Author.SYSTEM if by == "silence" else Author.CUSTOMER
    return _note(tx, held, "confirmed", now, entry_id=entry_id, data={"by": by}, author=author, confirmed=by)


def _rate(tx: Connection, held: Ticket, data: JSON, now: int) -> Act:
    score, comment = int(data["score"]), str(data.get("comment", ""))
    if held.rating and (held.rating["score"], held.rating["comment"]) == (score, comment):
        return Act(ticket=held)
    said = {"score": score, "comment": comment}
    return _note(tx, held, "rated", now, data=said, rating=said | {"at": now})


def _reopen(tx: Connection, held: Ticket, now: int, desk: str, tiers: Tiers) -> Act:
    """Back to who had it if they are there, else into the queue."""
    last = find_agent(tx, held.agent_id) if held.agent_id else None
    back = last is not None and serves(last) and last.seen_as(now) == "online"
    values: JSON = {"closed_at": None, "online": True, "reopened": held.reopened + 1, "confirmed": ""}
    if last is not None and back:
        values |= {"state": tickets.OPEN, "taken_at": now, "agent_name": last.name}
    else:
        values |= {"state": tickets.QUEUED, "queued_at": now, "agent_id": None, "agent_name": "", "taken_at": None}
        values |= {"position": None, "for_agent": last.id if last is not None and serves(last) else None}
    act = _note(tx, held, "reopened", now, **values)
    seen = Forecast(tx, tiers, now).of(tx, act.ticket)
    event = DeskEvent(
        id=new_id(),
        desk=desk,
        ticket_id=held.id,
        kind=DeskEventKind.TAKEN if back else DeskEventKind.QUEUED,
        agent_id=act.ticket.agent_id or "",
        agent_name=act.ticket.agent_name,
        position=seen.position,
        wait_seconds=seen.wait_seconds,
    )
    promise(tx, act.ticket, event)
    return Act(ticket=act.ticket, before=held, entry=act.entry, promised=True)


def _note(
    tx: Connection,
    held: Ticket,
    event: str,
    now: int,
    *,
    entry_id: str = "",
    data: JSON | None = None,
    author: Author = Author.CUSTOMER,
    **values: object,
) -> Act:
    entry = Entry(
        ticket_id=held.id,
        id=entry_id or new_id(),
        kind=EVENT,
        event=event,
        author=author,
        name=held.customer_name if author is Author.CUSTOMER else "",
        at=now,
        data=data or {},
    )
    added = add_entry(tx, held, entry, **values)
    return Act(ticket=added[0], before=held, entry=added[1]) if added else Act(ticket=held)
