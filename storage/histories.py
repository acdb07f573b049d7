"""Histories: all that was said with one person, on whichever channels, and what became of what was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from storage import messages
from storage.conversations import conversation
from storage.customers import customer
from storage.messages import Message, message
from storage.outbox import UNSENT, outbox


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A message on its way to a vendor, and since when (ms) it is what it is: a status of the outbox, `delivered` or
    `read`.
    """

    channel: str
    address: str
    status: str
    error: str
    at: int

    @property
    def failed(self) -> bool:
        """Whether it has not (or nobody knows whether it has) reached the customer."""
        return self.status in UNSENT


@dataclass(frozen=True, kw_only=True)
class Mark:
    """By which channel a message came or went, and what became of it; None where being stored is being delivered."""

    channel: str
    sending: Sending | None


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message with its mark."""

    message: Message
    mark: Mark


_SENDING = ("channel", "address", "status", "error", "created_at", "sent_at", "delivered_at", "read_at")


def _marks() -> Select[Any]:
    sent = (outbox.c[name].label(f"outbox_{name}") for name in _SENDING)
    return (
        select(message.c.id, message.c.channel, conversation.c.channel.label("own"), *sent)
        .join_from(message, conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(outbox, outbox.c.message_id == message.c.id)
    )


def marks_of(tx: Connection, conversation_id: str) -> dict[str, Mark]:
    """The marks of a conversation's messages, by their ids."""
    rows = tx.execute(_marks().where(message.c.conversation_id == conversation_id))
    return {row.id: _mark(row) for row in rows}


def mark_of(tx: Connection, message_id: str) -> Mark | None:
    """The mark of one message."""
    row = tx.execute(_marks().where(message.c.id == message_id)).one_or_none()
    return _mark(row) if row else None


def conversations_of(tx: Connection, person_id: str) -> list[str]:
    """The ids of a person's conversations, oldest first."""
    query = (
        select(conversation.c.id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(customer.c.person_id == person_id)
        .order_by(conversation.c.id)
    )
    return list(tx.execute(query).scalars())


def latest(tx: Connection, conversation_ids: Iterable[str], *, before: int, limit: int) -> list[Said]:
    """The last `limit` messages of conversations that were said before then (ms), oldest first."""
    found: list[Message] = []
    for each in conversation_ids:
        found += messages.latest_before(tx, each, before, limit)
    newest = sorted(found, key=lambda each: (each.at, each.id))[-limit:]
    marks = {row.id: _mark(row) for row in tx.execute(_marks().where(message.c.id.in_([each.id for each in newest])))}
    return [Said(message=each, mark=marks[each.id]) for each in newest]


def _mark(row: Any) -> Mark:
    if row.outbox_status is None:
        return Mark(channel=row.channel or row.own, sending=None)
    if row.outbox_read_at is not None:
        status, at = "read", row.outbox_read_at
    elif row.outbox_delivered_at is not None and row.outbox_status == "sent":
        status, at = "delivered", row.outbox_delivered_at
    else:
        status, at = row.outbox_status, row.outbox_sent_at or row.outbox_created_at
    sending = Sending(
        channel=row.outbox_channel, address=row.outbox_address, status=status, error=row.outbox_error, at=at
    )
    return Mark(channel=row.outbox_channel, sending=sending)
