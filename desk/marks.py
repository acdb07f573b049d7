"""Marks: by which channel each message came or went, what became of it, and how it could be sent otherwise."""

from collections.abc import Mapping

from sqlalchemy import Connection

from connectors.message import JSON
from desk import identity_views as views
from desk.routing import conversations_of
from storage import conversations, customers, histories, reach
from storage.histories import Mark
from storage.reach import Outlets
from storage.tickets import Ticket

NEXT = 5
"""Other channels that are named for one message."""


def marks(tx: Connection, ticket: Ticket, outlets: Outlets, message_id: str = "") -> dict[str, JSON]:
    """The marks of the messages of a ticket's conversation, or of one, by their ids."""
    if message_id:
        mark = histories.mark_of(tx, message_id)
        found = {message_id: mark} if mark else {}
    else:
        found = {}
        for conversation_id in conversations_of(tx, ticket):
            found |= histories.marks_of(tx, conversation_id)
    conversation = conversations.find(tx, ticket.conversation_id)
    return shown(tx, found, conversation.person_id if conversation else "", outlets)


def shown(tx: Connection, found: Mapping[str, Mark], person_id: str, outlets: Outlets) -> dict[str, JSON]:
    """Marks as the console shows them; those of what did not get through to the person say how it could."""
    answer = {message_id: views.mark(mark) for message_id, mark in found.items()}
    failed = {message_id: mark.sending for message_id, mark in found.items() if mark.sending and mark.sending.failed}
    if failed:
        ways = reach.ways_of(tx, customers.of_person(tx, person_id), outlets)
        usable = [way for way in ways if reach.usable(way, outlets)]
        for message_id, sending in failed.items():
            answer[message_id]["delivery"]["next"] = views.next_ways(usable, sending)[:NEXT]
    return answer
