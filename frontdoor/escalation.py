"""Escalation: from "a human is wanted" to a ticket at the desk, and only then a word to the customer.

`begin` runs inside the step that decided it. Everything that goes to the desk is work in the conversation's desk
lane, in order, repeated
until the desk has it; the desk's own idempotency makes repeats harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Connection

from connectors.desk import Desk, Handoff, Line, Reason, TicketChange, TicketRef
from connectors.errors import SendError, Undeliverable, Unreachable
from connectors.message import JSON, Author, Button, Content
from connectors.notice import NoticeKind
from frontdoor import metrics, packet
from frontdoor.desk_choice import Choice, Instead, nowhere_else
from frontdoor.lanes import Handler, RetryError, backoff
from frontdoor.sentences import moment, say
from frontdoor.states import WAITING, Owner, State
from frontdoor.step import Step, Steps
from storage import desk_ledger, handoffs, messages, work
from storage.clock import now_ms
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.tables import new_id
from storage.work import Work

log = structlog.get_logger(__name__)

DESK_TIMEOUT_S = 60.0  # a helpdesk far away may get thirty messages one by one
MAX_PAUSE_S = 60.0
BEHIND = 50  # pieces of work in a lane that are looked at
DAY_MS = 86_400_000
CALLED_SOLVED = frozenset({"resolved", "silent", "confirmed"})
"""Statuses of handoffs whose customer may still say that it isn't so."""
CONTINUE = "action:continue"
"""The payload of the button with which a customer asks to go on on another channel."""

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


def begin(step: Step, reason: Reason, desk: str, slots: JSON | None = None) -> None:
    """Hand the conversation over: the packet is stored, the ticket promised. Says nothing yet. Without a `desk` the
    configuration's rules choose it.
    """
    handoff_id = promise(step, reason, desk, slots).id
    step.move(State.REQUESTED, handoff_id=handoff_id, position=None, wait_seconds=None, opens_at=None)
    log.info("handoff.requested", handoff=handoff_id, reason=str(reason))


def promise(step: Step, reason: Reason, desk: str, slots: JSON | None = None, *, reference: str = "") -> Handoff:
    """A ticket for the humans, while the conversation stays with whoever has it."""
    handoff_id = new_id()
    slots = packet.known_slots(step.tx, step.conversation.id) if slots is None else slots
    built = packet.build(step.tx, step.conversation, handoff_id, reason, slots)
    if reference:
        built = replace(built, reference=reference)
    choice = Choice(desk=desk) if desk else step.choose(step.tx, built)
    built = replace(built, queue=choice.queue, triage=choice.triage)
    now = now_ms()
    handoffs.add(
        step.tx, id=handoff_id, conversation_id=step.conversation.id, reference=built.reference, reason=str(reason),
        status="requested", packet=built.to_json(), seq=step.conversation.seq, desk=choice.desk, created_at=now,
        updated_at=now,
    )  # fmt: skip
    step.tell_desk("desk_open", f"open:{handoff_id}", {"handoff_id": handoff_id})
    return built


def append(step: Step, message: Message) -> None:
    """Pass what was said after the packet was made on to the desk."""
    if step.handoff is not None:
        append_to(step, step.handoff, message)


def append_to(step: Step, handoff: HandoffRow, message: Message) -> None:
    """Pass what was said on to the desk that has another ticket of the conversation."""
    if message.seq > handoff.seq or handoff.conversation_id != step.conversation.id:
        step.tell_desk(
            "desk_append",
            f"append:{handoff.id}:{message.id}",
            {"handoff_id": handoff.id, "line": packet.line(message).to_json()},
        )


def catch_up(step: Step) -> None:
    """Pass on what was said between customer and bot since the packet, for a ticket that the conversation comes back
    to; what the desk has already is not promised twice.
    """
    handoff = step.handoff
    said = messages.latest(step.tx, step.conversation.id, packet.TRANSCRIPT) if handoff else []
    for message in said:
        if message.author in {Author.CUSTOMER, Author.BOT}:
            append(step, message)


