"""What agents see of each other's work: linked tickets, and where they are spoken to."""

from dataclasses import asdict

from sqlalchemy import Connection

from connectors.message import JSON
from desk import views
from desk.service import DeskService
from storage import mentions, ticket_entries, tickets
from storage.agents import Agent
from storage.mentions import Mention
from storage.ticket_entries import Entry
from storage.tickets import INTERNAL, Ticket

LATEST = 100


class Colleagues:
    """Reads for the console. All raise `desk.errors.Refused`."""

    def __init__(self, desk: DeskService) -> None:
        self._desk = desk

    async def linked(self, agent: Agent, ticket_id: str) -> JSON:
        """The internal tickets of a case; of an internal ticket its case with all that was said there, which whoever
        works on the internal one may read.
        """
        row = await self._desk.ticket(agent, ticket_id)
        case, internals, entries = await self._desk.db.read(_linked, row)
        return {
            "case": linked_view(case) if case else None,
            "internals": [linked_view(each) for each in internals],
            "timeline": [views.entry(each, self._desk.ports.files.link) for each in entries],
        }

    async def mentions(self, agent: Agent) -> JSON:
        """Where an agent was spoken to lately, and how many of it they have not seen."""
        found, unread = await self._desk.db.read(_mentions, agent.id)
        return {"mentions": [asdict(each) for each in found], "unread": unread}

    async def read(self, agent: Agent, ticket_id: str) -> JSON:
        """An agent has seen what there was for them on a ticket, or everything where it is empty."""
        if await self._desk.db.write(mentions.read_mentions, agent.id, ticket_id, self._desk.clock()):
            await self._desk.bus.publish("desk", {"type": "mentioned", "agent_ids": [agent.id]})
        return {"unread": await self._desk.db.read(mentions.unread_mentions, agent.id)}


def linked_view(row: Ticket) -> JSON:
    """A ticket as those see it who have one it is linked with."""
    copied = ("id", "number", "kind", "parent_id", "state", "tier", "question", "created_at", "closed_at", "bounces")
    shown: JSON = {name: getattr(row, name) for name in (*copied, "due_at", "breached", "version", "taken_at")}
    shown["customer"] = {"name": row.customer_name, "verified": row.verified}
    return shown | {"agent": {"id": row.agent_id, "name": row.agent_name} if row.agent_id else None}


def _linked(tx: Connection, row: Ticket) -> tuple[Ticket | None, list[Ticket], list[Entry]]:
    if row.kind != INTERNAL or row.parent_id is None:
        return None, tickets.internals_of(tx, row.id), []
    entries = ticket_entries.timeline(tx, row.parent_id)
    return tickets.find_ticket(tx, row.parent_id), [], entries


def _mentions(tx: Connection, agent_id: str) -> tuple[list[Mention], int]:
    return mentions.mentions_of(tx, agent_id, LATEST), mentions.unread_mentions(tx, agent_id)
