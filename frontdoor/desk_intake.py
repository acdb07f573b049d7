"""Desk intake: what helpdesks tell us is stored here, with all it causes, before they are answered.

A webhook mostly says no more than "look": the ticket is read then, in order, one reading at a time for each ticket.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.desk import (
    AcceptNews,
    Desk,
    DeskEvent,
    DeskEventKind,
    Entry,
    HearingDesk,
    Look,
    News,
    Reading,
    ReadingDesk,
)
from connectors.errors import Rejected, SendError, Undeliverable
from connectors.fields import clean_line
from connectors.helpdesk_reading import short_id
from connectors.message import Ignored
from frontdoor import metrics
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.privacy.private_desk import with_originals
from frontdoor.step import Steps
from storage import desk_ledger, handoffs, work
from storage.tables import new_id
from storage.work import Work, conversation_lane

log = structlog.get_logger(__name__)

HINTS = frozenset({DeskEventKind.TYPING, DeskEventKind.SEEN, DeskEventKind.POSITION})
LONGEST_PAUSE_S = 30.0
"""Customers wait meanwhile, and one request is not much."""
TOGETHER = 100
"""Looks that are done by reading once."""
ID_LENGTH = 100
"""Characters of an event's id that `work.key` has room for, beside the desk's name."""


NAME_LENGTH = 160
"""Characters of an agent's name that `message` and `conversation` have room for."""


class UnknownTicket(Rejected):
    """A desk tells of a ticket that is not noted here: not yet, while its own answer is on the way, or not any more."""

    status = 404

    def __init__(self) -> None:
        super().__init__("no ticket of ours has this id; if it is new, say it again in a second", code="unknown_ticket")


class DeskIntake:
    """Implements `connectors.desk.AcceptNews` for each desk, and does the reading that follows."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.desks: Mapping[str, Desk] = {}

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {"desk_read": Handler(look=_waiting, do=self._read)}

    def accept(self, desk: str) -> AcceptNews:
        """Stores what this desk tells."""

        async def accept(news: News) -> None:
            await self._accept(desk, news)

        return accept

    async def _accept(self, desk: str, news: News) -> None:
        match news:
            case Look():
                lanes = await self._steps.database.write(_promise, desk, news)
                for lane in lanes:
                    await self._steps.bus.publish("work", {"lane": lane})
                if news.told and not lanes:
                    raise UnknownTicket
            case DeskEvent() if news.kind in HINTS:
                attempt = await self._steps.database.read(desk_ledger.find_by_ticket, desk, news.ticket_id)
                if attempt is not None:
                    hint = news.to_json() | {"conversation_id": attempt.conversation_id}
                    await self._steps.bus.publish("desk-hints", hint)
            case DeskEvent():
                for lane in await self._steps.database.write(_happened, news):
                    await self._steps.bus.publish("work", {"lane": lane})
            case Ignored():
                metrics.IGNORED.labels(f"desk:{desk}", news.why).inc()

    async def _read(self, item: Work, waiting: list[Work]) -> None:
        """Read a ticket, once for all looks that wait; or hear what was told of it."""
        desk, ticket_id = self.desks.get(item.payload["desk"]), item.payload["ticket_id"]
        waiting = list(takewhile(lambda each: _is_told(each) is _is_told(item), waiting))
        reading = Reading()
        if isinstance(desk, ReadingDesk):
            try:
                if _is_told(item) and isinstance(desk, HearingDesk):
                    reading = await desk.hear(ticket_id, [each.payload["told"] for each in waiting])
                else:
                    reading = await desk.read(ticket_id)
            except Undeliverable:
                log.warning("desk.ticket_gone", desk=desk.name)
                desk = None
            except SendError as error:
                pause = getattr(error, "after", None) or min(backoff(item.attempts), LONGEST_PAUSE_S)
                raise RetryError(type(error).__name__, after=pause) from error
        lanes = await self._steps.database.write(
            _keep, item, waiting[-1].id, reading if isinstance(desk, ReadingDesk) else None
        )  # fmt: skip
        if lanes is None:
            raise RetryError("we have given the ticket another state meanwhile", after=0.1)
        for lane in lanes:
            await self._steps.bus.publish("work", {"lane": lane})


def read_lane(desk: str, ticket_id: str) -> str:
    """The lane in which a ticket is read; a helpdesk's ids may be longer than those of lanes."""
    return f"read:{desk}:{hashlib.sha256(ticket_id.encode()).hexdigest()[:24]}"


