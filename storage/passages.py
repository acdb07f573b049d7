"""Passages: where each ticket has been, one row for each place it came to. What was before (the bot) is known from the
conversation; what was said there is in the timeline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, String, Table, exists, func, select

from storage.conversations import conversation
from storage.surveys import survey
from storage.tables import metadata, new_id
from storage.tickets import CASE, OPEN, QUEUED, RESOLVED, WAITING_CUSTOMER, Ticket, ticket

QUEUE, AGENT, CONFIRMED, MERGED = "queue", "agent", "confirmed", "merged"
"""Places, besides the closed states of tickets."""

AT_ONCE = 2_000  # rows that are read at a time

passage = Table(
    "passage",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("ticket_id", String(26), ForeignKey("ticket.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("place", String(16), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("agent_id", String(26), nullable=False),  # empty: nobody has it
)
Index("ix_passage_ticket_id_at", passage.c.ticket_id, passage.c.at)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A ticket came to a place at `at` (ms)."""

    ticket_id: str
    at: int
    place: str
    tier: str
    agent_id: str


@dataclass(frozen=True, kw_only=True)
class Which:
    """Cases opened from `since` until before `until` (ms); empty members don't restrict."""

    since: int
    until: int
    channel: str = ""
    language: str = ""
    category: str = ""
    tier: str = ""  # that it was opened in


@dataclass(frozen=True, kw_only=True)
class BotAlone:
    """Conversations that began then and never had a ticket: how many in all, and what customers said of the answers."""

    conversations: int
    solved: int
    not_solved: int


_columns = tuple(passage.c[name] for name in Passage.__dataclass_fields__)
_ADD = passage.insert()


def place_of(row: Ticket) -> str:
    """Where a ticket is; one that lives on in another was not resolved."""
    if row.merged_into is not None:
        return MERGED
    if row.state == QUEUED:
        return QUEUE
    if row.state in (OPEN, WAITING_CUSTOMER):
        return AGENT
    return CONFIRMED if row.state == RESOLVED and row.confirmed else row.state


def came_to(tx: Connection, row: Ticket, at: int) -> None:
    """Note where a ticket is now."""
    values = {"ticket_id": row.id, "place": place_of(row), "tier": row.tier, "agent_id": row.agent_id or ""}
    tx.execute(_ADD, values | {"id": new_id(), "at": at})


def of_ticket(tx: Connection, ticket_id: str) -> list[Passage]:
    """Where one ticket has been, in order."""
    query = select(*_columns).where(passage.c.ticket_id == ticket_id).order_by(passage.c.at, passage.c.id)
    return [Passage(**row._mapping) for row in tx.execute(query)]


def of_tickets(tx: Connection, which: Which) -> Iterator[Passage]:
    """Where all those tickets have been, ticket by ticket, each in order."""
    query = select(*_columns).join(ticket, ticket.c.id == passage.c.ticket_id).where(*_asked(which))
    ordered = query.order_by(passage.c.ticket_id, passage.c.at, passage.c.id)
    rows = tx.execute(ordered.execution_options(yield_per=AT_ONCE))
    return (Passage(**row._mapping) for row in rows)


def rated(tx: Connection, which: Which) -> int:
    """How many of those tickets their customers rated."""
    is_rated = ticket.c.rating["score"].as_integer().is_not(None)
    return tx.execute(select(func.count()).select_from(ticket).where(*_asked(which), is_rated)).scalar_one()


def bot_alone(tx: Connection, which: Which) -> BotAlone:
    """What the bot did by itself, in conversations like `which` (of which a category and a tier say nothing)."""
    began = [conversation.c.created_at >= which.since, conversation.c.created_at < which.until, conversation.c.seq > 0]
    began += [conversation.c[name] == value for name in ("channel", "language") if (value := getattr(which, name))]
    began.append(~exists().where(ticket.c.conversation_id == conversation.c.id))
    count = tx.execute(select(func.count()).select_from(conversation).where(*began)).scalar_one()
    said = dict[str, int]()
    asked = select(survey.c.outcome, func.count(survey.c.conversation_id.distinct()))
    asked = asked.join(conversation, conversation.c.id == survey.c.conversation_id).where(*began)
    for outcome, times in tx.execute(asked.group_by(survey.c.outcome)).all():
        said[outcome] = times
    return BotAlone(conversations=count, solved=said.get("solved", 0), not_solved=said.get("not_solved", 0))


def _asked(which: Which) -> list[Any]:
    wanted: list[Any] = [
        ticket.c.kind == CASE,
        ticket.c.created_at >= which.since,
        ticket.c.created_at < which.until,
    ]
    named = ("channel", "language", "category")
    wanted += [ticket.c[name] == value for name in named if (value := getattr(which, name))]
    if which.tier:
        first = select(func.min(passage.c.id)).where(passage.c.ticket_id == ticket.c.id).scalar_subquery()
        began = passage.alias("began")
        wanted.append(exists().where(began.c.id == first, began.c.tier == which.tier))
    return wanted
