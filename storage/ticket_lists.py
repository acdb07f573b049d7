"""Looking at many tickets: the console's lists and counts, places in the queue, and how fast tickets are handled."""

import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from storage.mentions import SIGHT, mention
from storage.tables import alone
from storage.ticket_entries import entry
from storage.tickets import HELD, LIVE, QUEUED, RESOLVED, Ticket, columns, ticket, ticket_of

WEEK_MS = 7 * 24 * 3_600_000
SOON_MS = 10 * 60_000  # how long before a promise is due it is pressing
NEVER = 1 << 60
SAMPLE = 20  # tickets the usual handling time is taken from
NEAR = 50  # places from the head of the queue that are told exactly
LONG_QUEUE = 200
QUEUE_LOCK = 0x46444B51  # any number of our own

Cursor = list[int | str]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a person may see: tickets of `tiers` (None: all) and those that are or were given to `agent_id`."""

    agent_id: str
    tiers: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which tickets a list shows; empty members don't restrict. `now` (ms) says what is due soon, and what sleeps."""

    view: str  # of VIEWS
    tier: str = ""
    language: str = ""
    q: str = ""
    channel: str = ""
    category: str = ""
    tag: str = ""
    agent: str = ""
    urgency: str = ""
    priority: int | None = None
    sort: str = ""  # of SORTS; empty: the view's own
    now: int = 0


@dataclass(frozen=True)
class Sort:
    """An order of tickets: by `keys`, of which the last is the id; all of them rising or all falling."""

    keys: tuple[ColumnElement[Any], ...]
    cursor: Callable[[Ticket], Cursor]
    falling: bool = False

    @property
    def order(self) -> list[ColumnElement[Any]]:
        """What a query is ordered by."""
        return [key.desc() if self.falling else key.asc() for key in self.keys]

    def after(self, cursor: Cursor) -> ColumnElement[bool]:
        """What comes after the ticket a cursor was made of, be it there still or not."""
        here, there = tuple_(*self.keys), tuple_(*cursor)
        return here < there if self.falling else here > there


_queue_order = (-ticket.c.priority, ticket.c.queued_at, ticket.c.id)
_when_due = func.coalesce(ticket.c.due_at, NEVER)
_when_closed = func.coalesce(ticket.c.closed_at, 0)
_when_awake = func.coalesce(ticket.c.snoozed_until, 0)
SORTS = {
    "turn": Sort(_queue_order, lambda row: [-row.priority, row.queued_at, row.id]),
    "due": Sort((_when_due, ticket.c.id), lambda row: [NEVER if row.due_at is None else row.due_at, row.id]),
    "updated": Sort((ticket.c.updated_at, ticket.c.id), lambda row: [row.updated_at, row.id], falling=True),
    "newest": Sort((ticket.c.created_at, ticket.c.id), lambda row: [row.created_at, row.id], falling=True),
    "oldest": Sort((ticket.c.created_at, ticket.c.id), lambda row: [row.created_at, row.id]),
    "closed": Sort((_when_closed, ticket.c.id), lambda row: [row.closed_at or 0, row.id], falling=True),
    "awake": Sort((_when_awake, ticket.c.id), lambda row: [row.snoozed_until or 0, row.id]),
}
VIEWS = {
    "queue": "turn", "mine": "updated", "team": "updated", "tier": "turn", "breaching": "due", "snoozed": "awake",
    "mentioned": "updated", "all": "updated", "resolved": "closed",
}  # fmt: skip
"""The views, and the order of each."""


_in_its_queue = (ticket.c.state == QUEUED, ticket.c.tier == bindparam("its_tier"))
_came_before = tuple_(ticket.c.queued_at, ticket.c.id) < tuple_(bindparam("since"), bindparam("its_id"))
_same_priority = ticket.c.priority == bindparam("its_priority")
_BEFORE = (
    select(ticket.c.position)
    .where(*_in_its_queue, _same_priority, _came_before)
    .order_by(ticket.c.queued_at.desc(), ticket.c.id.desc())
    .limit(1)
)
_comes_first = or_(ticket.c.priority > bindparam("its_priority"), and_(_same_priority, _came_before))
_AHEAD = select(func.count()).select_from(ticket).where(*_in_its_queue, _comes_first)
_done_since = (ticket.c.taken_at.is_not(None), ticket.c.closed_at > bindparam("since"))
_HANDLING = (
    select(ticket.c.closed_at - ticket.c.taken_at)
    .where(ticket.c.tier == bindparam("its_tier"), *_done_since)
    .order_by(ticket.c.closed_at.desc())
    .limit(SAMPLE)
)


