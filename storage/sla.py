"""SLA clocks: how long a promise to a customer has been running, when it must be kept, and whether it was.

A ticket has one clock of each metric at a time; `n` numbers the rounds of those that start anew (next response). Who
changes a clock holds the row of its ticket.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)

from storage.tables import metadata
from storage.ticket_entries import MESSAGE, entry
from storage.tickets import LIVE, ticket

Metric = Literal["first_response", "next_response", "resolution"]

sla_clock = Table(
    "sla_clock",
    metadata,
    Column("ticket_id", String(26), ForeignKey("ticket.id"), primary_key=True),
    Column("metric", String(16), primary_key=True),  # Metric
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("started_at", BigInteger, nullable=False),
    Column("elapsed", BigInteger, nullable=False),
    Column("running_since", BigInteger),
    Column("target", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("warns_at", BigInteger),
    Column("warned_at", BigInteger),
    Column("breached_at", BigInteger),
    Column("met_at", BigInteger),
    Column("stopped_at", BigInteger),
    Column("look_at", BigInteger),  # when the next thing has to be noticed
)
Index("ix_sla_clock_look_at", sla_clock.c.look_at)
Index("ix_sla_clock_met_at", sla_clock.c.metric, sla_clock.c.met_at)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """One promise. Instants and durations in ms; durations count only the time that its calendar counts.

    `elapsed` is what had passed at `running_since`; without it the clock stands still. A `running_since` that is still
    to come is when the ticket wakes up. `due_at` and `warns_at` hold while it runs; of a broken promise, `due_at` is
    when that happened, for good. `met_at`: it was kept, or at last done; `stopped_at`: it counts no more.
    """

    ticket_id: str
    metric: Metric
    n: int = 1
    started_at: int
    elapsed: int = 0
    running_since: int | None = None
    target: int
    due_at: int | None = None
    warns_at: int | None = None
    warned_at: int | None = None
    breached_at: int | None = None
    met_at: int | None = None
    stopped_at: int | None = None

    @property
    def ended(self) -> bool:
        """Nobody waits for it any more."""
        return self.stopped_at is not None

    @property
    def ticking(self) -> bool:
        """Its time is running, or will from when the ticket wakes up."""
        return not self.ended and self.running_since is not None

    @property
    def look_at(self) -> int | None:
        """When it has to be looked at next: for the warning, else for the breach."""
        if not self.ticking or self.breached_at is not None or self.due_at is None:
            return None
        breaks = self.due_at + 1  # what is done at the last moment is in time
        return breaks if self.warned_at is not None or self.warns_at is None else min(self.warns_at, breaks)


_columns = tuple(sla_clock.c[name] for name in Clock.__dataclass_fields__)
_later = sla_clock.alias()
_newest = (
    select(func.max(_later.c.n))
    .where(_later.c.ticket_id == sla_clock.c.ticket_id, _later.c.metric == sla_clock.c.metric)
    .scalar_subquery()
)


_OF_ONE = select(*_columns).where(sla_clock.c.ticket_id == bindparam("of_ticket"), sla_clock.c.n == _newest)


def clocks_of_one(tx: Connection, ticket_id: str) -> tuple[Clock, ...]:
    """The newest clock of each metric of a ticket."""
    return tuple(_clock(row) for row in tx.execute(_OF_ONE, {"of_ticket": ticket_id}))


def clocks_of(tx: Connection, ticket_ids: Collection[str]) -> dict[str, tuple[Clock, ...]]:
    """The newest clock of each metric of tickets, by ticket."""
    found: dict[str, tuple[Clock, ...]] = {}
    if ticket_ids:
        query = select(*_columns).where(sla_clock.c.ticket_id.in_(list(ticket_ids)), sla_clock.c.n == _newest)
        for row in tx.execute(query.order_by(sla_clock.c.ticket_id, sla_clock.c.started_at, sla_clock.c.metric)):
            found[row.ticket_id] = (*found.get(row.ticket_id, ()), _clock(row))
    return found


def history(tx: Connection, ticket_id: str) -> list[Clock]:
    """Every clock that a ticket has had."""
    query = select(*_columns).where(sla_clock.c.ticket_id == ticket_id)
    return [_clock(row) for row in tx.execute(query.order_by(sla_clock.c.metric, sla_clock.c.n))]


_ADD = insert(sla_clock)
_CHANGE = update(sla_clock).where(
    sla_clock.c.ticket_id == bindparam("of_ticket"),
    sla_clock.c.metric == bindparam("of_metric"),
    sla_clock.c.n == bindparam("of_n"),
)


def add_clocks(tx: Connection, clocks: Collection[Clock]) -> None:
    """Store new clocks."""
    if clocks:
        tx.execute(_ADD, [_values(each) for each in clocks])


def change_clock(tx: Connection, clock: Clock) -> None:
    """Store what became of a clock."""
    values = _values(clock)
    key = {"of_ticket": values.pop("ticket_id"), "of_metric": values.pop("metric"), "of_n": values.pop("n")}
    tx.execute(_CHANGE, values | key)


def to_look_at(tx: Connection, now: int, limit: int) -> list[str]:
    """Ids of up to `limit` tickets with a clock that has something to be noticed, the oldest first."""
    first = func.min(sla_clock.c.look_at)
    query = select(sla_clock.c.ticket_id).where(sla_clock.c.look_at <= now).group_by(sla_clock.c.ticket_id)
    return list(tx.execute(query.order_by(first, sla_clock.c.ticket_id).limit(limit)).scalars())


def open_tickets(tx: Connection, after: str, limit: int) -> list[str]:
    """Ids of up to `limit` tickets that are not closed and come behind `after`."""
    query = select(ticket.c.id).where(ticket.c.state.in_(LIVE), ticket.c.id > after).order_by(ticket.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def answered_at(tx: Connection, ticket_id: str) -> int | None:
    """When a person first said something to the customer; None: nobody has."""
    said = (entry.c.kind == MESSAGE, entry.c.agent_id != "", ~entry.c.before)
    query = select(entry.c.at).where(entry.c.ticket_id == ticket_id, *said).order_by(entry.c.n).limit(1)
    return tx.execute(query).scalar_one_or_none()


def _values(clock: Clock) -> dict[str, Any]:
    return clock.__dict__ | {"look_at": clock.look_at}


def _clock(row: Any) -> Clock:
    values = dict(row._mapping)
    return Clock(**values)
