"""Reply windows that are about to close: whoever has the ticket is told, once, while there is time to answer."""

from collections.abc import Callable

from sqlalchemy import Connection

from desk.acting import Acting
from desk.announcer import Act
from desk.noting import happened
from storage import tickets, windows
from storage.bus import Bus
from storage.database import Database

WARNED_MS = 60 * 60_000
"""How long before it closes."""
AT_ONCE = 200
LOOK_EVERY_S = 30.0


class ReplyWindows:
    """Looks at them now and then."""

    def __init__(self, db: Database, bus: Bus, acting: Acting, clock: Callable[[], int]) -> None:
        self._db, self._bus, self._acting, self._clock = db, bus, acting, clock

    async def look(self) -> None:
        """Note on the timeline of every ticket concerned that its window closes, and tell its holder."""
        now = self._clock()
        found = await self._db.read(windows.closing, since=now, before=now + WARNED_MS, limit=AT_ONCE)
        for ticket_id, until in found:
            act = await self._acting.attempt(self._warn, ticket_id, until)
            if act is not None and act.before is not None:
                hint = {"type": "window", "agent_id": act.ticket.agent_id, "ticket_id": ticket_id, "until": until}
                await self._bus.publish("desk", hint)

    def _warn(self, tx: Connection, ticket_id: str, until: int) -> Act | None:
        held = tickets.lock_ticket(tx, ticket_id)
        if held is None or not held.held:
            return None
        data = {"until": until}
        return happened(tx, held, "window_closing", at=self._clock(), data=data, entry_id=f"window:{until}")