def page(
    tx: Connection, scope: Scope, wanted: Filter, limit: int, after: Cursor | None
) -> tuple[list[Ticket], Cursor | None]:
    """One page of a list, and the cursor of the next (None: this was the last)."""
    sort = SORTS[sort_of(wanted.view, wanted.sort)]
    query = select(*columns).where(visible(scope), _in_view(wanted.view, scope, wanted.now), *_filters(wanted))
    if after:
        query = query.where(sort.after(after))
    found = [ticket_of(row) for row in tx.execute(query.order_by(*sort.order).limit(limit + 1))]
    shown = found[:limit]
    return shown, sort.cursor(shown[-1]) if len(found) > limit else None


def sort_of(view: str, sort: str) -> str:
    """The order in which a view is shown: the one asked for, or its own."""
    return sort or VIEWS[view]


def cursor_length(sort: str) -> int:
    """How many members the cursor of an order has."""
    return len(SORTS[sort].keys)


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many tickets are alike in what the lists part them by."""

    state: str
    tier: str
    agent_id: str | None
    for_agent: str | None
    offered_to: str | None
    asleep: bool
    pressing: bool
    count: int


def totals(tx: Connection, now: int) -> list[Total]:
    """All that are not closed, and those that were closed within a week: one look for everybody's counts."""
    alike = (ticket.c.tier, ticket.c.agent_id, ticket.c.for_agent, ticket.c.offered_to)
    asleep, pressing = _asleep(now).label("asleep"), _pressing(now).label("pressing")
    live = select(ticket.c.state, *alike, asleep, pressing, func.count().label("count")).where(ticket.c.state.in_(LIVE))
    closed = select(*alike, func.count().label("count")).where(ticket.c.closed_at > now - WEEK_MS)
    open_ones = tx.execute(live.group_by(ticket.c.state, *alike, asleep, pressing))
    closed_ones = tx.execute(closed.where(ticket.c.state.not_in(LIVE)).group_by(*alike))
    return [
        *(Total(**row._mapping) for row in open_ones),
        *(Total(state=RESOLVED, asleep=False, pressing=False, **row._mapping) for row in closed_ones),
    ]


def counts(tx: Connection, scope: Scope, now: int) -> dict[str, Any]:
    """How many tickets each list of a person has; `tiers`: how many wait in each tier, `held`: are being worked on."""
    return counted(totals(tx, now), scope)


def counted(everything: Iterable[Total], scope: Scope) -> dict[str, Any]:
    """The counts of one person, of everybody's."""
    found: dict[str, Any] = dict.fromkeys(("queue", "mine", "team", "breaching", "snoozed", "all", "resolved"), 0)
    tiers: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for each in everything:
        own = scope.agent_id in (each.agent_id, each.for_agent, each.offered_to)
        if not (scope.tiers is None or each.tier in scope.tiers or own):
            continue
        if each.state not in LIVE:
            found["resolved"] += each.count
        elif each.asleep:
            found["snoozed"] += each.count
        else:
            found["all"] += each.count
            found["breaching"] += each.count if each.pressing else 0
            if each.state == QUEUED:
                tiers[each.tier] += each.count
            else:
                held[each.tier] += each.count
                found["mine" if each.agent_id == scope.agent_id else "team"] += each.count
    return found | {"queue": tiers.total(), "tiers": dict(tiers), "held": dict(held)}


def place(tx: Connection, waiting: Ticket) -> int:
    """The place of a queued ticket in its tier, from 1; far behind, one more than the ticket before it was told."""
    here = {
        "its_tier": waiting.tier, "its_priority": waiting.priority, "since": waiting.queued_at, "its_id": waiting.id,
    }  # fmt: skip
    before: int | None = tx.execute(_BEFORE, here).scalar_one_or_none()
    if before is not None and before > LONG_QUEUE:  # the whole queue is not counted for each who joins its end
        return before + 1
    return tx.execute(_AHEAD, here).scalar_one() + 1


