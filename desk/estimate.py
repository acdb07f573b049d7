"""Where waiting customers stand: place in the queue, likely wait, or when the desk opens."""

from dataclasses import dataclass

from sqlalchemy import Connection

from desk.tiers import Tiers
from storage.agents import all_agents
from storage.ticket_lists import place, usual_handling
from storage.tickets import QUEUED, Ticket, held_counts

STEP_S = 30  # waits are rounded up to this


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`position` from 1, None when nobody will take it now; `wait_seconds` None when unknown; `opens_at` in ms."""

    position: int | None = None
    wait_seconds: int | None = None
    opens_at: int | None = None


class Forecast:
    """Outlooks of any number of tickets at one moment, `at` (ms); what they share is read once."""

    def __init__(self, tx: Connection, tiers: Tiers, at: int) -> None:
        self._tiers, self.at = tiers, at
        self._agents = all_agents(tx, disabled=False)
        self._held = held_counts(tx)
        self._handling: dict[str, int | None] = {}

    def of(self, tx: Connection, waiting: Ticket) -> Outlook:
        """Where a ticket stands; nothing when it isn't queued."""
        if waiting.state != QUEUED:
            return Outlook()
        hours = self._tiers.hours_of(waiting.tier)
        if not hours.is_open(self.at):
            return Outlook(opens_at=hours.opens_at(self.at))
        if not any(waiting.tier in agent.tiers for agent in self._agents):
            return Outlook()
        position = waiting.position or place(tx, waiting)
        return Outlook(position=position, wait_seconds=self._wait(tx, waiting.tier, position))

    def _wait(self, tx: Connection, tier: str, position: int) -> int | None:
        """Seconds until somebody is free, from how long recent tickets took; None when unknown."""
        if tier not in self._handling:
            self._handling[tier] = usual_handling(tx, tier, self.at)
        here = [each for each in self._agents if tier in each.tiers and each.seen_as(self.at) == "online"]
        capacity = sum(agent.capacity for agent in here)
        handling = self._handling[tier]
        if handling is None or not capacity:
            return None
        free = sum(max(0, agent.capacity - self._held.get(agent.id, 0)) for agent in here)
        seconds = max(0, position - free) * handling / capacity / 1000
        return max(STEP_S, int(-(-seconds // STEP_S)) * STEP_S)
