"""Routing: which conversations hear of what happens to a ticket. One, unless others were merged into it.

An answer goes to the conversation in which the customer wrote last. That somebody takes the matter or leaves it is told
in all of them. When it is solved, the customer is asked once, where they are; the others go back to the bot.
"""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind
from storage import merges
from storage.tables import new_id
from storage.tickets import INTERNAL, Ticket
from storage.work import conversation_lane, enqueue

EVERYWHERE = frozenset({DeskEventKind.TAKEN, DeskEventKind.QUEUED, DeskEventKind.RETURNED})


def promise(tx: Connection, ticket: Ticket, event: DeskEvent) -> None:
    """Store an event for the core, in the transaction of what it tells. What happens to internal tickets is nothing
    to customers.
    """
    if ticket.kind == INTERNAL:
        return
    for target, told in _routes(tx, ticket, event):
        send(tx, target, told)


def send(tx: Connection, ticket: Ticket, event: DeskEvent) -> None:
    """Store an event for the conversation of this very ticket."""
    enqueue(
        tx,
        lane=conversation_lane(ticket.conversation_id),
        kind="desk_event",
        key=f"desk:{event.desk}:{event.id}",
        payload=event.to_json(),
    )


def conversations_of(tx: Connection, ticket: Ticket) -> list[str]:
    """The ids of all conversations of a ticket."""
    merged = merges.branches(tx, ticket.id)
    return list(dict.fromkeys(each.conversation_id for each in (ticket, *merged)))


def _routes(tx: Connection, ticket: Ticket, event: DeskEvent) -> Iterator[tuple[Ticket, DeskEvent]]:
    merged = merges.branches(tx, ticket.id)
    if not merged:
        yield ticket, event
        return
    here = merges.here(tx, ticket, merged)
    yield here, replace(event, ticket_id=here.id)
    kind = DeskEventKind.RETURNED if event.kind is DeskEventKind.RESOLVED else event.kind
    if kind in EVERYWHERE:
        for each in (ticket, *merged):
            if each.id != here.id:
                yield each, replace(event, id=new_id(), ticket_id=each.id, kind=kind)
