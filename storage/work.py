"""Work that was promised: what must happen because of something that was stored.

Work belongs to a *lane*; a lane is worked strictly in order of insertion, different lanes in parallel. A conversation
has `conv:<id>` (messages, desk events, timers: everything that decides), `desk:<id>` (what goes to the desk), so that
a desk that is down does not keep the bot from answering, and `now:<id>` (what does not wait for the bot). What is done
is dropped after some days (`storage.retention`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from connectors.message import JSON
from storage.clock import now_ms
from storage.tables import insert_once, metadata

work = Table(
    "work",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("lane", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", String(160), nullable=False, unique=True),
    Column("payload", JSONColumn, nullable=False),
    Column("status", String(8), nullable=False, default="pending"),  # pending | done | dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("error", Text, nullable=False, default=""),
)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
PENDING = work.c.status == literal_column("'pending'")
DEAD = work.c.status == literal_column("'dead'")
Index("ix_work_pending", work.c.lane, work.c.id, sqlite_where=PENDING, postgresql_where=PENDING)
Index("ix_work_dead", work.c.id, sqlite_where=DEAD, postgresql_where=DEAD)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work. `key` keeps it from being promised twice; times in ms."""

    id: int
    lane: str
    kind: str
    key: str
    payload: JSON
    attempts: int
    due_at: int
    created_at: int


_FIRST = (
    select(*(work.c[name] for name in Work.__dataclass_fields__))
    .where(work.c.lane == bindparam("lane"), PENDING)
    .order_by(work.c.id)
    .limit(bindparam("count"))
)
_FINISH = update(work).where(work.c.id == bindparam("which"), PENDING).values(status="done")


def conversation_lane(conversation_id: str) -> str:
    """The lane in which everything about a conversation is decided."""
    return f"conv:{conversation_id}"


def desk_lane(conversation_id: str) -> str:
    """The lane of what goes to the desk."""
    return f"desk:{conversation_id}"


def urgent_lane(conversation_id: str) -> str:
    """The lane of what does not wait for the bot."""
    return f"now:{conversation_id}"


def forgetting_lane(conversation_id: str) -> str:
    """The lane of what is left to do when a conversation has been deleted."""
    return f"forget:{conversation_id}"


def enqueue(tx: Connection, *, lane: str, kind: str, key: str, payload: JSON, due_at: int = 0) -> bool:
    """Promise work; False when `key` was promised before (a second delivery)."""
    now = now_ms()
    return insert_once(
        tx, work, lane=lane, kind=kind, key=key, payload=payload, status="pending", attempts=0, due_at=due_at or now,
        created_at=now, error="",
    )  # fmt: skip


def first(tx: Connection, lane: str, count: int) -> list[Work]:
    """The next pieces of work of a lane, due or not, in order."""
    return [Work(**row._mapping) for row in tx.execute(_FIRST, {"lane": lane, "count": count})]


def head(tx: Connection, lane: str) -> Work | None:
    """The next work of a lane, due or not."""
    return next(iter(first(tx, lane, 1)), None)


def finish(tx: Connection, work_id: int) -> bool:
    """Mark done, within the transaction of its effects; False when it was done already."""
    return tx.execute(_FINISH, {"which": work_id}).rowcount == 1


def finish_up_to(tx: Connection, lane: str, work_id: int) -> None:
    """Mark all of a lane done, up to this one."""
    tx.execute(update(work).where(work.c.lane == lane, work.c.id <= work_id, PENDING).values(status="done"))


def drop_up_to(tx: Connection, lane: str, work_id: int) -> None:
    """Drop what a lane has done, up to this one: what people wrote is in it, and nobody needs it twice."""
    tx.execute(delete(work).where(work.c.lane == lane, work.c.id <= work_id))


def postpone(tx: Connection, work_id: int, *, due_at: int, error: str) -> None:
    """Try again at `due_at`; the lane waits."""
    tx.execute(
        update(work)
        .where(work.c.id == work_id, PENDING)
        .values(attempts=work.c.attempts + 1, due_at=due_at, error=error[:500])
    )


def hurry(tx: Connection, key: str) -> None:
    """What was put off, and whose key begins like this, is due now."""
    tx.execute(update(work).where(*_begins(key), PENDING).values(due_at=now_ms()))


def is_pending(tx: Connection, key: str) -> bool:
    """Whether work is left whose key begins like this."""
    return tx.execute(select(work.c.id).where(*_begins(key), PENDING).limit(1)).first() is not None


def promised(tx: Connection, key: str) -> dict[str, bool]:
    """The keys that begin like this, of all work that is kept, and whether it is left."""
    query = select(work.c.key, PENDING.label("left")).where(*_begins(key))
    return {row.key: bool(row.left) for row in tx.execute(query)}


def narrow(tx: Connection, work_id: int, payload: JSON) -> bool:
    """Some of it is done: what is left of it; False when all was done already."""
    return tx.execute(update(work).where(work.c.id == work_id, PENDING).values(payload=payload)).rowcount == 1


def bury(tx: Connection, work_id: int, *, error: str) -> bool:
    """Give up: a dead letter that operators see; the lane goes on. False when it was done already."""
    buried = tx.execute(update(work).where(work.c.id == work_id, PENDING).values(status="dead", error=error[:500]))
    return buried.rowcount == 1


def revive(tx: Connection, work_ids: Iterable[int]) -> None:
    """Promise again what was given up: due now, in its old place in the lane."""
    given_up = (work.c.id.in_(list(work_ids)), DEAD)
    tx.execute(update(work).where(*given_up).values(status="pending", attempts=0, due_at=now_ms(), error=""))


def waiting_lanes(tx: Connection, limit: int = 1_000) -> list[str]:
    """Lanes that have work, due or not, whose first is due first; for start-up and the safety sweep.

    Whether it is due is not asked here: the clock may have been set back since.
    """
    heads = select(func.min(work.c.id)).where(PENDING).group_by(work.c.lane)
    query = select(work.c.lane).where(work.c.id.in_(heads))
    return list(tx.execute(query.order_by(work.c.due_at).limit(limit)).scalars())


def counts(tx: Connection) -> dict[str, int]:
    """How much work is pending and dead, for metrics and `/readyz`."""
    return {
        status: tx.execute(select(func.count()).select_from(work).where(condition)).scalar_one()
        for status, condition in (("pending", PENDING), ("dead", DEAD))
    }


def _begins(key: str) -> tuple[ColumnElement[bool], ...]:
    """As a range, for which every database uses its index."""
    return (work.c.key >= key, work.c.key < f"{key}\x7f")
