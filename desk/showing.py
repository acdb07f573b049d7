"""Tickets on screens: what looks the same to everyone is read once, however many tickets and screens there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.message import JSON
from desk import sla_views, views
from desk.sla_policy import Policy
from storage import sla, windows
from storage.agents import Agent, all_agents
from storage.reach import Outlets
from storage.tickets import Ticket


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`names` of agents whom tickets wait for, by id; SLA `clocks`, by ticket; reply `windows`, by conversation."""

    names: Mapping[str, str]
    clocks: Mapping[str, list[JSON]]
    windows: Mapping[str, JSON]

    def shown(self, row: Ticket, agent: Agent) -> JSON:
        """One of the tickets as `agent` sees it."""
        more = {"sla": self.clocks.get(row.id, []), "window": self.windows.get(row.conversation_id)}
        return views.ticket(row, agent, self.names) | more


def facts_of(tx: Connection, rows: Sequence[Ticket], policy: Policy, outlets: Outlets, now: int) -> Facts:
    """All of it, in as many statements for a hundred tickets as for one."""
    marked = any(row.for_agent for row in rows)
    known = sla.clocks_of(tx, [row.id for row in rows])
    live = [row.conversation_id for row in rows if row.live] if outlets.windowed else []
    opened = windows.of_conversations(tx, live) if live else {}
    return Facts(
        names={each.id: each.name for each in all_agents(tx)} if marked else {},
        clocks={row.id: sla_views.clocks(known.get(row.id, ()), row, policy, now) for row in rows},
        windows={each: {"until": window.until, "left": window.left} for each, window in opened.items()},
    )