def move_up(tx: Connection) -> list[str]:
    """Store the places of queued tickets that are worth telling; ids of those that changed. Near the head of the queue
    every step counts; far behind, only one in ten of those still ahead.
    """
    alone(tx, QUEUE_LOCK)  # two at once would wait for each other's rows
    number = func.row_number().over(partition_by=ticket.c.tier, order_by=_queue_order).label("place")
    places = select(ticket.c.id.label("queued_id"), number).where(ticket.c.state == QUEUED).subquery()
    rows = tx.execute(
        update(ticket)
        .where(
            ticket.c.id == places.c.queued_id,
            ticket.c.state == QUEUED,
            ticket.c.position.is_distinct_from(places.c.place),
            or_(
                ticket.c.position.is_(None),
                places.c.place <= NEAR,
                func.abs(ticket.c.position - places.c.place) * 10 >= places.c.place,
            ),
        )
        .values(position=places.c.place, version=ticket.c.version + 1)
        .returning(ticket.c.id)
    )
    return list(rows.scalars())


def queue_length(tx: Connection) -> int:
    """How many tickets wait."""
    return tx.execute(select(func.count()).select_from(ticket).where(ticket.c.state == QUEUED)).scalar_one()


def usual_handling(tx: Connection, tier: str, now: int) -> int | None:
    """The median time (ms) agents had a ticket of this tier, over the last ones of a week; None when there are none."""
    times = list(tx.execute(_HANDLING, {"its_tier": tier, "since": now - WEEK_MS}).scalars())
    return round(statistics.median(times)) if times else None


def visible(scope: Scope) -> ColumnElement[bool]:
    """What a person may see of all tickets."""
    if scope.tiers is None:
        return ticket.c.id.is_not(None)
    return or_(
        ticket.c.tier.in_(scope.tiers), ticket.c.agent_id == scope.agent_id, ticket.c.for_agent == scope.agent_id,
        ticket.c.offered_to == scope.agent_id,
        ticket.c.id.in_(select(mention.c.ticket_id).where(mention.c.agent_id == scope.agent_id)),
    )  # fmt: skip


def _asleep(now: int) -> ColumnElement[bool]:
    """Put off, and the customer has said nothing since."""
    return and_(func.coalesce(ticket.c.snoozed_until, 0) > now, ticket.c.unread == 0)


def _pressing(now: int) -> ColumnElement[bool]:
    return or_(ticket.c.breached, func.coalesce(ticket.c.due_at, NEVER) <= now + SOON_MS)


def _in_view(view: str, scope: Scope, now: int) -> ColumnElement[bool]:
    if view == "resolved":
        return ticket.c.state.not_in(LIVE)
    if view == "mentioned":  # asleep or not: somebody asks
        spoken_to = select(mention.c.ticket_id).where(mention.c.agent_id == scope.agent_id, mention.c.via != SIGHT)
        return and_(ticket.c.state.in_(LIVE), ticket.c.id.in_(spoken_to))
    if view == "snoozed":
        return and_(ticket.c.state.in_(LIVE), _asleep(now))
    mine = ticket.c.agent_id == scope.agent_id
    of_view = {
        "queue": ticket.c.state == QUEUED,
        "mine": and_(mine, ticket.c.state.in_(HELD)),
        "team": and_(ticket.c.agent_id != scope.agent_id, ticket.c.state.in_(HELD)),
        "breaching": and_(ticket.c.state.in_(LIVE), _pressing(now)),
    }
    return and_(of_view.get(view, ticket.c.state.in_(LIVE)), not_(_asleep(now)))


def _filters(wanted: Filter) -> list[ColumnElement[bool]]:
    exactly = {
        "tier": wanted.tier, "language": wanted.language, "channel": wanted.channel, "category": wanted.category,
        "agent_id": wanted.agent, "urgency": wanted.urgency,
    }  # fmt: skip
    found = [ticket.c[name] == value for name, value in exactly.items() if value]
    if wanted.priority is not None:
        found.append(ticket.c.priority == wanted.priority)
    if wanted.tag:
        found.append(tagged(wanted.tag))
    if wanted.q:
        found.append(_matching(wanted.q))
    return found


def tagged(tag: str) -> ColumnElement[bool]:
    """Whether a ticket has a tag: looked for as it is written in the column, the same on every database."""
    return cast(ticket.c.tags, Text).contains(json.dumps(tag), autoescape=True)


def _matching(q: str) -> ColumnElement[bool]:
    said = exists().where(entry.c.ticket_id == ticket.c.id, entry.c.text.icontains(q, autoescape=True))
    return or_(
        ticket.c.number.icontains(q, autoescape=True),
        ticket.c.customer_name.icontains(q, autoescape=True),
        ticket.c.customer_email.icontains(q, autoescape=True),
        ticket.c.question.icontains(q, autoescape=True),
        said,
    )
