"""Whose turn it is: when each agent was given a ticket last, and how many offers in a row they let lapse.

An agent's row here is the lock under which tickets are given to them, so that two workers never give too many.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    update,
)

from storage.agents import agent
from storage.conversations import conversation
from storage.customers import customer
from storage.tables import insert_once, metadata
from storage.tickets import HELD, INTERNAL, OPEN, QUEUED, Ticket, columns, ticket, ticket_of

turn = Table(
    "agent_turn",
    metadata,
    Column("agent_id", String(26), ForeignKey("agent.id"), primary_key=True),
    Column("assigned_at", BigInteger, nullable=False),
    Column("ignored", Integer, nullable=False),
    Column("ignored_at", BigInteger, nullable=False, server_default="0"),  # when the last one lapsed
)


# Of a long queue few are offered to anybody, and those are found by whom: a state that is no bare column, and a range,
# leave the planner nothing else.
_OFFERED = (func.coalesce(ticket.c.state, "") == QUEUED, ticket.c.offered_to > "")
_OFFERS = select(*columns).where(*_OFFERED)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`assigned_at` in ms, 0 for never; `ignored` counts offers in a row."""

    assigned_at: int = 0
    ignored: int = 0


@dataclass(frozen=True, kw_only=True)
class Work:
    """So many tickets of a tier and channel that an agent has, or is being offered."""

    agent_id: str
    tier: str
    channel: str
    count: int


def turns(tx: Connection) -> dict[str, Turn]:
    """Everyone's, by agent."""
    rows = tx.execute(select(turn.c.agent_id, turn.c.assigned_at, turn.c.ignored))
    return {row[0]: Turn(assigned_at=row[1], ignored=row[2]) for row in rows}


def hold_turn(tx: Connection, agent_id: str) -> None:
    """Nobody else gives this agent a ticket until the transaction ends."""
    insert_once(tx, turn, agent_id=agent_id, assigned_at=0, ignored=0)
    tx.execute(select(turn.c.agent_id).where(turn.c.agent_id == agent_id).with_for_update())


def note_turn(tx: Connection, agent_id: str, at: int) -> None:
    """The agent has taken a ticket, or was given one: they are there."""
    hold_turn(tx, agent_id)
    tx.execute(update(turn).where(turn.c.agent_id == agent_id).values(assigned_at=at, ignored=0))


def offered_turn(tx: Connection, agent_id: str, at: int) -> None:
    """The agent was offered a ticket, which says nothing about whether they are there."""
    tx.execute(update(turn).where(turn.c.agent_id == agent_id).values(assigned_at=at))


def miss_turn(tx: Connection, agent_id: str, *, offered_at: int, at: int) -> int:
    """An offer lapsed; how many have in a row. Of several that stood at the same time one counts."""
    hold_turn(tx, agent_id)
    later = case((turn.c.ignored_at <= offered_at, 1), else_=0)
    values = {"ignored": turn.c.ignored + later, "ignored_at": at}
    missed = tx.execute(update(turn).where(turn.c.agent_id == agent_id).values(values).returning(turn.c.ignored))
    return int(missed.scalar_one())


def forgive_misses(tx: Connection, agent_id: str) -> None:
    """The agent says that they are there."""
    tx.execute(update(turn).where(turn.c.agent_id == agent_id).values(ignored=0))


def work_of(tx: Connection, now: int, agent_id: str = "") -> list[Work]:
    """What everyone (or only one) has on their hands: tickets held, those set aside for later excepted, and offers."""
    awake = or_(ticket.c.snoozed_until.is_(None), ticket.c.snoozed_until <= now)
    sides = (
        (ticket.c.agent_id, (ticket.c.state.in_(HELD), ticket.c.agent_id.is_not(None), awake)),
        (ticket.c.offered_to, _OFFERED),
    )
    found = []
    for who, conditions in sides:
        query = select(who, ticket.c.tier, ticket.c.channel, func.count()).where(*conditions)
        query = query.where(who == agent_id) if agent_id else query
        rows = tx.execute(query.group_by(who, ticket.c.tier, ticket.c.channel))
        found += [Work(agent_id=row[0], tier=row[1], channel=row[2], count=row[3]) for row in rows]
    return found


def offers(tx: Connection) -> list[Ticket]:
    """Tickets that are being offered to somebody."""
    return [ticket_of(row) for row in tx.execute(_OFFERS)]