def _promise(tx: Connection, desk: str, look: Look) -> list[str]:
    """Promise to read a ticket that is ours, or to hear what was told of it; the lanes of what is to be done."""
    known = desk_ledger.find_by_ticket(tx, desk, look.ticket_id)
    if known is None:
        return []
    lane = read_lane(desk, look.ticket_id)
    payload = {"desk": desk, "ticket_id": look.ticket_id} | ({"told": look.told} if look.told else {})
    work.enqueue(tx, lane=lane, kind="desk_read", key=f"desk_read:{new_id()}", payload=payload)
    handoff = handoffs.find(tx, known.handoff_id)
    if handoff is None or handoff.ticket_id:
        return [lane]
    work.hurry(tx, f"open:{handoff.id}")  # it is there: whoever was cut off and waits to look for it need not
    return [lane, work.desk_lane(handoff.conversation_id)]


def _happened(tx: Connection, event: DeskEvent) -> list[str]:
    """Store an event that a desk told by itself, unless it has been told before."""
    if desk_ledger.find_by_ticket(tx, event.desk, event.ticket_id) is None:
        return []
    entry = Entry(external_id=f"!{event.id}"[:160], message_id=event.id[:160])
    if not desk_ledger.note_entry(tx, event.desk, event.ticket_id, entry):
        return []
    return _enqueue(tx, event)


def _keep(tx: Connection, item: Work, up_to: int, reading: Reading | None) -> list[str] | None:
    """Store what a reading brought, with the end of the work; None when it is a thing of the past by now."""
    desk, ticket_id = item.payload["desk"], item.payload["ticket_id"]
    lanes: list[str] = []
    if reading is not None:
        if not desk_ledger.keep_reading(tx, desk, ticket_id, reading):
            return None
        for event in reading.events:
            lanes += _enqueue(tx, event)
    done = work.drop_up_to if _is_told(item) else work.finish_up_to
    done(tx, item.lane, up_to)
    return list(dict.fromkeys(lanes))


def _enqueue(tx: Connection, event: DeskEvent) -> list[str]:
    attempt = desk_ledger.find_by_ticket(tx, event.desk, event.ticket_id)
    handoff = handoffs.find(tx, attempt.handoff_id) if attempt else None
    handoff = handoff or handoffs.find_by_ticket(tx, event.desk, event.ticket_id)
    if handoff is None:
        log.warning("desk.event_for_unknown_ticket", desk=event.desk)
        return []
    event = with_originals(tx, handoff.id, _fitting(event))
    lane, name = conversation_lane(handoff.conversation_id), event.id
    if len(name) > ID_LENGTH:
        name = hashlib.sha256(name.encode()).hexdigest()
    work.enqueue(tx, lane=lane, kind="desk_event", key=f"desk:{event.desk}:{name}", payload=event.to_json())
    return [lane]


def _fitting(event: DeskEvent) -> DeskEvent:
    """With names and ids that we have room for."""
    name = clean_line(event.agent_name)[:NAME_LENGTH]
    return replace(event, agent_id=short_id(event.agent_id), agent_name=name)


def _is_told(item: Work) -> bool:
    return bool(item.payload.get("told"))


def _waiting(tx: Connection, item: Work) -> list[Work]:
    return work.first(tx, item.lane, TOGETHER)
