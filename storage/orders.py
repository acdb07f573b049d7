"""Orders that the company has told of with a customer's card: when each was seen first, so that reports can say who
bought again. Orders that were there when the card came first are not news.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, select

from connectors.message import JSON
from storage.tables import insert_once, metadata

customer_order = Table(
    "customer_order",
    metadata,
    Column("user_id", String(160), primary_key=True),  # the company's own
    Column("number", String(80), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),  # 0: from before we knew the customer
)


def note(tx: Connection, user_id: str, orders: Iterable[JSON], at: int) -> None:
    """Note the orders of a card that are not known yet as seen at `at` (ms)."""
    for each in orders:
        insert_once(tx, customer_order, user_id=user_id, number=str(each["number"]), seen_at=at)


def known(tx: Connection) -> bool:
    """Whether the company tells of orders."""
    return tx.execute(select(customer_order.c.number).limit(1)).first() is not None


def forget(tx: Connection, user_ids: Collection[str]) -> None:
    """Forget what some customers have ordered."""
    tx.execute(delete(customer_order).where(customer_order.c.user_id.in_(user_ids)))
