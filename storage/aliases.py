"""Aliases: addresses from which a customer goes on with a conversation that began at another one.

An address leads to its own conversation; only one without any is looked up here.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, String, Table, delete, select, update

from storage.clock import now_ms
from storage.tables import metadata

alias = Table(
    "alias",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("address", String(160), primary_key=True),
    Column("conversation_id", String(26), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("customer_id", String(26), ForeignKey("customer.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),  # when the customer last wrote from there
)


@dataclass(frozen=True, kw_only=True)
class Alias:
    """An address, the conversation that it leads to, and the identity that writes from it. Times in ms."""

    channel: str
    address: str
    conversation_id: str
    customer_id: str
    at: int
    seen_at: int


def of_conversation(tx: Connection, conversation_id: str) -> list[Alias]:
    """The addresses that lead to a conversation, besides its own."""
    rows = tx.execute(select(alias).where(alias.c.conversation_id == conversation_id).order_by(alias.c.at))
    return [Alias(**row._mapping) for row in rows]


def of_customers(tx: Connection, customer_ids: list[str]) -> dict[str, Alias]:
    """Where identities go on, by their ids; those that do not are left out."""
    rows = tx.execute(select(alias).where(alias.c.customer_id.in_(customer_ids)))
    return {row.customer_id: Alias(**row._mapping) for row in rows}


def lead(tx: Connection, channel: str, address: str, *, customer_id: str, conversation_id: str) -> None:
    """From now on an address leads to this conversation."""
    drop(tx, channel, address)
    now = now_ms()
    tx.execute(
        alias.insert().values(
            channel=channel, address=address, conversation_id=conversation_id, customer_id=customer_id, at=now,
            seen_at=now,
        )
    )  # fmt: skip


def redirect(tx: Connection, before: str, after: str) -> None:
    """What led to one conversation leads to another."""
    tx.execute(update(alias).where(alias.c.conversation_id == before).values(conversation_id=after))


def seen(tx: Connection, channel: str, address: str) -> None:
    """The customer writes from there now."""
    tx.execute(update(alias).where(alias.c.channel == channel, alias.c.address == address).values(seen_at=now_ms()))


def drop(tx: Connection, channel: str, address: str) -> None:
    """An address leads nowhere else any more."""
    tx.execute(delete(alias).where(alias.c.channel == channel, alias.c.address == address))
