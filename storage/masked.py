"""What was masked before a handoff left to a helpdesk: each mark, and the original that only we have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from storage.clock import now_ms
from storage.handoffs import handoff
from storage.tables import metadata

masked_value = Table(
    "masked_value",
    metadata,
    Column("handoff_id", String(26), ForeignKey("handoff.id"), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),  # of the value, however it is written
    Column("number", Integer, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("original", Text, nullable=False),  # as it was written first
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("handoff_id", "mark"),
)


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A value that was masked, and its mark, such as [phone 1]."""

    kind: str
    fingerprint: str
    mark: str
    original: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value that is to be masked."""

    kind: str
    fingerprint: str
    original: str


_columns = tuple(masked_value.c[name] for name in Masked.__dataclass_fields__)


def of_handoff(tx: Connection, handoff_id: str) -> list[Masked]:
    """All that was masked of a handoff, in the order of its marks."""
    query = select(*_columns).where(masked_value.c.handoff_id == handoff_id)
    rows = tx.execute(query.order_by(masked_value.c.kind, masked_value.c.number))
    return [Masked(**row._mapping) for row in rows]


def keep(tx: Connection, handoff_id: str, values: Sequence[Value], name: Callable[[str, int], str]) -> list[Masked]:
    """Give a mark to each value that has none yet, in this order; all that was ever masked of the handoff.

    `name(kind, number)` makes the mark. Of several that do this at once each waits for the one before. Raises KeyError
    when there is no such handoff (any more).
    """
    there = select(handoff.c.id).where(handoff.c.id == handoff_id).with_for_update()
    if tx.execute(there).one_or_none() is None:
        raise KeyError(handoff_id)
    before = of_handoff(tx, handoff_id)
    known = {(each.kind, each.fingerprint) for each in before}
    added: dict[tuple[str, str], Masked] = {}
    count: dict[str, int] = {}
    for each in before:
        count[each.kind] = count.get(each.kind, 0) + 1
    rows = []
    for value in values:
        key = (value.kind, value.fingerprint)
        if key in known or key in added:
            continue
        number = count[value.kind] = count.get(value.kind, 0) + 1
        added[key] = Masked(**vars(value), mark=name(value.kind, number), at=now_ms())
        rows.append(vars(added[key]) | {"handoff_id": handoff_id, "number": number})
    if rows:
        tx.execute(masked_value.insert(), rows)
    return before + list(added.values())
