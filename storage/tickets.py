"""The tickets of the built-in desk: the packet each came with, who has it, and what became of it.

A ticket's row is its lock: whoever changes it or adds to its timeline holds the row first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    false,
    func,
    select,
    types,
    update,
)
from sqlalchemy.sql.base import Executable

from connectors.message import JSON
from storage.tables import insert_once, metadata

QUEUED, OPEN, WAITING_CUSTOMER = "queued", "open", "waiting_customer"
RETURNED, RESOLVED, WITHDRAWN, ABANDONED = "returned", "resolved", "withdrawn", "abandoned"
HELD = (OPEN, WAITING_CUSTOMER)
LIVE = (QUEUED, *HELD)
CASE, INTERNAL = "case", "internal"
"""What a ticket is: a customer's, or one that colleagues work on for such a ticket."""

_lists = ("skills", "tags", "passed", "consulted", "offered_because")

ticket = Table(
    "ticket",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("handoff_id", String(64), nullable=False, unique=True),
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("number", String(32), nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("tier_because", types.JSON, nullable=False),  # {"en", "zh"}
    Column("priority", Integer, nullable=False),  # higher is taken first
    Column("urgency", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("sentiment", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("customer_email", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("packet", types.JSON, nullable=False),  # connectors.desk.Handoff; its transcript is in the timeline
    Column("agent_id", String(26)),  # who holds it; of closed ones, who held it last
    Column("agent_name", String(60), nullable=False),
    Column("for_agent", String(26)),  # whom it was handed to, while queued
    Column("position", Integer),  # what the customer was last told
    Column("online", Boolean, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("last", types.JSON, nullable=False),  # the last message: {"author", "text", "at"}
    Column("rating", types.JSON),  # {"score", "comment", "at"}
    Column("reopened", Integer, nullable=False),  # how often the customer said that it isn't solved
    Column("kind", String(8), nullable=False, server_default=CASE),  # case | internal
    Column("parent_id", String(26), index=True),  # the case an internal ticket works for
    Column("category", String(32), nullable=False, server_default="other"),  # of tiers.yml
    Column("complexity", String(8), nullable=False, server_default="simple"),  # simple | complex
    Column("value", String(8), nullable=False, server_default="normal"),  # normal | high: of the customer
    Column("risk", String(8), nullable=False, server_default="low"),  # low | medium | high
    Column("triage", types.JSON, nullable=False, server_default="{}"),  # the reasons of the five; what people corrected
    Column("skills", types.JSON, nullable=False, server_default="[]"),  # what its agent should know
    Column("tags", types.JSON, nullable=False, server_default="[]"),
    Column("offered_to", String(26), index=True),  # whose turn it is to take it, while queued
    Column("offered_until", BigInteger),  # if nobody's: until when those who let it pass are not asked again
    Column("offered_because", types.JSON, nullable=False, server_default="[]"),  # why it is their turn
    Column("passed", types.JSON, nullable=False, server_default="[]"),  # who let it pass, in this queue
    Column("escalations", Integer, nullable=False, server_default="0"),  # how often it went up
    Column("bounces", Integer, nullable=False, server_default="0"),  # how often it came back
    Column("first_reply_at", BigInteger),  # of a human
    Column("due_at", BigInteger, index=True),  # the next promise that must be kept; None: nothing is due
    Column("breached", Boolean, nullable=False, server_default=false()),  # a promise was not kept
    Column("snoozed_until", BigInteger, index=True),
    Column("merged_into", String(26), index=True),
    Column("wrap_up", types.JSON),  # {"code", "note", "by", "at"}
    Column("confirmed", String(8), nullable=False, server_default=""),  # customer | silence: who said it is solved
    Column("consulted", types.JSON, nullable=False, server_default="[]"),  # who may see it besides its tier
    Column("attention", String(16), nullable=False, server_default=""),  # why a supervisor should look at it
    Column("created_at", BigInteger, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("taken_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("updated_at", BigInteger, nullable=False),
)
Index("ix_ticket_queue", ticket.c.state, ticket.c.tier, ticket.c.queued_at)
Index("ix_ticket_agent", ticket.c.agent_id, ticket.c.state)
Index("ix_ticket_closed", ticket.c.closed_at)
Index("ix_ticket_updated", ticket.c.state, ticket.c.updated_at)
Index("ix_ticket_created_at", ticket.c.created_at)
Index("ix_ticket_due", ticket.c.state, ticket.c.due_at)


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket without its packet; times in ms. `version` rises with every change, `entries` numbers the timeline."""

    id: str
    handoff_id: str
    conversation_id: str
    number: str
    channel: str
    state: str
    tier: str
    tier_because: JSON
    priority: int
    urgency: str
    language: str
    reason: str
    sentiment: str
    question: str
    summary: str
    customer_name: str
    customer_email: str
    verified: bool
    agent_id: str | None
    agent_name: str
    for_agent: str | None
    position: int | None
    online: bool
    unread: int
    entries: int
    version: int
    last: JSON
    rating: JSON | None
    reopened: int
    kind: str = CASE
    parent_id: str | None = None
    category: str = "other"
    complexity: str = "simple"
    value: str = "normal"
    risk: str = "low"
    triage: JSON = field(default_factory=dict)
    skills: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    offered_to: str | None = None
    offered_until: int | None = None
    offered_because: tuple[JSON, ...] = ()
    passed: tuple[str, ...] = ()
    escalations: int = 0
    bounces: int = 0
    first_reply_at: int | None = None
    due_at: int | None = None
    breached: bool = False
    snoozed_until: int | None = None
    merged_into: str | None = None
    wrap_up: JSON | None = None
    confirmed: str = ""
    consulted: tuple[str, ...] = ()
    attention: str = ""
    created_at: int
    queued_at: int
    taken_at: int | None
    closed_at: int | None
    updated_at: int

    @property
    def live(self) -> bool:
        """Not closed."""
        return self.state in LIVE

    @property
    def held(self) -> bool:
        """Somebody has it now."""
        return self.state in HELD


columns = tuple(ticket.c[name] for name in Ticket.__dataclass_fields__)
_BY_ID = select(*columns).where(ticket.c.id == bindparam("wanted"))
_BY_HANDOFF = select(*columns).where(ticket.c.handoff_id == bindparam("wanted"))
_LOCK = _BY_ID.with_for_update()
_HELD_COUNTS = select(ticket.c.agent_id, func.count()).where(ticket.c.state.in_(HELD)).group_by(ticket.c.agent_id)


def ticket_of(row: Row[Any]) -> Ticket:
    """A row of `columns` as a ticket."""
    values = dict(row._mapping)
    return Ticket(**values | {name: tuple(values[name]) for name in _lists})


def add_ticket(tx: Connection, row: Ticket, packet: JSON) -> bool:
    """Store a new ticket; False when its handoff has one already."""
    return insert_once(tx, ticket, **_stored(row.__dict__), packet=packet)


def find_ticket(tx: Connection, ticket_id: str) -> Ticket | None:
    """The ticket, or None."""
    return _one(tx, _BY_ID, ticket_id)


def find_tickets(tx: Connection, ticket_ids: list[str]) -> list[Ticket]:
    """Those of the tickets that exist, in no order."""
    return [ticket_of(row) for row in tx.execute(select(*columns).where(ticket.c.id.in_(ticket_ids)))]


def find_by_handoff(tx: Connection, handoff_id: str) -> Ticket | None:
    """The ticket a handoff became, or None."""
    return _one(tx, _BY_HANDOFF, handoff_id)


def live_of_conversation(tx: Connection, conversation_id: str, *, besides: str) -> Ticket | None:
    """Another ticket of a customer's that is not closed, or None."""
    query = select(*columns).where(
        ticket.c.conversation_id == conversation_id, ticket.c.kind == CASE, ticket.c.state.in_(LIVE),
        ticket.c.id != besides,
    )  # fmt: skip
    return _one(tx, query.limit(1))


def find_by_number(tx: Connection, number: str) -> Ticket | None:
    """The newest ticket with this id or number, or None."""
    query = select(*columns).where((ticket.c.number == number) | (ticket.c.id == number))
    return _one(tx, query.order_by(ticket.c.id.desc()).limit(1))


def lock_ticket(tx: Connection, ticket_id: str) -> Ticket | None:
    """The ticket, which nobody else can change until the transaction ends; or None."""
    return _one(tx, _LOCK, ticket_id)


def internals_of(tx: Connection, case_id: str) -> list[Ticket]:
    """The internal tickets of a case, oldest first."""
    query = select(*columns).where(ticket.c.parent_id == case_id, ticket.c.kind == INTERNAL).order_by(ticket.c.id)
    return [ticket_of(row) for row in tx.execute(query)]


def packet_of(tx: Connection, ticket_id: str) -> JSON:
    """The handoff the ticket came with, as JSON; its transcript is empty, see the timeline."""
    packet: JSON = tx.execute(select(ticket.c.packet).where(ticket.c.id == ticket_id)).scalar_one()
    return packet


def change_ticket(tx: Connection, /, ticket_id: str, *, at: int, **values: Any) -> Ticket:
    """Set fields of a ticket."""
    given = _stored(values) | {"updated_at": at}
    new = {f"new_{name}": value for name, value in given.items()}
    return ticket_of(tx.execute(_change(tuple(given)), new | {"wanted": ticket_id}).one())


@cache
def _change(names: tuple[str, ...]) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names} | {"version": ticket.c.version + 1}
    return update(ticket).where(ticket.c.id == bindparam("wanted")).values(values).returning(*columns)


def take_ticket(tx: Connection, ticket_id: str, *, agent_id: str, agent_name: str, at: int) -> Ticket | None:
    """Give a queued ticket to an agent; None when it isn't free (any more). Of two who try, one gets it."""
    row = tx.execute(
        update(ticket)
        .where(ticket.c.id == ticket_id, ticket.c.state == QUEUED, ticket.c.agent_id.is_(None))
        .values(
            state=OPEN, agent_id=agent_id, agent_name=agent_name, for_agent=None, position=None, taken_at=at,
            updated_at=at, version=ticket.c.version + 1, offered_to=None, offered_until=None, passed=[],
            offered_because=[],
        )
        .returning(*columns)
    ).one_or_none()  # fmt: skip
    return ticket_of(row) if row else None


def due_to_wake(tx: Connection, now: int, limit: int) -> list[str]:
    """Ids of up to `limit` tickets that were to rest until now (ms) or earlier."""
    due = select(ticket.c.id).where(ticket.c.snoozed_until <= now).order_by(ticket.c.snoozed_until).limit(limit)
    return list(tx.execute(due).scalars())


def held_by(tx: Connection, agent_id: str) -> list[str]:
    """Ids of the tickets an agent has."""
    query = select(ticket.c.id).where(ticket.c.agent_id == agent_id, ticket.c.state.in_(HELD))
    return list(tx.execute(query).scalars())


def held_counts(tx: Connection) -> dict[str, int]:
    """How many tickets each agent has."""
    return {row[0]: row[1] for row in tx.execute(_HELD_COUNTS)}


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if name in _lists else value for name, value in values.items()}


def _one(tx: Connection, query: Any, wanted: str | None = None) -> Ticket | None:
    row = tx.execute(query, None if wanted is None else {"wanted": wanted}).one_or_none()
    return ticket_of(row) if row else None
