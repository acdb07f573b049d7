"""The browsers in which people of the desk have logged in, so that a log-in in a new one can be told to them."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Column, Connection, ForeignKey, Index, String, Table, delete, select, update

from storage.agent_sessions import hashed
from storage.tables import insert_once, metadata

device = Table(
    "agent_device",
    metadata,
    Column("agent_id", String(26), ForeignKey("agent.id"), primary_key=True),
    Column("token_hash", String(64), primary_key=True),
    Column("address", String(64), nullable=False),
    Column("browser", String(200), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("to_tell", Boolean, nullable=False),
)
Index("ix_agent_device_to_tell", device.c.first_at, sqlite_where=device.c.to_tell, postgresql_where=device.c.to_tell)


@dataclass(frozen=True, kw_only=True)
class Device:
    """A browser as it was at its first log-in of a person; `first_at` in ms."""

    agent_id: str
    token_hash: str
    address: str
    browser: str
    first_at: int


_columns = tuple(device.c[name] for name in Device.__dataclass_fields__)


def met(tx: Connection, agent_id: str, token: str, *, address: str, browser: str, at: int, tell: bool) -> None:
    """A person has logged in in the browser that keeps `token`. A new one is to be told to them (`tell`), unless it is
    the first that is known.
    """
    mine = device.c.agent_id == agent_id
    seen = {"token_hash": hashed(token), "seen_at": at}
    if tx.execute(update(device).where(mine, device.c.token_hash == seen["token_hash"]).values(seen_at=at)).rowcount:
        return
    others = tx.execute(select(device.c.token_hash).where(mine).limit(1)).first()
    values = {"agent_id": agent_id, "address": address[:64], "browser": browser[:200], "first_at": at}
    insert_once(tx, device, **values, **seen, to_tell=tell and others is not None)


def to_tell(tx: Connection, limit: int) -> list[Device]:
    """New browsers of which their people do not know yet, the oldest first."""
    rows = tx.execute(select(*_columns).where(device.c.to_tell).order_by(device.c.first_at).limit(limit))
    return [Device(**row._mapping) for row in rows]


def told(tx: Connection, which: Device) -> None:
    """The person was told, or cannot be."""
    mine = (device.c.agent_id == which.agent_id) & (device.c.token_hash == which.token_hash)
    tx.execute(update(device).where(mine).values(to_tell=False))


def drop_devices(tx: Connection, before: int) -> None:
    """Forget browsers that were not used since `before` (ms)."""
    tx.execute(delete(device).where(device.c.seen_at <= before))
