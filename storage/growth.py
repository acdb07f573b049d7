"""People's growth: steps from grade to grade, the work that counts for them, and how content agents are.

The answers of the agents' own survey are only ever counters: no row says who answered what, nor in which order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    case,
    func,
    select,
    types,
    update,
)

from storage.handoffs import rating
from storage.merges import counted_in
from storage.passages import passage
from storage.sla import sla_clock
from storage.tables import insert_once, metadata, new_id
from storage.tickets import CASE, RESOLVED, Ticket, columns, ticket, ticket_of

grade_step = Table(
    "grade_step",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("agent_id", String(26), nullable=False),
    Column("from_grade", String(32), nullable=False),
    Column("to_grade", String(32), nullable=False),
    Column("promotion", Boolean, nullable=False),  # else: set by hand, up or down
    Column("at", BigInteger, nullable=False),
    Column("by_id", String(26), nullable=False),
    Column("by_name", String(60), nullable=False),
    Column("note", Text, nullable=False),
    Column("missing", types.JSON, nullable=False),  # names of criteria that were not met
)
Index("ix_grade_step_agent_id_at", grade_step.c.agent_id, grade_step.c.at)
Index("ix_grade_step_at", grade_step.c.at)

satisfaction = Table(
    "satisfaction",
    metadata,
    Column("quarter", String(8), primary_key=True),  # 2026-Q4
    Column("item", String(16), primary_key=True),
    Column("score", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
)
satisfaction_given = Table(
    "satisfaction_given",
    metadata,
    Column("agent_id", String(26), primary_key=True),
    Column("quarter", String(8), primary_key=True),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Somebody's grade changed at `at` (ms)."""

    id: str
    agent_id: str
    from_grade: str
    to_grade: str
    promotion: bool
    at: int
    by_id: str
    by_name: str
    note: str
    missing: list[str]


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What somebody did: cases solved and confirmed, ratings and their mean, promises that were decided in their hands
    and how many of them were kept.
    """

    solved: int = 0
    ratings: int = 0
    rating: float = 0.0
    promises: int = 0
    kept: int = 0


_steps = tuple(grade_step.c[name] for name in Step.__dataclass_fields__)


def add_step(tx: Connection, **values: Any) -> None:
    """Note a change of grade; the caller holds the person's row."""
    tx.execute(grade_step.insert().values(id=new_id(), **values))


def steps_of(tx: Connection, agent_id: str) -> list[Step]:
    """Somebody's way, the newest first."""
    query = select(*_steps).where(grade_step.c.agent_id == agent_id)
    return [Step(**row._mapping) for row in tx.execute(query.order_by(grade_step.c.at.desc(), grade_step.c.id.desc()))]


def last_steps(tx: Connection) -> dict[str, int]:
    """When everybody's grade changed last (ms), of those whose did."""
    rows = tx.execute(select(grade_step.c.agent_id, func.max(grade_step.c.at)).group_by(grade_step.c.agent_id))
    return {row[0]: row[1] for row in rows}


def promoted(tx: Connection, since: int, until: int) -> int:
    """How many people were promoted at least once from `since` until before `until` (ms)."""
    query = select(func.count(grade_step.c.agent_id.distinct())).where(
        grade_step.c.promotion, grade_step.c.at >= since, grade_step.c.at < until
    )
    return int(tx.execute(query).scalar_one())


def worked(tx: Connection, since: int, until: int, agent_id: str = "") -> dict[str, Worked]:
    """What everybody did from `since` until before `until` (ms), or one person."""
    found: dict[str, dict[str, Any]] = {}
    for part in (_solved(since, until), _rated(since, until), _promises(since, until, agent_id)):
        person = part.selected_columns[0]
        query = part.where(person == agent_id) if agent_id else part
        for row in tx.execute(query):
            values = {name: value for name, value in row._mapping.items() if name != "agent"}
            found.setdefault(row.agent, {}).update(values)
    return {each: Worked(**values) for each, values in found.items()}


def solved_cases(tx: Connection, agent_id: str, since: int, until: int, limit: int) -> list[Ticket]:
    """The newest of the cases that count as solved."""
    query = select(*columns).where(ticket.c.agent_id == agent_id, *_confirmed(since, until))
    return [ticket_of(row) for row in tx.execute(query.order_by(ticket.c.closed_at.desc(), ticket.c.id).limit(limit))]


