"""Work that was promised: what must happen because of something that was stored.

Work belongs to a *lane*; a lane is worked strictly in order of insertion, different lanes in parallel. A conversation
has two:
`conv:<id>` (messages, desk events, timers: everything that decides) and `desk:<id>` (what goes to the desk), so that
a desk that is down does
not keep the bot from answering.
"""

from dataclasses import dataclass

from sqlalchemy import JSON as JSONColumn
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, func, select, update

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
Index(
    "ix_work_pending",
    work.c.lane,
    work.c.id,
    sqlite_where=work.c.status == "pending",
    postgresql_where=work.c.status == "pending",
)


@dataclass(frozen=True, kw_only=True)
class Work:
    """One piece of work. `key` makes it unique for ever; times in ms."""

    id: int
    lane: str
    kind: str
    key: str
    payload: JSON
    attempts: int
    due_at: int
    created_at: int


def conversation_lane(conversation_id: str) -> str:
    """The lane in which everything about a conversation is decided."""
    return f"conv:{conversation_id}"


def desk_lane(conversation_id: str) -> str:
    """The lane of what goes to the desk."""
    return f"desk:{conversation_id}"


def enqueue(tx: Connection, *, lane: str, kind: str, key: str, payload: JSON, due_at: int = 0) -> bool:
    """Promise work; False when `key` was promised before (a second delivery)."""
    now = now_ms()
    return insert_once(
        tx, work, lane=lane, kind=kind, key=key, payload=payload, status="pending", attempts=0, due_at=due_at or now,
        created_at=now, error="",
    )  # fmt: skip


def head(tx: Connection, lane: str) -> Work | None:
    """The next work of a lane, due or not."""
    row = tx.execute(
        select(work).where(work.c.lane == lane, work.c.status == "pending").order_by(work.c.id).limit(1)
    ).one_or_none()
    return _work(row._mapping) if row else None


def finish(tx: Connection, work_id: int) -> bool:
    """Mark done, within the transaction of its effects; False when it was done already."""
    return (
        tx.execute(update(work).where(work.c.id == work_id, work.c.status == "pending").values(status="done")).rowcount
        == 1
    )


def postpone(tx: Connection, work_id: int, *, due_at: int, error: str) -> None:
    """Try again at `due_at`; the lane waits."""
    tx.execute(
        update(work)
        .where(work.c.id == work_id, work.c.status == "pending")
        .values(attempts=work.c.attempts + 1, due_at=due_at, error=error[:500])
    )


def bury(tx: Connection, work_id: int, *, error: str) -> None:
    """Give up: a dead letter that operators see; the lane goes on."""
    tx.execute(update(work).where(work.c.id == work_id).values(status="dead", error=error[:500]))


def pending_lanes(tx: Connection) -> list[tuple[str, int]]:
    """Lanes that have work and when their first work is due, for start-up and the safety sweep."""
    rows = tx.execute(
        select(work.c.lane, func.min(work.c.due_at)).where(work.c.status == "pending").group_by(work.c.lane)
    )
    return [(lane, due_at) for lane, due_at in rows]


def counts(tx: Connection) -> dict[str, int]:
    """How much work is pending and dead, for metrics and `/readyz`."""
    rows = tx.execute(
        select(work.c.status, func.count()).where(work.c.status.in_(("pending", "dead"))).group_by(work.c.status)
    )
    return {"pending": 0, "dead": 0} | {row.status: row[1] for row in rows}


def _work(row: object) -> Work:
    values = dict(row)  # type: ignore[call-overload]
    return Work(**{name: values[name] for name in Work.__dataclass_fields__})
