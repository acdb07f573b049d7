"""Quality reviews: which conversations were drawn, how they were scored, and what became of appeals.

Remarks may quote customers: when a customer is forgotten the words go, and the score stays the agent's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
    types,
    update,
)

from connectors.message import JSON
from storage.handoffs import rating
from storage.tables import insert_once, metadata, new_id
from storage.tickets import CASE, Ticket, columns, ticket, ticket_of

WAITING, DONE, APPEALED, DECIDED = "waiting", "done", "appealed", "decided"
RANDOM, LOW_RATED, ESCALATED = "random", "low_rated", "escalated"

quality_review = Table(
    "quality_review",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("ticket_id", String(26), ForeignKey("ticket.id")),  # None: the customer was forgotten
    Column("agent_id", String(26), nullable=False),  # whose work it is
    Column("month", String(8), nullable=False),  # 2026-11
    Column("why", String(16), nullable=False),  # random | low_rated | escalated
    Column("drawn", types.JSON, nullable=False),  # {"seed", "of", "since", "until"}
    Column("at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),  # waiting | done | appealed | decided
    Column("scores", types.JSON, nullable=False),  # {item: 0..5 or None where it does not apply}
    Column("remarks", types.JSON, nullable=False),  # {item: {"comment", "entry_id"}}
    Column("comment", Text, nullable=False),
    Column("score", Float),  # 0..100
    Column("reviewer_id", String(26), nullable=False),
    Column("reviewer_name", String(60), nullable=False),
    Column("reviewed_at", BigInteger),
    Column("appeal", Text, nullable=False),
    Column("appealed_at", BigInteger),
    Column("first_score", Float),  # before the decision
    Column("decider_id", String(26), nullable=False),
    Column("decider_name", String(60), nullable=False),
    Column("decided_at", BigInteger),
    Column("decision", Text, nullable=False),
    UniqueConstraint("ticket_id", "agent_id"),
)
Index("ix_quality_review_agent_id_month", quality_review.c.agent_id, quality_review.c.month)
Index("ix_quality_review_state_at", quality_review.c.state, quality_review.c.at)


@dataclass(frozen=True, kw_only=True)
class Review:
    """One of them; times in ms, scores as the table says."""

    id: str
    ticket_id: str | None
    agent_id: str
    month: str
    why: str
    drawn: JSON
    at: int
    state: str = WAITING
    scores: JSON
    remarks: JSON
    comment: str = ""
    score: float | None = None
    reviewer_id: str = ""
    reviewer_name: str = ""
    reviewed_at: int | None = None
    appeal: str = ""
    appealed_at: int | None = None
    first_score: float | None = None
    decider_id: str = ""
    decider_name: str = ""
    decided_at: int | None = None
    decision: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A closed conversation that may be drawn."""

    ticket_id: str
    agent_id: str
    score: int | None
    escalations: int


_columns = tuple(quality_review.c[name] for name in Review.__dataclass_fields__)


def candidates(tx: Connection, since: int, until: int) -> list[Candidate]:
    """Cases that somebody answered and that were closed from `since` until before `until` (ms)."""
    query = (
        select(ticket.c.id, ticket.c.agent_id, rating.c.score, ticket.c.escalations)
        .select_from(ticket.outerjoin(rating, rating.c.handoff_id == ticket.c.handoff_id))
        .where(
            ticket.c.closed_at >= since, ticket.c.closed_at < until, ticket.c.kind == CASE,
            ticket.c.agent_id.is_not(None), ticket.c.first_reply_at.is_not(None), ticket.c.merged_into.is_(None),
        )
        .order_by(ticket.c.id)
    )  # fmt: skip
    return [Candidate(ticket_id=row[0], agent_id=row[1], score=row[2], escalations=row[3]) for row in tx.execute(query)]


def drawn_of(tx: Connection, month: str) -> dict[tuple[str, str], int]:
    """How many were drawn in a month, by agent and why."""
    c = quality_review.c
    query = select(c.agent_id, c.why, func.count()).where(c.month == month).group_by(c.agent_id, c.why)
    return {(row[0], row[1]): row[2] for row in tx.execute(query)}


def add(tx: Connection, *, ticket_id: str, agent_id: str, month: str, why: str, drawn: JSON, at: int) -> bool:
    """A conversation was drawn; False when it was before."""
    new = Review(
        id=new_id(), ticket_id=ticket_id, agent_id=agent_id, month=month, why=why, drawn=drawn, at=at, scores={},
        remarks={},
    )  # fmt: skip
    return insert_once(tx, quality_review, **vars(new))


def find(tx: Connection, review_id: str, *, lock: bool = False) -> Review | None:
    """The review, or None; `lock`: nobody else changes it until the transaction ends."""
    query = select(*_columns).where(quality_review.c.id == review_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Review(**row._mapping) if row else None


def change(tx: Connection, review_id: str, **values: Any) -> None:
    """Set fields; the caller holds the row."""
    tx.execute(update(quality_review).where(quality_review.c.id == review_id).values(**values))


def in_state(tx: Connection, state: str, limit: int) -> list[Review]:
    """The oldest in a state."""
    query = select(*_columns).where(quality_review.c.state == state)
    return _all(tx, query.order_by(quality_review.c.at, quality_review.c.id).limit(limit))


def of_agent(tx: Connection, agent_id: str, limit: int) -> list[Review]:
    """Somebody's reviews that are written, the newest first."""
    c = quality_review.c
    query = select(*_columns).where(c.agent_id == agent_id, c.state != WAITING)
    return _all(tx, query.order_by(c.reviewed_at.desc(), c.id.desc()).limit(limit))


def settled(tx: Connection, since: int, until: int) -> dict[str, tuple[int, float]]:
    """How many reviews of everybody count that were written from `since` until before `until` (ms), and their mean."""
    c = quality_review.c
    query = select(c.agent_id, func.count(), func.avg(c.score)).where(
        c.state.in_((DONE, DECIDED)), c.reviewed_at >= since, c.reviewed_at < until
    )
    return {row[0]: (row[1], float(row[2])) for row in tx.execute(query.group_by(c.agent_id))}


def with_tickets(tx: Connection, reviews: Sequence[Review]) -> list[tuple[Review, Ticket | None]]:
    """Reviews with the tickets they are about; None where the customer was forgotten."""
    ids = [each.ticket_id for each in reviews if each.ticket_id]
    found = {row.id: ticket_of(row) for row in tx.execute(select(*columns).where(ticket.c.id.in_(ids)))} if ids else {}
    return [(each, found.get(each.ticket_id or "")) for each in reviews]


def forget(tx: Connection, of_tickets: Select[Any]) -> None:
    """Drop the words of reviews of these tickets (a query of their ids)."""
    silenced: JSON = {"ticket_id": None, "remarks": {}, "comment": "", "appeal": "", "decision": ""}
    tx.execute(update(quality_review).where(quality_review.c.ticket_id.in_(of_tickets)).values(**silenced))


def _all(tx: Connection, query: Any) -> list[Review]:
    return [Review(**row._mapping) for row in tx.execute(query)]
