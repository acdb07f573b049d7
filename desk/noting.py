"""Noting what happened to a ticket on its timeline, for moves of agents and of the desk itself."""

from sqlalchemy import Connection

from connectors.message import JSON, Author
from desk.announcer import Act
from desk.errors import Refused
from desk.permissions import sees
from storage import tickets
from storage.agents import Agent
from storage.tables import new_id
from storage.ticket_entries import EVENT, Entry, add_entry
from storage.tickets import Ticket


def locked(tx: Connection, agent: Agent, ticket_id: str) -> Ticket:
    """A ticket the agent may see, which nobody else changes until the transaction ends. Raises `not_found`."""
    held = tickets.lock_ticket(tx, ticket_id)
    if held is None or not sees(agent, held):
        raise Refused("not_found")
    return held


def happened(
    tx: Connection, held: Ticket, event: str, *, at: int, by: Agent | None = None, data: JSON | None = None,
    entry_id: str = "", **values: object,
) -> Act:  # fmt: skip
    """Note an event and set fields of the ticket, whose row the caller holds; without `by` the desk did it itself.

    An `entry_id` that is there already means that it was noted before: nothing changes.
    """
    new = Entry(
        ticket_id=held.id, id=entry_id or new_id(), kind=EVENT, event=event, at=at, data=data or {},
        author=Author.AGENT if by else Author.SYSTEM, name=by.name if by else "", agent_id=by.id if by else "",
    )  # fmt: skip
    added = add_entry(tx, held, new, **values)
    return Act(ticket=added[0], before=held, entry=added[1]) if added else Act(ticket=held)
