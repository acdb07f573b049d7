"""Who looks at the same ticket, and who is writing in it, over all workers. Hints only: nothing is stored.

Each worker tells the others of its own screens: when a ticket is opened or closed on one, whenever one asks, and with
every beat, so that a worker that died is forgotten after a while.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from connectors.message import JSON
from desk.screen import Screen
from desk.service import DeskService
from storage.tables import new_id

FORGOTTEN_MS = 45_000
"""A worker that has said nothing for three beats is gone."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a worker said of a ticket: `{"id", "name"}` of those who look at it."""

    viewers: list[JSON] = field(default_factory=list)
    at: int


class Viewing:
    """Of the `screens` of this process."""

    def __init__(self, desk: DeskService, screens: Collection[Screen]) -> None:
        self._desk, self._screens = desk, screens
        self._worker = new_id()
        self._told: dict[str, dict[str, _Told]] = {}  # by ticket and worker
        self._shown: dict[tuple[int, str], list[JSON]] = {}  # what each screen was told last

    async def opened(self, screen: Screen, ticket_id: str) -> None:
        """A screen shows a ticket from now on: the others are told, and asked who they have there."""
        self._shown.pop((id(screen), ticket_id), None)
        await self._desk.bus.publish("desk", {"type": "viewers_wanted", "ticket_id": ticket_id})

    async def closed(self, screen: Screen, ticket_id: str) -> None:
        """It does not any more."""
        self._shown.pop((id(screen), ticket_id), None)
        await self._tell(ticket_id)

    async def wanted(self, hint: JSON) -> None:
        """Somebody asks who is here."""
        if self._here(hint["ticket_id"]) or self._worker in self._told.get(hint["ticket_id"], {}):
            await self._tell(hint["ticket_id"])

    async def told(self, hint: JSON) -> None:
        """A worker, perhaps this one, says whom it has there."""
        workers = self._told.setdefault(hint["ticket_id"], {})
        workers[hint["worker"]] = _Told(viewers=hint["viewers"], at=self._desk.clock())
        if not hint["viewers"]:
            del workers[hint["worker"]]
        if not workers:
            del self._told[hint["ticket_id"]]
        self._show(hint["ticket_id"])

    async def beat(self) -> None:
        """Say it again, and forget workers that don't."""
        for ticket_id in {each for screen in self._screens for each in screen.watched}:
            await self._tell(ticket_id)
        living_since = self._desk.clock() - FORGOTTEN_MS
        for ticket_id, workers in list(self._told.items()):
            kept = {worker: told for worker, told in workers.items() if told.at >= living_since}
            if len(kept) < len(workers):
                self._told[ticket_id] = kept
                self._show(ticket_id)

    async def _tell(self, ticket_id: str) -> None:
        found = {"type": "viewers", "worker": self._worker, "ticket_id": ticket_id, "viewers": self._here(ticket_id)}
        await self._desk.bus.publish("desk", found)

    def _here(self, ticket_id: str) -> list[JSON]:
        found = {each.agent.id: each.agent.name for each in self._screens if ticket_id in each.watched}
        return [{"id": agent_id, "name": name} for agent_id, name in sorted(found.items())]

    def _show(self, ticket_id: str) -> None:
        """Tell the screens here who else is there, if that is news to them."""
        everyone = {each["id"]: each for told in self._told.get(ticket_id, {}).values() for each in told.viewers}
        for screen in self._screens:
            if ticket_id not in screen.watched:
                continue
            others = [each for agent_id, each in sorted(everyone.items()) if agent_id != screen.agent.id]
            if self._shown.get((id(screen), ticket_id), []) != others:
                self._shown[id(screen), ticket_id] = others
                screen.send({"type": "viewers", "ticket_id": ticket_id, "viewers": others})
