"""Escalation: from "a human is wanted" to a ticket at the desk, and only then a word to the customer.

`begin` runs inside the step that decided it. Everything that goes to the desk is promised here, as work in the
conversation's desk lane, and done by `frontdoor/desk_lanes.py`.
"""

from dataclasses import replace

import structlog

from connectors.desk import Handoff, Reason, TicketChange
from connectors.message import JSON, Author
from frontdoor import packet
from frontdoor.desk_choice import Choice
from frontdoor.states import Owner, State
from frontdoor.step import Step
from storage import handoffs, messages
from storage.clock import now_ms
from storage.handoffs import HandoffRow
from storage.messages import Message
from storage.tables import new_id

log = structlog.get_logger(__name__)

DAY_MS = 86_400_000
CALLED_SOLVED = frozenset({"resolved", "silent", "confirmed"})
"""Statuses of handoffs whose customer may still say that it isn't so."""
CONTINUE = "action:continue"
"""The payload of the button with which a customer asks to go on on another channel."""


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
