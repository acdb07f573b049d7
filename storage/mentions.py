"""Mentions: who is spoken to on which ticket, and whether they have seen it. Whom a ticket mentions may see it."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    update,
)

from storage.tables import insert_once, metadata, new_id
from storage.tickets import Ticket, change_ticket, ticket

NOTE, CONSULT, ALERT, RESULT, SIGHT = "note", "consult", "alert", "result", "sight"
"""What speaks: a note, a consultation, the desk, an internal ticket; `SIGHT` only lets see, and is in no list."""
EXCERPT = 160  # characters

mention = Table(
    "mention",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("ticket_id", String(26), ForeignKey("ticket.id"), nullable=False, index=True),
    Column("agent_id", String(26), nullable=False),
    Column("entry_id", String(64), nullable=False),  # of the ticket's timeline; empty for SIGHT
    Column("via", String(8), nullable=False),
    Column("by_name", String(60), nullable=False),  # empty: the desk
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("read_at", BigInteger),
    UniqueConstraint("ticket_id", "entry_id", "agent_id"),
)
Index("ix_mention_agent", mention.c.agent_id, mention.c.at)


@dataclass(frozen=True, kw_only=True)
class Mention:
    """One mention with the number and the customer of its ticket; times in ms."""

    id: str
    ticket_id: str
    entry_id: str
    via: str
    by_name: str
    text: str
    at: int
    read_at: int | None
    number: str
    customer_name: str


def mention_all(
    tx: Connection, held: Ticket, agent_ids: list[str], *, entry_id: str, via: str, by_name: str, text: str, at: int
) -> tuple[Ticket, list[str]]:
    """Mention people on a ticket whose row the caller holds: the ticket, which they may see from now on, and who had
    not been mentioned by this entry before.
    """
    told = [
        each
        for each in agent_ids
        if insert_once(
            tx, mention, id=new_id(), ticket_id=held.id, agent_id=each, entry_id=entry_id, via=via, by_name=by_name,
            text=text[:EXCERPT], at=at, read_at=at if via == SIGHT else None,
        )
    ]  # fmt: skip
    consulted = (*held.consulted, *(each for each in told if each not in held.consulted))
    if consulted != held.consulted:
        held = change_ticket(tx, held.id, at=held.updated_at, consulted=consulted)
    return held, [] if via == SIGHT else told


def mentions_of(tx: Connection, agent_id: str, limit: int) -> list[Mention]:
    """A person's latest mentions, newest first."""
    names = [name for name in Mention.__dataclass_fields__ if name not in {"number", "customer_name"}]
    query = (
        select(*(mention.c[name] for name in names), ticket.c.number, ticket.c.customer_name)
        .join(ticket, ticket.c.id == mention.c.ticket_id)
        .where(mention.c.agent_id == agent_id, mention.c.via != SIGHT)
        .order_by(mention.c.at.desc(), mention.c.id.desc())
        .limit(limit)
    )
    return [Mention(**row._mapping) for row in tx.execute(query)]


def unread_mentions(tx: Connection, agent_id: str) -> int:
    """How many a person has not seen."""
    query = select(func.count()).select_from(mention).where(mention.c.agent_id == agent_id, mention.c.read_at.is_(None))
    return tx.execute(query).scalar_one()


def read_mentions(tx: Connection, agent_id: str, ticket_id: str, at: int) -> int:
    """A person has seen those of a ticket, or all of them where it is empty; how many were new."""
    new = update(mention).where(mention.c.agent_id == agent_id, mention.c.read_at.is_(None))
    new = new.where(mention.c.ticket_id == ticket_id) if ticket_id else new
    return tx.execute(new.values(read_at=at)).rowcount
