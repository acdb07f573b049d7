"""The desk's promises about who gets which ticket, checked by plain recounting instead of the desk's own reckoning."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from desk.tiers import Tiers
from storage.agents import Agent, all_agents
from storage.database import Database
from storage.ticket_entries import entry
from storage.tickets import HELD, LIVE, QUEUED, Ticket, columns, ticket, ticket_of

GETS = {"taken", "transferred"}
CLOSES = {"resolved", "returned", "withdrawn", "abandoned"}
LOSES = {"requeued", "released", "escalated", "given_back", "resolved", "returned", "withdrawn", "abandoned"}


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """How evenly tickets were given out within a tier: the spread is the standard deviation over the mean."""

    tier: str
    least: int
    most: int
    spread: float


class Checks:
    """Raises AssertionError, with what is wrong, where a promise is broken."""

    def __init__(self, database: Database, tiers: Tiers, clock: Callable[[], int]) -> None:
        self._db, self._tiers, self._clock = database, tiers, clock
        self.made = 0

    async def now(self) -> None:
        """No agent has too much, and nobody waits for an agent who could take them."""
        self.made += 1
        await self._db.read(self._now)

    async def at_the_end(self, conversations: int) -> None:
        """No ticket is lost, none had two owners, and each broken promise went up once."""
        await self._db.read(self._at_the_end, conversations)

    async def happened(self, event: str) -> int:
        """How often something happened to a ticket."""
        return await self._db.read(_happened, event)

    async def fairness(self) -> list[Fairness]:
        """How evenly the day's tickets were given out."""
        return await self._db.read(_fairness, tuple(self._tiers.tiers))

    def _now(self, tx: Connection) -> None:
        now = self._clock()
        rows = [ticket_of(row) for row in tx.execute(select(*columns).where(ticket.c.state.in_(LIVE)))]
        load: Counter[str] = Counter()
        for row in rows:
            who = row.agent_id if row.state in HELD else row.offered_to
            if who:
                load[who] += self._weight(row)  # type: ignore[assignment]
            assert not (row.state == QUEUED and row.agent_id), f"{row.id} waits and has an owner"
            assert not (row.state in HELD and (not row.agent_id or row.offered_to)), f"{row.id} has no clear owner"
        here = [agent for agent in all_agents(tx, disabled=False) if agent.seen_as(now) == "online"]
        for agent in here:
            assert load[agent.id] <= agent.capacity + 1e-9, f"{agent.name} has {load[agent.id]} of {agent.capacity}"
        for row in rows:
            if row.state == QUEUED and row.offered_to is None:
                idle = [agent.name for agent in here if self._could(row, agent, load[agent.id], here, now)]
                assert not idle, f"{row.id} of {row.tier} waits while {idle} could take it"

    def _could(self, row: Ticket, agent: Agent, load: float, here: list[Agent], now: int) -> bool:
        """Whether an agent of the ticket's own tier could take it at once."""
        settings, waited = self._tiers.assignment, (now - row.queued_at) / 1000
        if row.tier not in agent.tiers or load + self._weight(row) > agent.capacity:
            return False
        if agent.id in row.passed and row.offered_until is not None and now < row.offered_until:
            return False
        if row.for_agent and waited < settings.reserve_s:
            return agent.id == row.for_agent
        spoken = {language for each in here if row.tier in each.tiers for language in each.languages}
        return row.language in agent.languages or waited >= settings.overflow_after_s or row.language not in spoken

    def _weight(self, row: Ticket) -> float:
        return self._tiers.tiers[row.tier].weight(row.channel)

    def _at_the_end(self, tx: Connection, conversations: int) -> None:
        states = Counter(tx.execute(select(ticket.c.state)).scalars())
        assert sum(states.values()) == conversations, f"{conversations} came, there are {dict(states)}"
        assert not set(states) & set(LIVE), f"somebody still waits: {dict(states)}"
        owner: dict[str, str] = {}
        breaches: set[tuple[str, str]] = set()
        closed: set[str] = set()
        reactions: Counter[tuple[str, str]] = Counter()
        revealed: set[tuple[str, str]] = set()  # by an agent's own act, from whom the ticket is not taken
        before = ""
        query = select(entry.c.ticket_id, entry.c.id, entry.c.event, entry.c.agent_id, entry.c.data)
        for ticket_id, entry_id, event, agent_id, data in tx.execute(query.order_by(entry.c.ticket_id, entry.c.n)):
            data = json.loads(data) if isinstance(data, str) else data
            if event == "taken":
                assert ticket_id not in owner, f"{ticket_id} was taken while {owner[ticket_id]} had it"
                owner[ticket_id] = agent_id
            elif event in LOSES or event == "transferred":
                owner.pop(ticket_id, None)
                if event in CLOSES:
                    closed.add(ticket_id)
            elif event == "sla_breached" and ticket_id not in closed:  # noted with the closing: nothing left to do
                breaches.add((ticket_id, str(data.get("metric"))))
                if before:
                    revealed.add((ticket_id, str(data.get("metric"))))
            if entry_id.startswith("auto:sla_breached:"):
                reactions[ticket_id, entry_id.rpartition(":")[2]] += 1
            before = agent_id if event != "sla_breached" else before  # an act may reveal several
        missing = breaches - set(reactions) - revealed
        assert not missing, f"not escalated: {missing}"
        assert set(reactions) <= breaches, f"escalated for nothing: {set(reactions) - breaches}"
        assert set(reactions.values()) <= {1}, "a broken promise went up twice"


def _happened(tx: Connection, event: str) -> int:
    return tx.execute(select(func.count()).select_from(entry).where(entry.c.event == event)).scalar_one()


def lives(tx: Connection) -> bool:
    """Whether any ticket is not closed yet."""
    return tx.execute(select(ticket.c.id).where(ticket.c.state.in_(LIVE)).limit(1)).first() is not None


def _fairness(tx: Connection, tiers: tuple[str, ...]) -> list[Fairness]:
    taken = Counter(tx.execute(select(entry.c.agent_id).where(entry.c.event == "taken")).scalars())
    found = []
    for tier in tiers:
        counts = [taken[agent.id] for agent in all_agents(tx) if agent.tiers == (tier,)]
        if counts and sum(counts):
            mean = sum(counts) / len(counts)
            deviation = (sum((count - mean) ** 2 for count in counts) / len(counts)) ** 0.5
            found.append(Fairness(tier=tier, least=min(counts), most=max(counts), spread=round(deviation / mean, 3)))
    return found
