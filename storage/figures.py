"""What reports are made of: each kind of fact as rows of when it happened, what it was worth and where it belongs.

A fact belongs to the tier and the agent who had the case at that moment (`storage.passages`), so that nobody answers
for what others did before or after. docs/desk/reports.md says in words what each of them counts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from storage.conversations import conversation
from storage.customers import customer
from storage.handoffs import rating
from storage.merges import counted_in
from storage.orders import customer_order
from storage.passages import AGENT, passage
from storage.sla import Metric, sla_clock
from storage.surveys import ANSWERED, MOOT, NOT_SOLVED, SOLVED, survey
from storage.tickets import ABANDONED, CASE, RESOLVED, WITHDRAWN, ticket

QUARTER = 900_000
"""Facts are counted by quarters of an hour (ms): every time zone's days and hours begin with one."""

DAY_MS = 86_400_000
REPEAT_DAYS = 7
REPURCHASE_DAYS = 30
GOOD = 4  # a score from here on is a good one
AT_ONCE = 5_000  # rows that are read at a time
ROOM_KIB, USUAL_KIB = 65_536, 2_000  # SQLite's own: 2,000

FILTERS = ("tier", "agent", "channel", "category", "language", "urgency")
OF_TICKET = ("channel", "category", "language", "urgency")
OF_CONVERSATION = ("channel", "language")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Facts from `since` until before `until` (ms), by one of `FILTERS` or by nothing; empty filters don't restrict."""

    since: int
    until: int
    by: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> set[str]:
        """What facts must be told apart by."""
        return {self.by, *(name for name, value in self.filters.items() if value)} - {""}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Rows that happened `at` (ms), worth `value`; `columns` are what they can be told apart by."""

    rows: FromClause
    at: ColumnElement[Any]
    value: ColumnElement[Any]
    where: tuple[ColumnElement[bool], ...] = ()
    columns: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    had: bool = False  # tier and agent are those who had the case then


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Facts of one quarter (counted from 1970) and one key: how many, their sum, and the sum of their squares."""

    quarter: int
    key: str
    n: int
    total: float
    squares: float


@contextmanager
def room(tx: Connection) -> Iterator[None]:
    """More memory while a report is read, so that SQLite need not fetch the same pages again and again."""
    if tx.dialect.name != "sqlite":
        yield
        return
    tx.exec_driver_sql(f"PRAGMA cache_size = -{ROOM_KIB}")
    try:
        yield
    finally:
        tx.exec_driver_sql(f"PRAGMA cache_size = -{USUAL_KIB}")
        tx.exec_driver_sql("PRAGMA shrink_memory")


def tallies(tx: Connection, facts: Facts, wanted: Wanted) -> Iterator[Tally]:
    """Facts, counted."""
    columns = _columns(facts, wanted)
    place = _quarter(facts), _key(columns, wanted.by)
    query = select(*place, func.count(), func.sum(facts.value), func.sum(facts.value * facts.value))
    query = _within(query.select_from(facts.rows), facts, columns, wanted)
    query = query.group_by(literal_column("of_quarter"), literal_column("of_key"))
    for at, name, n, total, squares in tx.execute(query.execution_options(yield_per=AT_ONCE)):
        yield Tally(quarter=at, key=name or "", n=n, total=float(total), squares=float(squares))


def values(tx: Connection, facts: Facts, wanted: Wanted) -> Iterator[tuple[int, str, int]]:
    """Quarter, key and value of every fact: for medians, which no database of ours computes."""
    columns = _columns(facts, wanted)
    query = select(_quarter(facts), _key(columns, wanted.by), facts.value).select_from(facts.rows)
    query = _within(query, facts, columns, wanted)
    for row in tx.execute(query.execution_options(yield_per=AT_ONCE)):
        yield row[0], row[1] or "", int(row[2])


def answers(facts: Facts, wanted: Wanted) -> bool:
    """Whether these facts can be told apart, and restricted, as it is wanted."""
    return wanted.asked <= {*facts.columns, *(("tier", "agent") if facts.had else ())}


