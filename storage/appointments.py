"""Appointments: call-backs and visits that customers have asked for, by the time at which they begin."""

from dataclasses import dataclass
from typing import Any

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

from storage.clock import now_ms
from storage.tables import alone, insert_once, metadata

BOOKING = 4207
"""The number of a lock: any of our own."""

appointment = Table(
    "appointment",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("key", String(80), nullable=False, unique=True),  # of the request: a repeat books nothing more
    Column("handoff_id", String(26), nullable=False),
    Column("kind", String(16), nullable=False),  # callback | visit
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("name", String(160), nullable=False, default=""),
    Column("phone", String(32), nullable=False, default=""),
    Column("address", Text, nullable=False, default=""),
    Column("status", String(12), nullable=False),  # booked | cancelled
    Column("sequence", Integer, nullable=False, default=0),  # of the .ics: raised by every change
    Column("created_at", BigInteger, nullable=False),
)
BOOKED = appointment.c.status == literal_column("'booked'")
Index(
    "ix_appointment_booked", appointment.c.kind, appointment.c.starts_at, sqlite_where=BOOKED, postgresql_where=BOOKED
)


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """A row; times in ms."""

    id: str
    conversation_id: str
    key: str
    handoff_id: str
    kind: str
    starts_at: int
    ends_at: int
    name: str
    phone: str
    address: str
    status: str
    sequence: int
    created_at: int


def add(tx: Connection, row: Appointment) -> bool:
    """Book; False when the request was booked before."""
    return insert_once(tx, appointment, **vars(row))


def hold(tx: Connection) -> None:
    """Be the only one who books, until the transaction ends."""
    alone(tx, BOOKING)


def by_key(tx: Connection, key: str) -> Appointment | None:
    """What a request became."""
    return _one(tx, appointment.c.key == key)


def find(tx: Connection, conversation_id: str, appointment_id: str) -> Appointment | None:
    """An appointment of this conversation."""
    return _one(tx, (appointment.c.id == appointment_id) & (appointment.c.conversation_id == conversation_id))


def upcoming(tx: Connection, conversation_id: str) -> list[Appointment]:
    """What is still to come, the first first."""
    query = select(appointment).where(
        appointment.c.conversation_id == conversation_id, BOOKED, appointment.c.ends_at > now_ms()
    )
    return [Appointment(**row._mapping) for row in tx.execute(query.order_by(appointment.c.starts_at))]


def taken(tx: Connection, kind: str, after: int, before: int) -> dict[int, int]:
    """How many are booked at each start in a time (ms)."""
    query = select(appointment.c.starts_at, func.count()).where(
        BOOKED, appointment.c.kind == kind, appointment.c.starts_at >= after, appointment.c.starts_at < before
    )
    return {row.starts_at: row[1] for row in tx.execute(query.group_by(appointment.c.starts_at))}


def cancel(tx: Connection, appointment_id: str) -> bool:
    """It will not take place; False when that was known."""
    query = update(appointment).where(appointment.c.id == appointment_id, BOOKED)
    return tx.execute(query.values(status="cancelled", sequence=appointment.c.sequence + 1)).rowcount == 1


def _one(tx: Connection, condition: Any) -> Appointment | None:
    row = tx.execute(select(appointment).where(condition)).one_or_none()
    return Appointment(**row._mapping) if row else None