def change(step: Step, what: TicketChange, data: JSON | None = None, *, handoff: HandoffRow | None = None) -> None:
    """Tell the desk what became of the customer, in the current handoff unless another is given."""
    handoff = handoff or step.handoff
    if handoff is not None:
        payload = {"handoff_id": handoff.id, "change": str(what), "data": data or {}}
        step.tell_desk("desk_change", f"change:{new_id()}", payload)


def come_back(step: Step) -> None:
    """Who left the line is in it again, with the same ticket."""
    step.move(State.QUEUED, position=None, wait_seconds=None)
    change(step, TicketChange.REOPENED)
    step.system("welcome_back", number=number_of(step))


def reopenable(step: Step, handoff: HandoffRow | None, days: int) -> bool:
    """Whether a ticket that was called solved can be opened again: the conversation is free, and it is not long ago."""
    if handoff is None or handoff.status not in CALLED_SOLVED or step.owner is not Owner.BOT:
        return False
    if handoff.conversation_id != step.conversation.id:  # what its desk says would be said where nobody reads it
        return False
    return now_ms() - handoff.updated_at < days * DAY_MS


def reopen(step: Step, handoff: HandoffRow) -> None:
    """It isn't solved: the same ticket again, with whoever had it if they are there."""
    change(step, TicketChange.REOPENED, handoff=handoff)
    step.change_handoff(handoff, status="open")
    step.move(State.QUEUED, handoff_id=handoff.id, position=None, wait_seconds=None, opens_at=None)
    catch_up(step)
    step.system("reopened", {"kind": "reopened", "number": handoff.number}, number=handoff.number)


def number_of(step: Step) -> str:
    """The ticket number (or the reference, while there is none) of the current handoff."""
    handoff = step.handoff
    return handoff.number or handoff.reference if handoff else ""


class Escalation:
    """What is done in the desk lanes."""

    def __init__(
        self, steps: Steps, desks: Mapping[str, Desk], *, zone: str, can_mail: bool, instead: Instead = nowhere_else,
        failover_after_s: float = 120, notify: Notify = tell_nobody,
    ) -> None:  # fmt: skip
        self._steps = steps
        self._desks = desks
        self._zone = zone
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
            self._tell_place(step, ref, handoff)

    def _tell_place(self, step: Step, ref: TicketRef, handoff: HandoffRow) -> None:
        number, status = ref.number, self._steps.private_link(step, handoff.id)
        slow = ref.opens_at is not None or ref.position is None or (ref.wait_seconds or 0) > 300
        elsewhere = Content(buttons=self._elsewhere(step) if slow else ())
        if ref.opens_at is not None:
            opens = moment(ref.opens_at, step.conversation.language, self._zone)
            step.system(
                "closed",
                {"kind": "handoff_closed", "number": number, "opens_at": ref.opens_at} | status,
                elsewhere,
                number=number,
                opens=opens,
            )
        elif ref.position is None:
            step.system(
                "nobody_now" if ref.in_line else "with_team",
                {"kind": "handoff_queued", "number": number, "position": None, "wait_seconds": None} | status,
                elsewhere,
                number=number,
            )
        else:
            custom = {
                "kind": "handoff_queued",
                "number": number,
                "position": ref.position,
                "wait_seconds": ref.wait_seconds,
            }
            minutes = -(-(ref.wait_seconds or 0) // 60)
            sentence = "queued_wait" if minutes else "queued"
            step.system(sentence, custom | status, elsewhere, number=number, position=ref.position, minutes=minutes)
        if self._can_mail and slow and not step.conversation.email:
            step.system("ask_email", {"kind": "ask_email"})

    def _elsewhere(self, step: Step) -> tuple[Button, ...]:
        """To go on elsewhere is offered where an answer could come too late: on pages, which are closed, and where the
        vendor lets us write for a while only.
        """
        channel, _ = step.conversation.replies_at
        outlets = self._steps.outlets
        late = channel not in outlets.sending or channel in outlets.windowed
        if not late or not self._steps.elsewhere(channel):
            return ()
        return (Button(title=say("continue_button", step.conversation.language), payload=CONTINUE),)

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
            begin(step, Reason.REOPENED, "")


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
