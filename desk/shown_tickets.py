"""Tickets on open consoles: what has changed is read once, many together, and shown to everybody who may see it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence

from connectors.message import JSON
from desk import views
from desk.marks import marks
from desk.permissions import sees
from desk.screen import Screen
from desk.service import DeskService
from storage import ticket_entries, tickets
from storage.agents import Agent
from storage.tickets import Ticket

TOGETHER = 50  # tickets that are read and shown at the same time: a tenth of what may wait for a slow console


class ShownTickets:
    """Sends frames to `screens`; `unwatch` closes a ticket that somebody may not see any more."""

    def __init__(
        self, desk: DeskService, screens: Collection[Screen], unwatch: Callable[[Screen, str], Awaitable[None]]
    ) -> None:
        self._desk, self._screens, self._unwatch = desk, screens, unwatch

    async def acted(self, hints: Sequence[JSON]) -> None:
        """Something was done to tickets."""
        told = defaultdict[str, list[JSON]](list)
        for hint in hints:
            told[hint["ticket_id"]].append(hint)
        rows = {row.id: row for row in await self._desk.db.read(tickets.find_tickets, list(told))}
        facts = await self._desk.facts(list(rows.values()))
        for row, of_it in ((rows[ticket_id], of_it) for ticket_id, of_it in told.items() if ticket_id in rows):
            for screen in tuple(self._screens):
                if sees(screen.agent, row):
                    screen.send({"type": "ticket", "ticket": facts.shown(row, screen.agent)})
                elif row.id in screen.watched or any(_saw(screen.agent, hint) for hint in of_it):
                    await self._unwatch(screen, row.id)
                    screen.send({"type": "gone", "ticket_id": row.id})
            for n in (n for hint in of_it for n in hint["entries"]):
                await self._show_entry(row, n)
            self._show_linked(row)

    async def moved(self, hint: JSON) -> None:
        """Tickets have another place in the queue."""
        ticket_ids = hint["ticket_ids"]
        for first in range(0, len(ticket_ids), TOGETHER):
            rows = await self._desk.db.read(tickets.find_tickets, ticket_ids[first : first + TOGETHER])
            facts = await self._desk.facts(rows)
            for screen in tuple(self._screens):
                for row in rows:
                    if sees(screen.agent, row):
                        screen.send({"type": "ticket", "ticket": facts.shown(row, screen.agent)})

    async def _show_entry(self, row: Ticket, n: int) -> None:
        watching = [screen for screen in self._screens if row.id in screen.watched]
        for entry in await self._desk.db.read(ticket_entries.timeline, row.id, n - 1, 1) if watching else ():
            marked = await self._desk.db.read(marks, row, self._desk.ports.outlets, entry.id)
            shown = views.entry(entry, self._desk.ports.files.link) | marked.get(entry.id, {})
            for screen in self._screens:
                if row.id in screen.watched:
                    screen.send({"type": "entry", "ticket_id": row.id, "entry": shown})

    def _show_linked(self, row: Ticket) -> None:
        """A case or an internal ticket of it has changed: those who look at the other see how it stands."""
        for screen in self._screens:
            for ticket_id, conversation_id in screen.watched.items():
                if conversation_id == row.conversation_id and ticket_id != row.id:
                    screen.send({"type": "linked", "ticket_id": ticket_id})


def _saw(agent: Agent, hint: JSON) -> bool:
    """Whether somebody may have seen a ticket until this happened."""
    return hint["was_tier"] in agent.tiers or agent.id in (hint["was_agent"], *hint.get("was_for", ()))
