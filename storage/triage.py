"""What people corrected of triage, and what is known of a customer from earlier tickets.

A correction keeps which cues were seen, never a customer's words: it is what the model learns from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    types,
)
from sqlalchemy.sql.base import Executable

from connectors.message import JSON
from storage.conversations import conversation
from storage.customers import customer
from storage.tables import metadata, new_id
from storage.tickets import CASE, ticket

triage_correction = Table(
    "triage_correction",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("ticket_id", String(26), nullable=False),
    Column("dimension", String(16), nullable=False),  # category | complexity | urgency | value | risk
    Column("judged", String(32), nullable=False),  # what the model said
    Column("value", String(32), nullable=False),  # what a person says; the same where they agree
    Column("seen", types.JSON, nullable=False),  # the cues and how strongly, {"order_words": 1.0}
    Column("agent_id", String(26), nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("ticket_id", "dimension"),
)
RECENT = 20


@dataclass(frozen=True, kw_only=True)
class History:
    """A customer's earlier tickets: how many, how often reopened, and the lowest rating (1 to 5)."""

    tickets: int = 0
    reopened: int = 0
    lowest_rating: int | None = None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What a person said of one dimension of a ticket."""

    dimension: str
    judged: str
    value: str
    seen: Mapping[str, float]


def history_of(tx: Connection, conversation_id: str, since: int) -> History:
    """Of the person behind a conversation, on all channels, from `since` (ms) on."""
    rows = tx.execute(_HISTORY, {"here": conversation_id, "since": since}).all()
    scores = [int(row.rating["score"]) for row in rows if row.rating]
    return History(
        tickets=len(rows), reopened=sum(row.reopened for row in rows), lowest_rating=min(scores, default=None)
    )


def _earlier() -> Executable:
    here: BindParameter[str] = bindparam("here")
    own = select(conversation.c.customer_id).where(conversation.c.id == here)
    person = select(customer.c.person_id).where(customer.c.id.in_(own))
    theirs = (
        select(conversation.c.id)
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(customer.c.person_id.in_(person))
    )
    query = select(ticket.c.reopened, ticket.c.rating).where(
        (ticket.c.conversation_id == here) | ticket.c.conversation_id.in_(theirs),
        ticket.c.kind == CASE,
        ticket.c.created_at >= bindparam("since"),
    )
    return query.order_by(ticket.c.created_at.desc()).limit(RECENT)


_HISTORY = _earlier()


def keep_correction(
    tx: Connection, ticket_id: str, *, dimension: str, judged: str, value: str, seen: JSON, agent_id: str, at: int
) -> None:
    """Keep what a person says; of the same dimension of a ticket only the last counts. The caller holds the ticket."""
    c = triage_correction.c
    tx.execute(delete(triage_correction).where(c.ticket_id == ticket_id, c.dimension == dimension))
    tx.execute(
        triage_correction.insert().values(
            id=new_id(), ticket_id=ticket_id, dimension=dimension, judged=judged, value=value, seen=seen,
            agent_id=agent_id, at=at,
        )
    )  # fmt: skip


def corrections(tx: Connection) -> list[Correction]:
    """All there are, the oldest first."""
    names = ("dimension", "judged", "value", "seen")
    columns: list[Any] = [triage_correction.c[name] for name in names]
    rows = tx.execute(select(*columns).order_by(triage_correction.c.id))
    return [Correction(**row._mapping) for row in rows]