def rated_cases(tx: Connection, agent_id: str, since: int, until: int, limit: int) -> list[Ticket]:
    """The newest of the cases that were rated."""
    query = select(*columns).select_from(counted_in(rating, rating.c.handoff_id))
    query = query.where(ticket.c.agent_id == agent_id, *_scored(since, until))
    return [ticket_of(row) for row in tx.execute(query.order_by(rating.c.at.desc(), ticket.c.id).limit(limit))]


def _cases() -> tuple[ColumnElement[bool], ...]:
    return (ticket.c.kind == CASE, ticket.c.merged_into.is_(None))


def _confirmed(since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    within = (ticket.c.closed_at >= since, ticket.c.closed_at < until)
    return (ticket.c.state == RESOLVED, ticket.c.confirmed != "", *within, *_cases())


def _scored(since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    return (rating.c.at >= since, rating.c.at < until, ticket.c.first_reply_at.is_not(None), *_cases())


def _solved(since: int, until: int) -> Any:
    query = select(ticket.c.agent_id.label("agent"), func.count().label("solved"))
    return query.where(ticket.c.agent_id.is_not(None), *_confirmed(since, until)).group_by(ticket.c.agent_id)


def _rated(since: int, until: int) -> Any:
    mean = func.avg(rating.c.score * 1.0).label("rating")
    query = select(ticket.c.agent_id.label("agent"), func.count().label("ratings"), mean)
    query = query.select_from(counted_in(rating, rating.c.handoff_id))
    return query.where(ticket.c.agent_id.is_not(None), *_scored(since, until)).group_by(ticket.c.agent_id)


def _promises(since: int, until: int, agent_id: str) -> Any:
    """A promise counts for who had the case when it was kept or broken: what broke in the queue is nobody's."""
    at = func.coalesce(sla_clock.c.breached_at, sla_clock.c.met_at)
    had, seen = passage.alias("had"), passage.alias("seen")
    newest = (
        select(seen.c.id)
        .where(seen.c.ticket_id == sla_clock.c.ticket_id, seen.c.at <= at)
        .order_by(seen.c.at.desc(), seen.c.id.desc())
        .limit(1)
        .correlate(sla_clock)
        .scalar_subquery()
    )
    kept = func.sum(case((sla_clock.c.breached_at.is_(None), 1), else_=0)).label("kept")
    rows = sla_clock.join(ticket, ticket.c.id == sla_clock.c.ticket_id).join(had, had.c.id == newest)
    query = select(had.c.agent_id.label("agent"), func.count().label("promises"), kept).select_from(rows)
    if agent_id:  # else the newest place of everybody's cases would be looked up
        query = query.where(
            sla_clock.c.ticket_id.in_(select(passage.c.ticket_id).where(passage.c.agent_id == agent_id))
        )
    return query.where(at >= since, at < until, had.c.agent_id != "", *_cases()).group_by(had.c.agent_id)


def answer(tx: Connection, agent_id: str, quarter: str, scores: Mapping[str, int]) -> bool:
    """Count somebody's answers; False when they have answered in this quarter."""
    if not insert_once(tx, satisfaction_given, agent_id=agent_id, quarter=quarter):
        return False
    for item, score in scores.items():
        insert_once(tx, satisfaction, quarter=quarter, item=item, score=score, n=0)
        c = satisfaction.c
        counted = update(satisfaction).where(c.quarter == quarter, c.item == item, c.score == score)
        tx.execute(counted.values(n=c.n + 1))
    return True


def answered(tx: Connection, agent_id: str, quarter: str) -> bool:
    """Whether somebody has answered in this quarter."""
    c = satisfaction_given.c
    return tx.execute(select(c.quarter).where(c.agent_id == agent_id, c.quarter == quarter)).first() is not None


def answers(tx: Connection) -> dict[str, dict[str, dict[int, int]]]:
    """How often each score was given, by quarter and item."""
    found: dict[str, dict[str, dict[int, int]]] = {}
    c = satisfaction.c
    for row in tx.execute(select(c.quarter, c.item, c.score, c.n).order_by(c.quarter, c.item, c.score)):
        found.setdefault(row.quarter, {}).setdefault(row.item, {})[row.score] = row.n
    return found