def unoffered(
    tx: Connection, *, tiers: Collection[str], languages: Collection[str], free: Collection[str],
    patient_since: int, reserved_since: int, skip: int, limit: int,
) -> list[Ticket]:  # fmt: skip
    """Tickets of `tiers` that wait and are offered to nobody, in the order of the queue, without those that no agent of
    `free` could be offered yet: not their language (unless queued before `patient_since`), or meant for somebody else
    (unless queued before `reserved_since`).
    """
    rows = tx.execute(
        select(*columns)
        .where(
            ticket.c.state == QUEUED,
            ticket.c.offered_to.is_(None),
            or_(ticket.c.tier.in_(tiers), ticket.c.for_agent.in_(free)),
            or_(ticket.c.language.in_(languages), ticket.c.queued_at <= patient_since),
            or_(ticket.c.for_agent.is_(None), ticket.c.for_agent.in_(free), ticket.c.queued_at <= reserved_since),
        )
        .order_by(-ticket.c.priority, ticket.c.queued_at, ticket.c.id)
        .offset(skip)
        .limit(limit)
    )  # fmt: skip
    return [ticket_of(row) for row in rows]


def unanswered(tx: Connection, *, holders: Collection[str] = (), silent_since: int | None = None) -> list[Ticket]:
    """Open tickets in which somebody waits for an answer: the customer, in those of `holders` or those in which nothing
    was done since; or, in internal tickets of `holders`, the colleague who asked.
    """
    customer_waits = ticket.c.last["author"].as_string() == "customer"
    colleague_waits = and_(ticket.c.kind == INTERNAL, ticket.c.snoozed_until.is_(None))
    query = select(*columns).where(ticket.c.state == OPEN)
    if silent_since is None:
        query = query.where(ticket.c.agent_id.in_(holders), or_(customer_waits, colleague_waits))
    else:
        query = query.where(customer_waits, ticket.c.updated_at <= silent_since, ticket.c.snoozed_until.is_(None))
    return [ticket_of(row) for row in tx.execute(query)]


def stranded(tx: Connection, answering: Collection[str]) -> list[tuple[str, str]]:
    """Tickets in the hands of people who work here no more, or not in one of the roles `answering`, with whose."""
    query = select(ticket.c.id, agent.c.id).join_from(ticket, agent, agent.c.id == ticket.c.agent_id)
    query = query.where(or_(agent.c.disabled, agent.c.role.not_in(answering)), ticket.c.state.in_(HELD))
    return [(row[0], row[1]) for row in tx.execute(query)]


def homeless(tx: Connection, tiers: Collection[str], limit: int) -> list[str]:
    """Ids of up to `limit` tickets that wait in none of these tiers."""
    query = select(ticket.c.id).where(ticket.c.state == QUEUED, ticket.c.tier.not_in(tiers)).order_by(ticket.c.id)
    return list(tx.execute(query.limit(limit)).scalars())


def acquainted(tx: Connection, waiting: Collection[Ticket]) -> dict[str, dict[str, int]]:
    """By ticket: who had earlier tickets of the same person, and when they last had one (ms)."""
    if not waiting:
        return {}
    asked = [each.conversation_id for each in waiting]
    known: dict[str, dict[str, int]] = {}
    same, other = customer.alias("same"), customer.alias("other")
    mine, theirs = conversation.alias("mine"), conversation.alias("theirs")
    by_person = (
        select(mine.c.id, ticket.c.agent_id, func.max(ticket.c.updated_at))
        .select_from(mine)
        .join(same, same.c.id == mine.c.customer_id)
        .join(other, other.c.person_id == same.c.person_id)
        .join(theirs, theirs.c.customer_id == other.c.id)
        .join(ticket, ticket.c.conversation_id == theirs.c.id)
        .where(mine.c.id.in_(asked), ticket.c.agent_id.is_not(None))
        .group_by(mine.c.id, ticket.c.agent_id)
    )
    by_conversation = (
        select(ticket.c.conversation_id, ticket.c.agent_id, func.max(ticket.c.updated_at))
        .where(ticket.c.conversation_id.in_(asked), ticket.c.agent_id.is_not(None))
        .group_by(ticket.c.conversation_id, ticket.c.agent_id)
    )
    for query in (by_conversation, by_person):
        for conversation_id, agent_id, at in tx.execute(query):
            known.setdefault(conversation_id, {})[agent_id] = at
    return {each.id: known.get(each.conversation_id, {}) for each in waiting}
