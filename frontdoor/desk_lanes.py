"""Desk lanes: what goes to a desk, in order for each conversation, repeated until the desk has it.

The desk's own idempotency makes repeats harmless. A desk that is away makes customers wait for people, not for the bot.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.desk import Desk, Handoff, Line, Reason, TicketChange, TicketRef
from connectors.errors import SendError, Undeliverable, Unreachable
from connectors.message import JSON
from connectors.notice import NoticeKind
from frontdoor import escalation, metrics
from frontdoor.desk_choice import Instead, nowhere_else
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.states import WAITING, State
from frontdoor.step import Step, Steps
from frontdoor.waiting import Waiting
from storage import desk_ledger, handoffs, work
from storage.clock import now_ms
from storage.handoffs import HandoffRow
from storage.work import Work

log = structlog.get_logger(__name__)

DESK_TIMEOUT_S = 60.0  # a helpdesk far away may get thirty messages one by one
MAX_PAUSE_S = 60.0
BEHIND = 50  # pieces of work in a lane that are looked at

Notify = Callable[[Step, NoticeKind, HandoffRow], None]
"""Promises to tell people elsewhere what became of a handoff."""


def tell_nobody(_step: Step, _kind: NoticeKind, _handoff: HandoffRow) -> None:
    """Where nobody else is told."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A ticket to be opened."""

    handoff: HandoffRow
    packet: Handoff
    behind: bool = False  # older ones wait for the same desk, which cannot be reached: they go first


