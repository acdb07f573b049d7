"""Handoffs: the packet as it was when the bot gave up, and the ticket it became."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    func,
    literal_column,
    select,
    update,
)

from connectors.message import JSON
from storage.tables import metadata

REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread on the phone

handoff = Table(
    "handoff",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("reason", String(24), nullable=False),
    # requested | open | resolved | confirmed | withdrawn | returned | refused
    Column("status", String(16), nullable=False),
    Column("packet", JSONColumn, nullable=False),
    Column("seq", Integer, nullable=False),  # the last message inside the packet
    Column("desk", String(32), nullable=False),
    Column("ticket_id", String(64), nullable=False, default=""),
    Column("number", String(32), nullable=False, default=""),
    Column("told_offline", Integer, nullable=False, default=0),  # the customer knows that the desk is away, and why
    Column("created_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
)

Index("ix_handoff_desk_ticket_id", handoff.c.desk, handoff.c.ticket_id)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
REQUESTED = handoff.c.status == literal_column("'requested'")
Index(
    "ix_handoff_waiting", handoff.c.desk, handoff.c.created_at, sqlite_where=REQUESTED, postgresql_where=REQUESTED
)  # fmt: skip

UNDER_WAY = ("requested", "open")
NOBODY_THERE, IN_TROUBLE = 1, 2
"""Of `told_offline`: why the desk had not taken it at the last try."""

rating = Table(
    "rating",
    metadata,
    Column("handoff_id", String(26), ForeignKey("handoff.id"), primary_key=True),
    Column("score", Integer, nullable=False),
    Column("comment", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class HandoffRow:
    """A stored handoff without its packet; `ticket_id` is empty until the desk has it."""

    id: str
    conversation_id: str
    reference: str
    reason: str
    status: str
    seq: int
    desk: str
    ticket_id: str
    number: str
    told_offline: int
    created_at: int
    opened_at: int | None
    updated_at: int


_columns = tuple(handoff.c[name] for name in HandoffRow.__dataclass_fields__)


def new_reference() -> str:
    """A reference customers can read out: FD-7K2M9QX3 (30⁸ ≈ 6.6·10¹¹, so it is no guess)."""
    return "FD-" + "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))


def add(tx: Connection, **values: Any) -> None:
    """Store a handoff."""
    tx.execute(handoff.insert().values(**values))


def find(tx: Connection, handoff_id: str) -> HandoffRow | None:
    """The handoff, or None."""
    row = tx.execute(select(*_columns).where(handoff.c.id == handoff_id)).one_or_none()
    return HandoffRow(**row._mapping) if row else None


def packet_of(tx: Connection, handoff_id: str) -> JSON:
    """The packet: `connectors.desk.Handoff` as JSON."""
    packet: JSON = tx.execute(select(handoff.c.packet).where(handoff.c.id == handoff_id)).scalar_one()
    return packet


def find_by_ticket(tx: Connection, desk: str, ticket_id: str) -> HandoffRow | None:
    """The handoff that became this ticket, or None: the last, where a desk goes on with a ticket of before."""
    query = select(*_columns).where(handoff.c.desk == desk, handoff.c.ticket_id == ticket_id)
    row = tx.execute(query.order_by(handoff.c.id.desc()).limit(1)).first()
    return HandoffRow(**row._mapping) if row else None


def is_behind(tx: Connection, row: HandoffRow) -> bool:
    """Whether older ones wait for the same desk, which could not be reached."""
    older = select(handoff.c.id).where(
        handoff.c.desk == row.desk, REQUESTED, handoff.c.told_offline == NOBODY_THERE, handoff.c.id < row.id
    )  # fmt: skip
    return tx.execute(older.limit(1)).first() is not None


def oldest_waiting(tx: Connection, desk: str) -> HandoffRow | None:
    """Who has waited longest for a desk that was away."""
    waiting = select(*_columns).where(handoff.c.desk == desk, REQUESTED, handoff.c.told_offline > 0)
    row = tx.execute(waiting.order_by(handoff.c.created_at, handoff.c.id).limit(1)).first()
    return HandoffRow(**row._mapping) if row else None


def find_by_reference(tx: Connection, reference: str) -> HandoffRow | None:
    """The handoff that its customer knows by this reference, or None."""
    row = tx.execute(select(*_columns).where(handoff.c.reference == reference)).one_or_none()
    return HandoffRow(**row._mapping) if row else None


def of_desk(tx: Connection, desk: str, after: str, limit: int) -> list[str]:
    """Ids of a desk's handoffs, from `after` on."""
    query = select(handoff.c.id).where(handoff.c.desk == desk, handoff.c.id > after)
    return list(tx.execute(query.order_by(handoff.c.id).limit(limit)).scalars())


def count_of_desk(tx: Connection, desk: str) -> int:
    """How many handoffs a desk has."""
    return tx.execute(select(func.count()).select_from(handoff).where(handoff.c.desk == desk)).scalar_one()


def under_way(tx: Connection) -> dict[str, int]:
    """How many handoffs are under way at each desk."""
    query = select(handoff.c.desk, func.count().label("many")).where(handoff.c.status.in_(UNDER_WAY))
    return {row.desk: row.many for row in tx.execute(query.group_by(handoff.c.desk))}


def of_conversation(tx: Connection, conversation_id: str, limit: int = 10) -> list[HandoffRow]:
    """The conversation's handoffs, newest first."""
    rows = tx.execute(
        select(*_columns).where(handoff.c.conversation_id == conversation_id).order_by(handoff.c.id.desc()).limit(limit)
    )
    return [HandoffRow(**row._mapping) for row in rows]


def change(tx: Connection, handoff_id: str, **values: Any) -> None:
    """Set fields of a handoff."""
    tx.execute(update(handoff).where(handoff.c.id == handoff_id).values(**values))


def score_of(tx: Connection, handoff_id: str) -> int | None:
    """The customer's rating, or None."""
    return tx.execute(select(rating.c.score).where(rating.c.handoff_id == handoff_id)).scalar_one_or_none()


def rate(tx: Connection, handoff_id: str, score: int, comment: str, at: int) -> None:
    """Keep the customer's rating; a later one replaces it."""
    tx.execute(rating.delete().where(rating.c.handoff_id == handoff_id))
    tx.execute(rating.insert().values(handoff_id=handoff_id, score=score, comment=comment, at=at))
