"""Customers' cards: what the company tells of its customers, and whether a customer agrees to be answered with it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, String, Table, Text, delete, select, types, update

from connectors.message import JSON
from storage import orders
from storage.customers import customer
from storage.orders import customer_order
from storage.tables import insert_once, metadata

card = Table(
    "customer_card",
    metadata,
    Column("user_id", String(160), primary_key=True),  # the company's own
    Column("name", Text, nullable=False),
    Column("tier", types.JSON, nullable=False),  # {"en", "zh"}: the membership level as customers read it
    Column("segment", String(64), nullable=False),
    Column("products", types.JSON, nullable=False),  # [{"name": {"en", "zh"}, "code"}]
    Column("orders", types.JSON, nullable=False),  # open ones: [{"number", "status": {"en", "zh"}}]
    Column("updated_at", BigInteger, nullable=False),
)

personal_consent = Table(
    "personal_consent",
    metadata,
    Column("person_id", String(26), primary_key=True),
    Column("granted", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("channel", String(32), nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Card:
    """A customer as the company knows them."""

    user_id: str
    name: str = ""
    tier: JSON = field(default_factory=dict)
    segment: str = ""
    products: tuple[JSON, ...] = ()
    orders: tuple[JSON, ...] = ()
    updated_at: int = 0


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What a customer said about being answered with their own data."""

    granted: bool
    at: int
    channel: str


_columns = tuple(card.c[name] for name in Card.__dataclass_fields__)


def put_card(tx: Connection, row: Card) -> None:
    """Store a card in place of the one before; its segment counts for the customer from now on."""
    values = row.__dict__ | {"products": list(row.products), "orders": list(row.orders)}
    first = insert_once(tx, card, **values)
    if not first:
        tx.execute(update(card).where(card.c.user_id == row.user_id).values(**values))
    orders.note(tx, row.user_id, row.orders, 0 if first else row.updated_at)
    tx.execute(update(customer).where(customer.c.user_id == row.user_id).values(segment=row.segment))


def find_card(tx: Connection, user_id: str) -> Card | None:
    """The card of the company's customer, or None."""
    row = tx.execute(select(*_columns).where(card.c.user_id == user_id)).one_or_none() if user_id else None
    return _card(row) if row else None


def drop_card(tx: Connection, user_id: str) -> bool:
    """Forget a card; False when there is none."""
    orders.forget(tx, [user_id])
    return tx.execute(delete(card).where(card.c.user_id == user_id)).rowcount > 0


def forget(tx: Connection, person_ids: Collection[str], user_ids: Collection[str]) -> None:
    """Forget persons and the company's customers of whom no identity is left."""
    for ids, theirs, table, key in (
        (person_ids, customer.c.person_id, personal_consent, personal_consent.c.person_id),
        (user_ids, customer.c.user_id, card, card.c.user_id),
        (user_ids, customer.c.user_id, customer_order, customer_order.c.user_id),
    ):
        left = select(theirs).where(theirs.in_(ids))
        tx.execute(delete(table).where(key.in_([each for each in ids if each]), key.not_in(left)))


def consent_of(tx: Connection, person_id: str) -> Consent | None:
    """What a person said; None when they were never asked."""
    query = select(personal_consent.c.granted, personal_consent.c.at, personal_consent.c.channel)
    row = tx.execute(query.where(personal_consent.c.person_id == person_id)).one_or_none()
    return Consent(**row._mapping) if row else None


def decide(tx: Connection, person_id: str, *, granted: bool, at: int, channel: str) -> None:
    """Keep what a person says now."""
    values = {"granted": granted, "at": at, "channel": channel}
    if not insert_once(tx, personal_consent, person_id=person_id, **values):
        tx.execute(update(personal_consent).where(personal_consent.c.person_id == person_id).values(**values))


def _card(row: Any) -> Card:
    values = dict(row._mapping)
    return Card(**values | {name: tuple(values[name]) for name in ("products", "orders")})
