"""Follow-ups: customers whom somebody has promised, or is asked, to get in touch with again.

planned → due → done | missed        cancelled from the first two; a missed one can still be done
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Row,
    String,
    Table,
    Text,
    func,
    literal_column,
    or_,
    select,
    update,
)

from storage.tables import insert_once, metadata

PLANNED, DUE, DONE, MISSED, CANCELLED = "planned", "due", "done", "missed", "cancelled"
OPEN = (PLANNED, DUE, MISSED)
LOW_RATING, SCHEDULED, NOT_SOLVED = "low_rating", "scheduled", "not_solved"
OUTCOMES = ("reached", "not_reached", "solved", "escalated")

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("key", String(80), nullable=False, unique=True),  # why it is there: the same reason makes no second one
    Column("ticket_id", String(26)),  # None: of a conversation that only the bot had
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("number", String(32), nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tier", String(32), nullable=False),
    Column("agent_id", String(26)),
    Column("agent_name", String(60), nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("outcome_note", Text, nullable=False),
    Column("created_by", String(60), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
)
# Written out, not bound: an index over some rows serves only a condition that is known when the query is planned.
LIVE = follow_up.c.state.in_(tuple(literal_column(f"'{state}'") for state in OPEN))
Index("ix_follow_up_live", follow_up.c.state, follow_up.c.due_at, sqlite_where=LIVE, postgresql_where=LIVE)
Index("ix_follow_up_ticket_id", follow_up.c.ticket_id)


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """One follow-up; times in ms. `tier` works on it, and `agent_id` alone once somebody has it."""

    id: str
    key: str
    ticket_id: str | None = None
    conversation_id: str
    number: str = ""
    customer_name: str = ""
    channel: str = ""
    reason: str
    due_at: int
    tier: str
    agent_id: str | None = None
    agent_name: str = ""
    state: str = PLANNED
    note: str = ""
    outcome: str = ""
    outcome_note: str = ""
    created_by: str = ""
    created_at: int
    done_at: int | None = None
    updated_at: int

    @property
    def open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.state in OPEN


_columns = tuple(follow_up.c[name] for name in FollowUp.__dataclass_fields__)


def add(tx: Connection, new: FollowUp) -> bool:
    """Keep a follow-up; False when there is one for the same reason."""
    return insert_once(tx, follow_up, **new.__dict__)


def find(tx: Connection, follow_up_id: str) -> FollowUp | None:
    """The follow-up, or None."""
    return _one(tx, follow_up.c.id == follow_up_id)


def find_by_key(tx: Connection, key: str) -> FollowUp | None:
    """The follow-up that was made for a reason, or None."""
    return _one(tx, follow_up.c.key == key)


def lock(tx: Connection, follow_up_id: str) -> FollowUp | None:
    """The follow-up, which nobody else can change until the transaction ends; or None."""
    row = tx.execute(select(*_columns).where(follow_up.c.id == follow_up_id).with_for_update()).one_or_none()
    return FollowUp(**row._mapping) if row else None


def change(tx: Connection, /, follow_up_id: str, *, at: int, **values: Any) -> FollowUp:
    """Set fields of a follow-up."""
    which = update(follow_up).where(follow_up.c.id == follow_up_id)
    return _follow_up(tx.execute(which.values(**values, updated_at=at).returning(*_columns)).one())


def of_ticket(tx: Connection, ticket_id: str) -> list[FollowUp]:
    """The follow-ups of a ticket, the newest first."""
    query = select(*_columns).where(follow_up.c.ticket_id == ticket_id).order_by(follow_up.c.id.desc()).limit(20)
    return [_follow_up(row) for row in tx.execute(query)]


def page(
    tx: Connection, *, states: Sequence[str], agent_id: str = "", tiers: Sequence[str] | None = None, limit: int = 200
) -> list[FollowUp]:
    """Follow-ups in one of `states`: those of a person, and those of `tiers` that nobody has (None: of everybody). The
    most urgent first, of finished ones the newest.
    """
    finished = not set(states) & set(OPEN)
    order = follow_up.c.updated_at.desc() if finished else follow_up.c.due_at
    query = select(*_columns).where(follow_up.c.state.in_(states), _of(agent_id, tiers)).order_by(order, follow_up.c.id)
    return [_follow_up(row) for row in tx.execute(query.limit(limit))]


def counts(tx: Connection, *, agent_id: str, tiers: Sequence[str] | None) -> dict[str, int]:
    """How many of those that `page` would give are in each open state."""
    query = select(follow_up.c.state, func.count()).where(LIVE, _of(agent_id, tiers)).group_by(follow_up.c.state)
    return dict.fromkeys(OPEN, 0) | {row[0]: row[1] for row in tx.execute(query)}


def turn(tx: Connection, *, before: str, after: str, due_before: int, at: int, limit: int = 200) -> list[FollowUp]:
    """Those whose time has come go from one state to the next; of two who look at once, one finds each."""
    due = (follow_up.c.state == before, follow_up.c.due_at <= due_before)
    ids = list(
        tx.execute(
            select(follow_up.c.id)
            .where(*due)
            .order_by(follow_up.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not ids:
        return []
    which = update(follow_up).where(follow_up.c.id.in_(ids), follow_up.c.state == before)
    return [_follow_up(row) for row in tx.execute(which.values(state=after, updated_at=at).returning(*_columns))]


def _of(agent_id: str, tiers: Sequence[str] | None) -> ColumnElement[bool]:
    mine = follow_up.c.agent_id == agent_id
    if tiers is None:
        return literal_column("1") == literal_column("1")
    return or_(mine, follow_up.c.agent_id.is_(None) & follow_up.c.tier.in_(tiers))


def _one(tx: Connection, where: ColumnElement[bool]) -> FollowUp | None:
    row = tx.execute(select(*_columns).where(where)).one_or_none()
    return FollowUp(**row._mapping) if row else None


def _follow_up(row: Row[Any]) -> FollowUp:
    return FollowUp(**row._mapping)
