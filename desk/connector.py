"""The built-in desk as the core sees it: a desk like any other."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from connectors.desk import DeskEvent, DeskEventKind, Handoff, Line, TicketChange, TicketRef
from connectors.errors import TryLater, Undeliverable
from connectors.message import JSON, Author
from desk import customer_moves
from desk.acting import Acting
from desk.announcer import Act, Announcer
from desk.consequences import consequences
from desk.estimate import Forecast, Outlook
from desk.routing import send
from desk.sla import next_due, opening
from desk.sla_policy import Policy
from desk.tiers import Tiers
from desk.triage import Triage
from desk.triage_moves import judged
from storage import merges, ticket_entries, tickets
from storage.bus import Bus
from storage.clock import now_ms
from storage.database import Database
from storage.settings import read_setting
from storage.tables import new_id
from storage.ticket_entries import Entry, storable
from storage.ticket_lists import LONG_QUEUE, place
from storage.tickets import Ticket

ACCEPTING = "desk.accepting"
"""The switch with which admins stop new handoffs."""
CALM_MS = 1_000  # for so long a forecast holds for those who join a long queue
LEAVING = frozenset({TicketChange.WITHDRAWN, TicketChange.ABANDONED, TicketChange.IDLE})
"""Of merged tickets they count only where the customer wrote last."""


class BuiltInDesk:
    """Keeps tickets in the service's own database. What agents do comes back as work of kind `desk_event`."""

    def __init__(
        self, db: Database, bus: Bus, tiers: Tiers, *, clock: Callable[[], int] = now_ms, name: str = "built_in",
        triage: Triage | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self._db, self._tiers, self._clock = db, tiers, clock
        self._triage = triage = triage or Triage(tiers)
        self._policy = Policy(tiers)
        self._forecast: Forecast | None = None
        self._announcer = Announcer(db, bus, tiers, clock, name)
        self._acting = Acting(db, self._announcer, consequences(tiers, name, triage), clock)

    async def open(self, handoff: Handoff) -> TicketRef:
        """Queue a ticket at the tier its handoff calls for. Raises `TryLater` while the desk is switched off."""
        act, ref = await self._db.write(self._open, handoff)
        await self._announcer.acted(act)
        return ref

    async def append(self, ticket_id: str, line: Line) -> None:
        """Add a line to the ticket's timeline and show it to the agents."""
        await self._acting.do(self._append, ticket_id, line)

    async def change(self, ticket_id: str, change: TicketChange, data: JSON) -> None:
        """Note what became of the customer; see `desk.customer_moves` for what each change does."""
        await self._acting.do(self._change, ticket_id, change, data)

    async def close(self) -> None:
        """Nothing to release: database and bus belong to the app."""

    def _open(self, tx: Connection, handoff: Handoff) -> tuple[Act, TicketRef]:
        if not read_setting(tx, ACCEPTING, True):
            return self._known(tx, handoff)
        row, packet = self._new_ticket(tx, handoff), handoff.to_json() | {"transcript": []}
        if not tickets.add_ticket(tx, row, packet):
            return self._known(tx, handoff)
        transcript = [_said(row.id, n, line, before=True) for n, line in enumerate(_distinct(handoff.transcript), 1)]
        opened = Entry(
            ticket_id=row.id, n=row.entries, id=f"opened:{row.id}", kind=ticket_entries.EVENT, event="opened",
            author=Author.SYSTEM, at=row.created_at,
        )  # fmt: skip
        ticket_entries.add_first(tx, [*transcript, opened])
        act = self._acting.follow(tx, Act(ticket=row, before=replace(row, state=""), entry=opened), row.created_at)
        return act, self._ref(tx, act.ticket)

    def _known(self, tx: Connection, handoff: Handoff) -> tuple[Act, TicketRef]:
        """What a handoff became before. Raises `TryLater` when it did not become anything."""
        known = tickets.find_by_handoff(tx, handoff.id)
        if known is None:
            raise TryLater("the desk takes no new handoffs at the moment")
        return Act(ticket=known), self._ref(tx, known)

    def _new_ticket(self, tx: Connection, handoff: Handoff) -> Ticket:
        """With all that is known of it at once: a flood of them must not cost a second write each."""
        now = self._clock()
        said = handoff.transcript[-1] if handoff.transcript else None
        row = Ticket(
            id=new_id(),
            handoff_id=handoff.id,
            conversation_id=handoff.conversation_id,
            number=handoff.reference,
            channel=handoff.channel,
            state=tickets.QUEUED,
            language=handoff.language,
            reason=str(handoff.reason),
            sentiment=handoff.sentiment,
            question=storable(handoff.question),
            summary=storable(handoff.summary),
            customer_name=storable(str(handoff.customer.get("name") or "")),
            customer_email=storable(str(handoff.customer.get("email") or "")),
            verified=bool(handoff.customer.get("verified")),
            agent_id=None,
            agent_name="",
            for_agent=None,
            position=None,
            online=True,
            unread=0,
            entries=len(_distinct(handoff.transcript)) + 1,
            version=1,
            last=ticket_entries.last_message(said.author, said.content, said.at) if said else {},
            rating=None,
            reopened=0,
            created_at=now,
            queued_at=now,
            taken_at=None,
            closed_at=None,
            updated_at=now,
            **judged(tx, self._triage, self._tiers, handoff, now),
        )
        return replace(row, position=place(tx, row), due_at=next_due(opening(row, self._policy, now)))

    def _ref(self, tx: Connection, ticket: Ticket) -> TicketRef:
        seen = self._outlook(tx, ticket)
        return TicketRef(
            desk=self.name,
            ticket_id=ticket.id,
            number=ticket.number,
            position=seen.position,
            wait_seconds=seen.wait_seconds,
            opens_at=seen.opens_at,
            url=f"/desk/#ticket={ticket.id}",
        )

    def _outlook(self, tx: Connection, ticket: Ticket) -> Outlook:
        """Where a ticket stands. Who joins a long queue waits about as long as who has joined it just before."""
        now = self._clock()
        if self._forecast is None or (ticket.position or 0) <= LONG_QUEUE or not 0 <= now - self._forecast.at < CALM_MS:
            self._forecast = Forecast(tx, self._tiers, now)
        return self._forecast.of(tx, ticket)

    def _append(self, tx: Connection, ticket_id: str, line: Line) -> Act:
        held = _lock(tx, ticket_id)
        via: JSON = {} if held.id == ticket_id else {"via": ticket_id}
        changes: JSON = {}
        if line.author is Author.CUSTOMER:
            changes = {"unread": held.unread + 1, "online": True}
            if held.state == tickets.WAITING_CUSTOMER:
                changes["state"] = tickets.OPEN
        added = ticket_entries.add_entry(tx, held, replace(_said(held.id, 0, line, before=False), data=via), **changes)
        return Act(ticket=added[0], before=held, entry=added[1]) if added else Act(ticket=held)

    def _change(self, tx: Connection, ticket_id: str, change: TicketChange, data: JSON) -> Act:
        held = _lock(tx, ticket_id)
        merged = merges.branches(tx, held.id) if change in LEAVING else []
        if merged and merges.here(tx, held, merged).id != ticket_id:
            return Act(ticket=held)  # who is quiet there has gone on in another conversation of the same ticket
        act = customer_moves.apply(tx, held, change, data, now=self._clock(), desk=self.name, tiers=self._tiers)
        if not merged or act.before is None or act.ticket.live:
            return act
        for each in (held, *merged):
            if each.id != ticket_id:  # nobody waits there any more, either
                event = DeskEvent(id=new_id(), desk=self.name, ticket_id=each.id, kind=DeskEventKind.RETURNED)
                send(tx, each, event)
        return replace(act, promised=True)


def _lock(tx: Connection, ticket_id: str) -> Ticket:
    """The ticket, or the one in which it lives on since they were merged."""
    while True:
        wanted = merges.survivor(tx, ticket_id)
        held = tickets.lock_ticket(tx, wanted)
        if held is None:
            raise Undeliverable("the desk has no such ticket")
        if held.merged_into is None or merges.survivor(tx, ticket_id) == wanted:
            return held  # else it was merged while we waited for it


def _distinct(transcript: tuple[Line, ...]) -> list[Line]:
    return list({line.message_id: line for line in transcript}.values())


def _said(ticket_id: str, n: int, line: Line, *, before: bool) -> Entry:
    return Entry(
        ticket_id=ticket_id,
        n=n,
        id=line.message_id,
        kind=ticket_entries.MESSAGE,
        author=line.author,
        name=line.author_name,
        at=line.at,
        before=before,
        content=line.content,
    )
