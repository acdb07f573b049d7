"""Ownership: how a conversation passes between bot, queue and humans, by what customers and desks do."""

import re

import structlog

from connectors.desk import DeskEvent, DeskEventKind, Reason, TicketChange
from connectors.message import JSON, Action, Author, Button, Content
from frontdoor import escalation
from frontdoor.lanes import RetryError
from frontdoor.sentences import say
from frontdoor.states import WAITING, WITH_HUMAN, Owner, State
from frontdoor.step import Step, Steps
from storage import handoffs, messages, work
from storage.clock import now_ms
from storage.handoffs import HandoffRow
from storage.work import Work

log = structlog.get_logger(__name__)

EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,190}\.[^@\s.<>\"',;]{2,63}")
COMMENT = 1_000
OPENING_S = 0.2


def is_email(address: str) -> bool:
    """Whether it looks like one e-mail address, without a display name."""
    return bool(EMAIL.fullmatch(address))


class Ownership:
    """Acts on what customers and desks do."""

    def __init__(self, steps: Steps, *, desk: str) -> None:
        self._steps = steps
        self._desk = desk

    async def desk_event(self, item: Work) -> None:
        """`desk_event`: something happened at a desk."""
        event = DeskEvent.from_json(item.payload)
        handoff = await self._steps.database.read(handoffs.find_by_ticket, event.desk, event.ticket_id)
        if handoff is None:
            # The desk was faster than our own note that it has the ticket.
            if now_ms() - item.created_at > 600_000:
                log.error("desk.event_for_unknown_ticket", desk=event.desk)
                await self._steps.database.write(work.bury, item.id, error="unknown ticket")
                return
            raise RetryError("the ticket is not noted yet", after=OPENING_S)
        await self._steps.run(handoff.conversation_id, self._desk_event, item, event, handoff)

    def _desk_event(self, step: Step, item: Work, event: DeskEvent, handoff: HandoffRow) -> None:
        if not work.finish(step.tx, item.id):
            return
        match event.kind:
            case DeskEventKind.TAKEN:
                self._taken(step, event, handoff)
            case DeskEventKind.REPLIED:
                self._replied(step, event, handoff)
            case DeskEventKind.QUEUED:
                self._queued(step, event, handoff)
            case DeskEventKind.RETURNED:
                self._returned(step, event, handoff)
            case DeskEventKind.RESOLVED:
                self._resolved(step, event, handoff)
            case _:
                log.warning("desk.event_not_stored", kind=str(event.kind))

    def _taken(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        if step.conversation.state in WITH_HUMAN and step.conversation.agent_id == event.agent_id:
            return
        if handoff.status in {"resolved", "confirmed"}:
            step.change_handoff(handoff, status="open")
        step.move(
            State.WITH_AGENT, handoff_id=handoff.id, agent_id=event.agent_id, agent_name=event.agent_name,
            position=None,
            wait_seconds=None, opens_at=None,
        )  # fmt: skip
        step.system("agent_joined", {"kind": "agent_joined", "name": event.agent_name}, name=event.agent_name)

    def _replied(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        """A human's message is always delivered, whoever owns the conversation by now."""
        step.add(Author.AGENT, event.content, name=event.agent_name, message_id=event.id)
        if step.conversation.handoff_id == handoff.id and step.conversation.state in WITH_HUMAN:
            step.move(State.WAITING_CUSTOMER)

    def _queued(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        if step.conversation.handoff_id != handoff.id or step.conversation.state not in WITH_HUMAN:
            return
        name = step.conversation.agent_name
        step.move(
            State.QUEUED,
            agent_id="",
            agent_name="",
            position=event.position,
            wait_seconds=event.wait_seconds,
            opens_at=None,
        )
        custom = {"kind": "agent_left", "name": name}
        step.system("agent_left_queue", custom, name=name or say("team", step.conversation.language))

    def _returned(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        if step.conversation.handoff_id != handoff.id:
            return
        step.change_handoff(handoff, status="returned")
        step.move(State.BOT, agent_id="", agent_name="")
        briefing = {"conversation_id": step.conversation.id, "message_id": event.id, "briefing": event.briefing}
        step.enqueue("brief", f"brief:{event.id}", briefing)
        step.system("agent_left_bot", {"kind": "returned", "name": event.agent_name}, name=event.agent_name)

    def _resolved(self, step: Step, event: DeskEvent, handoff: HandoffRow) -> None:
        step.change_handoff(handoff, status="resolved")
        if step.conversation.handoff_id != handoff.id:
            return
        language = step.conversation.language
        step.move(State.RESOLVED, agent_id="", agent_name="")
        buttons = (
            Button(title=say("yes", language), payload="action:solved:yes"),
            Button(title=say("no", language), payload="action:solved:no"),
        )
        step.system(
            "solved_question", {"kind": "solved_question", "number": handoff.number}, Content(buttons=buttons),
            number=handoff.number, name=event.agent_name or say("team", language),
        )  # fmt: skip

    def act(self, step: Step, action: Action, data: JSON) -> None:
        """A customer's action; one that does not fit the state changes nothing."""
        match action:
            case Action.HUMAN:
                self._human(step)
            case Action.LEAVE_QUEUE:
                self._leave(step)
            case Action.SOLVED:
                self._solved(step, bool(data.get("solved")))
            case Action.RATE:
                self._rate(step, int(data.get("score") or 0), str(data.get("comment") or "")[:COMMENT])
            case Action.FEEDBACK:
                messages.mark_helpful(
                    step.tx, step.conversation.id, str(data.get("message_id")), bool(data.get("helpful"))
                )
            case Action.CONTACT:
                self._contact(step, str(data.get("email") or "").strip())
            case Action.LANGUAGE:
                if data.get("language") in {"en", "zh"}:
                    step.set(language=data["language"])
                    step.effects.state_changed = True

    def _human(self, step: Step) -> None:
        if step.conversation.state == State.ABANDONED:
            step.move(State.QUEUED)
            escalation.change(step, TicketChange.ACTIVE)
            step.system("welcome_back", number=number_of(step))
        elif step.owner is Owner.BOT:
            escalation.begin(step, Reason.REQUESTED, self._desk)

    def _leave(self, step: Step) -> None:
        handoff = step.handoff
        if step.conversation.state not in {*WAITING, State.ABANDONED} or handoff is None:
            return
        escalation.change(step, TicketChange.WITHDRAWN)
        step.change_handoff(handoff, status="withdrawn")
        step.move(State.BOT, position=None, wait_seconds=None, opens_at=None)
        step.system("left_queue", {"kind": "left_queue"})

    def _solved(self, step: Step, solved: bool) -> None:
        handoff = step.handoff
        if handoff is None or handoff.status != "resolved":
            return
        if solved:
            escalation.change(step, TicketChange.CONFIRMED)
            step.change_handoff(handoff, status="confirmed")
            scores = tuple(Button(title=str(score), payload=f"action:rate:{score}") for score in range(1, 6))
            step.system("ask_rating", {"kind": "ask_rating", "number": handoff.number}, Content(buttons=scores))
            return
        escalation.change(step, TicketChange.REOPENED)
        step.change_handoff(handoff, status="open")
        step.move(State.QUEUED, position=None, wait_seconds=None, opens_at=None)
        step.system("reopened", {"kind": "reopened", "number": handoff.number}, number=handoff.number)

    def _rate(self, step: Step, score: int, comment: str) -> None:
        handoff = step.handoff
        if handoff is None or handoff.status not in {"resolved", "confirmed"} or not 1 <= score <= 5:
            return
        handoffs.rate(step.tx, handoff.id, score, comment, now_ms())
        escalation.change(step, TicketChange.RATED, {"score": score, "comment": comment})
        step.change_handoff(handoff, status="confirmed")
        if step.conversation.state == State.RESOLVED:
            step.move(State.RATED)
        step.system("rated", {"kind": "rated", "score": score})

    def _contact(self, step: Step, email: str) -> None:
        if not is_email(email):
            step.system("email_invalid", {"kind": "ask_email"})
            return
        step.set_customer(email=email)
        said = step.system("email_saved", {"kind": "email_saved"}, email=email)
        if step.owner is not Owner.BOT:
            escalation.append(step, said)


def number_of(step: Step) -> str:
    """The ticket number (or the reference, while there is none) of the current handoff."""
    handoff = step.handoff
    return handoff.number or handoff.reference if handoff else ""