def _quarter(facts: Facts) -> ColumnElement[Any]:
    return (facts.at // literal_column(str(QUARTER), BigInteger)).label("of_quarter")


def _key(columns: Mapping[str, ColumnElement[Any]], by: str) -> ColumnElement[Any]:
    return columns[by].label("of_key") if by else literal_column("''").label("of_key")


def _within(query: Select[Any], facts: Facts, columns: Mapping[str, ColumnElement[Any]], wanted: Wanted) -> Select[Any]:
    asked = [columns[name] == value for name, value in wanted.filters.items() if value]
    return query.where(facts.at >= wanted.since, facts.at < wanted.until, *facts.where, *asked)


_seen = passage.alias("seen")


def _columns(facts: Facts, wanted: Wanted) -> Mapping[str, ColumnElement[Any]]:
    """Who had a case is looked up only where that matters: it takes as long as all the rest."""
    had = {"tier": _seen.c.tier, "agent": _seen.c.agent_id} if facts.had else {}
    return {**facts.columns, **{name: _at_last(had[name], facts.at) for name in had.keys() & wanted.asked}}


def _at_last(what: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the place where a ticket was at a moment."""
    been = select(what).where(_seen.c.ticket_id == ticket.c.id, _seen.c.at <= at)
    newest = been.order_by(_seen.c.at.desc(), _seen.c.id.desc()).limit(1)
    return newest.correlate_except(_seen).scalar_subquery()


_of_ticket = {name: ticket.c[name] for name in OF_TICKET}
_of_conversation = {name: conversation.c[name] for name in OF_CONVERSATION}
_cases = (ticket.c.kind == CASE, ticket.c.merged_into.is_(None))
"""Customers' tickets; one that was merged into another is counted as that one."""


def _whether(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _closed(value: ColumnElement[Any], *where: ColumnElement[bool]) -> Facts:
    return Facts(rows=ticket, at=ticket.c.closed_at, value=value, where=(*_cases, *where), columns=_of_ticket, had=True)


def opened() -> Facts:
    """Cases, when they were opened."""
    return Facts(
        rows=ticket, at=ticket.c.created_at, value=literal_column("1"), where=_cases, columns=_of_ticket, had=True
    )


def closed() -> Facts:
    """Cases, when they were closed, however that came."""
    return _closed(literal_column("1"))


def solved() -> Facts:
    """Cases that people solved, when they did."""
    return _closed(literal_column("1"), ticket.c.state == RESOLVED, ticket.c.agent_id.is_not(None))


def met(metric: Metric, *, wall: bool = False) -> Facts:
    """Promises of a kind that were kept or at last done, with how long it took (ms)."""
    value = sla_clock.c.met_at - sla_clock.c.started_at if wall else sla_clock.c.elapsed
    return Facts(
        rows=sla_clock.join(ticket, ticket.c.id == sla_clock.c.ticket_id),
        at=sla_clock.c.met_at, value=value, where=(sla_clock.c.metric == metric, *_cases), columns=_of_ticket, had=True,
    )  # fmt: skip


def promises(metric: Metric) -> Facts:
    """Promises of a kind that were decided: kept when it was done in time, broken when the time was up."""
    at = func.coalesce(sla_clock.c.breached_at, sla_clock.c.met_at)
    return Facts(
        rows=sla_clock.join(ticket, ticket.c.id == sla_clock.c.ticket_id),
        at=at, value=_whether(sla_clock.c.breached_at.is_(None)), where=(sla_clock.c.metric == metric, *_cases),
        columns=_of_ticket, had=True,
    )  # fmt: skip


def handled(wanted: Wanted) -> Facts:
    """Closed cases with how long they were in agents' hands (ms), by each tier or agent where that is asked."""
    left = (
        select(_seen.c.at)
        .where(_seen.c.ticket_id == passage.c.ticket_id)
        .where(tuple_(_seen.c.at, _seen.c.id) > tuple_(passage.c.at, passage.c.id))
        .order_by(_seen.c.at, _seen.c.id)
        .limit(1)
        .correlate(passage)
        .scalar_subquery()
    )
    parts = {"tier": passage.c.tier, "agent": passage.c.agent_id}
    apart = {name: column for name, column in parts.items() if name in wanted.asked}
    held = (
        select(passage.c.ticket_id, func.sum(left - passage.c.at).label("ms"), *apart.values())
        .join(ticket, ticket.c.id == passage.c.ticket_id)
        .where(passage.c.place == AGENT, ticket.c.closed_at >= wanted.since, ticket.c.closed_at < wanted.until)
        .group_by(passage.c.ticket_id, *apart.values())
        .subquery("held")
    )
    columns = {name: held.c[column.name] for name, column in apart.items()}
    return Facts(
        rows=held.join(ticket, ticket.c.id == held.c.ticket_id),
        at=ticket.c.closed_at,
        value=held.c.ms,
        where=(*_cases, held.c.ms.is_not(None)),
        columns={**_of_ticket, **columns},
    )


def escalated() -> Facts:
    """Closed cases that somebody had: whether they went up. They belong to the tier and agent that had them first."""
    return _first_had(_whether(ticket.c.escalations > 0), ticket.c.agent_id.is_not(None))


def bounced() -> Facts:
    """Closed cases that went up: whether they came back."""
    return _first_had(_whether(ticket.c.bounces > 0), ticket.c.escalations > 0)


def _first_had(value: ColumnElement[int], *where: ColumnElement[bool]) -> Facts:
    first = passage.alias("first")
    oldest = (
        select(_seen.c.id)
        .where(_seen.c.ticket_id == ticket.c.id, _seen.c.place == AGENT)
        .order_by(_seen.c.at, _seen.c.id)
        .limit(1)
        .correlate(ticket)
        .scalar_subquery()
    )
    return Facts(
        rows=ticket.join(first, first.c.id == oldest), at=ticket.c.closed_at, value=value, where=(*_cases, *where),
        columns={**_of_ticket, "tier": first.c.tier, "agent": first.c.agent_id},
    )  # fmt: skip


def reopened() -> Facts:
    """Cases that people solved: whether the customer had said before that they were not."""
    return _closed(_whether(ticket.c.reopened > 0), ticket.c.state == RESOLVED, ticket.c.agent_id.is_not(None))


def abandoned() -> Facts:
    """Closed cases: whether the customer had gone before a person answered."""
    gone = and_(ticket.c.state.in_((ABANDONED, WITHDRAWN)), ticket.c.first_reply_at.is_(None))
    return _closed(_whether(gone))


def repeated(wanted: Wanted) -> Facts:
    """Opened cases of known persons: whether the same person had come with the same not long before."""
    before = func.lag(ticket.c.created_at).over(
        partition_by=(customer.c.person_id, ticket.c.category), order_by=(ticket.c.created_at, ticket.c.id)
    )
    named = ("id", "created_at", *OF_TICKET)
    came = (
        select(*(ticket.c[name] for name in named), before.label("before"))
        .select_from(ticket.join(conversation, conversation.c.id == ticket.c.conversation_id))
        .join(customer, customer.c.id == conversation.c.customer_id)
        .where(*_cases, ticket.c.created_at >= wanted.since - REPEAT_DAYS * DAY_MS, ticket.c.created_at < wanted.until)
        .subquery("came")
    )
    again = _whether(came.c.created_at - came.c.before <= REPEAT_DAYS * DAY_MS)
    return Facts(rows=came, at=came.c.created_at, value=again, columns={name: came.c[name] for name in OF_TICKET})


def repurchased() -> Facts:
    """Cases that people solved, of customers whose orders the company tells: whether a new one came soon after."""
    rows = ticket.join(conversation, conversation.c.id == ticket.c.conversation_id)
    rows = rows.join(customer, customer.c.id == conversation.c.customer_id)
    theirs = customer_order.c.user_id == customer.c.user_id
    soon = (
        customer_order.c.seen_at > ticket.c.closed_at,
        customer_order.c.seen_at <= ticket.c.closed_at + REPURCHASE_DAYS * DAY_MS,
    )
    return Facts(
        rows=rows, at=ticket.c.closed_at, value=_whether(exists().where(theirs, *soon)),
        where=(*_cases, ticket.c.state == RESOLVED, ticket.c.agent_id.is_not(None), exists().where(theirs)),
        columns=_of_ticket, had=True,
    )  # fmt: skip


def scores() -> Facts:
    """Customers' scores of cases in which a person had spoken, when they gave them."""
    return Facts(
        rows=counted_in(rating, rating.c.handoff_id), at=rating.c.at, value=rating.c.score,
        where=(*_cases, ticket.c.first_reply_at.is_not(None)), columns=_of_ticket, had=True,
    )  # fmt: skip


def good_scores() -> Facts:
    """The same: whether they were good."""
    given = scores()
    good = _whether(rating.c.score >= GOOD)
    return Facts(rows=given.rows, at=given.at, value=good, where=given.where, columns=given.columns, had=True)


def bot_scores() -> Facts:
    """Customers' scores of what the bot did by itself."""
    rows = survey.join(conversation, conversation.c.id == survey.c.conversation_id)
    alone = (survey.c.handoff_id == "", survey.c.score.is_not(None))
    return Facts(rows=rows, at=survey.c.rated_at, value=survey.c.score, where=alone, columns=_of_conversation)


def surveys() -> Facts:
    """Questions whether a case is solved, that are settled: whether the customer answered."""
    rows = counted_in(survey, survey.c.handoff_id)
    return Facts(
        rows=rows, at=survey.c.asked_at, value=_whether(survey.c.outcome.in_(ANSWERED)),
        where=(*_cases, survey.c.outcome != "", survey.c.outcome != MOOT), columns=_of_ticket, had=True,
    )  # fmt: skip


_began = conversation.c.seq > 0
_never_a_ticket = ~exists().where(ticket.c.conversation_id == conversation.c.id)


def began() -> Facts:
    """Conversations, when they began."""
    return _conversations(literal_column("1"))


def contained() -> Facts:
    """Conversations: whether the bot solved it alone and the customer said so."""
    return _conversations(_whether(and_(_never_a_ticket, _said(SOLVED), ~_said(NOT_SOLVED))))


def bot_alone() -> Facts:
    """Conversations: whether the bot had it alone and the customer said nothing."""
    return _conversations(_whether(and_(_never_a_ticket, ~_said(SOLVED, NOT_SOLVED))))


def _said(*outcomes: str) -> ColumnElement[bool]:
    return exists().where(survey.c.conversation_id == conversation.c.id, survey.c.outcome.in_(outcomes))


def _conversations(value: ColumnElement[Any]) -> Facts:
    return Facts(
        rows=conversation, at=conversation.c.created_at, value=value, where=(_began,), columns=_of_conversation
    )


_of_backlog = _of_ticket | {"tier": ticket.c.tier}


def open_before(tx: Connection, wanted: Wanted) -> dict[str, int]:
    """How many cases were open when the time began, by key."""
    key = _key(_of_backlog, wanted.by)
    asked = [_of_backlog[name] == value for name, value in wanted.filters.items() if value]
    still = or_(ticket.c.closed_at.is_(None), ticket.c.closed_at >= wanted.since)
    query = select(key, func.count()).where(ticket.c.created_at < wanted.since, still, *_cases, *asked)
    query = query.group_by(literal_column("of_key"))
    return {row[0]: row[1] for row in tx.execute(query)}


def changes_of_backlog() -> Facts:
    """+1 when a case was opened, -1 when it was closed."""
    of_case = _of_backlog.values()
    both = union_all(
        select(ticket.c.created_at.label("at"), literal_column("1").label("change"), *of_case).where(*_cases),
        select(ticket.c.closed_at, literal_column("-1"), *of_case).where(*_cases, ticket.c.closed_at.is_not(None)),
    ).subquery("backlog")
    return Facts(rows=both, at=both.c.at, value=both.c.change, columns={name: both.c[name] for name in _of_backlog})
