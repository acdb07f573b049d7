"""A desk of one table, for tests of the core: does what `connectors.desk.Desk` asks, and can be down."""

from connectors.desk import DeskEvent, DeskEventKind, Handoff, Line, TicketChange, TicketRef
from connectors.errors import TryLater
from connectors.message import JSON, Content
from storage import work
from storage.bus import Bus
from storage.database import Database


class TableDesk:
    """Keeps tickets in dictionaries."""

    name = "table"

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database, self._bus = database, bus
        self.down = False
        self.trouble: Exception | None = None  # raised instead of opening
        self.opens_at: int | None = None
        self.opened: list[Handoff] = []
        self.lines: list[Line] = []
        self.changes: list[tuple[TicketChange, JSON]] = []
        self._events = 0

    async def open(self, handoff: Handoff) -> TicketRef:
        """Open once for each handoff."""
        if self.down:
            raise TryLater("the desk is down")
        if self.trouble is not None:
            raise self.trouble
        if handoff.id not in [each.id for each in self.opened]:
            self.opened.append(handoff)
        position = None if self.opens_at else len(self.opened)
        number = handoff.reference
        return TicketRef(
            desk=self.name, ticket_id=f"t-{handoff.id}", number=number, position=position, opens_at=self.opens_at
        )

    async def append(self, ticket_id: str, line: Line) -> None:
        """Keep a line once."""
        if self.down:
            raise TryLater("the desk is down")
        if line.message_id not in [each.message_id for each in self.lines]:
            self.lines.append(line)

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Note a change."""
        if self.down:
            raise TryLater("the desk is down")
        self.changes.append((change, {name: value for name, value in data.items() if name != "change_id"}))

    async def close(self) -> None:
        """Nothing to release."""

    async def happens(
        self, kind: DeskEventKind, text: str = "", *, event_id: str = "", briefing: str = "", ticket: int = -1,
        position: int | None = None, team: JSON | None = None, message_id: str = "",
    ) -> DeskEvent:  # fmt: skip
        """An agent does something with a ticket, the last one unless another is given."""
        self._events += 1
        handoff = self.opened[ticket]
        event = DeskEvent(
            id=event_id or f"event-{self._events}", desk=self.name, ticket_id=f"t-{handoff.id}", kind=kind,
            agent_id="a1", agent_name="Li Na", content=Content(text=text), briefing=briefing,
            position=position, team=team, message_id=message_id,
        )  # fmt: skip
        lane = work.conversation_lane(handoff.conversation_id)
        await self._database.write(
            work.enqueue, lane=lane, kind="desk_event", key=f"desk:{self.name}:{event.id}", payload=event.to_json()
        )
        await self._bus.publish("work", {"lane": lane})
        return event
