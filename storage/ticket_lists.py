"""Looking at many tickets: the console's lists and counts, places in the queue, and how fast tickets are handled."""

import statistics
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, text, tuple_, update

from storage.mentions import mention
from storage.ticket_entries import entry
from storage.tickets import HELD, LIVE, QUEUED, Ticket, columns, ticket, ticket_of

WEEK_MS = 7 * 24 * 3_600_000
SAMPLE = 20  # tickets the usual handling time is taken from
QUEUE_LOCK = 0x46444B51  # any number of our own

Cursor = list[int | str]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a person may see: tickets of `tiers` (None: all) and those that are or were given to `agent_id`."""

    agent_id: str
    tiers: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which tickets a list shows; empty members don't restrict."""

    view: str  # queue | mine | all | resolved
    tier: str = ""
    language: str = ""
    q: str = ""


_queue_order = (-ticket.c.priority, ticket.c.queued_at, ticket.c.id)


def page(
    tx: Connection, scope: Scope, wanted: Filter, limit: int, after: Cursor | None
) -> tuple[list[Ticket], Cursor | None]:
    """One page of a list, and the cursor of the next (None: this was the last)."""
    query = select(*columns).where(_visible(scope), _in_view(wanted.view, scope.agent_id))
    if wanted.tier:
        query = query.where(ticket.c.tier == wanted.tier)
    if wanted.language:
        query = query.where(ticket.c.language == wanted.language)
    if wanted.q:
        query = query.where(_matching(wanted.q))
    if wanted.view == "queue":
        query = query.order_by(*_queue_order)
        key = tuple_(*_queue_order)
        query = query.where(key > tuple_(*after)) if after else query
    else:
        when = ticket.c.closed_at if wanted.view == "resolved" else ticket.c.updated_at
        query = query.order_by(when.desc(), ticket.c.id.desc())
        query = query.where(tuple_(when, ticket.c.id) < tuple_(*after)) if after else query
    found = [ticket_of(row) for row in tx.execute(query.limit(limit + 1))]
    shown = found[:limit]
    return shown, _cursor(wanted.view, shown[-1]) if len(found) > limit else None


def cursor_length(view: str) -> int:
    """How many members the cursor of a view has."""
    return 3 if view == "queue" else 2


def counts(tx: Connection, scope: Scope, now: int) -> dict[str, Any]:
    """How many tickets each list has, and how many wait per tier."""
    rows = tx.execute(
        select(ticket.c.state, ticket.c.tier, ticket.c.agent_id, func.count())
        .where(_visible(scope), ticket.c.state.in_(LIVE))
        .group_by(ticket.c.state, ticket.c.tier, ticket.c.agent_id)
    )
    live = [(state, tier, holder == scope.agent_id, count) for state, tier, holder, count in rows]
    closed = tx.execute(
        select(func.count()).select_from(ticket).where(_visible(scope), ticket.c.closed_at > now - WEEK_MS)
    ).scalar_one()
    tiers: dict[str, int] = {}
    for state, tier, _, count in live:
        if state == QUEUED:
            tiers[tier] = tiers.get(tier, 0) + count
    return {
        "queue": sum(tiers.values()),
        "mine": sum(count for state, _, mine, count in live if mine and state in HELD),
        "all": sum(count for *_, count in live),
        "resolved": closed,
        "tiers": tiers,
    }


def place(tx: Connection, waiting: Ticket) -> int:
    """The place of a queued ticket in its tier, from 1."""
    ahead = tuple_(*_queue_order) < tuple_(-waiting.priority, waiting.queued_at, waiting.id)
    query = select(func.count()).select_from(ticket)
    return tx.execute(query.where(ticket.c.state == QUEUED, ticket.c.tier == waiting.tier, ahead)).scalar_one() + 1


def move_up(tx: Connection) -> list[str]:
    """Store every queued ticket's place; ids of those that changed."""
    if tx.dialect.name == "postgresql":  # two at once would wait for each other's rows
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": QUEUE_LOCK})
    number = func.row_number().over(partition_by=ticket.c.tier, order_by=_queue_order).label("place")
    places = select(ticket.c.id.label("queued_id"), number).where(ticket.c.state == QUEUED).subquery()
    rows = tx.execute(
        update(ticket)
        .where(
            ticket.c.id == places.c.queued_id,
            ticket.c.state == QUEUED,
            ticket.c.position.is_distinct_from(places.c.place),
        )
        .values(position=places.c.place, version=ticket.c.version + 1)
        .returning(ticket.c.id)
    )
    return list(rows.scalars())


def usual_handling(tx: Connection, tier: str, now: int) -> int | None:
    """The median time (ms) agents had a ticket of this tier, over the last ones of a week; None when there are none."""
    rows = tx.execute(
        select(ticket.c.closed_at - ticket.c.taken_at)
        .where(ticket.c.tier == tier, ticket.c.taken_at.is_not(None), ticket.c.closed_at > now - WEEK_MS)
        .order_by(ticket.c.closed_at.desc())
        .limit(SAMPLE)
    )
    times = list(rows.scalars())
    return round(statistics.median(times)) if times else None


def _visible(scope: Scope) -> ColumnElement[bool]:
    if scope.tiers is None:
        return ticket.c.id.is_not(None)
    return or_(
        ticket.c.tier.in_(scope.tiers), ticket.c.agent_id == scope.agent_id, ticket.c.for_agent == scope.agent_id,
        ticket.c.offered_to == scope.agent_id,
        ticket.c.id.in_(select(mention.c.ticket_id).where(mention.c.agent_id == scope.agent_id)),
    )  # fmt: skip


def _in_view(view: str, agent_id: str) -> ColumnElement[bool]:
    if view == "queue":
        return ticket.c.state == QUEUED
    if view == "mine":
        return and_(ticket.c.agent_id == agent_id, ticket.c.state.in_(HELD))
    if view == "all":
        return ticket.c.state.in_(LIVE)
    return ticket.c.state.not_in(LIVE)


def _matching(q: str) -> ColumnElement[bool]:
    said = exists().where(entry.c.ticket_id == ticket.c.id, entry.c.text.icontains(q, autoescape=True))
    return or_(
        ticket.c.number.icontains(q, autoescape=True),
        ticket.c.customer_name.icontains(q, autoescape=True),
        ticket.c.customer_email.icontains(q, autoescape=True),
        ticket.c.question.icontains(q, autoescape=True),
        said,
    )


def _cursor(view: str, last: Ticket) -> Cursor:
    if view == "queue":
        return [-last.priority, last.queued_at, last.id]
    return [(last.closed_at if view == "resolved" else last.updated_at) or 0, last.id]