class DeskLanes:
    """Does what was promised to desks."""

    def __init__(
        self, steps: Steps, desks: Mapping[str, Desk], *, zone: str, can_mail: bool, instead: Instead = nowhere_else,
        failover_after_s: float = 120, notify: Notify = tell_nobody,
    ) -> None:  # fmt: skip
        self._steps = steps
        self._desks = desks
        self._waiting = Waiting(steps, zone=zone, can_mail=can_mail)
        self._can_mail = can_mail
        self._instead = instead
        self._failover_after_s = failover_after_s
        self._notify = notify

    @property
    def handlers(self) -> dict[str, Handler[Any]]:
        """By kind of work."""
        return {
            "desk_open": Handler(look=_opening, do=self._open),
            "desk_append": Handler(look=_handoff, do=self._append),
            "desk_change": Handler(look=_handoff, do=self._change),
        }

    def give_up(self, step: Step, item: Work) -> None:
        """A ticket that can't be opened: the customer is told, and may ask again."""
        if item.kind != "desk_open":
            return
        handoff = step.find_handoff(item.payload["handoff_id"])
        if handoff is None or handoff.status != "requested":
            return
        step.change_handoff(handoff, status="refused")
        self._notify(step, NoticeKind.REFUSED, handoff)
        if step.conversation.handoff_id != handoff.id or step.conversation.state not in WAITING:
            return
        step.move(State.BOT, position=None, wait_seconds=None, opens_at=None)
        custom = {"kind": "handoff_offline", "reference": handoff.reference}
        step.system("desk_refused", custom, reference=handoff.reference)

    async def _open(self, item: Work, opening: Opening) -> None:
        """Open the ticket, then tell the customer where they stand."""
        handoff = opening.handoff
        try:
            if opening.behind:
                raise Unreachable("others wait for the desk")
            async with asyncio.timeout(DESK_TIMEOUT_S):
                ref = await self._desk(handoff.desk).open(opening.packet)
        except Undeliverable as error:
            log.error("desk.refused", desk=handoff.desk, handoff=handoff.id)
            await self._steps.run(handoff.conversation_id, self._refused, item, str(error))
            return
        except (SendError, TimeoutError) as error:
            if await self._steps.run(handoff.conversation_id, self._moved_on, opening):
                raise RetryError("another desk takes it", after=0) from error
            await self._pause(item, handoff, error)
            return
        await self._steps.run(handoff.conversation_id, self._opened, item, opening, ref)

    async def _append(self, item: Work, handoff: HandoffRow) -> None:
        """One more line for an open ticket."""
        line = Line.from_json(item.payload["line"])
        await self._tell(item, handoff, lambda desk: desk.append(handoff.ticket_id, line))

    async def _change(self, item: Work, handoff: HandoffRow) -> None:
        """What became of the customer."""
        what, data = TicketChange(item.payload["change"]), item.payload["data"] | {"change_id": item.key}
        if _is_overtaken(what, data, handoff):
            await self._steps.database.write(work.finish, item.id)
        else:
            await self._tell(item, handoff, lambda desk: desk.change(handoff.ticket_id, what, data))

    async def _tell(self, item: Work, handoff: HandoffRow, tell: Callable[[Desk], Awaitable[None]]) -> None:
        """Tell the desk; what it refuses is a dead letter, which people can have delivered again."""
        try:
            if handoff.ticket_id:
                async with asyncio.timeout(DESK_TIMEOUT_S):
                    await tell(self._desk(handoff.desk))
        except Undeliverable as error:
            log.warning("desk.refused", desk=handoff.desk, error=str(error))
            await self._steps.run(handoff.conversation_id, self._not_taken, item, str(error))
        except (SendError, TimeoutError) as error:
            await self._pause(item, handoff, error)
        else:
            await self._steps.database.write(work.finish, item.id)

    def _desk(self, name: str) -> Desk:
        """A desk by its name; one that is on no more counts as one that nobody reaches: it may come back."""
        if name not in self._desks:
            raise Unreachable(f"desks.yml has no desk {name} that is on")
        return self._desks[name]

    async def _pause(self, item: Work, handoff: HandoffRow, error: Exception) -> None:
        """The desk is down: all that is meant for it waits. Raises `RetryError`, unless it gives way to a request."""
        if await self._steps.run(handoff.conversation_id, self._gives_way, item, handoff):
            return
        await self._steps.run(handoff.conversation_id, self._unreachable, isinstance(error, Unreachable))
        wanted = getattr(error, "after", None) or 0.0
        pause = max(min(backoff(item.attempts), MAX_PAUSE_S), wanted)
        raise RetryError(type(error).__name__, after=pause) from error

    def _opened(self, step: Step, item: Work, opening: Opening, ref: TicketRef) -> None:
        if not work.finish(step.tx, item.id):
            return
        handoff_id = opening.handoff.id
        handoff = step.find_handoff(handoff_id)
        if handoff is None:
            raise LookupError("a handoff that does not exist")
        # The desk has the transcript now, and so has the conversation: a third copy would be most of the database.
        handoffs.change(step.tx, handoff_id, packet=replace(opening.packet, transcript=()).to_json())
        status = "open" if handoff.status == "requested" else handoff.status
        step.change_handoff(
            handoff, desk=ref.desk, ticket_id=ref.ticket_id, number=ref.number, status=status, opened_at=now_ms()
        )
        self._next_in_line(step, handoff.desk)
        self._notify(step, NoticeKind.OPENED, handoff)
        log.info("handoff.opened", handoff=handoff_id, number=ref.number)
        metrics.STAGE.labels("handoff").observe((now_ms() - handoff.created_at) / 1000)
        if step.conversation.handoff_id != handoff_id or step.conversation.state not in WAITING:
            return
        step.move(State.QUEUED, position=ref.position, wait_seconds=ref.wait_seconds, opens_at=ref.opens_at)
        if handoff.reason != Reason.AGENT:  # whoever began it is there already
            self._waiting.tell(step, ref, handoff)

    def _next_in_line(self, step: Step, desk: str) -> None:
        """The desk is back: who has waited longest for it is next, at once."""
        waiting = handoffs.oldest_waiting(step.tx, desk)
        if waiting is not None:
            work.hurry(step.tx, f"open:{waiting.id}")
            step.effects.lanes.append(work.desk_lane(waiting.conversation_id))

    def _moved_on(self, step: Step, opening: Opening) -> bool:
        """Whether another desk takes what this one has certainly not taken for so long."""
        handoff = step.find_handoff(opening.handoff.id)
        if handoff is None or handoff.status != "requested" or handoff.desk != opening.handoff.desk:
            return False
        patient = now_ms() - handoff.created_at < self._failover_after_s * 1000
        if patient or desk_ledger.find_attempt(step.tx, handoff.desk, handoff.id) is not None:
            return False  # who knows what became of an attempt is asked when the desk is back
        choice = self._instead(opening.packet, handoff.desk)
        if choice is None or choice.desk not in self._desks:
            return False
        moved = replace(opening.packet, queue=choice.queue, triage=choice.triage)
        handoffs.change(step.tx, handoff.id, packet=moved.to_json())
        step.change_handoff(handoff, desk=choice.desk)
        log.warning("handoff.moved_on", handoff=handoff.id, desk=handoff.desk, to=choice.desk)
        return True

    def _unreachable(self, step: Step, nobody_there: bool) -> None:
        """Say so once to a customer whose request has not got there yet, whatever the desk was to be told."""
        handoff, mark = step.handoff, handoffs.NOBODY_THERE if nobody_there else handoffs.IN_TROUBLE
        if handoff is not None and handoff.told_offline and handoff.told_offline != mark:
            step.change_handoff(handoff, told_offline=mark)
        if handoff is None or handoff.told_offline or step.conversation.state != State.REQUESTED:
            return
        step.change_handoff(handoff, told_offline=mark)
        log.warning("desk.offline", desk=handoff.desk, handoff=handoff.id)
        self._notify(step, NoticeKind.OFFLINE, handoff)
        step.move(State.FAILED)
        custom = {"kind": "handoff_offline", "reference": handoff.reference}
        custom |= self._steps.private_link(step, handoff.id)
        step.system("offline", custom, reference=handoff.reference)
        if self._can_mail and not step.conversation.email:
            step.system("ask_email", {"kind": "ask_email"})

    def _refused(self, step: Step, item: Work, error: str) -> None:
        if work.bury(step.tx, item.id, error=error):
            self.give_up(step, item)

    def _gives_way(self, step: Step, item: Work, handoff: HandoffRow) -> bool:
        """Whether this was about a ticket that is over, for so long that a new request behind it, which another desk
        may take, waits no longer. It is a dead letter then.
        """
        over = handoff.status not in handoffs.UNDER_WAY and step.conversation.handoff_id != handoff.id
        if not over or now_ms() - item.created_at < self._failover_after_s * 1000:
            return False
        if item.kind == "desk_open" and desk_ledger.find_attempt(step.tx, handoff.desk, handoff.id) is not None:
            return False  # nobody knows whether there is a ticket that has to be closed
        behind = work.first(step.tx, item.lane, BEHIND)[1:]
        waits = any(each.kind == "desk_open" and each.payload["handoff_id"] != handoff.id for each in behind)
        return waits and work.bury(step.tx, item.id, error="the desk is down, and a new request waits behind it")

    def _not_taken(self, step: Step, item: Work, error: str) -> None:
        """A ticket that cannot be opened again, while its customer waits, becomes a new one."""
        handoff = step.find_handoff(item.payload["handoff_id"])
        waits = step.conversation.state == State.QUEUED and step.handoff == handoff
        if handoff is None or not waits or item.payload.get("change") != TicketChange.REOPENED:
            work.bury(step.tx, item.id, error=error)
        elif work.finish(step.tx, item.id):
            step.change_handoff(handoff, status="refused")
            escalation.begin(step, Reason.REOPENED, "")


def _is_overtaken(what: TicketChange, data: JSON, handoff: HandoffRow) -> bool:
    """Whether an agent has taken the ticket that its customer was about to leave, or has ended it since."""
    if what is TicketChange.WITHDRAWN:
        return handoff.status == "open"
    return what is TicketChange.REOPENED and data.get("by") == "agent" and handoff.status != "open"


def _handoff(tx: Connection, item: Work) -> HandoffRow:
    handoff = handoffs.find(tx, item.payload["handoff_id"])
    if handoff is None:
        raise LookupError("a handoff that does not exist")
    return handoff


def _opening(tx: Connection, item: Work) -> Opening:
    handoff = _handoff(tx, item)
    packet_of = Handoff.from_json(handoffs.packet_of(tx, handoff.id))
    return Opening(handoff=handoff, packet=packet_of, behind=handoffs.is_behind(tx, handoff))
