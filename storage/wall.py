"""What a supervisor sees at a glance: figures over all open tickets, and over what was done since a moment."""

import statistics
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Label, case, func, select

from storage.tickets import CASE, HELD, LIVE, QUEUED, Ticket, columns, ticket, ticket_of

SAMPLE = 2_000  # of the first responses since then, for the median


@dataclass(frozen=True, kw_only=True)
class TierNow:
    """A tier's open tickets. `waits_since`: when the ticket that waits longest was queued (ms)."""

    tier: str
    queued: int
    held: int
    unanswered: int  # held, and the customer spoke last
    breached: int
    due_soon: int
    waits_since: int | None


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """Cases opened and closed since a moment, what customers rated, and the median first response of people (ms)."""

    opened: int
    closed: int
    ratings: int
    rating: float | None
    first_response_ms: int | None


def tiers_now(tx: Connection, *, due_before: int) -> list[TierNow]:
    """Every tier that has open tickets; `due_soon` are those whose next promise is due before `due_before` (ms)."""
    queued = ticket.c.state == QUEUED
    unanswered = ticket.c.state.in_(HELD) & (ticket.c.last["author"].as_string() == "customer")
    query = select(
        ticket.c.tier,
        _those("queued", queued),
        _those("held", ticket.c.state.in_(HELD)),
        _those("unanswered", unanswered),
        _those("breached", ticket.c.breached),
        _those("due_soon", ~ticket.c.breached & (ticket.c.due_at < due_before)),
        func.min(case((queued, ticket.c.queued_at))).label("waits_since"),
    )
    rows = tx.execute(query.where(ticket.c.state.in_(LIVE)).group_by(ticket.c.tier))
    return [TierNow(**row._mapping) for row in rows]


def so_far(tx: Connection, since: int) -> SoFar:
    """The figures of cases since `since` (ms); one that was merged into another is counted as that one."""
    cases = (ticket.c.kind == CASE) & ticket.c.merged_into.is_(None)
    opened = select(func.count()).select_from(ticket).where(cases, ticket.c.created_at >= since)
    closed = tx.execute(
        select(ticket.c.rating).where(cases, ticket.c.closed_at >= since, ticket.c.agent_id.is_not(None))
    ).scalars()
    rated = list(closed)
    scores = [each["score"] for each in rated if each]
    first = tx.execute(
        select(ticket.c.first_reply_at - ticket.c.created_at)
        .where(cases, ticket.c.created_at >= since, ticket.c.first_reply_at.is_not(None))
        .limit(SAMPLE)
    ).scalars()
    responses = list(first)
    return SoFar(
        opened=tx.execute(opened).scalar_one(),
        closed=len(rated),
        ratings=len(scores),
        rating=statistics.fmean(scores) if scores else None,
        first_response_ms=round(statistics.median(responses)) if responses else None,
    )


def waiting_longest(tx: Connection, limit: int) -> list[Ticket]:
    """The tickets whose customers wait longest for somebody to take them."""
    query = select(*columns).where(ticket.c.state == QUEUED).order_by(ticket.c.queued_at, ticket.c.id).limit(limit)
    return [ticket_of(row) for row in tx.execute(query)]


def in_trouble(tx: Connection, limit: int) -> list[Ticket]:
    """Open tickets of which a promise was not kept, or that ask for a supervisor, the longest due first."""
    wrong = ticket.c.breached | (ticket.c.attention != "")
    query = select(*columns).where(ticket.c.state.in_(LIVE), wrong)
    query = query.order_by(func.coalesce(ticket.c.due_at, ticket.c.updated_at), ticket.c.id).limit(limit)
    return [ticket_of(row) for row in tx.execute(query)]


def _those(name: str, condition: ColumnElement[bool]) -> Label[int]:
    return func.count(case((condition, 1))).label(name)
